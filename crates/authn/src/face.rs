//! What an operation shows: a page's meaning, never its markup.

use std::sync::Arc;

use oidc::ClientPlan;
use oidc::response::Delivery;

use crate::browser::CookieChange;

/// A face to show and cookies to set.
pub struct Answer {
    /// The face.
    pub face: Face,
    /// The cookies.
    pub cookies: Vec<CookieChange>,
}

/// What is shown.
pub enum Face {
    /// A page that asks for something.
    Page(Box<Challenge>, Box<Links>),
    /// On to another page of ours.
    Go(String),
    /// On to the client.
    Deliver(Delivery),
    /// A page that says why it goes no further.
    Error {
        /// The HTTP status.
        status: u16,
        /// What is said.
        message: Message,
        /// The client, for a link back.
        client: Option<Arc<ClientPlan>>,
    },
    /// "Page has expired", with the ways on.
    Expired(Box<Links>),
}

/// What a page's form and links carry.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The last segment of the form's address: `authenticate`, `required-action`, `consent`.
    pub action: &'static str,
    /// The form's code, which counts once.
    pub session_code: String,
    /// The execution that the form answers.
    pub execution: String,
    /// The client.
    pub client_id: String,
    /// The tab.
    pub tab_id: String,
    /// What the client asked for, for a way back when everything else is lost.
    pub client_data: String,
    /// The languages that the client wished for [OIDCC-3.1.2.1].
    pub ui_locales: String,
}

impl Links {
    /// The query of the form's address.
    pub fn form_query(&self) -> String {
        self.query(&[("session_code", &self.session_code), ("execution", &self.execution)])
    }

    /// The query of a link to a page.
    pub fn page_query(&self) -> String {
        self.query(&[("execution", &self.execution)])
    }

    /// The query of other links.
    pub fn link_query(&self) -> String {
        self.query(&[])
    }

    fn query(&self, before: &[(&str, &str)]) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in before.iter().filter(|(_, v)| !v.is_empty()) {
            out.append_pair(name, value);
        }
        let after = [("client_id", &self.client_id), ("tab_id", &self.tab_id), ("client_data", &self.client_data)];
        for (name, value) in after {
            out.append_pair(name, value);
        }
        out.finish()
    }
}

/// A page that asks for something.
pub enum Challenge {
    /// Name and password.
    Login {
        /// What stands in the name's field.
        username: String,
        /// The user who must prove themselves again; no other may.
        again: Option<String>,
        /// Whether "Remember me" is ticked.
        remember_me: bool,
        /// What is said.
        message: Option<Message>,
    },
    /// A one-time password.
    Otp {
        /// What is said.
        message: Option<Message>,
    },
    /// A new password.
    UpdatePassword {
        /// The user.
        username: String,
        /// What is said.
        message: Message,
    },
    /// The profile, with what is missing or wrong.
    UpdateProfile {
        /// Its fields.
        fields: Vec<ProfileValue>,
    },
    /// What the client may have.
    Consent {
        /// The client.
        client: Arc<ClientPlan>,
        /// The scopes asked for.
        scopes: Vec<ScopeAsked>,
    },
}

/// A field of the profile page.
pub struct ProfileValue {
    /// The attribute's name.
    pub name: String,
    /// Its name for people, maybe `${key}`.
    pub label: String,
    /// Its values.
    pub values: Vec<String>,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it may only be looked at.
    pub read_only: bool,
    /// What is wrong.
    pub error: Option<Message>,
}

/// A scope on the consent page.
pub struct ScopeAsked {
    /// Its name.
    pub name: String,
    /// Its text, or `${key}`.
    pub text: String,
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something is wrong with a field.
    Field(&'static str),
    /// Something is wrong.
    Error,
    /// Something must be done.
    Warning,
    /// For information.
    Info,
}

/// A message by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How it is meant.
    pub kind: Kind,
    /// The key.
    pub key: String,
    /// What fills `{0}`, `{1}`, …
    pub arguments: Vec<String>,
}

impl Message {
    /// A message.
    pub fn new(kind: Kind, key: &str) -> Self {
        Self { kind, key: key.to_owned(), arguments: Vec::new() }
    }

    /// A message with something to fill in.
    pub fn filled(kind: Kind, key: &str, arguments: Vec<String>) -> Self {
        Self { kind, key: key.to_owned(), arguments }
    }
}

/// A page that ends the matter.
pub(crate) fn error(status: u16, key: &str, argument: Option<&str>, client: Option<Arc<ClientPlan>>) -> Face {
    let arguments = argument.map(str::to_owned).into_iter().collect();
    Face::Error { status, message: Message::filled(Kind::Error, key, arguments), client }
}
