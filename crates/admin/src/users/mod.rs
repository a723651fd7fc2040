//! Users: looked for, made, read, changed, deleted [KC 4.10, 5.1]; what is theirs is in the files beside.

mod change;
pub mod consents;
pub mod credentials;
pub mod federated_identity;
pub mod groups;
pub mod mail;
mod password;
pub mod profile;
pub mod representation;
pub mod sessions;

use domain::{Result, Writes};
use model::{AdminOperation, Document, User};
use serde_json::{Value, json};
use store::users::Search;

use crate::permit::{ManageUsers, Permission, Permit, QueryUsers, ViewUsers};
use crate::refusals;
use crate::rep::USER;

pub use change::{create, update};
pub use representation::Shown;

/// Lists a page of users, whole or brief.
pub async fn list(
    permit: &Permit<'_, QueryUsers>,
    search: &Search,
    first: i64,
    max: i64,
    brief: bool,
) -> Result<Value> {
    if !permit.also::<ViewUsers>() {
        return Ok(json!([])); // Somebody who may look but not see finds nobody.
    }
    let users = store::users::list(permit.store(), permit.realm_id(), search, first, max).await?;
    let shown = if brief { Shown::Brief } else { Shown::Listed };
    representation::list(permit, &users, shown).await
}

/// Finds users by id, as `search=id:…` does.
pub async fn list_by_id(permit: &Permit<'_, QueryUsers>, ids: &[String], brief: bool) -> Result<Value> {
    let mut users = Vec::new();
    for id in ids.iter().take(100) {
        users.extend(store::users::find(permit.store(), permit.realm_id(), id).await?);
    }
    users.retain(|_| permit.also::<ViewUsers>());
    representation::list(permit, &users, if brief { Shown::Brief } else { Shown::Listed }).await
}

/// Counts users.
pub async fn count(permit: &Permit<'_, QueryUsers>, search: &Search) -> Result<Value> {
    if !permit.also::<ViewUsers>() {
        return Ok(0.into());
    }
    Ok(store::users::count(permit.store(), permit.realm_id(), search).await?.into())
}

/// Reads a user.
pub async fn read(permit: &Permit<'_, ViewUsers>, id: &str, with_profile: bool) -> Result<Value> {
    let user = find(permit, id).await?;
    let shown = representation::of(permit, &user, Shown::Whole).await?;
    if !with_profile {
        return Ok(shown);
    }
    let mut doc = Document::from_value(shown);
    doc.set("userProfileMetadata", profile::metadata_of(&permit.cx.plan, !permit.cx.plan.realm.edit_username_allowed));
    Ok(USER.ordered(doc))
}

/// The attributes of a user that the profile doesn't declare.
pub async fn unmanaged_attributes(permit: &Permit<'_, ViewUsers>, id: &str) -> Result<Value> {
    let user = find(permit, id).await?;
    let profile = profile::of(&permit.cx.plan);
    let mut attributes = user.doc.object("attributes").cloned().unwrap_or_default();
    attributes.retain(|name, _| profile.attribute(name).is_none());
    Ok(Value::Object(attributes))
}

/// Deletes a user with all that is theirs.
pub async fn delete(permit: &Permit<'_, ManageUsers>, id: &str) -> Result<Writes> {
    let user = find(permit, id).await?;
    let mut writes = Writes::default();
    store::users::delete(&mut writes.batch, permit.realm_id(), &user.id);
    let shown = json!({"id": user.id, "username": user.username});
    writes.admin_events.push(permit.event(AdminOperation::Delete, "USER", format!("users/{id}"), Some(shown)));
    Ok(writes)
}

/// The user of that id.
pub(crate) async fn find<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<User> {
    let found = store::users::find(permit.store(), permit.realm_id(), id).await?;
    found.ok_or_else(|| refusals::USER_NOT_FOUND.into())
}
