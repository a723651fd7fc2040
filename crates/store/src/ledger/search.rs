//! Messages in a ledger by what they are looked for by.

use super::words::{self, Sought};
use super::{LedgerRow, find};
use crate::db::{Batch, Row, Value};
use crate::{Store, StoreError, params};

/// What a message is looked for by.
#[derive(Clone, Debug, Default)]
pub struct MessageRow {
    /// Its entry's index.
    pub position: i64,
    /// The sender's participant role.
    pub role_id: String,
    /// When it was received, in milliseconds.
    pub time_ms: i64,
    /// The key's name.
    pub kid: Option<String>,
    /// base64url of the body's SHA-256.
    pub digest: String,
    /// What ties a request to its callback.
    pub request_id: Option<String>,
    /// What ties a conversation together.
    pub trace_id: Option<String>,
    /// The verdict's code.
    pub verdict: String,
}

/// Lets a message be found.
pub fn index_message(batch: &mut Batch, ledger: &LedgerRow, message: &MessageRow) {
    const WORD: &str = "INSERT INTO ledger_word (ledger, stretch, word, position) VALUES ($1, $2, $3, $4)";
    batch.push(
        "INSERT INTO ledger_message (ledger, position, role_id, time_ms, kid, digest, request_id, trace_id, verdict) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            ledger.n,
            message.position,
            message.role_id.as_str(),
            message.time_ms,
            message.kid.as_deref(),
            message.digest.as_str(),
            message.request_id.as_deref(),
            message.trace_id.as_deref(),
            message.verdict.as_str()
        ],
    );
    for word in words::of_message(message) {
        batch.push(WORD, params![ledger.n, message.position / words::STRETCH, word, message.position]);
    }
}

/// What to look for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The sender's participant role.
    pub role_id: Option<String>,
    /// From this moment on, in milliseconds.
    pub from_ms: Option<i64>,
    /// Before this moment.
    pub to_ms: Option<i64>,
    /// The key's name.
    pub kid: Option<String>,
    /// base64url of the body's SHA-256.
    pub digest: Option<String>,
    /// What ties a request to its callback.
    pub request_id: Option<String>,
    /// What ties a conversation together.
    pub trace_id: Option<String>,
    /// The verdict's code.
    pub verdict: Option<String>,
}

/// Reads messages with the ids of their entries, from tables and by a condition, in the order of a column with the time; a
/// sign keeps the engines from going by an index of it.
macro_rules! found {
    ($from:literal, $first:expr, $time:literal) => {
        [
            found!(rows $from, $first, $time),
            concat!("SELECT COUNT(*) FROM (", found!(rows $from, $first, $time), ") c"),
        ]
    };
    (rows $from:literal, $first:expr, $time:literal) => {
        concat!(
            "SELECT m.position, m.role_id, m.time_ms, m.kid, m.digest, m.request_id, m.trace_id, m.verdict, e.id FROM ",
            $from,
            " JOIN ledger_place p ON p.ledger = m.ledger AND p.position = m.position ",
            "JOIN ledger_entry e ON e.arrival = p.arrival WHERE ",
            $first,
            " AND ",
            $time,
            " >= $3 AND ",
            $time,
            " < $4 AND (CAST($2 AS TEXT) IS NULL OR m.role_id = $2) ",
            "AND (CAST($5 AS TEXT) IS NULL OR m.kid = $5) AND (CAST($6 AS TEXT) IS NULL OR m.digest = $6) ",
            "AND (CAST($7 AS TEXT) IS NULL OR m.request_id = $7) ",
            "AND (CAST($8 AS TEXT) IS NULL OR m.trace_id = $8) AND (CAST($9 AS TEXT) IS NULL OR m.verdict = $9) ",
            "ORDER BY ",
            $time,
            " DESC, m.position DESC LIMIT $10 OFFSET $11"
        )
    };
}

/// What many messages share is looked up within the ledger in the order of time.
macro_rules! found_by {
    ($first:literal) => {
        found!("ledger_message m", concat!("m.ledger = $1 AND ", $first), "m.time_ms")
    };
}

/// What few share, by its word.
const FOUND_BY_WORD: [&str; 2] = found!(
    "ledger_word w JOIN ledger_message m ON m.ledger = w.ledger AND m.position = w.position",
    "w.ledger = $1 AND w.stretch {in ints:$12} AND w.word = $13",
    "+m.time_ms"
);

/// The stretches that messages of a time are in, and how many are in each, of so many of
/// the oldest.
pub const STRETCHES_OF_A_TIME: &str = "SELECT m.stretch, COUNT(*) FROM \
    (SELECT position / $5 AS stretch FROM ledger_message \
     WHERE ledger = $1 AND time_ms >= $2 AND time_ms < $3 ORDER BY time_ms LIMIT $4) m \
    GROUP BY m.stretch ORDER BY m.stretch";

/// Messages of a time that are looked at for each stretch of the ledger: all of them cost less than to look for a word in
/// each.
const WORTH: i64 = 8;

impl Search {
    /// The statement that finds it, by what fewest messages have in common; and the one that counts what it finds.
    pub fn statements(&self) -> [&'static str; 2] {
        match self {
            _ if self.word().is_some() => FOUND_BY_WORD,
            // Nearly all are `ok`: those are found on the way.
            Self { verdict: Some(verdict), .. } if verdict != "ok" => {
                found_by!("m.verdict = $9 AND m.verdict <> 'ok'")
            }
            Self { kid: Some(_), .. } => found_by!("m.kid = $5"),
            Self { role_id: Some(_), .. } => found_by!("m.role_id = $2"),
            _ => found_by!("m.time_ms >= $3"),
        }
    }

    fn word(&self) -> Option<i64> {
        let by =
            [(Sought::Digest, &self.digest), (Sought::RequestId, &self.request_id), (Sought::TraceId, &self.trace_id)];
        by.into_iter().find_map(|(sought, value)| Some(words::of(sought, value.as_deref()?)))
    }

    /// The stretches in which a word is looked for: where a time is given, and not too many messages are of it, those that
    /// these are in. Times don't go up with indexes all the way, so it is each of them that says where it is.
    pub async fn stretches(&self, store: &Store, ledger: &LedgerRow) -> Result<Vec<i64>, StoreError> {
        let all: Vec<i64> = words::stretches(ledger.size).collect();
        if self.word().is_none() || self.from_ms.is_none() && self.to_ms.is_none() {
            return Ok(all);
        }
        let most = i64::try_from(all.len()).unwrap_or(i64::MAX).saturating_mul(WORTH);
        let (from, to) = (self.from_ms.unwrap_or(0), self.to_ms.unwrap_or(i64::MAX));
        let rows = store.db().scan(STRETCHES_OF_A_TIME, params![ledger.n, from, to, most, words::STRETCH]).await?;
        let (mut some, mut count) = (Vec::with_capacity(rows.len()), 0);
        for row in &rows {
            some.push(row.int(0)?);
            count += row.int(1)?;
        }
        Ok(if count < most { some } else { all })
    }

    /// Its parameters; words are looked for in these stretches.
    pub fn params(&self, ledger: &LedgerRow, stretches: Vec<i64>, first: i64, max: i64) -> Vec<Value> {
        let mut params = params![
            ledger.n,
            self.role_id.as_deref(),
            self.from_ms.unwrap_or(0),
            self.to_ms.unwrap_or(i64::MAX),
            self.kid.as_deref(),
            self.digest.as_deref(),
            self.request_id.as_deref(),
            self.trace_id.as_deref(),
            self.verdict.as_deref(),
            max,
            first
        ];
        if let Some(word) = self.word() {
            params.extend([Value::ints(stretches), Value::from(word)]);
        }
        params
    }
}

/// Finds messages, the newest first, with the ids of their entries.
pub async fn search(
    store: &Store,
    ledger_id: &str,
    search: &Search,
    first: i64,
    max: i64,
) -> Result<Vec<(MessageRow, String)>, StoreError> {
    let Some(ledger) = find(store, ledger_id).await? else { return Ok(Vec::new()) };
    let stretches = search.stretches(store, &ledger).await?;
    if stretches.is_empty() {
        return Ok(Vec::new());
    }
    let [find, _] = search.statements();
    let rows = store.db().scan(find, search.params(&ledger, stretches, first, max)).await?;
    rows.iter().map(|row| Ok((read_message(row)?, words::id(row.bytes(8)?)))).collect()
}

/// How many messages are found, of so many at most.
pub async fn count_found(store: &Store, ledger_id: &str, search: &Search, most: i64) -> Result<i64, StoreError> {
    let Some(ledger) = find(store, ledger_id).await? else { return Ok(0) };
    let stretches = search.stretches(store, &ledger).await?;
    if stretches.is_empty() {
        return Ok(0);
    }
    let [_, count] = search.statements();
    let rows = store.db().scan(count, search.params(&ledger, stretches, 0, most)).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Reads a message from the first columns of a row.
pub(crate) fn read_message(row: &Row) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        position: row.int(0)?,
        role_id: row.text(1)?.to_owned(),
        time_ms: row.int(2)?,
        kid: row.text_opt(3)?.map(str::to_owned),
        digest: row.text(4)?.to_owned(),
        request_id: row.text_opt(5)?.map(str::to_owned),
        trace_id: row.text_opt(6)?.map(str::to_owned),
        verdict: row.text(7)?.to_owned(),
    })
}
