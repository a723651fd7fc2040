//! `/service/…`: the registry in the network's own form, for the realm that the host or the configuration names.

use axum::response::Response;
use messages::registry_views as views;

use crate::call::Call;

/// A participant role.
pub(crate) async fn role(call: Call) -> Response {
    let role = call.part("role");
    call.show(|cx| async move { views::network_role(&cx, role).await }).await
}

/// The addresses that a role's messages may come from.
pub(crate) async fn whitelisting_items(call: Call) -> Response {
    let role = call.part("role");
    call.show(|cx| async move { views::whitelisting_items(&cx, role).await }).await
}

/// The roles of a product network.
pub(crate) async fn product_network(call: Call) -> Response {
    let network = call.part("network");
    call.show(|cx| async move { views::product_network(&cx, network).await }).await
}
