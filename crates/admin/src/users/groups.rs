//! A user's groups.

use domain::{Result, Writes};
use model::AdminOperation;
use serde_json::Value;

use crate::groups::{member_of, membership};
use crate::permit::{ManageUsers, Permit, ViewUsers};
use crate::refusals;

/// Lists a page of a user's groups by name.
pub async fn list(
    permit: &Permit<'_, ViewUsers>,
    user_id: &str,
    search: &str,
    (first, max): (i64, i64),
    brief: bool,
) -> Result<Value> {
    let found = of(permit, user_id, search).await?;
    let first = usize::try_from(first).unwrap_or(0);
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(first).take(max);
    let mut out = Vec::new();
    for id in page {
        out.push(match brief {
            true => member_of(&permit.cx.plan, &id),
            false => membership(permit, &id).await?,
        });
    }
    Ok(Value::Array(out))
}

/// Counts a user's groups.
pub async fn count(permit: &Permit<'_, ViewUsers>, user_id: &str, search: &str) -> Result<Value> {
    Ok(serde_json::json!({"count": of(permit, user_id, search).await?.len()}))
}

async fn of(permit: &Permit<'_, ViewUsers>, user_id: &str, search: &str) -> Result<Vec<String>> {
    let user = super::find(permit, user_id).await?;
    let (_, groups) = store::users::memberships(permit.store(), &user.id).await?;
    let search = search.to_lowercase();
    let mut named: Vec<(String, String)> = groups
        .into_iter()
        .filter_map(|id| Some((permit.cx.plan.groups.find(&id)?.name.clone(), id)))
        .filter(|(name, _)| name.to_lowercase().contains(&search))
        .collect();
    named.sort();
    Ok(named.into_iter().map(|(_, id)| id).collect())
}

/// Lets a user join a group; twice is fine.
pub async fn join(permit: &Permit<'_, ManageUsers>, user_id: &str, group_id: &str) -> Result<Writes> {
    change(permit, user_id, group_id, AdminOperation::Create).await
}

/// Lets a user leave a group; twice is fine.
pub async fn leave(permit: &Permit<'_, ManageUsers>, user_id: &str, group_id: &str) -> Result<Writes> {
    change(permit, user_id, group_id, AdminOperation::Delete).await
}

async fn change(
    permit: &Permit<'_, ManageUsers>,
    user_id: &str,
    group_id: &str,
    operation: AdminOperation,
) -> Result<Writes> {
    let user = super::find(permit, user_id).await?;
    if permit.cx.plan.groups.find(group_id).is_none() {
        return Err(refusals::USER_GROUP_NOT_FOUND.into());
    }
    // Who may join a group by an administrator's hand must not become more of an administrator than that one is.
    if operation == AdminOperation::Create && !permit.may_join(group_id) {
        return Err(refusals::FORBIDDEN.into());
    }
    let mut writes = Writes::default();
    match operation {
        AdminOperation::Create => store::users::join_group(&mut writes.batch, &user.id, group_id),
        _ => store::users::leave_group(&mut writes.batch, &user.id, group_id),
    }
    store::users::touch(&mut writes.batch, &user.id);
    let shown = membership(permit, group_id).await?;
    let path = format!("users/{user_id}/groups/{group_id}");
    writes.admin_events.push(permit.event(operation, "GROUP_MEMBERSHIP", path, Some(shown)));
    Ok(writes)
}
