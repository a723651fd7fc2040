//! The roles that clients and client scopes may carry.

use admin::clients::scope_mappings::{self, Holder};
use admin::permit::{ManageClients, Permit, ViewClients};
use admin::rep::ROLE;
use admin::role_mappings::{Of, Which};
use model::AdminOperation;

use crate::answer::{Done, done, ok};
use crate::call::Call;

fn holder(call: &Call) -> Holder<'_> {
    match call.part("client") {
        "" => Holder::Scope(call.part("scope")),
        client => Holder::Client(client),
    }
}

fn of(call: &Call) -> Of<'_> {
    match call.part("other") {
        "" => Of::Realm,
        client => Of::Client(client),
    }
}

pub(crate) async fn all(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(scope_mappings::all(&permit, holder(call)).await?)
}

pub(crate) async fn list(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(scope_mappings::list(&permit, holder(call), of(call), Which::Direct).await?)
}

pub(crate) async fn available(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(scope_mappings::list(&permit, holder(call), of(call), Which::Available).await?)
}

pub(crate) async fn effective(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(scope_mappings::list(&permit, holder(call), of(call), Which::Effective).await?)
}

pub(crate) async fn add(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let sent = call.list(&ROLE)?;
    done(scope_mappings::change(&permit, holder(call), of(call), &sent, AdminOperation::Create).await?)
}

pub(crate) async fn remove(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let sent = call.list(&ROLE)?;
    done(scope_mappings::change(&permit, holder(call), of(call), &sent, AdminOperation::Delete).await?)
}
