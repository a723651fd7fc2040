//! The one writer: takes every batch that waits, runs all in one transaction, commits once, then answers.
//!
//! A batch that fails is undone alone and the others go on: the group runs again, each batch in a savepoint (one that is a
//! single statement needs none). Most groups hold none that fails, and savepoints cost a copy of each page. Where SQLite
//! gives up the whole transaction (disk full, a deadline), the culprit is answered and the others run again without it.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::super::expand::Expander;
use super::super::{Batch, Committed, StoreError};
use super::connection::{Connection, Prepared};
use super::kept::Kept;

/// Batches in one transaction at most: bounds how long the first of them waits.
const GROUP: usize = 256;
/// From one group's start to the next's at least, while batches come in company: what a commit costs, most of it the
/// flush of the disk, is then shared by more of them. A batch that comes alone never waits.
const PACE: Duration = Duration::from_millis(2);
const BATCH_STATEMENT_DEADLINE: Duration = Duration::from_secs(10);
const LONG_BATCH_STATEMENT_DEADLINE: Duration = Duration::from_secs(600);

pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Answer>,
}

impl Job {
    fn only_logs(&self) -> bool {
        matches!(&self.work, Work::Batch(batch) if batch.only_logs())
    }
}

pub(super) enum Work {
    Batch(Batch),
    Script(String),
}

type Answer = Result<Committed, StoreError>;

/// Works until the last handle to the database is gone.
pub(super) fn run(connection: Connection, mut queue: mpsc::Receiver<Job>, expander: &Expander, kept: &Kept) {
    let mut writer = Writer { connection: &connection, prepared: Prepared::new(&connection), expander, kept };
    let (mut in_company, mut began) = (false, Instant::now());
    while let Some(first) = queue.blocking_recv() {
        if in_company {
            std::thread::sleep(PACE.saturating_sub(began.elapsed()));
        }
        began = Instant::now();
        let mut group = vec![first];
        while group.len() < GROUP {
            match queue.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        in_company = group.len() > 1;
        writer.commit_group(group);
    }
}

struct Writer<'a> {
    connection: &'a Connection,
    prepared: Prepared<'a>,
    expander: &'a Expander,
    kept: &'a Kept,
}

/// How one try of a group ended.
enum Group {
    /// Each job has its own answer; what succeeded is durable.
    Committed(Vec<Answer>),
    /// Nothing was kept since a job failed that only a savepoint would have undone alone.
    Spoilt,
    /// Nothing was kept because of the job at this place.
    GivenUp(usize, StoreError),
    /// Nothing was kept, through no job's fault.
    Failed(StoreError),
}

impl Writer<'_> {
    fn commit_group(&mut self, mut jobs: Vec<Job>) {
        let mut apart = false;
        while !jobs.is_empty() {
            let outcome = self.try_group(&jobs, apart);
            if !jobs.iter().all(Job::only_logs) {
                self.kept.written();
            }
            match outcome {
                Group::Committed(answers) => {
                    return jobs.into_iter().zip(answers).for_each(|(job, answer)| reply(job, answer));
                }
                Group::Spoilt => apart = true,
                Group::GivenUp(culprit, error) => reply(jobs.remove(culprit), Err(error)),
                Group::Failed(error) => return jobs.into_iter().for_each(|job| reply(job, Err(error.clone()))),
            }
        }
    }

    /// Runs a group; `apart`: each batch so that it can be undone alone.
    fn try_group(&mut self, jobs: &[Job], apart: bool) -> Group {
        if let Err(error) = self.connection.control("BEGIN IMMEDIATE") {
            return Group::Failed(error);
        }
        let mut answers = Vec::with_capacity(jobs.len());
        for (place, job) in jobs.iter().enumerate() {
            let is_single = matches!(&job.work, Work::Batch(batch) if batch.is_single());
            let has_savepoint = apart && !is_single;
            let answer = match has_savepoint {
                false => self.run(&job.work),
                true => self.connection.control("SAVEPOINT batch").and_then(|()| self.run(&job.work)),
            };
            if !self.connection.in_transaction() {
                let error = answer.err().unwrap_or_else(|| StoreError::broken("a script ended the transaction"));
                return Group::GivenUp(place, error);
            }
            if has_savepoint && let Err(error) = self.leave_savepoint(answer.is_ok()) {
                return self.fail(error);
            }
            if answer.is_err() && !is_single && !apart {
                return self.spoil(answer, jobs.len() == 1);
            }
            answers.push(answer);
        }
        match self.connection.control("COMMIT") {
            Ok(()) => Group::Committed(answers),
            Err(error) => self.fail(error),
        }
    }

    fn run(&mut self, work: &Work) -> Answer {
        let batch = match work {
            Work::Batch(batch) => batch,
            Work::Script(script) => return self.connection.run_script(script).map(|()| Committed::default()),
        };
        let mut committed = Committed::default();
        let deadline = if batch.is_long { LONG_BATCH_STATEMENT_DEADLINE } else { BATCH_STATEMENT_DEADLINE };
        for statement in &batch.statements {
            let text = self.expander.text(statement.sql);
            let outcome = self.prepared.run(text, &statement.params, deadline)?;
            statement.check(&outcome)?;
            committed.outcomes.push(outcome);
        }
        Ok(committed)
    }

    fn leave_savepoint(&self, keep: bool) -> Result<(), StoreError> {
        if !keep {
            self.connection.control("ROLLBACK TO batch")?;
        }
        self.connection.control("RELEASE batch")
    }

    fn spoil(&self, answer: Answer, was_alone: bool) -> Group {
        match self.connection.control("ROLLBACK") {
            Ok(()) if was_alone => Group::Committed(vec![answer]),
            Ok(()) => Group::Spoilt,
            Err(error) => self.fail(error),
        }
    }

    fn fail(&self, error: StoreError) -> Group {
        if self.connection.in_transaction()
            && let Err(error) = self.connection.control("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
        Group::Failed(error)
    }
}

/// Nobody may be waiting any more; the batch is committed all the same.
fn reply(job: Job, answer: Answer) {
    let _ = job.answer.send(answer);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::sync::oneshot;

    use super::{Answer, Job, Work, Writer};
    use crate::db::expand::{Dialect, Expander};
    use crate::db::sqlite::connection::{Connection, Kind, Prepared};
    use crate::db::sqlite::kept::Kept;
    use crate::db::{Batch, StoreError, Value};

    #[test]
    fn the_others_run_again_when_one_makes_sqlite_give_up_the_transaction() {
        let rollback = Work::Script("ROLLBACK".to_owned());
        let (answers, kept) = run(vec![insert("a", 1), rollback, insert("b", 1), insert("a", 1)]);
        assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
        assert!(matches!(answers[1], Err(StoreError::Broken(_))), "{answers:?}");
        assert!(matches!(answers[3], Err(StoreError::Conflict { .. })), "{answers:?}");
        assert_eq!(kept, 2);
    }

    #[test]
    fn a_batch_that_fails_takes_nothing_with_it_of_the_others() {
        let (answers, kept) = run(vec![
            insert("a", 1),
            many(&["b", "c"]),
            many(&["d", "d"]),
            many(&["e", "a"]),
            many(&["f", "g"]),
            unmet(),
        ]);
        let is_ok: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(is_ok, [true, true, false, false, true, false], "{answers:?}");
        assert!(matches!(answers[2], Err(StoreError::Conflict { .. })), "{answers:?}");
        assert!(matches!(answers[5], Err(StoreError::Unmet("there"))), "{answers:?}");
        assert_eq!(kept, 5, "a, b, c, f and g: of what failed nothing");
        let (answers, kept) = run(vec![many(&["c", "c"])]);
        assert!(matches!(answers[0], Err(StoreError::Conflict { .. })), "{answers:?}");
        assert_eq!(kept, 0);
    }

    #[test]
    fn what_gives_up_the_transaction_and_what_fails_alone_may_meet_in_one_group() {
        let rollback = Work::Script("ROLLBACK".to_owned());
        let (answers, kept) = run(vec![many(&["a", "a"]), insert("b", 1), rollback, many(&["c", "d"])]);
        let is_ok: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(is_ok, [false, true, false, true], "{answers:?}");
        assert_eq!(kept, 3);
    }

    #[test]
    fn what_still_fits_is_kept_when_the_disk_is_full() {
        let (answers, kept) = run(vec![insert("a", 1), insert("large", 1 << 20), insert("b", 1)]);
        assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
        assert!(matches!(answers[1], Err(StoreError::DiskFull)), "{answers:?}");
        assert_eq!(kept, 2);
    }

    fn many(ids: &[&str]) -> Work {
        let mut batch = Batch::new();
        for id in ids {
            batch.push("INSERT INTO t (id, raw) VALUES ($1, $2)", vec![Value::from(*id), Value::from(vec![0; 1])]);
        }
        Work::Batch(batch)
    }

    /// A batch that writes a row and wants another to be there.
    fn unmet() -> Work {
        let Work::Batch(mut batch) = many(&["h"]) else { unreachable!("many makes a batch") };
        batch.expect("SELECT 1 FROM t WHERE id = $1", vec![Value::from("nowhere")], 1, "there");
        Work::Batch(batch)
    }

    fn insert(id: &str, size: usize) -> Work {
        let mut batch = Batch::new();
        batch.push("INSERT INTO t (id, raw) VALUES ($1, $2)", vec![Value::from(id), Value::from(vec![0; size])]);
        Work::Batch(batch)
    }

    /// The answers to one group on a disk of 16 pages, and how many rows it left.
    fn run(works: Vec<Work>) -> (Vec<Answer>, u64) {
        let expander = Expander::new(Dialect::Sqlite);
        let connection = Connection::open(Path::new(":memory:"), Kind::Writer).unwrap();
        connection.run_script("CREATE TABLE t (id TEXT PRIMARY KEY, raw BYTEA); PRAGMA max_page_count = 16").unwrap();
        let prepared = Prepared::new(&connection);
        let mut writer = Writer { connection: &connection, prepared, expander: &expander, kept: &Kept::new() };
        let (jobs, answers): (Vec<_>, Vec<_>) = works
            .into_iter()
            .map(|work| {
                let (answer, answered) = oneshot::channel();
                (Job { work, answer }, answered)
            })
            .unzip();
        writer.commit_group(jobs);
        let answers = answers.into_iter().map(|answer| answer.blocking_recv().unwrap()).collect();
        let kept = writer.connection.run("SELECT id FROM t", &[], super::BATCH_STATEMENT_DEADLINE).unwrap();
        (answers, kept.changed)
    }
}
