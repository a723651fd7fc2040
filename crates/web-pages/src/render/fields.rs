//! Parts that several pages share: notices, password inputs, attributes of the user profile.

use minijinja::{Value, context};

use super::messages::{Text, Words};

/// A message above the page's content.
#[derive(Debug, Clone)]
pub struct Notice {
    pub kind: NoticeKind,
    pub text: Text,
}

/// How a notice looks and how urgently it is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    Error,
    Warning,
    Success,
    Info,
}

impl Notice {
    pub fn error(text: Text) -> Self {
        Self { kind: NoticeKind::Error, text }
    }

    pub fn warning(text: Text) -> Self {
        Self { kind: NoticeKind::Warning, text }
    }

    pub fn success(text: Text) -> Self {
        Self { kind: NoticeKind::Success, text }
    }

    pub fn info(text: Text) -> Self {
        Self { kind: NoticeKind::Info, text }
    }

    pub(super) fn value(&self, words: &Words) -> Value {
        let (kind, role) = match self.kind {
            NoticeKind::Error => ("error", "alert"),
            NoticeKind::Warning => ("warning", "alert"),
            NoticeKind::Success => ("success", "status"),
            NoticeKind::Info => ("info", "status"),
        };
        context! { kind, role, text => words.text(&self.text) }
    }
}

/// What people may identify themselves with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UsernameLabel {
    /// `loginWithEmailAllowed` is off.
    Username,
    #[default]
    UsernameOrEmail,
    /// `registrationEmailAsUsername` is on.
    Email,
}

impl UsernameLabel {
    pub(super) fn text(self, words: &Words) -> String {
        words.text(&Text::key(match self {
            Self::Username => "username",
            Self::UsernameOrEmail => "usernameOrEmail",
            Self::Email => "email",
        }))
    }
}

/// An optional text in the page's language.
pub(super) fn optional(text: Option<&Text>, words: &Words) -> Option<String> {
    text.map(|text| words.text(text))
}

/// Input of a password, for `password.html`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PasswordInput<'a> {
    /// The input's id and name.
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) error: Option<&'a Text>,
    /// Marked as wrong although the message stands elsewhere.
    pub(super) invalid: bool,
    pub(super) focus: bool,
    /// Starred and announced; for forms where not everything must be filled in.
    pub(super) required: bool,
    /// Where to go when it is forgotten.
    pub(super) link: Option<&'a str>,
}

impl PasswordInput<'_> {
    pub(super) fn value(&self, words: &Words) -> Value {
        context! {
            id => self.id,
            label => words.text(&Text::key(self.label)),
            autocomplete => self.autocomplete,
            error => optional(self.error, words),
            invalid => self.invalid || self.error.is_some(),
            focus => self.focus,
            required => self.required,
            link => self.link,
        }
    }
}

/// An attribute of the user profile as an input.
#[derive(Debug, Clone)]
pub struct ProfileField {
    /// The attribute's name: the input's id and name.
    pub name: String,
    /// `displayName` of the attribute.
    pub label: Text,
    /// `text`, `email`, `tel`, `url`, `number`, `date`, `select`, `textarea` or `hidden` (`inputType` without `html5-`).
    pub kind: &'static str,
    /// One or more; an empty list is one empty value.
    pub values: Vec<String>,
    /// For `select`: value and label.
    pub options: Vec<(String, Text)>,
    pub required: bool,
    pub read_only: bool,
    pub autocomplete: Option<&'static str>,
    pub hint: Option<Text>,
    pub error: Option<Text>,
}

impl ProfileField {
    /// An empty text input.
    pub fn text(name: &str, label: Text) -> Self {
        Self {
            name: name.to_owned(),
            label,
            kind: "text",
            values: Vec::new(),
            options: Vec::new(),
            required: false,
            read_only: false,
            autocomplete: autocomplete(name),
            hint: None,
            error: None,
        }
    }

    pub(super) fn value(&self, words: &Words) -> Value {
        let values = if self.values.is_empty() { vec![String::new()] } else { self.values.clone() };
        let options: Vec<Value> =
            self.options.iter().map(|(value, label)| context! { value, label => words.text(label) }).collect();
        let described: Vec<String> = [(self.hint.is_some(), "hint"), (self.error.is_some(), "input-error")]
            .iter()
            .filter(|(present, _)| *present)
            .map(|(_, prefix)| format!("{prefix}-{}", self.name))
            .collect();
        context! {
            name => &self.name,
            label => words.text(&self.label),
            kind => self.kind,
            values,
            options,
            required => self.required,
            read_only => self.read_only,
            autocomplete => self.autocomplete,
            hint => optional(self.hint.as_ref(), words),
            error => optional(self.error.as_ref(), words),
            described_by => described.join(" "),
        }
    }
}

/// What browsers may fill in [HTML, autofill].
fn autocomplete(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "username" => "username",
        "email" => "email",
        "firstName" => "given-name",
        "lastName" => "family-name",
        "country" => "country-name",
        "phoneNumber" => "tel",
        _ => return None,
    })
}
