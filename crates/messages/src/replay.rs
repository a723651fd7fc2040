//! Whether a message was here before: the same octets under the same key for the same receiver.

use domain::Result;
use domain::network::Network;
use oidc::Cx;
use signing::profile::{DRIFT, Rule};
use signing::{Judged, Profile};

use crate::caller::Caller;

/// A message as replays are told by.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// The digest of realm, receiver, key and what was signed; the signature is no part of it.
    pub(crate) digest: Vec<u8>,
    /// The entry of the first time, if it was found to have been here before.
    pub(crate) first: Option<String>,
    /// Until when it is remembered, in seconds.
    pub(crate) until: i64,
    /// Whether it is refused if it was here before.
    pub(crate) is_refused: bool,
}

/// What a message that is signed is remembered by. Whether it was here before is looked for where that `is_again` decided:
/// a batch that remembers it counts only where it wasn't.
pub(crate) async fn look(
    cx: &Cx<'_>,
    network: &Network,
    profile: &Profile,
    caller: &Caller,
    judged: &Judged,
    is_again: bool,
) -> Result<Option<Trace>> {
    let Some(signed) = &judged.signed_digest else { return Ok(None) };
    let kid = judged.kid.as_deref().unwrap_or_default();
    let mut whole = format!("{}\n{}\n{kid}\n", cx.plan.realm.id, caller.receiver()).into_bytes();
    whole.extend_from_slice(signed);
    let digest = jose::digest::sha256(&whole);
    let first = match is_again {
        true => store::messages::seen(&cx.core().store, &digest, cx.now()).await?,
        false => None,
    };
    let signs_time = profile.parameters.iter().any(|parameter| parameter.is == Rule::Now);
    // A signed time ends by itself what a replay could do: within the drift on either side.
    let lasts = if signs_time { 2 * DRIFT + 1 } else { network.replay_seconds };
    let is_refused = profile.refuses_replays(network.refuses_replays);
    Ok(Some(Trace { digest, first, until: cx.now() + lasts, is_refused }))
}
