//! Messages in a ledger by what they are looked for by.

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
pub fn index_message(batch: &mut Batch, ledger_id: &str, arrival: i64, message: &MessageRow) {
    batch.push(
        "INSERT INTO ledger_message (arrival, ledger, role_id, time_ms, kid, digest, request_id, trace_id, verdict) \
         VALUES ($1, (SELECT n FROM ledger WHERE id = $2), $3, $4, $5, $6, $7, $8, $9)",
        params![
            arrival,
            ledger_id,
            message.role_id.as_str(),
            message.time_ms,
            message.kid.as_deref(),
            message.digest.as_str(),
            message.request_id.as_deref(),
            message.trace_id.as_deref(),
            message.verdict.as_str()
        ],
    );
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

/// What few messages share is looked up alone, and what many share within the ledger, in the order of time; a sign keeps the
/// engines from going by anything else.
macro_rules! found_by {
    ($first:literal, few) => {
        found_by!($first, "+m.ledger", "+m.time_ms")
    };
    ($first:literal, many) => {
        found_by!($first, "m.ledger", "m.time_ms")
    };
    ($first:literal, $ledger:literal, $time:literal) => {
        concat!(
            "SELECT e.position, m.role_id, m.time_ms, m.kid, m.digest, m.request_id, m.trace_id, m.verdict, e.id ",
            "FROM ledger_message m JOIN ledger_entry e ON e.arrival = m.arrival WHERE ",
            $first,
            " AND ",
            $ledger,
            " = (SELECT n FROM ledger WHERE id = $1) AND ",
            $time,
            " >= $3 AND ",
            $time,
            " < $4 AND (CAST($2 AS TEXT) IS NULL OR m.role_id = $2) ",
            "AND (CAST($5 AS TEXT) IS NULL OR m.kid = $5) AND (CAST($6 AS TEXT) IS NULL OR m.digest = $6) ",
            "AND (CAST($7 AS TEXT) IS NULL OR m.request_id = $7) ",
            "AND (CAST($8 AS TEXT) IS NULL OR m.trace_id = $8) AND (CAST($9 AS TEXT) IS NULL OR m.verdict = $9) ",
            "ORDER BY ",
            $time,
            " DESC, m.arrival DESC LIMIT $10 OFFSET $11"
        )
    };
}

impl Search {
    /// The statement that finds it: by what fewest messages have in common.
    pub fn statement(&self) -> &'static str {
        match self {
            Self { digest: Some(_), .. } => found_by!("m.digest = $6", few),
            Self { request_id: Some(_), .. } => found_by!("m.request_id = $7", few),
            Self { trace_id: Some(_), .. } => found_by!("m.trace_id = $8", few),
            // Nearly all are `ok`: those are found on the way.
            Self { verdict: Some(verdict), .. } if verdict != "ok" => {
                found_by!("m.verdict = $9 AND m.verdict <> 'ok'", many)
            }
            Self { kid: Some(_), .. } => found_by!("m.kid = $5", many),
            Self { role_id: Some(_), .. } => found_by!("m.role_id = $2", many),
            _ => found_by!("m.time_ms >= $3", many),
        }
    }

    /// Its parameters.
    pub fn params(&self, ledger_id: &str, first: i64, max: i64) -> Vec<Value> {
        params![
            ledger_id,
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
        ]
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
    let rows = store.db().scan(search.statement(), search.params(ledger_id, first, max)).await?;
    let read = |row: &Row| {
        let message = MessageRow {
            position: row.int(0)?,
            role_id: row.text(1)?.to_owned(),
            time_ms: row.int(2)?,
            kid: row.text_opt(3)?.map(str::to_owned),
            digest: row.text(4)?.to_owned(),
            request_id: row.text_opt(5)?.map(str::to_owned),
            trace_id: row.text_opt(6)?.map(str::to_owned),
            verdict: row.text(7)?.to_owned(),
        };
        Ok((message, row.text(8)?.to_owned()))
    };
    rows.iter().map(read).collect()
}
