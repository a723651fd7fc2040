//! `GET` and `POST /logout`: by a browser with a page in it, or by a client with its refresh token [KC 1.15].

use authn::{LogoutAnswer, LogoutFace, confirm as confirmed, logout as ended};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use oidc::token::Call;
use oidc::{Cx, Form};
use web::{App, CONTENT_POLICY, Cors, Facts, find_cookie, read_form};

use super::browser_of;
use crate::detached;
use crate::paint::{AUTH, cookie_path, fail, html, redirect, set};
use crate::render::pages::{FrontchannelLogoutPage, InfoPage, LoggedOutClient, LogoutConfirmPage};
use crate::render::{Text, pages};
use crate::surroundings::Surroundings;

pub(crate) async fn get(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    by_browser(app, realm, facts, headers, form).await
}

pub(crate) async fn post(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = read_form(&headers, &body);
    if form.find("refresh_token").is_none() {
        return by_browser(app, realm, facts, headers, form).await;
    }
    let authorization = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let call = &Call { form: &form, authorization };
    let done = app.work(&realm, &facts, |cx| async move {
        let (client, mut writes) = oidc::logout::logout(&cx, call).await?;
        let mut all = client.writes;
        all.append(std::mem::take(&mut writes));
        Ok(((), all))
    });
    let mut response = match done.await {
        Ok(()) => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
            response
        }
        Err(failure) => failure.into_plain_json(),
    };
    Cors::of(&headers).expose(response.headers_mut());
    response
}

async fn by_browser(app: App, realm: String, facts: Facts, headers: HeaderMap, form: Form) -> Response {
    let browser = browser_of(&headers);
    let (browser, form) = (&browser, &form);
    let done = app.work(&realm, &facts, |cx| async move {
        let (answer, writes) = ended(&cx, browser, form).await?;
        Ok(((answer, cx.plan.clone()), writes))
    });
    match done.await {
        Ok((answer, plan)) => paint(&app.cx_on(plan, &facts), &headers, form, answer),
        Err(failure) => fail(failure, &facts.base, &facts.id),
    }
}

/// `POST logout-confirm`.
pub(crate) async fn confirm(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let browser = browser_of(&headers);
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let form = read_form(&headers, &body);
    let (browser, query, form) = (&browser, &query, &form);
    let done = app.work(&realm, &facts, |cx| async move {
        let (answer, writes) = confirmed(&cx, browser, query, form).await?;
        Ok(((answer, cx.plan.clone()), writes))
    });
    match done.await {
        Ok((answer, plan)) => paint(&app.cx_on(plan, &facts), &headers, query, answer),
        Err(failure) => fail(failure, &facts.base, &facts.id),
    }
}

/// `GET logout-confirm`: nothing to confirm here.
pub(crate) async fn confirm_page(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    match app.cx(&realm, &facts, domain::Fresh::WithinASecond).await {
        Ok(cx) => {
            let around = Surroundings::of(&cx, &headers, &Form::default());
            let message = authn::Message::new(authn::Kind::Error, "successLogout");
            detached::error(&cx, &around, 400, &message, None)
        }
        Err(failure) => fail(failure, &facts.base, &facts.id),
    }
}

fn paint(cx: &Cx<'_>, headers: &HeaderMap, query: &Form, answer: LogoutAnswer) -> Response {
    let around = Surroundings::of(cx, headers, query);
    let mut response = match answer.face {
        LogoutFace::Go(url) => redirect(&url, AUTH),
        LogoutFace::LoggedOut(client) => {
            let home = client.and_then(|c| c.client.base_url.clone()).filter(|u| u.starts_with("http"));
            let page = InfoPage {
                title: None,
                message: Text::key("successLogout"),
                actions: Vec::new(),
                link: home.map(pages::InfoLink::Application),
            };
            html(200, &around, around.render(&page, None))
        }
        LogoutFace::Confirm { session_code, tab_id, client_id } => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("client_id", &client_id).append_pair("tab_id", &tab_id);
            let action = format!("{}/protocol/openid-connect/logout/logout-confirm?{}", cx.issuer(), query.finish());
            let page = LogoutConfirmPage { action, session_code, application_url: None };
            html(200, &around, around.render(&page, None))
        }
        LogoutFace::Frontchannel { frames, then } => frontchannel(&around, frames, then),
        LogoutFace::Error(message) => detached::error(cx, &around, 400, &message, None),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let path = cookie_path(cx);
    let remembered = find_cookie(headers, "KEYCLOAK_REMEMBER_ME").is_some();
    for cookie in answer.cookies {
        let cookie = match cookie {
            authn::CookieChange::IdentityRemoved { remember_me } => {
                authn::CookieChange::IdentityRemoved { remember_me: remember_me && remembered }
            }
            other => other,
        };
        set(&cookie, &path, response.headers_mut());
    }
    response
}

fn frontchannel(around: &Surroundings, frames: Vec<(String, String)>, then: Option<String>) -> Response {
    let clients = frames.into_iter().map(|(name, url)| LoggedOutClient { name: Text::expression(&name), url });
    let page = FrontchannelLogoutPage { clients: clients.collect(), continue_url: then };
    let policy = format!("frame-src 'self' {}; frame-ancestors 'self'; object-src 'none';", page.frame_sources());
    let mut response = html(200, around, around.render(&page, None));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
