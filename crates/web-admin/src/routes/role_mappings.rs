//! The roles of users and groups.

use admin::permit::{ManageUsers, Permit, ViewUsers};
use admin::rep::ROLE;
use admin::role_mappings::{self, Holder, Of, Which};
use model::AdminOperation;

use crate::answer::{Done, done, ok};
use crate::call::Call;

fn holder(call: &Call) -> Holder<'_> {
    match call.part("user") {
        "" => Holder::Group(call.part("group")),
        user => Holder::User(user),
    }
}

fn of(call: &Call) -> Of<'_> {
    match call.part("client") {
        "" => Of::Realm,
        client => Of::Client(client),
    }
}

fn brief(call: &Call) -> bool {
    call.flag("briefRepresentation").unwrap_or(true)
}

pub(crate) async fn all(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(role_mappings::all(&permit, holder(call)).await?)
}

pub(crate) async fn list(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(role_mappings::list(&permit, holder(call), of(call), Which::Direct, brief(call)).await?)
}

pub(crate) async fn available(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(role_mappings::list(&permit, holder(call), of(call), Which::Available, brief(call)).await?)
}

pub(crate) async fn effective(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(role_mappings::list(&permit, holder(call), of(call), Which::Effective, brief(call)).await?)
}

pub(crate) async fn add(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let sent = call.list(&ROLE)?;
    done(role_mappings::change(&permit, holder(call), of(call), Some(&sent), AdminOperation::Create).await?)
}

pub(crate) async fn remove(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    // Who names none means all.
    let sent = if call.has_body() { Some(call.list(&ROLE)?) } else { None };
    done(role_mappings::change(&permit, holder(call), of(call), sent.as_deref(), AdminOperation::Delete).await?)
}
