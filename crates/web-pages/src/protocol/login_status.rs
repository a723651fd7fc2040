//! `login-status-iframe.html`: clients ask it whether the session is still the same [OIDC-Session-3.3].

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use domain::Fresh;
use oidc::Form;
use web::{App, Facts};

use crate::paint::{fail, html};
use crate::render::pages::LoginStatusPage;
use crate::surroundings::Surroundings;

pub(crate) async fn page(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) => {
            let around = Surroundings::of(&cx, &headers, &Form::default());
            let mut response = html(200, &around, around.render(&LoginStatusPage, None));
            // Clients of other origins frame it: that is what it is for.
            response.headers_mut().remove(header::CONTENT_SECURITY_POLICY);
            response.extensions_mut().insert(web::Framed);
            response
        }
        Err(failure) => fail(failure, &facts.base, &facts.id),
    }
}

/// Whether a client's origin may ask: 204, or 403.
pub(crate) async fn init(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let cx = match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) => cx,
        Err(failure) => return failure.into_json(),
    };
    let client = match cx.client(query.some("client_id").unwrap_or_default()).await {
        Ok(client) => client.filter(|c| c.client.enabled),
        Err(error) => return app.fail(error, &facts).into_json(),
    };
    let origin = query.some("origin").unwrap_or_default();
    let own = url::Url::parse(cx.base()).is_ok_and(|u| u.origin().ascii_serialization() == origin);
    let allowed = client.is_some_and(|c| own || oidc::web_origins(&c.client).iter().any(|o| o == origin || o == "*"));
    let mut response = Response::default();
    *response.status_mut() = if allowed { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN };
    response
}
