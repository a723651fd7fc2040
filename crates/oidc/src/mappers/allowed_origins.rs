//! `allowed-origins`: where a browser may call from with the token. A client with web origins that come to nothing has
//! an empty list.

use super::property::{ACCESS, INTROSPECTION, LIGHTWEIGHT};
use super::{Goes, Mapper};
use crate::origins::web_origins;

/// The mapper.
pub(super) const ALLOWED_ORIGINS: Mapper = Mapper {
    id: "oidc-allowed-origins-mapper",
    name: "Allowed Web Origins",
    priority: 0,
    properties: &[ACCESS, LIGHTWEIGHT, INTROSPECTION],
    goes: Goes::SwitchedOn,
    apply: |work, _| {
        if !work.client.web_origins.is_empty() {
            work.claims.set("allowed-origins", web_origins(work.client));
        }
    },
};
