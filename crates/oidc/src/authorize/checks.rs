//! The table of checks at the authorization endpoint [KC 1.16].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::Result;
use model::{Event, EventType};
use serde_json::{Map, Value};

use super::{AuthRequest, Stopped};
use crate::client_plan::ClientPlan;
use crate::cx::Cx;
use crate::form::Form;
use crate::pkce;
use crate::redirect::RedirectUri;
use crate::response::{Carrier, Delivery, Mode, ResponseType, find_mode};
use crate::scope::Granted;

/// A row of the table.
pub struct Check {
    /// What it looks at.
    pub name: &'static str,
    /// Looks, and stops the request where it must.
    pub run: for<'a> fn(&'a Cx<'a>, &'a mut Draft<'_>) -> Row<'a>,
}

/// A row's boxed future.
pub type Row<'a> = Pin<Box<dyn Future<Output = Result<Option<Stopped>>> + Send + 'a>>;

/// Every check, in order; the first that fires wins.
pub const CHECKS: &[Check] = &[
    Check { name: "realm", run: |cx, draft| Box::pin(async move { Ok(realm(cx, draft)) }) },
    Check { name: "client", run: |cx, draft| Box::pin(client(cx, draft)) },
    Check { name: "request object", run: |_, draft| Box::pin(async move { Ok(request_object(draft)) }) },
    Check { name: "redirect_uri", run: |cx, draft| Box::pin(async move { Ok(redirect_uri(cx, draft)) }) },
    Check { name: "response_type", run: |cx, draft| Box::pin(async move { Ok(response_type(cx, draft)) }) },
    Check { name: "response_mode", run: |cx, draft| Box::pin(async move { Ok(response_mode(cx, draft)) }) },
    Check { name: "flow", run: |cx, draft| Box::pin(async move { Ok(flow(cx, draft)) }) },
    Check { name: "duplicates", run: |cx, draft| Box::pin(async move { Ok(duplicates(cx, draft)) }) },
    Check { name: "scope", run: |cx, draft| Box::pin(async move { Ok(scope(cx, draft)) }) },
    Check { name: "nonce", run: |cx, draft| Box::pin(async move { Ok(nonce(cx, draft)) }) },
    Check { name: "pkce", run: |cx, draft| Box::pin(async move { Ok(code_challenge(cx, draft)) }) },
];

/// A request on its way through the table.
pub struct Draft<'f> {
    form: &'f Form,
    client: Option<Arc<ClientPlan>>,
    redirect: Option<RedirectUri>,
    response_type: Option<ResponseType>,
    mode: Option<&'static Mode>,
}

impl<'f> Draft<'f> {
    pub(super) fn new(form: &'f Form) -> Self {
        Self { form, client: None, redirect: None, response_type: None, mode: None }
    }

    pub(super) fn finish(self) -> Option<AuthRequest> {
        let mut parameters = Map::new();
        for (name, value) in self.form.iter() {
            if KEPT.contains(&name) {
                parameters.insert(name.to_owned(), Value::from(value));
            }
        }
        Some(AuthRequest {
            client: self.client?,
            redirect: self.redirect?,
            response_type: self.response_type?,
            mode: self.mode?,
            parameters,
        })
    }

    fn asks_for_tokens(&self) -> bool {
        let text = self.form.find("response_type").unwrap_or_default();
        self.response_type.unwrap_or_default().is_implicit_or_hybrid() || text.contains("token")
    }

    /// Tells the client.
    fn tell(&self, cx: &Cx<'_>, error: &'static str, description: &str) -> Option<Stopped> {
        let mut parameters = Map::new();
        parameters.insert("error".to_owned(), error.into());
        if !description.is_empty() {
            parameters.insert("error_description".to_owned(), description.into());
        }
        if let Some(state) = self.form.some("state") {
            parameters.insert("state".to_owned(), state.into());
        }
        let excluded = self.client.as_ref().is_some_and(|c| c.client.switch("exclude.issuer.from.auth.response"));
        if !excluded {
            parameters.insert("iss".to_owned(), cx.issuer().into());
        }
        let carrier = match self.form.some("response_mode").and_then(find_mode) {
            Some(mode) if !(mode.carrier == Carrier::Query && self.asks_for_tokens()) => mode.carrier,
            _ if self.asks_for_tokens() => Carrier::Fragment,
            _ => Carrier::Query,
        };
        let mut event = self.event(error);
        event.detail("reason", description);
        let to = self.redirect.clone()?;
        Some(Stopped::Client(Delivery { to, carrier, parameters }, Some(event)))
    }

    fn event(&self, error: &'static str) -> Event {
        let mut event = Event::new(EventType::Login);
        event.client_id = self.form.some("client_id").map(|id| id.chars().take(255).collect());
        event.error = Some(error);
        for name in ["response_type", "redirect_uri", "response_mode"] {
            if let Some(value) = self.form.some(name) {
                event.detail(name, value.chars().take(2000).collect::<String>());
            }
        }
        event
    }

    fn page(&self, status: u16, message: &'static str, argument: Option<&'static str>, event: &'static str) -> Stopped {
        Stopped::Page { status, message, argument, client: self.client.clone(), event: Some(self.event(event)) }
    }
}

/// The parameters that are kept; all others are passed over.
const KEPT: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "ui_locales",
    "acr_values",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "kc_action",
    "kc_idp_hint",
    "kc_locale",
];

pub(super) fn invalid_request(client: Option<Arc<ClientPlan>>) -> Stopped {
    Stopped::Page { status: 400, message: "invalidRequestMessage", argument: None, client, event: None }
}

fn realm(cx: &Cx<'_>, draft: &Draft<'_>) -> Option<Stopped> {
    if cx.lacks_https() {
        return Some(draft.page(400, "httpsRequiredMessage", None, "ssl_required"));
    }
    (!cx.plan.realm.enabled).then(|| draft.page(400, "realmNotEnabledMessage", None, "realm_disabled"))
}

async fn client(cx: &Cx<'_>, draft: &mut Draft<'_>) -> Result<Option<Stopped>> {
    let Some(id) = draft.form.some("client_id") else {
        return Ok(Some(draft.page(400, "invalidRequestMessage", None, "invalid_request")));
    };
    let Some(client) = cx.client(id).await? else {
        return Ok(Some(draft.page(400, "clientNotFoundMessage", None, "client_not_found")));
    };
    let stopped = match &client.client {
        c if !c.enabled => Some(draft.page(400, "clientDisabledMessage", None, "client_disabled")),
        c if c.protocol != "openid-connect" => {
            Some(draft.page(400, "wrongClientProtocolMessage", None, "invalid_client"))
        }
        c if c.bearer_only => Some(draft.page(403, "bearerOnlyMessage", None, "not_allowed")),
        _ => None,
    };
    draft.client = Some(client);
    Ok(stopped)
}

/// Request objects are refused until they are supported; a max_age that is no number belongs here, too.
fn request_object(draft: &Draft<'_>) -> Option<Stopped> {
    let unusable = draft.form.some("request").is_some()
        || draft.form.some("request_uri").is_some()
        || draft.form.some("max_age").is_some_and(|age| age.parse::<i64>().is_err());
    unusable.then(|| draft.page(400, "invalidRequestMessage", None, "invalid_request"))
}

fn redirect_uri(cx: &Cx<'_>, draft: &mut Draft<'_>) -> Option<Stopped> {
    let client = draft.client.clone()?;
    let openid = draft.form.some("scope").is_some_and(|s| s.split(' ').any(|w| w == "openid"));
    draft.redirect = match draft.form.some("redirect_uri") {
        Some(uri) => RedirectUri::matching(&client.client, &client.client.redirect_uris, uri, cx.base()),
        None if openid => None,
        None => RedirectUri::only_one(&client.client, cx.base()),
    };
    match draft.redirect {
        Some(_) => None,
        None => Some(draft.page(400, "invalidParameterMessage", Some("redirect_uri"), "invalid_redirect_uri")),
    }
}

fn response_type(cx: &Cx<'_>, draft: &mut Draft<'_>) -> Option<Stopped> {
    let Some(text) = draft.form.find("response_type") else {
        return draft.tell(cx, "invalid_request", "Missing parameter: response_type");
    };
    draft.response_type = ResponseType::parse(text);
    match draft.response_type {
        Some(_) => None,
        None => draft.tell(cx, "unsupported_response_type", ""),
    }
}

fn response_mode(cx: &Cx<'_>, draft: &mut Draft<'_>) -> Option<Stopped> {
    let wanted = draft.response_type?;
    let mode = match draft.form.some("response_mode") {
        None => wanted.default_mode(),
        Some(name) => match find_mode(name) {
            Some(mode) => mode,
            None => return draft.tell(cx, "invalid_request", "Invalid parameter: response_mode"),
        },
    };
    if mode.carrier == Carrier::Query && wanted.is_implicit_or_hybrid() {
        let text = "Response_mode 'query' not allowed for implicit or hybrid flow";
        return draft.tell(cx, "invalid_request", text);
    }
    draft.mode = Some(mode);
    None
}

fn flow(cx: &Cx<'_>, draft: &Draft<'_>) -> Option<Stopped> {
    let (wanted, client) = (draft.response_type?, draft.client.as_ref()?);
    let off = match (wanted.code || wanted.none, wanted.is_implicit_or_hybrid()) {
        (true, _) if !client.client.standard_flow => "Standard",
        (_, true) if !client.client.implicit_flow => "Implicit",
        _ => return None,
    };
    let text = format!(
        "Client is not allowed to initiate browser login with given response_type. {off} flow is disabled for the client."
    );
    draft.tell(cx, "unauthorized_client", &text)
}

fn duplicates(cx: &Cx<'_>, draft: &Draft<'_>) -> Option<Stopped> {
    draft.form.repeats().then(|| draft.tell(cx, "invalid_request", "duplicated parameter"))?
}

fn scope(cx: &Cx<'_>, draft: &Draft<'_>) -> Option<Stopped> {
    let text = draft.form.find("scope");
    let refused = Granted::parse(draft.client.as_ref()?, text).is_err();
    refused.then(|| draft.tell(cx, "invalid_scope", &format!("Invalid scopes: {}", text.unwrap_or_default())))?
}

fn nonce(cx: &Cx<'_>, draft: &Draft<'_>) -> Option<Stopped> {
    let missing = draft.response_type?.id_token && draft.form.some("nonce").is_none();
    missing.then(|| draft.tell(cx, "invalid_request", "Missing parameter: nonce"))?
}

fn code_challenge(cx: &Cx<'_>, draft: &Draft<'_>) -> Option<Stopped> {
    let client = draft.client.as_ref()?;
    let tell = |text: &str| draft.tell(cx, "invalid_request", text);
    if !draft.response_type?.code {
        return None;
    }
    let demanded = client.client.attribute("pkce.code.challenge.method");
    let (challenge, method) = (draft.form.some("code_challenge"), draft.form.some("code_challenge_method"));
    if let Some(demanded) = demanded {
        match method {
            None => return tell("Missing parameter: code_challenge_method"),
            Some(sent) if sent != demanded => {
                return tell("Invalid parameter: code challenge method is not matching the configured one");
            }
            Some(_) => {}
        }
    }
    let Some(challenge) = challenge else {
        return match demanded.is_some() || method.is_some() {
            true => tell("Missing parameter: code_challenge"),
            false => None,
        };
    };
    if !method.is_none_or(|m| m == "S256" || m == "plain") {
        return tell("Invalid parameter: code_challenge_method");
    }
    if !pkce::is_well_formed(challenge) {
        return tell("Invalid parameter: code_challenge");
    }
    None
}
