//! What a reverse proxy in front of the server may say about a request.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "Reverse proxy",
    about: "Forwarded headers are ignored unless `proxy-headers` names them and the peer is trusted.",
    settings: &[PROXY_HEADERS, PROXY_TRUSTED_ADDRESSES, PROXY_CLIENT_CERTIFICATE_HEADER],
};

pub const PROXY_HEADERS: Setting = Setting::new(
    "proxy-headers",
    Kind::Choice(&["forwarded", "xforwarded"]),
    "Which headers of the proxy count: Forwarded (RFC 7239) or X-Forwarded-*. Set it only where the proxy overwrites \
     them.",
);

pub const PROXY_TRUSTED_ADDRESSES: Setting = Setting::new(
    "proxy-trusted-addresses",
    Kind::List("ADDRESS"),
    "Addresses or networks (10.0.0.0/8) of the proxies whose headers count. Not set: every peer's.",
);

pub const PROXY_CLIENT_CERTIFICATE_HEADER: Setting = Setting::new(
    "proxy-client-certificate-header",
    Kind::Text("NAME"),
    "Header in which a trusted proxy hands on the client certificate it has checked (PEM, URL-encoded or DER in base64), \
     such as ssl-client-cert. The proxy must overwrite it.",
);
