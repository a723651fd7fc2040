//! `/registry/…`: who takes part, with which keys, for participants and for those who verify messages.

use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::{Fresh, Writes};
use messages::registry_views as views;
use messages::{Caller, Right};
use oidc::Cx;
use serde_json::Value;
use web::{App, Facts, bearer_token, json, not_found};

use crate::answer::answer;

/// Answers a participant, or who may verify messages, by a look at the realm.
async fn show<'a, F, O>(app: &'a App, realm: &str, facts: &'a Facts, headers: &'a HeaderMap, look: F) -> Response
where
    F: Fn(Cx<'a>) -> O + Copy,
    O: Future<Output = domain::Result<Value>>,
{
    let token = bearer_token(headers);
    let done = app.work(realm, facts, |cx| async move {
        Caller::of(&cx, token).await?.need_participant_or(Right::VerifyMessages)?;
        Ok((look(cx).await?, Writes::default()))
    });
    answer(done.await)
}

/// A page of participants by name: `search`, `first`, `max`.
pub(crate) async fn participants(
    State(app): State<App>,
    Path(realm): Path<String>,
    RawQuery(query): RawQuery,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let query = Query::of(query.as_deref());
    let (first, max) = query.page();
    let search = query.text("search").unwrap_or_default();
    let search = search.as_str();
    let token = bearer_token(&headers);
    let done = app.work(&realm, &facts, |cx| async move {
        Caller::of(&cx, token).await?.need_participant_or(Right::VerifyMessages)?;
        Ok((views::participants(&cx, search, first, max).await?, Writes::default()))
    });
    answer(done.await)
}

/// A role.
pub(crate) async fn role(
    State(app): State<App>,
    Path((realm, role)): Path<(String, String)>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let role = role.as_str();
    show(&app, &realm, &facts, &headers, |cx| async move { views::role(&cx, role).await }).await
}

/// A role's keys.
pub(crate) async fn keys(
    State(app): State<App>,
    Path((realm, role)): Path<(String, String)>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let role = role.as_str();
    show(&app, &realm, &facts, &headers, |cx| async move { views::keys(&cx, role).await }).await
}

/// The keys of a role that count now, or `at` a moment.
pub(crate) async fn jwks(
    State(app): State<App>,
    Path((realm, role)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let at = Query::of(query.as_deref()).text("at");
    let (role, at) = (role.as_str(), at.as_deref());
    show(&app, &realm, &facts, &headers, |cx| async move { views::jwks(&cx, role, at).await }).await
}

/// A signing profile.
pub(crate) async fn profile(
    State(app): State<App>,
    Path((realm, name)): Path<(String, String)>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    let name = name.as_str();
    show(&app, &realm, &facts, &headers, |cx| async move { views::profile(&cx, name) }).await
}

/// What these routes and those for administrators take and give, as OpenAPI 3.1.
const OPENAPI: &str = include_str!("../openapi.json");

/// The description of the routes of a realm with participants.
pub(crate) async fn openapi(State(app): State<App>, Path(realm): Path<String>, facts: Facts) -> Response {
    match app.cx(&realm, &facts, Fresh::WithinASecond).await {
        Ok(cx) if cx.plan.network.is_some() => json(200, OPENAPI),
        Ok(_) => not_found(),
        Err(failure) => failure.into_json(),
    }
}

/// A query, decoded.
pub(crate) struct Query(Vec<(String, String)>);

/// Things on a page unless the caller says otherwise, and at most.
const USUAL_PAGE: i64 = 100;
const LONGEST_PAGE: i64 = 1000;

impl Query {
    pub(crate) fn of(query: Option<&str>) -> Self {
        Self(url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    /// A parameter that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(n, value)| n == name && !value.is_empty()).map(|(_, value)| value.clone())
    }

    /// `first` and `max`, within bounds.
    pub(crate) fn page(&self) -> (i64, i64) {
        let number = |name: &str, usual: i64| self.text(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
        (number("first", 0).max(0), number("max", USUAL_PAGE).clamp(0, LONGEST_PAGE))
    }
}
