//! Users made and changed: by the realm's profile, its password policy, and its rules for names [KC 5.3].

use std::collections::BTreeMap;

use domain::brute_force::DISABLED_REASON;
use domain::user_profile::{Attributes, By, Problem, UserProfile};
use domain::{Error, Result, Writes, ids};
use model::{AdminOperation, Document, User};
use serde_json::{Map, Value, json};

use super::password;
use crate::permit::{ManageUsers, Permit};
use crate::refusals;

/// Makes a user; their id.
pub async fn create(permit: &Permit<'_, ManageUsers>, sent: &Document) -> Result<(String, Writes)> {
    let realm = &permit.cx.plan.realm;
    let email = lower(sent.text("email"));
    let username = match (realm.registration_email_as_username, &email) {
        (true, Some(email)) => Some(email.clone()),
        _ => lower(sent.text("username")),
    };
    let username = username.ok_or_else(|| Error::from(refusals::USER_NAMELESS))?;
    let mut user = User {
        id: ids::uuid()?,
        version: 1,
        username,
        email,
        first_name: named(sent, "firstName"),
        last_name: named(sent, "lastName"),
        email_verified: sent.flag("emailVerified"),
        enabled: sent.flag("enabled"),
        created_ms: permit.cx.now_ms,
        not_before: 0,
        required_actions: required_actions(permit, sent),
        service_account: None,
        doc: Document::default(),
    };
    let profile = super::profile::of(&permit.cx.plan);
    user.doc.set("attributes", taken_attributes(&profile, sent, &Map::new()));
    for member in ["federatedIdentities", "federationLink"] {
        if let Some(value) = sent.0.get(member).filter(|v| !v.is_null()) {
            user.doc.set(member, value.clone());
        }
    }
    check(permit, &profile, &user, None).await?;
    let mut writes = Writes::default();
    let credentials = password::of_representation(permit, &mut user, sent).await?;
    insert(permit, &user, sent, &mut writes)?;
    for credential in credentials {
        store::users::insert_credential(permit.store(), &mut writes.batch, &user.id, &credential)?;
    }
    let path = format!("users/{}", user.id);
    writes.admin_events.push(permit.event(AdminOperation::Create, "USER", path, Some(as_sent(sent))));
    Ok((user.id, writes))
}

/// Inserts the user with the default role, the default groups and the groups named.
fn insert(permit: &Permit<'_, ManageUsers>, user: &User, sent: &Document, writes: &mut Writes) -> Result<()> {
    let plan = &permit.cx.plan;
    let batch = &mut writes.batch;
    store::users::insert(batch, &plan.realm.id, user, !plan.realm.duplicate_emails_allowed);
    if let Some(role) = plan.default_role() {
        store::users::add_role(batch, &user.id, role);
    }
    for group in plan.groups.iter().filter(|g| g.is_default) {
        store::users::join_group(batch, &user.id, &group.id);
    }
    for path in sent.texts("groups") {
        let group = plan.groups.at_path(&path).ok_or_else(|| Error::from(refusals::USER_GROUP_NOT_FOUND))?;
        if !permit.may_join(&group.id) {
            return Err(refusals::FORBIDDEN.into());
        }
        store::users::join_group(batch, &user.id, &group.id);
    }
    Ok(())
}

/// Changes a user: absent members stay, unless `attributes` are sent: then everything absent is cleared.
pub async fn update(permit: &Permit<'_, ManageUsers>, id: &str, sent: &Document) -> Result<Writes> {
    let before = super::find(permit, id).await?;
    let profile = super::profile::of(&permit.cx.plan);
    let mut user = before.clone();
    let clears = sent.object("attributes").is_some();
    if let Some(username) = lower(sent.text("username")).filter(|name| *name != before.username) {
        if !permit.cx.plan.realm.edit_username_allowed {
            let params = [json!("username")];
            return Err(refusals::field(400, "username", "error-user-attribute-read-only", &params).into());
        }
        user.username = username;
    }
    for (name, slot) in [("firstName", &mut user.first_name), ("lastName", &mut user.last_name)] {
        if clears || sent.text(name).is_some() {
            *slot = named(sent, name);
        }
    }
    if clears || sent.text("email").is_some() {
        user.email = lower(sent.text("email"));
    }
    if permit.cx.plan.realm.registration_email_as_username
        && let Some(email) = &user.email
    {
        user.username.clone_from(email);
    }
    user.email_verified = sent.flag_or("emailVerified", user.email_verified);
    user.enabled = sent.flag_or("enabled", user.enabled);
    if sent.0.get("requiredActions").is_some_and(Value::is_array) {
        user.required_actions = required_actions(permit, sent);
    }
    let kept = user.doc.object("attributes").cloned().unwrap_or_default();
    let mut attributes = if clears { taken_attributes(&profile, sent, &kept) } else { kept };
    let mut writes = Writes::default();
    if user.enabled && sent.flag("enabled") {
        attributes.shift_remove(DISABLED_REASON);
        store::logins::clear_failures(&mut writes.batch, permit.realm_id(), id);
    }
    user.doc.set("attributes", attributes);
    check(permit, &profile, &user, Some(&before)).await?;
    store::users::update(&mut writes.batch, permit.realm_id(), &user, !permit.cx.plan.realm.duplicate_emails_allowed);
    let path = format!("users/{id}");
    writes.admin_events.push(permit.event(AdminOperation::Update, "USER", path, Some(as_sent(sent))));
    Ok(writes)
}

/// Judges a user as they would be: by the profile, and whether name or address are another's.
async fn check(
    permit: &Permit<'_, ManageUsers>,
    profile: &UserProfile,
    user: &User,
    before: Option<&User>,
) -> Result<()> {
    if user.service_account.is_some() {
        return Ok(());
    }
    let realm = &permit.cx.plan.realm;
    if let Some(email) = &user.email
        && !realm.duplicate_emails_allowed
        && before.is_none_or(|b| b.email.as_ref() != Some(email))
        && let Some(other) = store::users::find_by_email(permit.store(), &realm.id, email).await?
        && other.id != user.id
    {
        return Err(refusals::EMAIL_TAKEN.into());
    }
    if before.is_none_or(|b| b.username != user.username)
        && let Some(other) = store::users::find_by_username(permit.store(), &realm.id, &user.username).await?
        && other.id != user.id
    {
        return Err(refusals::USERNAME_TAKEN.into());
    }
    let mut problems = profile.validate(&values(user), By::Admin, true);
    if before.is_some_and(|b| b.username == user.username) {
        // A name from before the rule stays.
        problems.retain(|problem| problem.field != "username");
    }
    match problems.as_slice() {
        [] => Ok(()),
        problems => Err(refuse(problems)),
    }
}

/// The refusal for values that may not be.
pub(super) fn refuse(problems: &[Problem]) -> Error {
    match problems {
        [one] => refusals::field(400, &one.field, one.message, &one.params).into(),
        many => {
            let errors: Vec<Value> =
                many.iter().map(|p| json!({"field": p.field, "errorMessage": p.message, "params": p.params})).collect();
            refusals::fields(400, &errors).into()
        }
    }
}

/// A user's attributes, the built-in ones among them.
fn values(user: &User) -> Attributes {
    let mut out = BTreeMap::new();
    let given = user.doc.object("attributes").into_iter().flatten().map(|(name, _)| name.as_str());
    for name in given.chain(["username", "email", "firstName", "lastName"]) {
        out.insert(name.to_owned(), user.attribute(name));
    }
    out
}

/// The attributes of a user after what was sent: those that administrators may not change stay as they are, those that
/// aren't declared are dropped unless the profile takes them.
fn taken_attributes(profile: &UserProfile, sent: &Document, kept: &Map<String, Value>) -> Map<String, Value> {
    let mut out: Map<String, Value> = kept
        .iter()
        .filter(|(name, _)| !profile.may_edit(name, By::Admin))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in sent.object("attributes").into_iter().flatten() {
        if BUILT_IN.contains(&name.as_str()) || !profile.may_edit(name, By::Admin) {
            continue;
        }
        let values: Vec<Value> = match value {
            Value::Array(items) => items.iter().filter(|i| !i.is_null()).cloned().collect(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        if !values.is_empty() {
            out.insert(name.clone(), values.into());
        }
    }
    out
}

/// The required actions sent; a temporary password asks for another.
fn required_actions(permit: &Permit<'_, ManageUsers>, sent: &Document) -> Vec<String> {
    let mut actions = sent.texts("requiredActions");
    if sent.0.get("requiredActions").is_none() {
        let usual = permit.cx.plan.required_actions.iter().filter(|a| a.enabled && a.default_action);
        actions.extend(usual.map(|a| a.alias.clone()));
    }
    actions
}

/// What was sent, as events tell it: without credentials.
fn as_sent(sent: &Document) -> Value {
    let mut doc = sent.clone();
    doc.take("credentials");
    doc.into_value()
}

fn lower(text: Option<&str>) -> Option<String> {
    text.map(|t| t.trim().to_lowercase()).filter(|t| !t.is_empty())
}

fn named(sent: &Document, name: &str) -> Option<String> {
    sent.string(name).filter(|text| !text.is_empty())
}

const BUILT_IN: &[&str] = &["username", "email", "firstName", "lastName"];
