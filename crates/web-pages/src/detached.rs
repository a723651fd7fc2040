//! Error and info pages outside of a login, and the same in another language: `login-actions/detached-info`.
//!
//! What such a page says rests sealed in KC_STATE_CHECKER, so that nobody can make the server say something else.

use authn::{Kind, Message};
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Fresh;
use oidc::{Cx, Form};
use serde_json::{Value, json};
use web::{App, Cookie, Facts, find_cookie};

use crate::paint::{cookie_path, fail, html, text};
use crate::render::pages::ErrorPage;
use crate::surroundings::Surroundings;

/// A page that says why it goes no further.
pub(crate) fn error(
    cx: &Cx<'_>,
    around: &Surroundings,
    status: u16,
    message: &Message,
    home: Option<String>,
) -> Response {
    let id = domain::ids::uuid().unwrap_or_default();
    let other =
        |tag: &str| format!("{}/login-actions/detached-info?kc_state_checker={id}&kc_locale={tag}", cx.issuer());
    let page = ErrorPage { message: text(message), application_url: home.clone() };
    let mut response = html(status, around, around.render(&page, Some(&other)));
    if around.offers_languages()
        && let Some(key) = cx.plan.keys.sealing()
    {
        let said = json!({"id": id, "status": status, "key": message.key, "args": message.arguments, "home": home});
        if let Ok(sealed) = key.seal(said.to_string().as_bytes()) {
            let path = cookie_path(cx);
            let cookie = Cookie {
                name: "KC_STATE_CHECKER",
                value: &sealed,
                path: &path,
                max_age: Some(300),
                http_only: true,
                strict: true,
            };
            cookie.add(response.headers_mut());
        }
    }
    response
}

/// The page again, in the language asked for.
pub(crate) async fn page(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let cx = match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) => cx,
        Err(failure) => return fail(failure, &facts.base, &facts.id),
    };
    let around = Surroundings::of(&cx, &headers, &query);
    let (status, message, home) =
        said_before(&cx, &headers, &query).unwrap_or_else(|| (404, Message::new(Kind::Error, "pageNotFound"), None));
    let mut response = error(&cx, &around, status, &message, home);
    if let Some(locale) = &around.chosen {
        let change = authn::CookieChange::Locale(locale.clone());
        crate::paint::set(&change, &cookie_path(&cx), response.headers_mut());
    }
    response
}

fn said_before(cx: &Cx<'_>, headers: &HeaderMap, query: &Form) -> Option<(u16, Message, Option<String>)> {
    let sealed = find_cookie(headers, "KC_STATE_CHECKER")?;
    let said: Value = serde_json::from_slice(&cx.plan.keys.sealing()?.open(sealed).ok()?).ok()?;
    if said.get("id")?.as_str()? != query.some("kc_state_checker")? {
        return None;
    }
    let arguments = said.get("args")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let message = Message::filled(Kind::Error, said.get("key")?.as_str()?, arguments);
    let status = u16::try_from(said.get("status")?.as_u64()?).ok()?;
    Some((status, message, said.get("home").and_then(Value::as_str).map(str::to_owned)))
}
