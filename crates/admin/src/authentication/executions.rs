//! The steps of a flow, with those of the flows within it, and how they count.

use domain::{Error, Result, Writes};
use model::{AdminOperation, Document, Execution};
use serde_json::{Map, Value};
use store::parts::Part;

use super::flows;
use super::providers::{ALL, SWITCH, choices, known, name_of};
use crate::permit::{ManageRealm, Permit, ViewRealm};
use crate::refusals;

/// Lists the steps of a flow, by its alias, depth first.
pub async fn list(permit: &Permit<'_, ViewRealm>, alias: &str) -> Result<Value> {
    if !permit.cx.plan.flows.contains_key(alias) {
        return Err(refusals::FLOW_NOT_FOUND.into());
    }
    let parts = flows::all(permit).await?;
    let configs = store::parts::list(permit.store(), permit.realm_id()).await?;
    let mut out = Vec::new();
    let walk = Walk { permit, parts: &parts, configs: &configs };
    walk.flow(alias, 0, &mut out);
    Ok(Value::Array(out))
}

struct Walk<'a> {
    permit: &'a Permit<'a, ViewRealm>,
    parts: &'a [Part],
    configs: &'a [Part],
}

/// Flows within flows deeper than this are taken to be a circle.
const DEEPEST: i64 = 32;

impl Walk<'_> {
    fn flow(&self, alias: &str, level: i64, out: &mut Vec<Value>) {
        let Some(flow) = self.permit.cx.plan.flows.get(alias).filter(|_| level < DEEPEST) else { return };
        for (index, execution) in (0..).zip(&flow.executions) {
            out.push(self.step(execution, level, index));
            if let Some(below) = &execution.flow_alias {
                self.flow(below, level + 1, out);
            }
        }
    }

    fn step(&self, execution: &Execution, level: i64, index: i64) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        put("id", execution.id.as_str().into());
        put("requirement", name_of(execution.requirement).into());
        let below = execution.flow_alias.as_ref();
        let flow = below.and_then(|alias| self.parts.iter().find(|part| part.name == *alias));
        if let (Some(alias), Some(flow)) = (below, flow) {
            put("displayName", alias.as_str().into());
            if let Some(description) = flow.doc.text("description").filter(|d| !d.is_empty()) {
                put("description", description.into());
            }
            // A form is a step and a flow at once.
            let form = execution.authenticator.as_deref();
            put("requirementChoices", choices(form.map_or(ALL, |_| SWITCH)).into());
            put("configurable", false.into());
            put("authenticationFlow", true.into());
            if let Some(form) = form {
                put("providerId", form.into());
            }
            put("flowId", flow.id.as_str().into());
        } else {
            let provider = execution.authenticator.as_deref().unwrap_or_default();
            let known = known(provider);
            put("displayName", known.map_or(provider, |k| k.name).into());
            if let Some(config) = execution.config.as_ref().and_then(|alias| self.config(alias)) {
                put("alias", config.name.as_str().into());
                put("authenticationConfig", config.id.as_str().into());
            }
            put("requirementChoices", choices(known.map_or(ALL, |k| k.requirements)).into());
            put("configurable", known.is_some_and(|k| k.configurable).into());
            put("providerId", provider.into());
        }
        put("level", level.into());
        put("index", index.into());
        put("priority", execution.priority.into());
        Value::Object(map)
    }

    fn config(&self, alias: &str) -> Option<&Part> {
        let kind = store::parts::Kind::AuthenticatorConfig;
        self.configs.iter().find(|part| part.kind == kind && part.name == alias)
    }
}

/// Changes how a step counts.
pub async fn update(permit: &Permit<'_, ManageRealm>, alias: &str, sent: &Document) -> Result<Writes> {
    let id = sent.text("id").unwrap_or_default();
    let plan = &permit.cx.plan;
    let holder = plan.flows.values().find(|flow| flow.executions.iter().any(|e| e.id == id));
    let holder = holder.ok_or_else(|| Error::from(refusals::EXECUTION_NOT_FOUND))?;
    let place = holder.executions.iter().position(|e| e.id == id);
    let (Some(place), Some(requirement)) = (place, sent.text("requirement")) else {
        return Err(refusals::EXECUTION_NOT_FOUND.into());
    };
    let parts = flows::all(permit).await?;
    let mut part =
        parts.into_iter().find(|part| part.id == holder.id).ok_or_else(|| Error::from(refusals::FLOW_NOT_FOUND))?;
    let mut executions = part.doc.list("authenticationExecutions").to_vec();
    // The plan's steps are in the order of their priority, as the document's are once sorted.
    executions.sort_by_key(|e| e.get("priority").and_then(Value::as_i64).unwrap_or(0));
    if let Some(execution) = executions.get_mut(place).and_then(Value::as_object_mut) {
        // A step that had no id of its own keeps the one by which it is known now.
        execution.insert("id".to_owned(), id.into());
        execution.insert("requirement".to_owned(), requirement.into());
        if let Some(priority) = sent.int("priority") {
            execution.insert("priority".to_owned(), priority.into());
        }
    }
    part.doc.set("authenticationExecutions", executions);
    let mut writes = Writes::default();
    store::parts::update(permit.store(), &mut writes.batch, permit.realm_id(), &part)?;
    flows::changed(permit, &mut writes, AdminOperation::Update, &format!("flows/{alias}/executions"), Some(sent));
    Ok(writes)
}
