//! Realms: made, listed, read, changed, deleted [KC 3.7, 5.1]; what belongs to a realm as a whole.

mod merge;

use domain::password_policy::PasswordPolicy;
use domain::{Error, Result, Writes};
use model::{AdminOperation, Document};
use oidc::Cx;
use serde_json::{Map, Value, json};
use store::realms::RealmRow;

use crate::clients::check::{IDLE_TOO_LONG, MAX_TOO_LONG};
use crate::import::{self, Imported};
use crate::master::{self, MASTER};
use crate::participants::{origins, switch};
use crate::permit::{AnyAdministrator, Anybody, ManageRealm, ManageUsers, Permission, Permit, ViewRealm};
use crate::rep::REALM;
use crate::{mask, purge, refusals};

/// Imports a realm: the short form of a person or the full one of an export. The file is read only for who may. Evidence
/// stays when its realm is deleted, and goes by the realm's id: only who administers all realms takes such an id again.
pub async fn create(permit: &Permit<'_, Anybody>, file: impl FnOnce() -> Result<Document>) -> Result<Imported> {
    if !permit.who.may_create_realms() {
        return Err(refusals::FORBIDDEN.into());
    }
    let (core, file) = (&permit.cx.oidc.core, file()?);
    let is_free = match file.text("id") {
        Some(id) if !permit.who.may_everything() => store::ledger::of_realm(&core.store, id).await?.is_empty(),
        _ => true,
    };
    match is_free {
        true => import::realm(core, file).await,
        false => Err(refusals::EVIDENCE_STAYS.into()),
    }
}

/// Lists the realms that somebody administers: whole where they may see it, else its name.
pub async fn list(permit: &Permit<'_, Anybody>, brief: bool) -> Result<Value> {
    let mut out = Vec::new();
    for row in store::realms::list(permit.store()).await? {
        if !permit.who.may::<AnyAdministrator>(&row.name) {
            continue;
        }
        out.push(match permit.who.may::<ViewRealm>(&row.name) {
            true if brief => brief_of(&row),
            true => representation(permit.store(), &row).await?,
            false => json!({"realm": row.name}),
        });
    }
    match out.is_empty() {
        true => Err(refusals::FORBIDDEN.into()),
        false => Ok(Value::Array(out)),
    }
}

/// Reads a realm; of one whose settings somebody may not see, they see the name.
pub async fn read(permit: &Permit<'_, AnyAdministrator>) -> Result<Value> {
    let realm = &permit.cx.plan.realm;
    if !permit.also::<ViewRealm>() {
        return Ok(json!({"realm": realm.name}));
    }
    representation(permit.store(), &row_of(&permit.cx)).await
}

/// Changes the members sent.
pub async fn update(permit: &Permit<'_, ManageRealm>, sent: &Document) -> Result<Writes> {
    let row = row_of(&permit.cx);
    let name = match sent.text("realm") {
        Some(_) => import::name_of(sent).map_err(with_message)?,
        None => row.name.clone(),
    };
    let mut doc = row.doc.clone();
    merge::merge(&mut doc, sent);
    if let Some(policy) = sent.text("passwordPolicy") {
        let policy =
            PasswordPolicy::parse(policy).map_err(|error| Error::from(refusals::POLICY.describe(error.to_string())))?;
        match policy.to_string() {
            text if text.is_empty() => drop(doc.take("passwordPolicy")),
            text => doc.set("passwordPolicy", text),
        }
    }
    check_words(sent)?;
    check_flows(&permit.cx, sent)?;
    check_lifespans(&doc, sent)?;
    switch::check_change(&row.doc, &doc).map_err(|why| Error::from(refusals::REALM_UPDATE_FAILED.describe(why)))?;
    switch::keep_what_is_used(&permit.cx.oidc.core, &row.id, &row.doc, &doc).await?;
    origins::check_change(&permit.cx.oidc.core, &row, &doc).await?;
    let has_participants = switch::is_on(&doc);
    if name != row.name || !has_participants && switch::is_on(&row.doc) {
        switch::let_go(permit.store(), &row.id, &row.name).await?;
    }
    let mut writes = Writes::default();
    if name != row.name {
        rename(permit, &row.name, &name, &mut writes).await?;
    }
    if has_participants {
        switch::turn_on(&permit.cx.oidc.core, &row.id, &row.name, &mut writes.batch).await?;
    }
    if !has_participants && switch::is_on(&row.doc) {
        switch::turn_off(&permit.cx.oidc.core, &row.id, &row.name, &mut writes.batch).await?;
    }
    rewrite(permit, &mut writes, &name, &doc)?;
    let duplicates = |doc: &Document| doc.flag("duplicateEmailsAllowed");
    if duplicates(&doc) != duplicates(&row.doc) {
        store::users::set_email_keys(&mut writes.batch, &row.id, !duplicates(&doc));
    }
    writes.admin_events.push(permit.event(AdminOperation::Update, "REALM", "", Some(sent.clone().into_value())));
    Ok(writes)
}

/// Deletes a realm: its name is free at once, its rows go in the background.
pub async fn delete(permit: &Permit<'_, ManageRealm>) -> Result<()> {
    let realm = &permit.cx.plan.realm;
    if realm.name == MASTER {
        return Err(refusals::MASTER_STAYS.into());
    }
    let core = &permit.cx.oidc.core;
    switch::let_go(&core.store, &realm.id, &realm.name).await?;
    let mut batch = store::Batch::new();
    if permit.cx.plan.network.is_some() {
        // A ledger that is opened meanwhile changes the realm, and so this is decided anew.
        store::realms::touch_seen(&mut batch, &realm.id, permit.cx.plan.version);
    }
    store::realms::hide(&mut batch, &realm.id);
    master::remove_realm(core, &realm.name, &mut batch).await?;
    core.store.db().commit(batch).await?;
    purge::in_background(core, realm.id.clone());
    Ok(())
}

/// Ends every session of the realm but offline ones, and makes tokens from before stale.
pub async fn logout_all(permit: &Permit<'_, ManageUsers>) -> Result<Writes> {
    let mut writes = Writes::default();
    let row = row_of(&permit.cx);
    let mut doc = row.doc.clone();
    doc.set("notBefore", permit.cx.now());
    rewrite(permit, &mut writes, &row.name, &doc)?;
    store::sessions::delete_all(&mut writes.batch, &row.id);
    writes.admin_events.push(permit.event(AdminOperation::Action, "REALM", "logout-all", Some(json!({}))));
    Ok(writes)
}

/// Tells clients of the not-before policies: they learn by asking, so there is nobody to tell.
pub fn push_revocation(permit: &Permit<'_, ManageRealm>) -> Writes {
    let mut writes = Writes::default();
    writes.admin_events.push(permit.event(AdminOperation::Action, "REALM", "push-revocation", Some(json!({}))));
    writes
}

/// Replaces the realm's name and document.
pub(crate) fn rewrite<P: Permission>(
    permit: &Permit<'_, P>,
    writes: &mut Writes,
    name: &str,
    doc: &Document,
) -> Result<()> {
    writes.reconfigures = true;
    Ok(store::realms::update(permit.store(), &mut writes.batch, permit.realm_id(), name, doc)?)
}

/// A realm's row as the plan has it.
pub(crate) fn row_of(cx: &Cx<'_>) -> RealmRow {
    let realm = &cx.plan.realm;
    RealmRow { id: realm.id.clone(), name: realm.name.clone(), version: cx.plan.version, doc: realm.doc.clone() }
}

/// A realm's representation without the collections [KC 3.7].
pub(crate) async fn representation(store: &store::Store, row: &RealmRow) -> Result<Value> {
    let mut doc = row.doc.clone();
    for member in NOT_SHOWN {
        doc.take(member);
    }
    if let Some(Value::Object(smtp)) = doc.0.get_mut("smtpServer") {
        mask::members(smtp, SMTP_SECRETS);
    }
    doc.set("id", row.id.as_str());
    doc.set("realm", row.name.as_str());
    let default_role = doc.object("defaultRole").and_then(|r| r.get("name")?.as_str()).map(str::to_owned);
    if let Some(name) = default_role
        && let Some(role) = store::roles::find(store, &row.id, &name).await?
    {
        doc.set("defaultRole", crate::roles::representation(&row.id, &role, true));
    }
    Ok(REALM.ordered(doc))
}

fn brief_of(row: &RealmRow) -> Value {
    let mut doc = Document::default();
    doc.set("id", row.id.as_str());
    doc.set("realm", row.name.as_str());
    for member in ["displayName", "displayNameHtml", "enabled"] {
        if let Some(value) = row.doc.0.get(member) {
            doc.set(member, value.clone());
        }
    }
    REALM.ordered(doc)
}

/// Attributes merge key by key; an empty one goes.
pub(crate) fn merge_attributes(attributes: &mut Map<String, Value>, sent: &Map<String, Value>) {
    for (key, value) in sent {
        match value {
            Value::Null => {
                attributes.shift_remove(key);
            }
            Value::String(text) if text.is_empty() => {
                attributes.shift_remove(key);
            }
            value => {
                attributes.insert(key.clone(), value.clone());
            }
        }
    }
}

fn check_flows(cx: &Cx<'_>, sent: &Document) -> Result<()> {
    let known = |alias: &str| cx.plan.flows.contains_key(alias);
    match import::FLOW_BINDINGS.iter().filter_map(|member| sent.text(member)).all(known) {
        true => Ok(()),
        false => Err(refusals::REALM_UPDATE_FAILED.into()),
    }
}

/// Settings that are one of a few words.
fn check_words(sent: &Document) -> Result<()> {
    let is_known = |text: &str| SSL_REQUIRED.iter().any(|known| known.eq_ignore_ascii_case(text));
    if sent.text("sslRequired").is_some_and(|text| !is_known(text)) {
        return Err(refusals::REALM_UPDATE_FAILED.into());
    }
    match sent.text("bruteForceStrategy") {
        None | Some("LINEAR" | "MULTIPLE") => Ok(()),
        Some(_) => Err(refusals::WRONG_TYPE.into()),
    }
}

/// The same refusal in the face that changes of a realm have.
fn with_message(error: Error) -> Error {
    match error {
        Error::Refused(refused) if refused.refusal.error == refusals::ERROR => {
            domain::Refusal { error: refusals::MESSAGE, ..refused.refusal }.into()
        }
        other => other,
    }
}

const SSL_REQUIRED: &[&str] = &["none", "external", "all"];

fn check_lifespans(doc: &Document, sent: &Document) -> Result<()> {
    let longest = |usual: &str, remembered: &str| doc.int_or(usual, 0).max(doc.int_or(remembered, 0));
    let idle = longest("ssoSessionIdleTimeout", "ssoSessionIdleTimeoutRememberMe");
    let max = longest("ssoSessionMaxLifespan", "ssoSessionMaxLifespanRememberMe");
    if sent.int("clientSessionIdleTimeout").is_some_and(|seconds| seconds > idle) {
        return Err(refusals::REALM_UPDATE_FAILED.describe(IDLE_TOO_LONG).into());
    }
    if sent.int("clientSessionMaxLifespan").is_some_and(|seconds| seconds > max) {
        return Err(refusals::REALM_UPDATE_FAILED.describe(MAX_TOO_LONG).into());
    }
    Ok(())
}

async fn rename<P: Permission>(permit: &Permit<'_, P>, from: &str, to: &str, writes: &mut Writes) -> Result<()> {
    if from == MASTER {
        return Err(refusals::MASTER_NAME_STAYS.into());
    }
    if store::realms::name_taken(permit.store(), to).await? {
        return Err(refusals::REALM_EXISTS.describe("Realm with same name exists").into());
    }
    master::rename_realm(&permit.cx.oidc.core, from, to, &mut writes.batch).await
}

const SMTP_SECRETS: &[&str] = &["password", "authTokenClientSecret"];

/// Kept in the row, but shown elsewhere.
const NOT_SHOWN: &[&str] = &[
    "localizationTexts",
    "defaultDefaultClientScopes",
    "defaultOptionalClientScopes",
    "organizations",
    "protocolMappers",
];
