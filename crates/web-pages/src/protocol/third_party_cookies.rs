//! `3p-cookies/step1.html`, `step2.html`: clients ask whether the browser keeps cookies in frames of other origins.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use domain::Fresh;
use oidc::Form;
use web::{App, Facts, not_found};

use crate::paint::{fail, html};
use crate::render::pages::ThirdPartyCookiesPage;
use crate::surroundings::Surroundings;

pub(crate) async fn page(
    State(app): State<App>,
    Path((realm, name)): Path<(String, String)>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let step = match name.as_str() {
        "step1.html" => 1,
        "step2.html" => 2,
        _ => return not_found(),
    };
    match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) => {
            let around = Surroundings::of(&cx, &headers, &Form::default());
            let mut response = html(200, &around, around.render(&ThirdPartyCookiesPage { step }, None));
            // Clients of other origins frame it: that is what it is for.
            response.headers_mut().remove(header::CONTENT_SECURITY_POLICY);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            response.extensions_mut().insert(web::Framed);
            response
        }
        Err(failure) => fail(failure, &facts.base, &facts.id),
    }
}
