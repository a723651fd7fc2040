//! `GET` and `POST /auth`: the authorization endpoint [RFC6749-3.1].

use authn::begin;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use oidc::Form;
use web::{App, Facts, read_form};

use super::browser_of;
use crate::paint::{AUTH, fail, paint};

pub(crate) async fn get(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let form = Form::parse(query.unwrap_or_default().as_bytes());
    answer(app, realm, facts, headers, form).await
}

pub(crate) async fn post(
    State(app): State<App>,
    Path(realm): Path<String>,
    facts: Facts,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = read_form(&headers, &body);
    answer(app, realm, facts, headers, form).await
}

async fn answer(app: App, realm: String, facts: Facts, headers: HeaderMap, form: Form) -> Response {
    let form = form.without_long();
    let browser = browser_of(&headers);
    let (browser, form) = (&browser, &form);
    let done = app.work(&realm, &facts, |cx| async move {
        let (answer, writes) = begin(&cx, browser, form).await?;
        Ok(((answer, cx.plan.clone()), writes))
    });
    match done.await {
        Ok((answer, plan)) => {
            let cx = app.cx_on(plan, &facts);
            paint(&cx, &headers, form, AUTH, answer)
        }
        Err(failure) => fail(failure, &facts.base, &facts.id),
    }
}
