//! `/service/…`: the registry in the network's own form, for the realm that the host or the configuration names.

use axum::response::Response;
use messages::registry_views as views;

use crate::call::Call;

/// A participant role.
pub(crate) async fn role(call: Call) -> Response {
    let (call, role) = (&call, call.part("role"));
    call.show(|cx| async move {
        call.is_of_now(FORM)?;
        views::network_role(&cx, role).await
    })
    .await
}

/// The addresses that a role's messages may come from.
pub(crate) async fn whitelisting_items(call: Call) -> Response {
    let (call, role) = (&call, call.part("role"));
    call.show(|cx| async move {
        call.is_of_now(FORM)?;
        views::whitelisting_items(&cx, role).await
    })
    .await
}

/// The roles of a product network.
pub(crate) async fn product_network(call: Call) -> Response {
    let (call, network) = (&call, call.part("network"));
    call.show(|cx| async move {
        call.is_of_now(FORM)?;
        views::product_network(&cx, network).await
    })
    .await
}

/// Why the network's own form has no past.
const FORM: &str = "this form is of now; /realms/{realm}/registry/roles/{id} tells what was";
