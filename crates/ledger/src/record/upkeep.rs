//! Records of how the log is kept: its outside times, what is kept for how long, and where it goes on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Named, Version};
use crate::text::{Octets, UtcTime};

/// An outside time of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeRecord {
    /// 1.
    pub v: Version,
    /// `time`.
    pub kind: Named<7>,
    /// When.
    pub recorded_at: UtcTime,
    /// The checkpoint's note, to the octet that was stamped.
    pub checkpoint: String,
    /// How its time is shown.
    pub form: TimeForm,
    /// The timestamp's DER, or the cosignature's line.
    pub token: Octets,
}

/// How an outside time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeForm {
    /// By a timestamp authority [RFC3161-2.4.2].
    Rfc3161,
    /// By a witness.
    Cosignature,
}

/// A checkpoint that is stamped anew before an authority's certificate ends: all timestamps that are entries under it were
/// there by then, whatever becomes of their authority later (the idea of [RFC4998-5.2]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenewalRecord {
    /// 1.
    pub v: Version,
    /// `renewal`.
    pub kind: Named<11>,
    /// When.
    pub recorded_at: UtcTime,
    /// The checkpoint's note, to the octet that was stamped.
    pub checkpoint: String,
    /// The new timestamp's DER.
    pub token: Octets,
    /// When the certificate of the timestamps before it ends.
    pub ends: UtcTime,
    /// When the certificate of the new one does.
    pub until: UtcTime,
}

/// What a realm says of its evidence from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRecord {
    /// 1.
    pub v: Version,
    /// `policy`.
    pub kind: Named<5>,
    /// When.
    pub recorded_at: UtcTime,
    /// The realm's attributes whose names begin with `countersign.`, all of them.
    pub settings: BTreeMap<String, String>,
}

/// The log goes on from another's head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveRecord {
    /// 1.
    pub v: Version,
    /// `move`.
    pub kind: Named<8>,
    /// When.
    pub recorded_at: UtcTime,
    /// The other log.
    pub old_origin: String,
    /// Its last head, as a note with all its signatures.
    pub old_checkpoint: String,
    /// Why.
    pub reason: String,
}

/// Messages whose records were erased by policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErasureRecord {
    /// 1.
    pub v: Version,
    /// `erasure`.
    pub kind: Named<12>,
    /// When.
    pub recorded_at: UtcTime,
    /// What was received before this moment went.
    pub before: UtcTime,
    /// The first index of the stretch that it went from.
    pub from: u64,
    /// The index after its last.
    pub to: u64,
    /// How many messages' records went.
    pub messages: u64,
}
