//! The authorization endpoint [RFC6749-3.1], [OIDCC-3]: is this request one that may log somebody in?
//!
//! [`CHECKS`] is the table: rows in Keycloak's order, the first that fires wins [KC 1.16]. Rows before the redirect URI
//! is matched end on a page of ours, rows behind it travel to the client, and only a matched [`RedirectUri`] can carry
//! them. [`complete`] issues what was asked for once the user is proved.

mod checks;
mod complete;

use std::sync::Arc;

use domain::{Result, Writes};
use model::Event;
use serde_json::{Map, Value};

use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::form::Form;
use crate::redirect::RedirectUri;
use crate::response::{Delivery, Mode, ResponseType};

pub use checks::CHECKS;
pub use complete::{Completed, Proof, complete};

/// A request that passed the checks.
#[derive(Clone)]
pub struct AuthRequest {
    /// The client.
    pub client: Arc<ClientPlan>,
    /// Where the answer goes.
    pub redirect: RedirectUri,
    /// What is wanted.
    pub response_type: ResponseType,
    /// How the answer travels.
    pub mode: &'static Mode,
    /// The parameters as sent.
    pub parameters: Map<String, Value>,
}

/// Why a request goes no further.
pub enum Stopped {
    /// A page of ours says why: the message's key and what fills it.
    Page {
        /// The HTTP status.
        status: u16,
        /// The message's key.
        message: &'static str,
        /// What fills its `{0}`.
        argument: Option<&'static str>,
        /// The client, where it is known, for a link back.
        client: Option<Arc<ClientPlan>>,
        /// The event.
        event: Option<Event>,
    },
    /// The client is told.
    Client(Delivery, Option<Event>),
}

/// Checks a request.
pub async fn check(cx: &Cx<'_>, form: &Form) -> Result<std::result::Result<AuthRequest, Stopped>> {
    let mut draft = checks::Draft::new(form);
    for check in CHECKS {
        if let Some(stopped) = (check.run)(cx, &mut draft).await? {
            return Ok(Err(stopped));
        }
    }
    Ok(draft.finish().ok_or(checks::invalid_request(None)))
}

impl AuthRequest {
    /// Takes a request up again that passed the checks before and rested in the server's own state.
    pub async fn resume(cx: &Cx<'_>, parameters: &Map<String, Value>) -> Result<Option<Self>> {
        let text = |name: &str| parameters.get(name).and_then(Value::as_str);
        let Some(client) = cx.client(text("client_id").unwrap_or_default()).await? else { return Ok(None) };
        if !client.client.enabled {
            return Ok(None);
        }
        let Some(redirect) = text("matched_redirect_uri").map(RedirectUri::from_sealed) else { return Ok(None) };
        let Some(response_type) = text("response_type").and_then(ResponseType::parse) else { return Ok(None) };
        let mode = text("response_mode").and_then(crate::response::find_mode);
        Ok(Some(Self {
            client,
            redirect,
            response_type,
            mode: mode.unwrap_or_else(|| response_type.default_mode()),
            parameters: parameters.clone(),
        }))
    }

    /// A parameter's text, unless empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Value::as_str).filter(|v| !v.is_empty())
    }

    /// The parameters as they rest in the server's state.
    pub fn to_parameters(&self) -> Map<String, Value> {
        let mut out = self.parameters.clone();
        out.insert("matched_redirect_uri".to_owned(), self.redirect.as_str().into());
        out
    }

    /// Whether `prompt` has a word.
    pub fn prompts(&self, word: &str) -> bool {
        self.parameter("prompt").is_some_and(|p| p.split(' ').any(|w| w == word))
    }

    /// An error on its way to the client.
    pub fn error(&self, cx: &Cx<'_>, error: &str, description: &str) -> Delivery {
        let mut parameters = Map::new();
        parameters.insert("error".to_owned(), error.into());
        if !description.is_empty() {
            parameters.insert("error_description".to_owned(), description.into());
        }
        if let Some(state) = self.parameter("state") {
            parameters.insert("state".to_owned(), state.into());
        }
        if self.client.client.attribute("exclude.issuer.from.auth.response") != Some("true") {
            parameters.insert("iss".to_owned(), cx.issuer().into());
        }
        Delivery { to: self.redirect.clone(), carrier: self.mode.carrier, parameters }
    }
}

/// Turns what stopped a request into writes: its event.
pub fn writes_of(event: Option<Event>) -> Writes {
    Writes { events: event.into_iter().collect(), ..Writes::default() }
}
