//! What a receiver puts on disk, if it has one.

use std::io;
use std::pin::Pin;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::heads::Head;
use crate::logs::KnownKeys;

/// The outcome of putting something on disk.
pub type Kept<'k> = Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'k>>;

/// Keeps receipts, and what the server has not heard yet. Both are on disk when the future is ready, not before.
pub trait Keep: Send + Sync {
    /// Keeps a receipt; its message is not passed on before.
    fn receipt(&self, receipt: KeptReceipt) -> Kept<'_>;

    /// Keeps a message that the server must hear of later; an error when there is no room, or [`none_may_wait`].
    fn spool(&self, envelope: Envelope) -> Kept<'_>;

    /// Keeps what is known of the log's keys, in the place of what was known before; they count only then.
    fn log_keys(&self, keys: KnownKeys) -> Kept<'_>;
}

/// The error of a [`Keep`] that has no place for messages which the server must hear of later.
pub fn none_may_wait() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "no message may wait for the server")
}

/// What an earlier life saw of the server's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest heads.
    pub heads: Vec<Head>,
    /// The log's keys.
    pub keys: Option<KnownKeys>,
}

/// A reply of the server that holds a receipt, with the server's signature: proof against the server, should the entry
/// never appear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptReceipt {
    /// The reply, octet by octet.
    pub reply: String,
    /// The detached JWS over it.
    pub signature: String,
}

/// A message that the server has not seen: what `POST /signing/report` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The id of the sender's participant role.
    pub participant_id: String,
    /// The request's method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The headers of the signature.
    pub headers: Map<String, Value>,
    /// The body in base64url.
    pub body: String,
    /// For an answer: the digest of the request that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// When it came, by the receiver's clock, in ISO 8601.
    pub seen_at: String,
}
