//! Batches on PostgreSQL: BEGIN and all statements in one round trip, COMMIT in the same one if nothing is expected of
//! the row counts, else in a second after they were looked at. A single statement is its own transaction.
//!
//! A batch that lost against others (serialization failure, deadlock), or whose connection was lost before COMMIT was
//! sent, is given again as it is. After COMMIT was sent, a lost connection is `Unavailable`: nobody knows.

use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use tokio::time::{sleep, timeout};
use tokio_postgres::Statement;

use super::super::batch::{Outcome, Statement as BatchStatement};
use super::super::expand::Expander;
use super::super::{Batch, Committed, StoreError, Value};
use super::forget_idle;
use super::refusal::{is_lost, is_serialization, pool_refusal};
use super::run::{Failure, prepared_statement};

const TRIES: u32 = 8;
const DEADLINE: Duration = Duration::from_secs(90);
const LONG_DEADLINE: Duration = Duration::from_secs(1800);
/// Statements of a long batch that travel together.
const PART: usize = 400;

#[derive(Debug, Clone)]
pub(super) struct Writer {
    pool: Pool,
    expander: Arc<Expander>,
}

/// Why a try ended.
enum Ended {
    /// Nothing was kept, and the same batch may be given again.
    Again(StoreError),
    Refused(StoreError),
}

impl Writer {
    pub(super) fn new(pool: Pool, expander: Arc<Expander>) -> Self {
        Self { pool, expander }
    }

    pub(super) async fn commit(&self, batch: &Batch) -> Result<Committed, StoreError> {
        let mut tries = 1;
        loop {
            match self.try_commit(batch).await {
                Ok(committed) => return Ok(committed),
                Err(Ended::Refused(error)) => return Err(error),
                Err(Ended::Again(error)) if tries == TRIES => return Err(error),
                Err(Ended::Again(error)) => {
                    tracing::debug!(tries, %error, "a batch is tried again");
                    sleep(pause(tries)).await;
                    tries += 1;
                }
            }
        }
    }

    /// Runs a script as one transaction, without the sessions' time limits: another node may be migrating.
    pub(super) async fn run_script(&self, script: &str) -> Result<(), StoreError> {
        let client = self.pool.get().await.map_err(|error| pool_refusal(&error))?;
        let text = format!("BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; {script}\n; COMMIT");
        let outcome = client.batch_execute(&text).await;
        if outcome.is_err() {
            roll_back(client).await;
        }
        outcome.map_err(|error| Failure::Postgres(error).into_error())
    }

    async fn try_commit(&self, batch: &Batch) -> Result<Committed, Ended> {
        let client = self.pool.get().await.map_err(|error| Ended::Refused(pool_refusal(&error)))?;
        match timeout(if batch.is_long { LONG_DEADLINE } else { DEADLINE }, self.transact(&client, batch)).await {
            Ok(Ok(committed)) => Ok(committed),
            Ok(Err((ended, Open::No))) => Err(ended),
            Ok(Err((ended, Open::Yes))) => {
                roll_back(client).await;
                Err(ended)
            }
            Err(_) => {
                drop(Object::take(client));
                Err(Ended::Refused(StoreError::unavailable("a batch was not answered in time")))
            }
        }
    }

    async fn transact(&self, client: &Object, batch: &Batch) -> Result<Committed, (Ended, Open)> {
        if batch.is_long {
            return self.transact_in_parts(client, batch).await;
        }
        let mut prepared = Vec::with_capacity(batch.len());
        for statement in &batch.statements {
            let text = self.expander.text(statement.sql);
            let ready = client.prepare_cached(text).await;
            prepared.push(ready.map_err(|error| (self.ended(error.into(), Sent::Work), Open::No))?);
        }
        let plan = Plan::of(batch);
        let run = prepared.iter().zip(&batch.statements).map(|(ready, statement)| Step::Run(ready, &statement.params));
        let (first, last) = match plan {
            Plan::Alone => (None, None),
            Plan::OneTrip => (Some(Step::Control("BEGIN")), Some(Step::Control("COMMIT"))),
            Plan::TwoTrips => (Some(Step::Control("BEGIN")), None),
        };
        let skip = usize::from(first.is_some());
        let steps = first.into_iter().chain(run).chain(last);
        let (sent, open) = match plan {
            Plan::Alone => (Sent::Commit, Open::No),
            Plan::OneTrip => (Sent::Commit, Open::Yes),
            Plan::TwoTrips => (Sent::Work, Open::Yes),
        };
        let (mut outcomes, failure) = in_order(steps.map(|step| step.run(client)).collect()).await;
        outcomes.drain(..skip.min(outcomes.len()));
        outcomes.truncate(batch.len());
        check(&batch.statements, &outcomes)?;
        if let Some(failure) = failure {
            return Err((self.ended(failure, sent), open));
        }
        if plan == Plan::TwoTrips {
            let committed = Step::Control("COMMIT").run(client).await;
            committed.map_err(|failure| (self.ended(failure, Sent::Commit), Open::Yes))?;
        }
        Ok(Committed { outcomes })
    }

    /// The same for a batch of any length, a part in each round trip.
    async fn transact_in_parts(&self, client: &Object, batch: &Batch) -> Result<Committed, (Ended, Open)> {
        let work = |failure| (self.ended(failure, Sent::Work), Open::Yes);
        Step::Control("BEGIN; SET LOCAL statement_timeout = 0").run(client).await.map_err(work)?;
        let mut committed = Committed::default();
        for part in batch.statements.chunks(PART) {
            let mut prepared = Vec::with_capacity(part.len());
            for statement in part {
                let ready = client.prepare_cached(self.expander.text(statement.sql)).await;
                prepared.push(ready.map_err(|error| work(error.into()))?);
            }
            let steps = prepared.iter().zip(part).map(|(ready, statement)| Step::Run(ready, &statement.params));
            let (outcomes, failure) = in_order(steps.map(|step| step.run(client)).collect()).await;
            check(part, &outcomes)?;
            if let Some(failure) = failure {
                return Err(work(failure));
            }
            committed.outcomes.extend(outcomes);
        }
        let done = Step::Control("COMMIT").run(client).await;
        done.map_err(|failure| (self.ended(failure, Sent::Commit), Open::Yes))?;
        Ok(committed)
    }

    fn ended(&self, failure: Failure, sent: Sent) -> Ended {
        let again = match &failure {
            Failure::Postgres(error) if is_lost(error) => {
                forget_idle(&self.pool);
                matches!(sent, Sent::Work)
            }
            Failure::Postgres(error) => is_serialization(error),
            Failure::Store(_) => false,
        };
        let error = failure.into_error();
        if again { Ended::Again(error) } else { Ended::Refused(error) }
    }
}

/// How a batch travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// One statement of which nothing is expected is a transaction by itself.
    Alone,
    OneTrip,
    /// COMMIT waits for the row counts.
    TwoTrips,
}

impl Plan {
    fn of(batch: &Batch) -> Self {
        if batch.statements.iter().any(BatchStatement::has_expectation) {
            return Self::TwoTrips;
        }
        if batch.len() == 1 { Self::Alone } else { Self::OneTrip }
    }
}

/// Whether the connection may still be in the transaction.
#[derive(Clone, Copy)]
enum Open {
    Yes,
    No,
}

/// What was sent before the failure.
#[derive(Clone, Copy)]
enum Sent {
    Work,
    Commit,
}

/// A connection that cannot even roll back is closed rather than given to the next batch.
async fn roll_back(client: Object) {
    if client.batch_execute("ROLLBACK").await.is_err() {
        drop(Object::take(client));
    }
}

/// Between 1 and 2 times 2, 4, 8 … milliseconds: those who met must not meet again.
fn pause(tries: u32) -> Duration {
    let chance = RandomState::new().build_hasher().finish() % 1000;
    Duration::from_micros((1000 + chance) << tries)
}

enum Step<'a> {
    Control(&'static str),
    Run(&'a Statement, &'a [Value]),
}

impl Step<'_> {
    async fn run(self, client: &Object) -> Result<Outcome, Failure> {
        match self {
            Self::Control(sql) => Ok(client.batch_execute(sql).await.map(|()| Outcome::default())?),
            Self::Run(prepared, params) => prepared_statement(client, prepared, params).await,
        }
    }
}

/// Checks what statements did, as far as they came: the first that did other than expected is why one behind it failed.
fn check(statements: &[BatchStatement], outcomes: &[Outcome]) -> Result<(), (Ended, Open)> {
    let mut done = statements.iter().zip(outcomes);
    done.try_for_each(|(statement, outcome)| statement.check(outcome))
        .map_err(|error| (Ended::Refused(error), Open::Yes))
}

/// Runs futures together, up to the first failure, and says what came before it. Each is polled first in its turn, so that
/// what they send leaves in this order, and what fails before it is sent (a value that does not fit) keeps all behind it from
/// being sent: a COMMIT never follows half a batch.
async fn in_order<T, E, F: Future<Output = Result<T, E>>>(futures: Vec<F>) -> (Vec<T>, Option<E>) {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    let failed = poll_fn(|context| {
        let mut all = Poll::Ready(None);
        for (future, result) in running.iter_mut().filter(|(_, result)| result.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(Ok(value)) => *result = Some(value),
                Poll::Ready(Err(error)) => return Poll::Ready(Some(error)),
                Poll::Pending => all = Poll::Pending,
            }
        }
        all
    })
    .await;
    (running.into_iter().map_while(|(_, result)| result).collect(), failed)
}
