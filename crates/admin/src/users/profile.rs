//! The realm's user profile: read, changed, and as a form's description [KC 4.7].

use std::borrow::Cow;

use domain::user_profile::{Attribute, By, CONFIG, PROVIDER_ID, PROVIDER_TYPE, UserProfile, VALIDATORS};
use domain::{Plan, Result, Writes, ids};
use model::{AdminOperation, Document};
use serde_json::{Map, Value, json};
use store::parts::{Kind, Part};

use crate::permit::{AnyAdministrator, ManageRealm, Permit};
use crate::refusals::PROFILE;

/// The profile as it holds for administrators.
pub(crate) fn of(plan: &Plan) -> Cow<'_, UserProfile> {
    match plan.realm.internationalization_enabled {
        true => Cow::Owned(plan.profile.clone().with_locale()),
        false => Cow::Borrowed(&plan.profile),
    }
}

/// Reads the profile.
pub fn read(permit: &Permit<'_, AnyAdministrator>) -> Value {
    permit.cx.plan.profile.doc.clone().into_value()
}

/// The profile as a form needs it.
pub fn metadata(permit: &Permit<'_, AnyAdministrator>) -> Value {
    metadata_of(&permit.cx.plan, permit.cx.plan.realm.registration_email_as_username)
}

/// The same, of a plan. `is_named`: whether the username is given and stays.
pub(super) fn metadata_of(plan: &Plan, is_named: bool) -> Value {
    let profile = of(plan);
    let described = profile.doc.list("attributes");
    let attributes: Vec<Value> = profile
        .attributes
        .iter()
        .filter(|a| a.may_view(By::Admin))
        .map(|a| {
            let mut map = Map::new();
            let own = described.iter().find(|d| d.get("name").and_then(Value::as_str) == Some(&a.name));
            map.insert("name".to_owned(), a.name.as_str().into());
            map.insert("displayName".to_owned(), a.display_name.as_deref().unwrap_or(&a.name).into());
            let is_name = a.name == "username" && !plan.realm.registration_email_as_username;
            map.insert("required".to_owned(), (is_name || a.is_required(By::Admin)).into());
            let stays = is_named && a.name == "username";
            map.insert("readOnly".to_owned(), (stays || !a.may_edit(By::Admin)).into());
            if let Some(annotations) = own.and_then(|d| d.get("annotations")) {
                map.insert("annotations".to_owned(), annotations.clone());
            }
            map.insert("validators".to_owned(), validators(a, own.is_some()).into());
            if let Some(group) = own.and_then(|d| d.get("group")) {
                map.insert("group".to_owned(), group.clone());
            }
            map.insert("multivalued".to_owned(), a.multivalued.into());
            Value::Object(map)
        })
        .collect();
    json!({"attributes": attributes, "groups": profile.doc.list("groups")})
}

/// An attribute's validators as a form sees them; what is declared without saying more than one value has one.
fn validators(attribute: &Attribute, is_declared: bool) -> Map<String, Value> {
    let mut out = attribute.validations().clone();
    for config in out.values_mut().filter_map(Value::as_object_mut) {
        config.insert("ignore.empty.value".to_owned(), true.into());
    }
    if is_declared && !attribute.multivalued && !BUILT_IN_ONLY.contains(&attribute.name.as_str()) {
        out.insert("multivalued".to_owned(), json!({"max": "1"}));
    }
    out
}

/// What every realm has whose pages speak several languages.
const BUILT_IN_ONLY: &[&str] = &["locale"];

/// Replaces the profile; what was kept for an attribute that is no longer declared stays with the users.
pub async fn update(permit: &Permit<'_, ManageRealm>, sent: &Document) -> Result<(Value, Writes)> {
    let problems = problems(sent);
    if !problems.is_empty() {
        return Err(PROFILE.describe(format!("[{}]", problems.join(", "))).into());
    }
    let mut writes = Writes::default();
    let mut config = Map::new();
    config.insert(CONFIG.to_owned(), json!([sent.to_text()]));
    let existing = permit.cx.plan.components.iter().find(|(_, doc)| doc.text("providerType") == Some(PROVIDER_TYPE));
    let mut doc = existing.map(|(_, doc)| doc.clone()).unwrap_or_default();
    doc.set("providerId", PROVIDER_ID);
    doc.set("providerType", PROVIDER_TYPE);
    doc.set("config", config);
    let id = existing.map_or_else(ids::uuid, |(id, _)| Ok(id.clone()))?;
    let part = Part { id, kind: Kind::Component, name: String::new(), doc };
    match existing {
        Some(_) => store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?,
        None => store::parts::insert(permit.store(), &mut writes.batch, permit.realm_id(), &part)?,
    }
    writes.reconfigures = true;
    let shown = sent.clone().into_value();
    writes.admin_events.push(permit.event(
        AdminOperation::Update,
        "USER_PROFILE",
        "users/profile",
        Some(shown.clone()),
    ));
    Ok((shown, writes))
}

/// What is wrong with a profile, in Keycloak's words.
fn problems(sent: &Document) -> Vec<String> {
    let mut out = Vec::new();
    let names: Vec<&str> =
        sent.list("attributes").iter().filter_map(|a| a.get("name").and_then(Value::as_str)).collect();
    for built_in in ["username", "email"] {
        if !names.contains(&built_in) {
            out.push(format!("The attribute '{built_in}' can not be removed"));
        }
    }
    for attribute in sent.list("attributes") {
        let name = attribute.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() {
            out.push("Attribute configuration without 'name' is not allowed".to_owned());
        } else if !name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
            out.push(format!(
                "Invalid attribute name (only letters, numbers and '.' '_' '-' special characters allowed): {name}'"
            ));
        }
        if names.iter().filter(|n| **n == name).count() > 1
            && !out.iter().any(|p| p.contains(&format!("'{name}' twice")))
        {
            out.push(format!("Attribute configuration is defined for '{name}' twice"));
        }
        for id in attribute.get("validations").and_then(Value::as_object).into_iter().flatten().map(|(id, _)| id) {
            if !VALIDATORS.iter().any(|v| v.id == id) {
                out.push(format!("Validator '{id}' defined for attribute '{name}' doesn't exist"));
            }
        }
    }
    out
}
