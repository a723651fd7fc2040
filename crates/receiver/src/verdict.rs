//! The server's verdict on a message, and the receipt that comes with it.

use jose::{b64, digest};
use ledger::{Checkpoint, Kind, Leaf, Note, VerifierKey, leaf};
use serde::Deserialize;
use serde_json::Value;

use crate::heads::Head;

/// A reply of `/signing/verify`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    pub(crate) valid: bool,
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) detail: String,
    participant_role_id: Option<String>,
    pub(crate) kid: Option<String>,
    entry: Option<Entry>,
    receipt: Option<Receipt>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
}

/// The server's promise that the verdict is in its log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    origin: String,
    leaf: String,
    salt: String,
    record: String,
    checkpoint: Option<String>,
}

/// What a verdict must be about.
pub(crate) struct About<'m> {
    pub(crate) sender: &'m str,
    pub(crate) signature: &'m str,
    pub(crate) body: &'m [u8],
    /// Keys of logs, to be held to where a log has one here.
    pub(crate) logs: &'m [VerifierKey],
}

impl Recorded {
    /// The entry's id, if the verdict is on record.
    pub(crate) fn entry(&self) -> Option<&str> {
        self.entry.as_ref().map(|entry| entry.id.as_str())
    }

    /// Checks that a good verdict is about this message and on record; gives the log's head.
    pub(crate) fn check(&self, about: &About<'_>) -> Result<Option<Head>, &'static str> {
        if self.code != "ok" || self.participant_role_id.as_deref() != Some(about.sender) {
            return Err("the verdict is about another sender");
        }
        let entry = self.entry().ok_or("the verdict has no entry")?;
        let receipt = self.receipt.as_ref().ok_or("the verdict has no receipt")?;
        receipt.check(entry, about)
    }
}

impl Receipt {
    fn check(&self, entry: &str, about: &About<'_>) -> Result<Option<Head>, &'static str> {
        let octets = |text: &str| b64::decode(text, "receipt").map_err(|_| "a part of the receipt is not base64url");
        let leaf = Leaf::parse(&octets(&self.leaf)?).map_err(|_| "the receipt's leaf is no leaf")?;
        let salt = octets(&self.salt)?;
        let salt = salt.as_slice().try_into().map_err(|_| "the receipt's salt has another length")?;
        let record = octets(&self.record)?;
        if leaf.kind != Kind::Message || b64::encode(leaf.id()) != entry {
            return Err("the receipt is for another entry");
        }
        if leaf::commit(salt, &record) != leaf.commitment {
            return Err("the receipt's leaf does not commit to its record");
        }
        is_about(&record, about)?;
        self.head(about.logs)
    }

    /// The head that came along; none while the log is empty yet.
    fn head(&self, logs: &[VerifierKey]) -> Result<Option<Head>, &'static str> {
        let Some(text) = &self.checkpoint else { return Ok(None) };
        let note = Note::parse(text.as_bytes()).map_err(|_| "the receipt's checkpoint is no note")?;
        let checkpoint = match logs.iter().find(|log| log.name() == self.origin) {
            Some(log) => Checkpoint::of_note(&note, log).map_err(|_| "the receipt's checkpoint is not the log's")?,
            None => Checkpoint::parse(&note.text).map_err(|_| "the receipt's checkpoint is none")?,
        };
        match checkpoint.origin == self.origin {
            true => Ok(Some(Head::from(&checkpoint))),
            false => Err("the receipt's checkpoint is another log's"),
        }
    }
}

/// Whether a record says the verdict on this message.
fn is_about(record: &[u8], about: &About<'_>) -> Result<(), &'static str> {
    let record: Value = serde_json::from_slice(record).map_err(|_| "the receipt's record is not JSON")?;
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    let length = record.pointer("/body/length").and_then(Value::as_u64);
    let same = text("/participantRoleId") == Some(about.sender)
        && text("/jws") == Some(about.signature)
        && text("/body/sha256") == Some(b64::encode(digest::sha256(about.body)).as_str())
        && length == u64::try_from(about.body.len()).ok()
        && text("/verdict") == Some("ok");
    if same { Ok(()) } else { Err("the receipt's record is about another message") }
}
