//! `/registry/…`: who takes part, with which keys, for participants and for those who verify messages.

use axum::response::Response;
use domain::Fresh;
use messages::registry_views as views;
use web::{json, not_found};

use crate::call::Call;

/// A page of participants by name: `search`, `first`, `max`.
pub(crate) async fn participants(call: Call) -> Response {
    let (first, max) = match call.page() {
        Ok(page) => page,
        Err(error) => return call.refuse(error, None).await,
    };
    let search = call.text("search").unwrap_or_default();
    let call = &call;
    let why = "a list is of now; /registry/participants/{id} tells of each what it was";
    call.show(|cx| async move {
        call.is_of_now(why)?;
        views::participants(&cx, search, first, max).await
    })
    .await
}

/// A participant with its roles, as it is or was: `at`, `asOf`.
pub(crate) async fn participant(call: Call) -> Response {
    let (call, participant) = (&call, call.part("participant"));
    call.show(|cx| async move { views::participant(&cx, participant, call.past()?).await }).await
}

/// A page of roles by what they are: `participantRole`, `productNetwork`, `first`, `max`.
pub(crate) async fn roles(call: Call) -> Response {
    let call = &call;
    let page = match call.page() {
        Ok(page) => page,
        Err(error) => return call.refuse(error, None).await,
    };
    call.show(|cx| async move {
        call.is_of_now("a list is of now; /registry/roles/{id} tells of each what it was")?;
        call.query_is_of(&["participantRole", "productNetwork", "first", "max"])?;
        let of = ["participantRole", "productNetwork"].map(|name| call.text(name).unwrap_or_default());
        views::roles(&cx, of.into(), page.0, page.1).await
    })
    .await
}

/// A role, as it is or was: `at`, `asOf`.
pub(crate) async fn role(call: Call) -> Response {
    let (call, role) = (&call, call.part("role"));
    call.show(|cx| async move { views::role(&cx, role, call.past()?).await }).await
}

/// A role's keys, as they are or were.
pub(crate) async fn keys(call: Call) -> Response {
    let (call, role) = (&call, call.part("role"));
    call.show(|cx| async move { views::keys(&cx, role, call.past()?).await }).await
}

/// The keys of a role that count now, or did `at` a moment.
pub(crate) async fn jwks(call: Call) -> Response {
    let (call, role) = (&call, call.part("role"));
    call.show(|cx| async move { views::jwks(&cx, role, call.past()?).await }).await
}

/// A page of a role's records, oldest first, each with its entry in the ledger: `first`, `max`.
pub(crate) async fn history(call: Call) -> Response {
    let (first, max) = match call.page() {
        Ok(page) => page,
        Err(error) => return call.refuse(error, None).await,
    };
    let role = call.part("role");
    let call = &call;
    call.show(|cx| async move {
        call.is_of_now("a history has every record, each with its time")?;
        views::history(&cx, role, first, max).await
    })
    .await
}

/// A signing profile.
pub(crate) async fn profile(call: Call) -> Response {
    let (call, name) = (&call, call.part("name"));
    call.show(|cx| async move {
        call.is_of_now("profiles are the realm's settings and in no chain; records of messages name theirs by digest")?;
        views::profile(&cx, name)
    })
    .await
}

/// What these routes and those for administrators take and give, as OpenAPI 3.1.
const OPENAPI: &str = include_str!("../openapi.json");

/// The description of the routes of a realm with participants.
pub(crate) async fn openapi(call: Call) -> Response {
    match call.app.cx(&call.realm, &call.facts, Fresh::WithinASecond).await {
        Ok(cx) if cx.plan.network.is_some() => json(200, OPENAPI),
        Ok(_) => not_found(),
        Err(failure) => failure.into_json(),
    }
}
