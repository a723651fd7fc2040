//! Flows: listed, read, made, changed, deleted. A built-in flow is changed only in how its steps count.

use std::collections::HashSet;

use domain::{Error, Result, Writes, ids};
use model::{AdminOperation, Document};
use serde_json::{Value, json};
use store::parts::{Kind, Part};

use crate::permit::{ManageRealm, Permission, Permit, ViewRealm};
use crate::refusals;
use crate::rep::FLOW;

/// Lists the flows at the top; one of SAML's is never shown.
pub async fn list(permit: &Permit<'_, ViewRealm>) -> Result<Value> {
    let all = all(permit).await?;
    let shows = |part: &Part| part.doc.flag("topLevel") && part.name != SAML_ECP;
    Ok(all.into_iter().filter(shows).map(shown).collect())
}

/// Reads a flow.
pub async fn read(permit: &Permit<'_, ViewRealm>, id: &str) -> Result<Value> {
    Ok(shown(find(permit, id).await?))
}

/// Makes an empty flow; its id.
pub async fn create(permit: &Permit<'_, ManageRealm>, sent: &Document) -> Result<(String, Writes)> {
    let alias = sent.text("alias").filter(|a| !a.is_empty()).ok_or_else(|| Error::from(refusals::FLOW_NAMELESS))?;
    if permit.cx.plan.flows.contains_key(alias) {
        return Err(refusals::FLOW_TAKEN.describe(format!("Flow {alias} already exists")).into());
    }
    let mut doc = Document::default();
    if let Some(description) = sent.text("description") {
        doc.set("description", description);
    }
    doc.set("providerId", sent.text("providerId").unwrap_or("basic-flow"));
    doc.set("topLevel", sent.flag_or("topLevel", true));
    doc.set("builtIn", false);
    doc.set("authenticationExecutions", json!([]));
    let part = Part { id: ids::uuid()?, kind: Kind::Flow, name: alias.to_owned(), doc };
    let mut writes = Writes::default();
    store::parts::insert(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    let mut said = sent.clone();
    said.set("id", part.id.as_str());
    said.set("description", sent.text("description").unwrap_or_default());
    let said = Document::from_value(FLOW.ordered(said));
    changed(permit, &mut writes, AdminOperation::Create, &format!("flows/{}", part.id), Some(&said));
    Ok((part.id, writes))
}

/// Changes a flow's description.
pub async fn update(permit: &Permit<'_, ManageRealm>, id: &str, sent: &Document) -> Result<Writes> {
    let mut part = find(permit, id).await?;
    if let Some(alias) = sent.text("alias").filter(|alias| *alias != part.name) {
        if permit.cx.plan.flows.contains_key(alias) {
            return Err(refusals::FLOW_TAKEN.describe(format!("Flow {alias} already exists")).into());
        }
        return Err(refusals::FLOW_BUILT_IN.into());
    }
    if let Some(description) = sent.text("description") {
        part.doc.set("description", description);
    }
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    changed(permit, &mut writes, AdminOperation::Update, &format!("flows/{id}"), Some(sent));
    Ok(writes)
}

/// Deletes a flow with its subflows.
pub async fn delete(permit: &Permit<'_, ManageRealm>, id: &str) -> Result<Writes> {
    let part = find(permit, id).await?;
    if part.doc.flag("builtIn") {
        return Err(refusals::FLOW_BUILT_IN.into());
    }
    let realm = &permit.cx.plan.realm.doc;
    if crate::import::FLOW_BINDINGS.iter().any(|binding| realm.text(binding) == Some(part.name.as_str())) {
        return Err(refusals::FLOW_USED.into());
    }
    let all = all(permit).await?;
    let mut writes = Writes::default();
    for part in within(&all, &part.name) {
        store::parts::delete(&mut writes.batch, permit.realm_id(), &part.id);
    }
    changed(permit, &mut writes, AdminOperation::Delete, &format!("flows/{id}"), None);
    Ok(writes)
}

/// Copies a flow with its subflows under another name; its id.
pub async fn copy(permit: &Permit<'_, ManageRealm>, alias: &str, sent: &Document) -> Result<(String, Writes)> {
    let name = sent.text("newName").unwrap_or_default();
    if name.is_empty() || permit.cx.plan.flows.contains_key(name) {
        return Err(refusals::FLOW_COPY_TAKEN.into());
    }
    let all = all(permit).await?;
    let found = within(&all, alias);
    if found.is_empty() {
        return Err(refusals::FLOW_NOT_FOUND.into());
    }
    let renamed = |of: &str| if of == alias { name.to_owned() } else { format!("{name} {of}") };
    let mut writes = Writes::default();
    let mut id = String::new();
    for part in found {
        let mut doc = part.doc.clone();
        doc.set("builtIn", false);
        let mut executions = doc.list("authenticationExecutions").to_vec();
        for execution in executions.iter_mut().filter_map(Value::as_object_mut) {
            execution.insert("id".to_owned(), ids::uuid()?.into());
            if let Some(below) = execution.get("flowAlias").and_then(Value::as_str) {
                let below = renamed(below);
                execution.insert("flowAlias".to_owned(), below.into());
            }
        }
        doc.set("authenticationExecutions", executions);
        let copy = Part { id: ids::uuid()?, kind: Kind::Flow, name: renamed(&part.name), doc };
        if part.name == alias {
            id.clone_from(&copy.id);
        }
        store::parts::insert(permit.store(), &mut writes.batch, permit.realm_id(), &copy)?;
    }
    let mut said = sent.clone();
    said.set("id", id.as_str());
    changed(permit, &mut writes, AdminOperation::Create, &format!("flows/{alias}/copy"), Some(&said));
    Ok((id, writes))
}

/// A flow and the flows within it.
fn within<'a>(all: &'a [Part], alias: &str) -> Vec<&'a Part> {
    let mut seen = HashSet::new();
    let mut next = vec![alias.to_owned()];
    let mut out = Vec::new();
    while let Some(alias) = next.pop() {
        let Some(part) = all.iter().find(|part| part.name == alias) else { continue };
        if !seen.insert(alias) {
            continue;
        }
        let executions = part.doc.list("authenticationExecutions").iter();
        next.extend(executions.filter_map(|e| e.get("flowAlias")?.as_str().map(str::to_owned)));
        out.push(part);
    }
    out
}

/// The realm's flows.
pub(super) async fn all<P: Permission>(permit: &Permit<'_, P>) -> Result<Vec<Part>> {
    let parts = store::parts::list(permit.store(), permit.realm_id()).await?;
    Ok(parts.into_iter().filter(|part| part.kind == Kind::Flow).collect())
}

async fn find<P: Permission>(permit: &Permit<'_, P>, id: &str) -> Result<Part> {
    let found = store::parts::find(permit.store(), permit.realm_id(), id).await?;
    found.filter(|part| part.kind == Kind::Flow).ok_or_else(|| refusals::FLOW_ID_NOT_FOUND.into())
}

fn shown(part: Part) -> Value {
    let mut doc = part.doc;
    doc.set("id", part.id);
    doc.set("alias", part.name);
    crate::export::without_ids(&mut doc);
    FLOW.ordered(doc)
}

/// A flow that needs no administrator.
const SAML_ECP: &str = "saml ecp";

/// Marks the realm as changed and tells of it.
pub(super) fn changed(
    permit: &Permit<'_, ManageRealm>,
    writes: &mut Writes,
    operation: AdminOperation,
    path: &str,
    sent: Option<&Document>,
) {
    writes.reconfigures = true;
    let kind = if path.contains("/executions") { "AUTH_EXECUTION" } else { "AUTH_FLOW" };
    let said = sent.map(|s| s.clone().into_value());
    writes.admin_events.push(permit.event(operation, kind, format!("authentication/{path}"), said));
}
