//! Small answers that many requests ask for, kept while nothing was written that could change them.
//!
//! This process is the only writer of the file (`files.rs` holds the lock), so it knows without asking whether an answer
//! still holds: one counter of writes tells. Rows that are only added to a log (`LOGS` of `batch.rs`) don't count.

use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use super::super::{Row, Value};

/// All kept answers together take about this many bytes at the most.
const BYTES: u64 = 3 * 1024 * 1024 / 2;
/// How many that may be, about.
const ANSWERS: usize = 4000;

pub(super) struct Kept {
    writes: AtomicU64,
    answers: Cache<Question, Answer, Weigh>,
}

#[derive(Clone, Hash, PartialEq, Eq)]
struct Question {
    sql: &'static str,
    params: Vec<Value>,
}

#[derive(Hash)]
struct Asked<'a> {
    sql: &'static str,
    params: &'a [Value],
}

#[derive(Clone)]
struct Answer {
    at: Moment,
    rows: Vec<Row>,
}

/// How much had been written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(u64);

impl Kept {
    pub(super) fn new() -> Self {
        Self { writes: AtomicU64::new(0), answers: Cache::with_weighter(ANSWERS, BYTES, Weigh) }
    }

    /// Taken before a read whose answer shall be kept: what is written meanwhile makes the answer one of the past.
    pub(super) fn moment(&self) -> Moment {
        Moment(self.writes.load(Ordering::Acquire))
    }

    /// To be called when a write may be durable, before anyone is told of it.
    pub(super) fn written(&self) {
        self.writes.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn find(&self, at: Moment, sql: &'static str, params: &[Value]) -> Option<Vec<Row>> {
        self.answers.get(&Asked { sql, params }).filter(|answer| answer.at == at).map(|answer| answer.rows)
    }

    pub(super) fn keep(&self, at: Moment, sql: &'static str, params: &[Value], rows: &[Row]) {
        self.answers.insert(Question { sql, params: params.to_vec() }, Answer { at, rows: rows.to_vec() });
    }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("answers", &self.answers.len()).finish()
    }
}

impl Equivalent<Question> for Asked<'_> {
    fn equivalent(&self, question: &Question) -> bool {
        // Texts of statements are compared by their address first: most are the same constant.
        (std::ptr::eq(self.sql, question.sql) || self.sql == question.sql) && self.params == question.params
    }
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Question, Answer> for Weigh {
    fn weight(&self, question: &Question, answer: &Answer) -> u64 {
        let values = question.params.iter().chain(answer.rows.iter().flat_map(Row::values));
        200 + values.map(Value::bytes).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;
    use crate::db::{Row, Value};

    const SQL: &str = "SELECT version FROM realm WHERE id = $1";

    #[test]
    fn an_answer_is_given_for_its_question_alone() {
        let (kept, [ocen, cochrane]) = (Kept::new(), ["ocen", "cochrane"].map(|id| [Value::from(id)]));
        kept.keep(kept.moment(), SQL, &ocen, &[Row::new(vec![Value::from(7)])]);
        let found = kept.find(kept.moment(), SQL, &ocen).unwrap();
        assert_eq!(found[0].int(0).unwrap(), 7);
        assert!(kept.find(kept.moment(), SQL, &cochrane).is_none());
        assert!(kept.find(kept.moment(), "SELECT name FROM realm WHERE id = $1", &ocen).is_none());
    }

    #[test]
    fn what_is_written_while_an_answer_is_read_makes_it_one_of_the_past() {
        let (kept, id) = (Kept::new(), [Value::from("ocen")]);
        let before = kept.moment();
        kept.written();
        kept.keep(before, SQL, &id, &[]);
        assert!(kept.find(kept.moment(), SQL, &id).is_none());
    }
}
