//! Users of a realm file as rows.

use domain::{Result, Writes};
use model::{Document, User};
use serde_json::Value;
use store::Batch;

use super::index::{Index, id_of, strings};
use super::staging::Staging;
use super::{check, passwords};
use crate::permit::{ManageUsers, Permit};
use crate::refusals;

/// Inserts a realm's users, whose passwords are hashed.
pub(super) async fn insert(
    staging: &mut Staging<'_>,
    users: Vec<Value>,
    index: &Index,
    unique_email: bool,
) -> Result<()> {
    let core = staging.core();
    for user in users {
        let now_ms = core.clock.now_ms();
        let id = one(&mut staging.batch, &staging.realm_id, &user, index, unique_email, now_ms)?;
        for credential in passwords::of(&user, now_ms)? {
            store::users::insert_credential(&core.store, &mut staging.batch, &id, &credential)?;
        }
        staging.pace().await?;
    }
    Ok(())
}

/// Inserts a user of a file into a realm that is there, with the roles and groups named; their id.
pub(crate) async fn into_realm(
    permit: &Permit<'_, ManageUsers>,
    given: &Document,
    writes: &mut Writes,
) -> Result<String> {
    let plan = &permit.cx.plan;
    let core = permit.cx.core();
    let index = Index::of_plan(plan);
    check::user(&Value::Object(given.0.clone()), &index)?;
    if !index
        .roles(given.0.get("realmRoles"), given.0.get("clientRoles"))
        .into_iter()
        .all(|id| plan.roles.find(id).is_some_and(|role| permit.may_map(role)))
        || !strings(given.0.get("groups")).filter_map(|path| index.group(path)).all(|id| permit.may_join(id))
    {
        return Err(refusals::FORBIDDEN.into());
    }
    let mut given = given.clone();
    for member in ["username", "email"] {
        if let Some(text) = given.text(member) {
            let lower = text.to_lowercase();
            given.set(member, lower);
        }
    }
    let mut given = given.into_value();
    let choice = plan.password_policy.hash_choice();
    passwords::hash(&core.hasher, choice, std::slice::from_mut(&mut given)).await?;
    let now_ms = permit.cx.now_ms;
    let unique_email = !plan.realm.duplicate_emails_allowed;
    let id = one(&mut writes.batch, permit.realm_id(), &given, &index, unique_email, now_ms)?;
    for credential in passwords::of(&given, now_ms)? {
        store::users::insert_credential(permit.store(), &mut writes.batch, &id, &credential)?;
    }
    Ok(id)
}

/// Inserts a user with their roles, groups and consents; their id.
fn one(
    batch: &mut Batch,
    realm_id: &str,
    given: &Value,
    index: &Index,
    unique_email: bool,
    now_ms: i64,
) -> Result<String> {
    let mut doc = Document::from_value(given.clone());
    let id = id_of(&doc.0, "id")?;
    let service_account = doc.text("serviceAccountClientId").and_then(|c| index.client(c)).map(str::to_owned);
    let roles: Vec<String> =
        index.roles(doc.0.get("realmRoles"), doc.0.get("clientRoles")).into_iter().map(str::to_owned).collect();
    let groups: Vec<String> =
        strings(doc.0.get("groups")).filter_map(|path| index.group(path)).map(str::to_owned).collect();
    let consents = doc.list("clientConsents").to_vec();
    for member in NOT_KEPT {
        doc.take(member);
    }
    let text = |name: &str| doc.string(name).filter(|t| !t.is_empty());
    let user = User {
        username: text("username").unwrap_or_default(),
        email: text("email"),
        first_name: doc.string("firstName"),
        last_name: doc.string("lastName"),
        email_verified: doc.flag("emailVerified"),
        enabled: doc.flag("enabled"),
        created_ms: doc.int_or("createdTimestamp", now_ms),
        not_before: doc.int_or("notBefore", 0),
        required_actions: doc.texts("requiredActions"),
        // None that an earlier user of the same id had: what is kept of that one must not be taken for this one.
        version: now_ms,
        service_account,
        id,
        doc,
    };
    store::users::insert(batch, realm_id, &user, unique_email);
    for role in roles {
        store::users::add_role(batch, &user.id, &role);
    }
    for group in groups {
        store::users::join_group(batch, &user.id, &group);
    }
    for consent in consents {
        let mut doc = Document::from_value(consent);
        let client = doc.take("clientId").and_then(|c| index.client(c.as_str()?).map(str::to_owned));
        if let Some(client) = client {
            store::consents::save(batch, &user.id, &client, &doc);
        }
    }
    Ok(user.id)
}

/// Members that have rows of their own, or say what follows from others.
const NOT_KEPT: &[&str] = &[
    "credentials",
    "realmRoles",
    "clientRoles",
    "applicationRoles",
    "groups",
    "clientConsents",
    "totp",
    "access",
    "self",
    "origin",
    "disableableCredentialTypes",
    "userProfileMetadata",
];
