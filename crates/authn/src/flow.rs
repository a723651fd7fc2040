//! Running a flow: executions in their order until one asks something of the browser, or all is done [KC 6.1].
//!
//! On one level, required executions (and conditional subflows whose conditions hold) must all succeed; where there are
//! none, the first alternative that succeeds is enough. What succeeded is noted on the tab and not asked again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::{Person, Result, Writes};
use model::{Credential, Document, Execution, Flow, Requirement, Tab, UserSession};
use oidc::Cx;
use oidc::authorize::AuthRequest;

use crate::authenticators;
use crate::face::Challenge;

/// A login on its way through a flow.
pub struct Attempt<'a> {
    /// The request.
    pub request: &'a AuthRequest,
    /// The tab: notes outlive the request.
    pub tab: &'a mut Tab,
    /// The session that the browser's cookie names.
    pub session: Option<UserSession>,
    /// The user, once known.
    pub person: Option<Arc<Person>>,
    /// The name in KEYCLOAK_REMEMBER_ME.
    pub remembered: Option<String>,
    /// What must be written with the answer.
    pub writes: Writes,
    /// The error of the event, where something went wrong.
    pub event_error: Option<&'static str>,
}

/// What an authenticator found.
pub enum Outcome {
    /// The user is proved, as far as this one goes.
    Success,
    /// It has nothing to say about this browser or user.
    Attempted,
    /// It asks something.
    Challenge(Challenge),
}

/// How a flow stands.
pub enum Progress {
    /// All is done.
    Done,
    /// Nothing in it applies.
    Attempted,
    /// An execution asks something.
    Challenge(String, Box<Challenge>),
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<Progress>> + Send + 'a>>;

/// Flows within flows deeper than this are taken to be a circle.
const DEEPEST: usize = 16;

/// Runs a flow from where it stands.
pub fn run<'a>(cx: &'a Cx<'a>, attempt: &'a mut Attempt<'_>, alias: &'a str, depth: usize) -> Running<'a> {
    Box::pin(async move {
        let Some(flow) = cx.plan.flows.get(alias) else {
            return Err(domain::plan::missing(&format!("authentication flow {alias:?}")).into());
        };
        if depth > DEEPEST {
            return Err(domain::Fault::new("authentication flows contain each other").into());
        }
        let of = |wanted: Requirement| flow.executions.iter().filter(move |e| e.requirement == wanted);
        let mut required = 0;
        for execution in flow.executions.iter().filter(|e| is_required(e)) {
            if execution.requirement == Requirement::Conditional && !holds(cx, attempt, execution, depth).await? {
                continue;
            }
            required += 1;
            match step(cx, attempt, execution, depth).await? {
                Progress::Done => {}
                other => return Ok(other),
            }
        }
        if required > 0 {
            return Ok(Progress::Done);
        }
        for execution in of(Requirement::Alternative) {
            match step(cx, attempt, execution, depth).await? {
                Progress::Attempted => {}
                other => return Ok(other),
            }
        }
        Ok(Progress::Attempted)
    })
}

/// Whether an execution must succeed; conditions are looked at apart.
fn is_required(e: &Execution) -> bool {
    let condition = e.authenticator.as_deref().is_some_and(authenticators::is_condition);
    matches!(e.requirement, Requirement::Required | Requirement::Conditional) && !condition
}

async fn step(cx: &Cx<'_>, attempt: &mut Attempt<'_>, execution: &Execution, depth: usize) -> Result<Progress> {
    if let Some(alias) = &execution.flow_alias {
        return run(cx, attempt, alias, depth + 1).await;
    }
    if attempt.tab.note(&done(&execution.id)).is_some() {
        return Ok(Progress::Done);
    }
    let Some(authenticator) = execution.authenticator.as_deref().and_then(authenticators::find) else {
        return Ok(match execution.requirement {
            Requirement::Alternative => Progress::Attempted,
            _ => {
                let name = execution.authenticator.as_deref().unwrap_or_default();
                return Err(domain::Fault::new(format!("no such authenticator: {name:?}")).into());
            }
        });
    };
    match (authenticator.enter)(cx, attempt).await? {
        Outcome::Success => {
            mark_done(attempt.tab, &execution.id);
            Ok(Progress::Done)
        }
        Outcome::Attempted => Ok(Progress::Attempted),
        Outcome::Challenge(challenge) => Ok(Progress::Challenge(execution.id.clone(), Box::new(challenge))),
    }
}

/// Whether all conditions of a conditional subflow hold; one without conditions never counts.
async fn holds(cx: &Cx<'_>, attempt: &Attempt<'_>, execution: &Execution, depth: usize) -> Result<bool> {
    let Some(flow) = execution.flow_alias.as_deref().and_then(|a| cx.plan.flows.get(a)) else { return Ok(false) };
    let mut any = false;
    for e in &flow.executions {
        let Some(id) = e.authenticator.as_deref().filter(|id| authenticators::is_condition(id)) else { continue };
        if e.requirement == Requirement::Disabled {
            continue;
        }
        any = true;
        let Some(condition) = authenticators::find_condition(id) else {
            // What guards a second factor must not fall away because it isn't known here: it counts as met.
            tracing::warn!(condition = id, "a condition that this server does not offer yet counts as met");
            continue;
        };
        let config = e.config.as_deref().and_then(|alias| cx.plan.authenticator_configs.get(alias));
        let credentials = credentials_of(cx, attempt).await?;
        let asked = Condition { cx, attempt, flow, credentials: &credentials, config, depth };
        if !(condition.holds)(&asked) {
            return Ok(false);
        }
    }
    Ok(any)
}

async fn credentials_of(cx: &Cx<'_>, attempt: &Attempt<'_>) -> Result<Vec<Credential>> {
    match &attempt.person {
        Some(person) => Ok(store::users::credentials(&cx.core().store, &person.user.id).await?),
        None => Ok(Vec::new()),
    }
}

/// What a condition looks at.
pub struct Condition<'a> {
    /// The request.
    pub cx: &'a Cx<'a>,
    /// The login.
    pub attempt: &'a Attempt<'a>,
    /// The subflow that it guards.
    pub flow: &'a Flow,
    /// The user's credentials.
    pub credentials: &'a [Credential],
    /// Its configuration.
    pub config: Option<&'a Document>,
    /// How deep the subflow is.
    pub depth: usize,
}

/// Notes that an execution succeeded.
pub fn mark_done(tab: &mut Tab, execution: &str) {
    tab.set_note(&done(execution), "done");
}

fn done(execution: &str) -> String {
    format!("exec.{execution}")
}

/// The authenticator of an execution, wherever in the flow it is.
pub fn find_execution<'a>(cx: &'a Cx<'_>, id: &str) -> Option<&'a Execution> {
    cx.plan.flows.values().flat_map(|f| &f.executions).find(|e| e.id == id)
}
