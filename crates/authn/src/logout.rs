//! RP-initiated logout: the browser's way out, and the client's without one [OIDC-RPIL], [KC 1.15].

use std::sync::Arc;

use domain::{Result, Writes, ids};
use model::{Event, EventType, UserSession};
use oidc::{Claims, ClientPlan, Cx, Form, RedirectUri};

use crate::browser::{self, Browser, CookieChange};
use crate::face::{Kind, Message};

/// A face to show and cookies to set.
pub struct LogoutAnswer {
    /// The face.
    pub face: LogoutFace,
    /// The cookies.
    pub cookies: Vec<CookieChange>,
}

/// What is shown.
pub enum LogoutFace {
    /// On to the client: `state` is in the URL.
    Go(String),
    /// "You are logged out", with a link back to the client where it has one.
    LoggedOut(Option<Arc<ClientPlan>>),
    /// "Do you want to log out?"
    Confirm {
        /// The form's code.
        session_code: String,
        /// The form's tab.
        tab_id: String,
        /// The client whose name the form carries.
        client_id: String,
    },
    /// One hidden frame for each client that wants one, and then on.
    Frontchannel {
        /// The frames: the client's name and the URL.
        frames: Vec<(String, String)>,
        /// Where to then.
        then: Option<String>,
    },
    /// A page that says why it goes no further.
    Error(Message),
}

/// Asks for a logout. `hint`, `client_id`, `post_logout_redirect_uri` and `state` as the client sent them.
pub async fn logout(cx: &Cx<'_>, browser: &Browser<'_>, form: &Form) -> Result<(LogoutAnswer, Writes)> {
    let hint = match form.some("id_token_hint") {
        None => None,
        Some(token) => match read_hint(cx, token) {
            Some(claims) => Some(claims),
            None => return Ok(fail("invalidParameterMessage", Some("id_token_hint"), "invalid_token")),
        },
    };
    let named = form.some("client_id");
    let of_hint = hint.as_ref().and_then(|c| c.text("azp"));
    if let (Some(named), Some(of_hint)) = (named, of_hint)
        && named != of_hint
    {
        return Ok(fail("invalidParameterMessage", Some("id_token_hint"), "invalid_token"));
    }
    let client = match named.or(of_hint) {
        Some(id) => cx.client(id).await?.filter(|c| c.client.enabled),
        None => None,
    };
    let target = form.some("post_logout_redirect_uri");
    let redirect = match (target, &client) {
        (None, _) => None,
        (Some(_), None) => return Ok(fail("missingParameterMessage", Some("id_token_hint"), "invalid_request")),
        (Some(uri), Some(client)) => match allowed(cx, client, uri) {
            Some(matched) => Some(with_state(matched.as_str(), form.some("state"))),
            None => {
                let (answer, mut writes) = fail("invalidRedirectUriMessage", None, "invalid_redirect_uri");
                for event in &mut writes.events {
                    event.client_id = Some(client.client.client_id.clone());
                    event.detail("redirect_uri", uri.chars().take(2000).collect::<String>());
                }
                return Ok((answer, writes));
            }
        },
    };
    let session = browser::session_of(cx, browser).await?;
    let hinted = match hint.as_ref().and_then(|c| c.text("sid")) {
        Some(sid) => store::sessions::find(&cx.core().store, &cx.plan.realm.id, sid, false).await?,
        None => None,
    };
    match (hint.is_some(), &session, hinted) {
        (true, Some(own), Some(hinted)) if own.id == hinted.id => end(cx, hinted, redirect, client).await,
        (true, None, Some(hinted)) => end(cx, hinted, redirect, client).await,
        (true, None, None) => Ok(gone(redirect, client)),
        (false, None, _) if redirect.is_some() => Ok(gone(redirect, client)),
        _ => ask(cx, client.as_deref(), redirect),
    }
}

/// The token may be expired, but must be an ID token of this realm.
fn read_hint(cx: &Cx<'_>, token: &str) -> Option<Claims> {
    let verified = cx.verify(token)?;
    let claims = &verified.claims;
    let ours = claims.text("typ") == Some("ID") && claims.text("iss") == Some(cx.issuer().as_str());
    ours.then(|| claims.clone())
}

/// Where a client lets a browser go after a logout: `post.logout.redirect.uris`, "+" for its redirect URIs [KC 1.15].
fn allowed(cx: &Cx<'_>, client: &ClientPlan, uri: &str) -> Option<RedirectUri> {
    let listed = client.client.attribute("post.logout.redirect.uris").unwrap_or("+");
    let mut uris: Vec<String> = Vec::new();
    for entry in listed.split("##").map(str::trim).filter(|e| !e.is_empty()) {
        match entry {
            "+" => uris.extend(client.client.redirect_uris.iter().cloned()),
            "-" => {}
            own => uris.push(own.to_owned()),
        }
    }
    RedirectUri::matching(&client.client, &uris, uri, cx.base())
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return uri.to_owned() };
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.append_pair("state", state);
    let (place, fragment) = uri.find('#').map_or((uri, ""), |at| uri.split_at(at));
    format!("{place}{}{}{fragment}", if place.contains('?') { '&' } else { '?' }, encoded.finish())
}

fn fail(key: &str, argument: Option<&str>, event_error: &'static str) -> (LogoutAnswer, Writes) {
    let mut event = Event::new(EventType::Logout);
    event.error = Some(event_error);
    let arguments = argument.map(str::to_owned).into_iter().collect();
    let face = LogoutFace::Error(Message::filled(Kind::Error, key, arguments));
    let writes = Writes { events: vec![event], ..Writes::default() };
    (LogoutAnswer { face, cookies: Vec::new() }, writes)
}

fn gone(redirect: Option<String>, client: Option<Arc<ClientPlan>>) -> (LogoutAnswer, Writes) {
    let face = redirect.map_or(LogoutFace::LoggedOut(client), LogoutFace::Go);
    (LogoutAnswer { face, cookies: Vec::new() }, Writes::default())
}

/// Ends a session of the browser's, or one that only its ID token still knows.
async fn end(
    cx: &Cx<'_>,
    session: UserSession,
    redirect: Option<String>,
    client: Option<Arc<ClientPlan>>,
) -> Result<(LogoutAnswer, Writes)> {
    let frames = frames(cx, &session).await?;
    let mut writes = Writes::default();
    cx.end_session(&session, &mut writes).await?;
    let mut event = Event::new(EventType::Logout);
    event.client_id = client.as_ref().map(|c| c.client.client_id.clone()).or_else(|| Some("account".to_owned()));
    event.user_id = Some(session.user_id.clone());
    event.session_id = Some(session.id.clone());
    writes.events.push(event);
    let face = match frames.is_empty() {
        false => LogoutFace::Frontchannel { frames, then: redirect },
        true => redirect.map_or(LogoutFace::LoggedOut(client), LogoutFace::Go),
    };
    Ok((LogoutAnswer { face, cookies: vec![CookieChange::IdentityRemoved { remember_me: true }] }, writes))
}

/// The frames of clients that are told by the browser [OIDC-FCL-3].
async fn frames(cx: &Cx<'_>, session: &UserSession) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    for part in store::sessions::list_clients(&cx.core().store, &session.id, session.offline).await? {
        let Some(client) = cx.client_by_id(&part.client_id).await? else { continue };
        let c = &client.client;
        let Some(url) = c.attribute("frontchannel.logout.url").filter(|_| c.frontchannel_logout) else { continue };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if c.attribute("frontchannel.logout.session.required").is_none_or(|v| v == "true") {
            query.append_pair("sid", &session.id).append_pair("iss", &cx.issuer());
        }
        let query = query.finish();
        let joint = if url.contains('?') { "&" } else { "?" };
        let url = if query.is_empty() { url.to_owned() } else { format!("{url}{joint}{query}") };
        out.push((c.name.clone().unwrap_or_else(|| c.client_id.clone()), url));
    }
    Ok(out)
}

/// Asks the user: a logout that nobody proved to want could be a stranger's doing.
fn ask(cx: &Cx<'_>, client: Option<&ClientPlan>, redirect: Option<String>) -> Result<(LogoutAnswer, Writes)> {
    let root = ids::uuid()?;
    let tab_id = ids::tab()?;
    let client_id = client.map_or("account", |c| c.client.client_id.as_str()).to_owned();
    let text = serde_json::json!({"root": root, "tab": tab_id, "client": client_id, "to": redirect, "at": cx.now()});
    let session_code = browser::sealing_key(&cx.plan)?.seal(text.to_string().as_bytes())?;
    let value = browser::sign_id(cx, &root)?;
    let face = LogoutFace::Confirm { session_code, tab_id, client_id };
    Ok((LogoutAnswer { face, cookies: vec![CookieChange::AuthSession { value, hash: None }] }, Writes::default()))
}

/// The user said yes.
pub async fn confirm(cx: &Cx<'_>, browser: &Browser<'_>, query: &Form, form: &Form) -> Result<(LogoutAnswer, Writes)> {
    let Some(asked) = read_code(cx, browser, query, form) else {
        return Ok(fail("failedLogout", None, "session_expired"));
    };
    let client = match asked.get("client").and_then(serde_json::Value::as_str) {
        Some("account") | None => None,
        Some(id) => cx.client(id).await?,
    };
    let redirect = asked.get("to").and_then(serde_json::Value::as_str).map(str::to_owned);
    match browser::session_of(cx, browser).await? {
        Some(session) => end(cx, session, redirect, client).await,
        None => {
            let (mut answer, writes) = gone(redirect, client);
            answer.cookies.push(CookieChange::IdentityRemoved { remember_me: false });
            Ok((answer, writes))
        }
    }
}

fn read_code(cx: &Cx<'_>, browser: &Browser<'_>, query: &Form, form: &Form) -> Option<serde_json::Value> {
    let root = browser::verify_id(cx, browser.auth_session?)?;
    let plain = browser::sealing_key(&cx.plan).ok()?.open(form.some("session_code")?).ok()?;
    let asked: serde_json::Value = serde_json::from_slice(&plain).ok()?;
    let same = asked.get("root")?.as_str()? == root && asked.get("tab")?.as_str()? == query.some("tab_id")?;
    let fresh = cx.now() - asked.get("at")?.as_i64()? < cx.plan.realm.access_code_lifespan_login;
    (same && fresh).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::with_state;

    #[test]
    fn state_stands_in_the_query_before_any_fragment() {
        for (uri, with) in [
            ("https://a.example/", "https://a.example/?state=s"),
            ("https://a.example/?x=1", "https://a.example/?x=1&state=s"),
            ("https://a.example/#f", "https://a.example/?state=s#f"),
            ("https://a.example/?x#f?g", "https://a.example/?x&state=s#f?g"),
        ] {
            assert_eq!(with_state(uri, Some("s")), with);
            assert_eq!(with_state(uri, None), uri);
        }
    }
}
