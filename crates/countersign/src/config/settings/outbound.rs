//! Where this server may call to.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "Calls to others",
    about: "Clients name addresses that this server calls: their keys (JWKS) and their back-channel logout. Calls go \
            to public addresses by https only, so that nobody reaches the inside of your network through them.",
    settings: &[OUTBOUND_ALLOWED_NETWORKS],
};

pub const OUTBOUND_ALLOWED_NETWORKS: Setting = Setting::new(
    "outbound-allowed-networks",
    Kind::List("NETWORK"),
    "Private networks that may be called all the same, also by plain http: 10.1.0.0/16,fd00::/8.",
)
.in_development("127.0.0.0/8,::1");
