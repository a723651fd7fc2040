//! `/service/…`: the registry in the network's own form, for the realm that the configuration names.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Writes;
use messages::registry_views as views;
use messages::{Caller, Right};
use serde_json::Value;
use web::{App, Facts, bearer_token, not_found};

use crate::answer::answer;

#[derive(Clone, Copy)]
enum View {
    Role,
    Addresses,
    ProductNetwork,
}

async fn show(app: &App, facts: &Facts, headers: &HeaderMap, view: View, id: &str) -> Response {
    let Some(realm) = app.public.service_realm.clone() else { return not_found() };
    let token = bearer_token(headers);
    let done = app.work(&realm, facts, |cx| async move {
        Caller::of(&cx, token).await?.need_participant_or(Right::VerifyMessages)?;
        let shown: Value = match view {
            View::Role => views::network_role(&cx, id).await?,
            View::Addresses => views::whitelisting_items(&cx, id).await?,
            View::ProductNetwork => views::product_network(&cx, id).await?,
        };
        Ok((shown, Writes::default()))
    });
    answer(done.await)
}

/// A participant role.
pub(crate) async fn role(
    State(app): State<App>,
    Path(role): Path<String>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    show(&app, &facts, &headers, View::Role, &role).await
}

/// The addresses that a role's messages may come from.
pub(crate) async fn whitelisting_items(
    State(app): State<App>,
    Path(role): Path<String>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    show(&app, &facts, &headers, View::Addresses, &role).await
}

/// The roles of a product network.
pub(crate) async fn product_network(
    State(app): State<App>,
    Path(network): Path<String>,
    facts: Facts,
    headers: HeaderMap,
) -> Response {
    show(&app, &facts, &headers, View::ProductNetwork, &network).await
}
