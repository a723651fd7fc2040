//! Whether a message was here before: the same octets of the same sender under the same key for the same receiver.

use domain::Result;
use ledger::Hash;
use oidc::Cx;
use signing::{Judged, Profile};

use crate::caller::{Caller, network};

/// Octets that a trace is made of, usually.
const LONGEST_TRACE: usize = 320;

/// A message as replays are told by.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// The digest of realm, receiver, sender, key and what was signed; the signature is no part of it.
    pub(crate) digest: Hash,
    /// The entry of the first time, if it was found to have been here before.
    pub(crate) first: Option<String>,
    /// Until when it is remembered, in seconds.
    pub(crate) until: i64,
    /// Whether it is refused if it was here before.
    pub(crate) is_refused: bool,
}

/// What a message that is signed is remembered by. Whether it was here before is looked for where it is decided again, or
/// where this node had it lately: a batch that remembers it counts only where it wasn't, so most need no look.
pub(crate) async fn look(
    cx: &Cx<'_>,
    sender: &str,
    profile: &Profile,
    caller: &Caller,
    judged: &Judged,
    is_again: bool,
) -> Result<Option<Trace>> {
    let Some(signed) = &judged.signed_digest else { return Ok(None) };
    let network = network(cx)?;
    let kid = judged.kid.as_deref().unwrap_or_default();
    // A kid is its participant's own choice: another may have the same.
    let (kind, receiver) = caller.receiver();
    let parts = [cx.plan.realm.id.as_str(), kind, receiver, sender, kid].map(str::as_bytes);
    let mut whole = Vec::with_capacity(LONGEST_TRACE);
    for part in parts.into_iter().chain([signed.as_slice()]) {
        whole.extend_from_slice(&(part.len() as u64).to_be_bytes());
        whole.extend_from_slice(part);
    }
    let digest = ledger::hash::sha256(&whole);
    let first = match cx.core().remember_recent(&digest) || is_again {
        true => store::messages::seen(&cx.core().store, &digest, cx.now()).await?,
        false => None,
    };
    // A signed time ends by itself what a replay could do.
    let lasts = profile.lasts().unwrap_or(network.replay_seconds);
    let is_refused = profile.refuses_replays(network.refuses_replays);
    Ok(Some(Trace { digest, first, until: cx.now() + lasts, is_refused }))
}
