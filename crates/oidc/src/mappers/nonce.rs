//! `nonce` in the access token, where older adapters look for it; and in each ID token, those of refreshes included.

use super::{Goes, Mapper, Target};

/// The mapper.
pub(super) const NONCE: Mapper = Mapper {
    id: "oidc-nonce-backwards-compatible-mapper",
    name: "Nonce backwards compatible",
    priority: 0,
    properties: &[],
    goes: Goes::Always(&[Target::Access, Target::LightweightAccess, Target::Id]),
    apply: |work, _| {
        if let Some(nonce) = work.client_notes.text("nonce") {
            work.claims.set("nonce", nonce);
        }
    },
};
