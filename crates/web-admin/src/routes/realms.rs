//! Realms.

use admin::permit::{AnyAdministrator, Anybody, ManageClients, ManageRealm, ManageUsers, Permit, ViewRealm};
use admin::rep::{PARTIAL_IMPORT, REALM};
use domain::Writes;
use serde_json::json;

use crate::answer::{Answer, Done, done, ok};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, Anybody>, call: &Call) -> Done {
    ok(admin::realms::list(&permit, call.flag("briefRepresentation").unwrap_or(false)).await?)
}

pub(crate) async fn create(permit: Permit<'_, Anybody>, call: &Call) -> Done {
    let made = admin::realms::create(&permit, || call.object(&REALM)).await?;
    Ok((Answer::created(crate::answer::segment(&made.name)), Writes::default()))
}

pub(crate) async fn read(permit: Permit<'_, AnyAdministrator>, _: &Call) -> Done {
    ok(admin::realms::read(&permit).await?)
}

pub(crate) async fn update(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(admin::realms::update(&permit, &call.object(&REALM)?).await?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageRealm>, _: &Call) -> Done {
    admin::realms::delete(&permit).await?;
    done(Writes::default())
}

pub(crate) async fn logout_all(permit: Permit<'_, ManageUsers>, _: &Call) -> Done {
    Ok((Answer::result(json!({})), admin::realms::logout_all(&permit).await?))
}

pub(crate) async fn push_revocation(permit: Permit<'_, ManageRealm>, _: &Call) -> Done {
    Ok((Answer::result(json!({})), admin::realms::push_revocation(&permit)))
}

/// Clients learn of a not-before policy by asking, not by being told.
pub(crate) async fn nobody_reached(_: Permit<'_, ManageClients>, _: &Call) -> Done {
    Ok((Answer::result(json!({})), Writes::default()))
}

pub(crate) async fn end_session(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let offline = call.flag("isOffline").unwrap_or(false);
    done(admin::users::sessions::end(&permit, call.part("session"), offline).await?)
}

pub(crate) async fn session_stats(permit: Permit<'_, ViewRealm>, _: &Call) -> Done {
    ok(admin::clients::sessions::stats(&permit).await?)
}

pub(crate) async fn keys(permit: Permit<'_, ViewRealm>, _: &Call) -> Done {
    ok(admin::keys::list(&permit))
}

pub(crate) async fn partial_export(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let clients = call.flag("exportClients").unwrap_or(false);
    let groups_and_roles = call.flag("exportGroupsAndRoles").unwrap_or(false);
    let exported = admin::partial_export::run(&permit, clients, groups_and_roles).await?;
    Ok((Answer::result(exported), Writes::default()))
}

pub(crate) async fn partial_import(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let (report, writes) = admin::partial_import::run(&permit, &call.object(&PARTIAL_IMPORT)?).await?;
    Ok((Answer::result(report), writes))
}

/// What is kept in memory holds for a version: there is nothing to clear.
pub(crate) async fn nothing_cached(_: Permit<'_, ManageRealm>, _: &Call) -> Done {
    done(Writes::default())
}
