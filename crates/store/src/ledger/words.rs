//! Words: eight octets that stand for a value which looks like chance, so that indexes of such stay small.
//!
//! Two values can have the same word, so whoever looks by one compares the values too.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::MessageRow;

/// Indexes of a ledger whose words lie together.
pub(crate) const STRETCH: i64 = 1 << 12;

/// The octets of an id as it is written; None for what is none.
pub(crate) fn octets(id: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(id).ok()
}

/// The same of an id that this server made.
pub(crate) fn own_octets(id: &str) -> Vec<u8> {
    let octets = octets(id);
    debug_assert!(octets.is_some(), "no entry could be found by {id:?}");
    octets.unwrap_or_default()
}

/// An id as it is written.
pub(crate) fn id(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// The word of an id.
pub(crate) fn of_id(octets: &[u8]) -> i64 {
    octets.first_chunk().map_or(0, |chunk| i64::from_be_bytes(*chunk))
}

/// By what a message is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sought {
    Digest,
    RequestId,
    TraceId,
}

/// The word of such a value.
pub(crate) fn of(sought: Sought, value: &str) -> i64 {
    let kind = match sought {
        Sought::Digest => "digest",
        Sought::RequestId => "request",
        Sought::TraceId => "trace",
    };
    of_id(digest::digest(&digest::SHA256, format!("{kind}\n{value}").as_bytes()).as_ref())
}

/// The words of a message.
pub(crate) fn of_message(message: &MessageRow) -> Vec<i64> {
    let ids = [(Sought::RequestId, &message.request_id), (Sought::TraceId, &message.trace_id)];
    let ids = ids.into_iter().filter_map(|(sought, id)| Some((sought, id.as_deref()?)));
    std::iter::once((Sought::Digest, message.digest.as_str())).chain(ids).map(|(sought, id)| of(sought, id)).collect()
}

/// The stretches of a ledger of a size.
pub(crate) fn stretches(size: i64) -> impl Iterator<Item = i64> {
    0..=size.max(1) / STRETCH
}
