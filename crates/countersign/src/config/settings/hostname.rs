//! Under which address people and programs know the server.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "Hostname",
    about: "The address is part of every token (`iss`) and of every link, so it is configured and not taken from the \
            request, unless `hostname-strict` is off.",
    settings: &[HOSTNAME, HOSTNAME_STRICT, HOSTNAME_ADMIN, SERVICE_REALM, SERVICE_HOSTS],
};

pub const HOSTNAME: Setting = Setting::new(
    "hostname",
    Kind::Text("URL|NAME"),
    "Address under which the server is reached: a URL such as https://id.example.org or https://example.org/auth, or a \
     name alone, to which scheme and port come from the request.",
);

pub const HOSTNAME_STRICT: Setting = Setting::new(
    "hostname-strict",
    Kind::Flag,
    "Refuse to start without a hostname. When false and no hostname is set, the address is taken from each request, \
     which only a proxy that sets the Host header makes safe.",
)
.default("true")
.in_development("false");

pub const HOSTNAME_ADMIN: Setting = Setting::new(
    "hostname-admin",
    Kind::Text("URL"),
    "URL under which administrators reach the console and the Admin API, where it differs from hostname. It is read and \
     checked; the Admin API answers under every name, and there is no console yet that would name it.",
);

pub const SERVICE_REALM: Setting = Setting::new(
    "service-realm",
    Kind::Text("REALM"),
    "Realm whose registry of participants answers under /service, in the network's own form. Without it, and service-hosts, \
     nothing is there.",
);

pub const SERVICE_HOSTS: Setting = Setting::new(
    "service-hosts",
    Kind::List("HOST=REALM"),
    "Hosts, without port, under which /service is the registry of another realm than service-realm. The host is the one \
     that the request was sent to, or that a trusted proxy names.",
);
