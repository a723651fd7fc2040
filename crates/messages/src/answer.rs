//! A verdict as its caller hears it.

use ledger::Receipt;
use registry::Moment;
use serde::Serialize;
use serde_json::Value;

/// The answer to a question about a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer<'a> {
    /// Whether the message is good.
    pub(crate) valid: bool,
    /// The verdict's code.
    pub(crate) code: &'a str,
    /// What a developer can do about it.
    pub(crate) detail: &'a str,
    /// The organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) participant_id: Option<&'a str>,
    /// The role that sent it, or is said to have.
    pub(crate) participant_role_id: &'a str,
    /// The key that the signature was checked with, or that was named.
    pub(crate) kid: Option<&'a str>,
    /// The profile by which it was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<&'a str>,
    /// When it was judged.
    pub(crate) received_at: Moment,
    /// Its entry in the ledger; null where no signature was good.
    pub(crate) entry: Option<EntryRef>,
    /// The entry of the first time, where the same message was here before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<&'a str>,
    /// Whether this is an answer given before, asked for again.
    pub(crate) repeated: bool,
    /// What the caller keeps, so that the ledger must honour the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<Receipt>,
}

/// An entry by its id.
#[derive(Debug, Serialize)]
pub(crate) struct EntryRef {
    /// base64url of the leaf's hash.
    pub(crate) id: String,
}

/// An answer given before, marked as one.
pub(crate) fn repeated(text: &str) -> Option<Value> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    *value.get_mut("repeated")? = Value::Bool(true);
    Some(value)
}
