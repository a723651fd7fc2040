//! An answer of `authn` as HTTP: pages, redirects, cookies [KC 1.16, 6.5].

use authn::{Answer, Challenge, CookieChange, Face, Kind, Links, Message};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use oidc::response::{Carrier, Delivery};
use oidc::{Cx, Form};
use web::{CONTENT_POLICY, Cookie, Failure};

use crate::detached;
use crate::kept::{self, Addresses};
use crate::render::pages::{
    ConsentPage, ErrorPage, ExpiredPage, FormPostPage, LoginPage, OtpPage, UpdatePasswordPage, UpdateProfilePage,
};
use crate::render::{Notice, ProfileField, Text, UsernameLabel};
use crate::surroundings::Surroundings;

/// How answers of one endpoint differ from another's.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    /// Whether its redirects carry the policy of pages.
    pub(crate) policy_on_redirects: bool,
}

/// The authorization endpoint.
pub(crate) const AUTH: Style = Style { policy_on_redirects: false };
/// The forms of a login.
pub(crate) const ACTIONS: Style = Style { policy_on_redirects: true };

/// Paints an answer.
pub(crate) fn paint(cx: &Cx<'_>, headers: &HeaderMap, query: &Form, style: Style, answer: Answer) -> Response {
    let wished = match &answer.face {
        Face::Page(_, links) | Face::Expired(links) => Some(links.ui_locales.as_str()).filter(|l| !l.is_empty()),
        _ => None,
    };
    let around = &Surroundings::wished(cx, headers, query, wished);
    let mut response = match answer.face {
        Face::Page(challenge, links) => {
            let addresses = addresses(cx, &links);
            let render = |addresses: &Addresses| challenge_page(cx, around, &challenge, &links, addresses);
            let text = match kept::is_plain(&challenge) {
                true => kept::filled(cx, around, &addresses, render),
                false => render(&addresses),
            };
            uncached(html(200, around, text))
        }
        Face::Go(url) => uncached(redirect(&url, style)),
        Face::Deliver(delivery) => deliver(around, style, &delivery),
        Face::Error { status, message, client } => {
            let home = client.and_then(|c| c.client.base_url.clone()).filter(|u| u.starts_with("http"));
            detached::error(cx, around, status, &message, home)
        }
        Face::Expired(links) => {
            let page = ExpiredPage {
                restart_url: format!("{}/login-actions/restart?{}&skip_logout=true", cx.issuer(), links.link_query()),
                continue_url: addresses(cx, &links).page,
            };
            uncached(html(200, around, around.render(&page, None)))
        }
    };
    let path = cookie_path(cx);
    for cookie in &answer.cookies {
        set(cookie, &path, response.headers_mut());
    }
    if let Some(locale) = &around.chosen {
        set(&CookieChange::Locale(locale.clone()), &path, response.headers_mut());
    }
    response
}

fn addresses(cx: &Cx<'_>, links: &Links) -> Addresses {
    let place = format!("{}/login-actions/{}", cx.issuer(), links.action);
    Addresses { form: format!("{place}?{}", links.form_query()), page: format!("{place}?{}", links.page_query()) }
}

fn challenge_page(
    cx: &Cx<'_>,
    around: &Surroundings,
    challenge: &Challenge,
    links: &Links,
    addresses: &Addresses,
) -> String {
    let other = &|tag: &str| format!("{}&kc_locale={tag}", addresses.page);
    let action = addresses.form.clone();
    let realm = &cx.plan.realm;
    match challenge {
        Challenge::Login { username, again, remember_me, message } => {
            let page = LoginPage {
                action,
                username: username.clone(),
                username_label: match (realm.registration_email_as_username, realm.login_with_email_allowed) {
                    (true, _) => UsernameLabel::Email,
                    (false, true) => UsernameLabel::UsernameOrEmail,
                    (false, false) => UsernameLabel::Username,
                },
                fixed_user: again.clone(),
                restart_url: again
                    .as_ref()
                    .map(|_| format!("{}/login-actions/restart?{}", cx.issuer(), links.link_query())),
                remember_me: (realm.remember_me && again.is_none()).then_some(*remember_me),
                credential_id: String::new(),
                registration_url: None,
                reset_credentials_url: None,
                notice: message.as_ref().and_then(notice),
                error: message.as_ref().and_then(|m| field_error(m, &["username"])),
            };
            around.render(&page, Some(other))
        }
        Challenge::Otp { message } => {
            let page = OtpPage {
                action,
                devices: Vec::new(),
                selected: String::new(),
                notice: message.as_ref().and_then(notice),
                error: message.as_ref().and_then(|m| field_error(m, &["totp"])),
            };
            around.render(&page, Some(other))
        }
        Challenge::UpdatePassword { username, message } => {
            let page = UpdatePasswordPage {
                action,
                username: username.clone(),
                cancellable: false,
                notice: notice(message),
                password_error: field_error(message, &["password", "password-new"]),
                confirm_error: field_error(message, &["password-confirm"]),
            };
            around.render(&page, Some(other))
        }
        Challenge::UpdateProfile { fields } => {
            let fields = fields.iter().map(|f| ProfileField {
                values: f.values.clone(),
                kind: if f.name == "email" { "email" } else { "text" },
                required: f.required,
                read_only: f.read_only,
                error: f.error.as_ref().map(text),
                ..ProfileField::text(&f.name, Text::expression(&f.label))
            });
            let page = UpdateProfilePage {
                action,
                fields: fields.collect(),
                cancellable: false,
                notice: Some(Notice::warning(Text::key("updateProfileMessage"))),
            };
            around.render(&page, Some(other))
        }
        Challenge::Consent { client, scopes } => {
            let c = &client.client;
            let page = ConsentPage {
                action: format!("{}/login-actions/consent?{}", cx.issuer(), links.link_query()),
                code: links.session_code.clone(),
                client: c
                    .name
                    .as_deref()
                    .filter(|n| !n.is_empty())
                    .map_or_else(|| Text::expression(&c.client_id), Text::expression),
                scopes: scopes.iter().map(|s| Text::expression(&s.text)).collect(),
                policy_url: c.attribute("policyUri").map(str::to_owned),
                terms_url: c.attribute("tosUri").map(str::to_owned),
            };
            around.render(&page, Some(other))
        }
    }
}

/// A message's text.
pub(crate) fn text(message: &Message) -> Text {
    Text::filled(message.key.clone(), message.arguments.clone())
}

fn notice(message: &Message) -> Option<Notice> {
    match message.kind {
        Kind::Field(_) => None,
        Kind::Error => Some(Notice::error(text(message))),
        Kind::Warning => Some(Notice::warning(text(message))),
        Kind::Info => Some(Notice::info(text(message))),
    }
}

fn field_error(message: &Message, fields: &[&str]) -> Option<Text> {
    match message.kind {
        Kind::Field(field) if fields.contains(&field) => Some(text(message)),
        _ => None,
    }
}

fn deliver(around: &Surroundings, style: Style, delivery: &Delivery) -> Response {
    if delivery.carrier != Carrier::FormPost {
        return uncached(redirect(&delivery.url(), style));
    }
    let parameters = delivery.parameters.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), value)
    });
    let page = FormPostPage { action: delivery.to.as_str().to_owned(), parameters: parameters.collect() };
    uncached(html(200, around, around.render(&page, None)))
}

/// A redirect.
pub(crate) fn redirect(url: &str, style: Style) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let headers = response.headers_mut();
    match HeaderValue::from_str(url) {
        Ok(value) => drop(headers.insert(header::LOCATION, value)),
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    if style.policy_on_redirects {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    }
    response
}

/// A page.
pub(crate) fn html(status: u16, around: &Surroundings, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
    if let Ok(locale) = HeaderValue::from_str(around.locale()) {
        headers.insert(header::CONTENT_LANGUAGE, locale);
    }
    response
}

fn uncached(mut response: Response) -> Response {
    const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store, must-revalidate, max-age=0");
    response.headers_mut().insert(header::CACHE_CONTROL, NOT_KEPT);
    response
}

/// What failed, for a person.
pub(crate) fn fail(failure: Failure, base: &str, request_id: &str) -> Response {
    let around = Surroundings::nowhere(base, request_id);
    let (status, key) = match failure {
        Failure::NoRealm => (404, "pageNotFound"),
        Failure::Refused(refusal) => (refusal.status, "invalidRequestMessage"),
        Failure::Unavailable => (503, "temporarilyUnavailable"),
        Failure::Broken => (500, "internalServerError"),
    };
    let page = ErrorPage { message: Text::key(key), application_url: None };
    let mut response = html(status, &around, around.render(&page, None));
    if status == 503 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// The path of a realm's cookies.
pub(crate) fn cookie_path(cx: &Cx<'_>) -> String {
    let prefix = url::Url::parse(cx.base()).map(|u| u.path().trim_end_matches('/').to_owned()).unwrap_or_default();
    format!("{prefix}/realms/{}/", cx.plan.realm.name)
}

/// Sets or removes a cookie.
pub(crate) fn set(change: &CookieChange, path: &str, headers: &mut HeaderMap) {
    let session = |name, value| Cookie { name, value, path, max_age: None, http_only: true, strict: false };
    let removed = |name| Cookie { name, value: "", path, max_age: Some(0), http_only: false, strict: false };
    match change {
        CookieChange::AuthSession { value, hash } => {
            session("AUTH_SESSION_ID", value).add(headers);
            if let Some(hash) = hash {
                Cookie { http_only: false, max_age: Some(60), ..session("KC_AUTH_SESSION_HASH", hash) }.add(headers);
            }
        }
        CookieChange::Restart(value) => session("KC_RESTART", value).add(headers),
        CookieChange::RestartRemoved => removed("KC_RESTART").add(headers),
        CookieChange::Identity { value, hash, max_age, persistent } => {
            Cookie { max_age: persistent.then_some(*max_age), ..session("KEYCLOAK_IDENTITY", value) }.add(headers);
            Cookie { http_only: false, max_age: Some(*max_age), ..session("KEYCLOAK_SESSION", hash) }.add(headers);
        }
        CookieChange::IdentityRemoved { remember_me } => {
            removed("KEYCLOAK_IDENTITY").add(headers);
            removed("KEYCLOAK_SESSION").add(headers);
            if *remember_me {
                removed("KEYCLOAK_REMEMBER_ME").add(headers);
            }
        }
        CookieChange::RememberMe(name) => {
            let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            let value = format!("username:{encoded}");
            Cookie { max_age: Some(31_536_000), ..session("KEYCLOAK_REMEMBER_ME", &value) }.add(headers);
        }
        CookieChange::Locale(locale) => session("KEYCLOAK_LOCALE", locale).add(headers),
    }
}
