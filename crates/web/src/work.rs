//! One request as one unit of work: decide, write everything in one batch, answer.
//!
//! An operation that lost a conditional write against another request decides anew on what is there now. A refusal
//! writes what belongs to it. A fault is logged here, once, with the request's id; nobody sees its cause.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::response::Response;
use domain::{CONFLICT, Error, Fresh, Plan, Refusal, RequestFacts, Result, TAKEN, Writes};
use oidc::Cx;

use crate::app::App;
use crate::respond::{json_error, no_store};

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// There is no such realm.
    NoRealm,
    /// We say no.
    Refused(Refusal),
    /// Something is away that will be back; try again in a moment.
    Unavailable,
    /// Something broke.
    Broken,
}

/// Whether the plan that an operation decided by is the realm's newest; a store that doesn't answer is for the next
/// attempt to report.
async fn is_newest(cx: &Cx<'_>) -> bool {
    if cx.confirmed.load(Ordering::Relaxed) {
        return true;
    }
    let version = store::realms::version(&cx.core().store, &cx.plan.realm.id).await;
    matches!(version, Ok(Some(version)) if version == cx.plan.version)
}

/// How often an operation decides anew after it lost a conditional write.
const ATTEMPTS: usize = 8;
const LET_PASS: Duration = Duration::from_millis(2);

impl App {
    /// The view of a realm at this moment.
    pub async fn cx<'a>(&'a self, realm: &str, facts: &'a RequestFacts, fresh: Fresh) -> Result<Cx<'a>, Failure> {
        match self.oidc.core.plan(realm, fresh).await {
            Ok(Some(plan)) => Ok(self.cx_on(plan, facts)),
            Ok(None) => Err(Failure::NoRealm),
            Err(error) => Err(self.fail(error, facts)),
        }
    }

    /// The view of a plan at this moment.
    pub fn cx_on<'a>(&'a self, plan: Arc<Plan>, facts: &'a RequestFacts) -> Cx<'a> {
        Cx { oidc: &self.oidc, plan, request: facts, now_ms: self.oidc.core.clock.now_ms(), confirmed: Arc::default() }
    }

    /// Runs an operation on a realm and commits its writes before it returns its answer.
    pub async fn work<'a, T, F, O>(&'a self, realm: &str, facts: &'a RequestFacts, operation: F) -> Result<T, Failure>
    where
        F: Fn(Cx<'a>) -> O,
        O: Future<Output = Result<(T, Writes)>>,
    {
        self.work_from(Fresh::Now, realm, facts, operation).await
    }

    /// The same for an operation that mostly learns the realm's version from its own read of the store: it begins with
    /// the plan as kept, and what it decided counts only if that plan was the newest.
    pub async fn work_kept<'a, T, F, O>(
        &'a self,
        realm: &str,
        facts: &'a RequestFacts,
        operation: F,
    ) -> Result<T, Failure>
    where
        F: Fn(Cx<'a>) -> O,
        O: Future<Output = Result<(T, Writes)>>,
    {
        self.work_from(Fresh::Kept, realm, facts, operation).await
    }

    async fn work_from<'a, T, F, O>(
        &'a self,
        first: Fresh,
        realm: &str,
        facts: &'a RequestFacts,
        operation: F,
    ) -> Result<T, Failure>
    where
        F: Fn(Cx<'a>) -> O,
        O: Future<Output = Result<(T, Writes)>>,
    {
        let mut taken = false;
        for attempt in 0..ATTEMPTS {
            let fresh = if attempt == 0 { first } else { Fresh::Now };
            let cx = self.cx(realm, facts, fresh).await?;
            let decided = operation(cx.clone()).await;
            if fresh == Fresh::Kept && !matches!(decided, Err(Error::Lost(_))) && !is_newest(&cx).await {
                continue;
            }
            let done = match decided {
                Ok((answer, writes)) => writes.commit(cx.core(), &cx.plan, &facts.ip).await.map(|()| answer),
                Err(Error::MissingKey(algorithm)) => match cx.core().add_fallback_key(&cx.plan, &algorithm).await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            match done {
                Ok(answer) => return Ok(answer),
                // Decided anew it would have been seen, were it a name: it is an id that something else has.
                Err(Error::Lost(TAKEN)) if taken => {
                    tracing::warn!(request = %facts.id, realm, "a key that is taken; refused");
                    return Err(Failure::Refused(CONFLICT));
                }
                Err(Error::Lost(label)) => {
                    taken = label == TAKEN;
                    tracing::debug!(request = %facts.id, label, "lost a write; deciding anew");
                    // Whoever keeps losing lets the others pass.
                    tokio::time::sleep(LET_PASS * (attempt * attempt) as u32).await;
                }
                Err(Error::Refused(refused)) => {
                    return match refused.writes.commit(cx.core(), &cx.plan, &facts.ip).await {
                        Ok(()) => Err(Failure::Refused(refused.refusal)),
                        Err(Error::Lost(label)) => {
                            tracing::debug!(request = %facts.id, label, "lost a refusal's write; deciding anew");
                            continue;
                        }
                        Err(error) => Err(self.fail(error, facts)),
                    };
                }
                Err(error) => return Err(self.fail(error, facts)),
            }
        }
        tracing::warn!(request = %facts.id, realm, "lost every write to other requests; told to come back");
        Err(Failure::Unavailable)
    }

    /// Logs what broke and says what the caller may know.
    pub fn fail(&self, error: Error, facts: &RequestFacts) -> Failure {
        match error {
            Error::Refused(refused) => Failure::Refused(refused.refusal),
            Error::Fault(fault) if fault.unavailable => {
                tracing::warn!(request = %facts.id, cause = %fault, "unavailable");
                Failure::Unavailable
            }
            Error::Fault(fault) => {
                tracing::error!(request = %facts.id, cause = %fault, "a request failed");
                Failure::Broken
            }
            Error::Lost(label) => {
                tracing::warn!(request = %facts.id, label, "lost a conditional write");
                Failure::Unavailable
            }
            Error::MissingKey(algorithm) => {
                tracing::error!(request = %facts.id, algorithm, "the realm has no key for the algorithm");
                Failure::Broken
            }
        }
    }
}

impl Failure {
    /// The face for clients where Keycloak says nothing of caches: introspection, revocation.
    pub fn into_plain_json(self) -> Response {
        match self {
            Self::Refused(r) => json_error(r.status, r.error, &r.description),
            other => other.into_json(),
        }
    }

    /// The face for clients: OAuth's JSON.
    pub fn into_json(self) -> Response {
        match self {
            Self::NoRealm => json_error(404, "Realm does not exist", ""),
            Self::Refused(r) => no_store(json_error(r.status, r.error, &r.description)),
            Self::Unavailable => {
                let mut response = json_error(503, "temporarily_unavailable", "Try again in a moment");
                response.headers_mut().insert("retry-after", axum::http::HeaderValue::from_static("1"));
                response
            }
            Self::Broken => json_error(500, "unknown_error", "For more on this error consult the server log."),
        }
    }
}
