//! Authentication flows, their executions, and required actions [KC 6.1, 6.2].

use serde_json::Value;

use crate::Document;

/// How an execution counts within its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Must succeed.
    Required,
    /// One of its kind must succeed.
    Alternative,
    /// A subflow that counts when its conditions hold.
    Conditional,
    /// Doesn't count.
    Disabled,
}

/// A step of a flow: an authenticator, or a subflow.
#[derive(Clone, Debug)]
pub struct Execution {
    /// Its id, a UUID.
    pub id: String,
    /// The authenticator's provider id.
    pub authenticator: Option<String>,
    /// The subflow's alias.
    pub flow_alias: Option<String>,
    /// The alias of its configuration.
    pub config: Option<String>,
    /// How it counts.
    pub requirement: Requirement,
    /// Its place, ascending.
    pub priority: i64,
}

/// A flow: steps in order.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, which the realm's bindings use.
    pub alias: String,
    /// Its steps, by priority.
    pub executions: Vec<Execution>,
}

impl Flow {
    /// Reads a stored flow; executions without an id get one derived from the flow and their place.
    pub fn read(id: &str, alias: &str, doc: &Document) -> Self {
        let mut executions: Vec<Execution> = doc
            .list("authenticationExecutions")
            .iter()
            .enumerate()
            .filter_map(|(n, v)| Some(Execution::read(id, n, v.as_object()?)))
            .collect();
        executions.sort_by_key(|e| e.priority);
        Self { id: id.to_owned(), alias: alias.to_owned(), executions }
    }
}

impl Execution {
    fn read(flow: &str, place: usize, map: &serde_json::Map<String, Value>) -> Self {
        let text = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = format!("{flow}/{place}");
        Self {
            id: text("id").unwrap_or_else(|| derived_id(&name)),
            authenticator: text("authenticator"),
            flow_alias: text("flowAlias"),
            config: text("authenticatorConfig"),
            requirement: match map.get("requirement").and_then(Value::as_str) {
                Some("REQUIRED") => Requirement::Required,
                Some("ALTERNATIVE") => Requirement::Alternative,
                Some("CONDITIONAL") => Requirement::Conditional,
                _ => Requirement::Disabled,
            },
            priority: map.get("priority").and_then(Value::as_i64).unwrap_or(0),
        }
    }
}

/// A UUID that is the same for the same name: exports carry no ids of executions.
fn derived_id(name: &str) -> String {
    let (mut a, mut b) = (0xcbf2_9ce4_8422_2325_u64, 0x9e37_79b9_7f4a_7c15_u64);
    for byte in name.bytes() {
        a = (a ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        b = (b.rotate_left(7) ^ a).wrapping_mul(0x100_0000_01b3);
    }
    uuid::Uuid::from_u64_pair(a, b).to_string()
}

/// A required action of a realm.
#[derive(Clone, Debug)]
pub struct RequiredAction {
    /// Its alias, which users' `requiredActions` name.
    pub alias: String,
    /// Whether it may come up.
    pub enabled: bool,
    /// Whether new people get it.
    pub default_action: bool,
    /// Its place, ascending.
    pub priority: i64,
}

impl RequiredAction {
    /// Reads a stored required action.
    pub fn read(alias: &str, doc: &Document) -> Self {
        Self {
            alias: alias.to_owned(),
            enabled: doc.flag("enabled"),
            default_action: doc.flag("defaultAction"),
            priority: doc.int_or("priority", 0),
        }
    }
}
