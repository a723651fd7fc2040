//! A batch: all writes of one request, decided before the first of them runs.
//!
//! Batches are not interactive. No lock is held while the program thinks, SQLite's writer commits many of them at once,
//! and PostgreSQL can be given the same batch again after a serialization failure. What must still hold when the batch
//! runs is said as an expected number of rows: exactly-once is a conditional write whose row count decides who won.

use super::{Row, StoreError, Value};

/// An ordered list of statements that are kept together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(super) statements: Vec<Statement>,
    pub(super) is_long: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) sql: &'static str,
    pub(super) params: Vec<Value>,
    expected: Option<(u64, &'static str)>,
}

/// How statements begin that change nothing that a `Db::read_kept` looks at: rows added to tables which none ever does, and
/// looks.
pub(super) const LOGS: &[&str] = &[
    "INSERT INTO event ",
    "INSERT INTO admin_event ",
    "INSERT INTO ledger_entry ",
    "INSERT INTO ledger_record ",
    "INSERT INTO ledger_waiting ",
    "INSERT INTO message_seen ",
    "INSERT INTO message_answer ",
    "SELECT ",
];

impl Batch {
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a statement; any number of rows is fine. Returns its place, for `Committed::rows`.
    pub fn push(&mut self, sql: &'static str, params: Vec<Value>) -> usize {
        self.add(Statement { sql, params, expected: None })
    }

    /// Appends a statement that must change (or, for a SELECT or RETURNING, answer) exactly `rows` rows; otherwise the
    /// whole batch is undone and `StoreError::Unmet(label)` returned. The label is a short sentence for logs and a key
    /// for the caller that turns it into a refusal.
    pub fn expect(&mut self, sql: &'static str, params: Vec<Value>, rows: u64, label: &'static str) -> usize {
        self.add(Statement { sql, params, expected: Some((rows, label)) })
    }

    /// A batch that may take minutes, such as one that replaces a realm; others' writes wait for it on SQLite.
    pub fn long() -> Self {
        Self { statements: Vec::new(), is_long: true }
    }

    /// Appends all statements of another batch.
    pub fn append(&mut self, other: Self) {
        self.is_long |= other.is_long;
        self.statements.extend(other.statements);
    }

    pub fn len(&self) -> usize {
        self.statements.len()
    }

    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Whether it is one statement without a condition, which the engine itself undoes when it fails.
    pub(super) fn is_single(&self) -> bool {
        matches!(&*self.statements, [only] if !only.has_expectation())
    }

    /// Whether it changes nothing that a kept answer could tell.
    pub(super) fn only_logs(&self) -> bool {
        self.statements.iter().all(|statement| LOGS.iter().any(|log| statement.sql.starts_with(log)))
    }

    fn add(&mut self, statement: Statement) -> usize {
        self.statements.push(statement);
        self.statements.len() - 1
    }
}

impl Statement {
    pub(super) fn check(&self, outcome: &Outcome) -> Result<(), StoreError> {
        match self.expected {
            Some((rows, label)) if rows != outcome.changed => Err(StoreError::Unmet(label)),
            _ => Ok(()),
        }
    }

    pub(super) fn has_expectation(&self) -> bool {
        self.expected.is_some()
    }
}

/// What one statement of a batch did.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// Rows changed, or rows answered where the statement answers rows.
    pub(super) changed: u64,
    pub(super) rows: Vec<Row>,
}

/// A batch that is durable.
#[derive(Debug, Clone, Default)]
pub struct Committed {
    pub(super) outcomes: Vec<Outcome>,
}

impl Committed {
    /// How many rows statement `i` changed (or answered); 0 for a place the batch does not have.
    pub fn rows(&self, i: usize) -> u64 {
        self.outcomes.get(i).map_or(0, |outcome| outcome.changed)
    }

    /// What the RETURNING of statement `i` answered.
    pub fn returned(&self, i: usize) -> &[Row] {
        self.outcomes.get(i).map_or(&[], |outcome| &outcome.rows)
    }
}
