//! A realm without its secrets and its people, as the console offers it.

use domain::Result;
use serde_json::Value;

use crate::export;
use crate::permit::{ManageRealm, Permit};

/// Exports the realm, with its clients and with its roles and groups where asked for.
pub async fn run(permit: &Permit<'_, ManageRealm>, clients: bool, groups_and_roles: bool) -> Result<Value> {
    export::partial(permit.store(), &permit.cx.plan, clients, groups_and_roles).await
}
