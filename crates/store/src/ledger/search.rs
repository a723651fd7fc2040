//! Messages in a ledger by what they are looked for by.

use crate::db::{Batch, Row};
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
pub fn index_message(batch: &mut Batch, ledger_id: &str, message: &MessageRow) {
    batch.push(
        "INSERT INTO ledger_message (ledger_id, position, role_id, time_ms, kid, digest, request_id, trace_id, verdict) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            ledger_id,
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

/// Finds messages, the newest first, with the ids of their entries.
pub async fn search(
    store: &Store,
    ledger_id: &str,
    search: &Search,
    first: i64,
    max: i64,
) -> Result<Vec<(MessageRow, String)>, StoreError> {
    const SQL: &str = "SELECT m.position, m.role_id, m.time_ms, m.kid, m.digest, m.request_id, m.trace_id, m.verdict, e.id \
        FROM ledger_message m JOIN ledger_entry e ON e.ledger_id = m.ledger_id AND e.position = m.position \
        WHERE m.ledger_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.role_id = $2) \
        AND m.time_ms >= $3 AND m.time_ms < $4 AND (CAST($5 AS TEXT) IS NULL OR m.kid = $5) \
        AND (CAST($6 AS TEXT) IS NULL OR m.digest = $6) AND (CAST($7 AS TEXT) IS NULL OR m.request_id = $7) \
        AND (CAST($8 AS TEXT) IS NULL OR m.trace_id = $8) AND (CAST($9 AS TEXT) IS NULL OR m.verdict = $9) \
        ORDER BY m.position DESC LIMIT $10 OFFSET $11";
    let rows = store.db().scan(
        SQL,
        params![
            ledger_id,
            search.role_id.as_deref(),
            search.from_ms.unwrap_or(0),
            search.to_ms.unwrap_or(i64::MAX),
            search.kid.as_deref(),
            search.digest.as_deref(),
            search.request_id.as_deref(),
            search.trace_id.as_deref(),
            search.verdict.as_deref(),
            max,
            first
        ],
    );
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
    rows.await?.iter().map(read).collect()
}
