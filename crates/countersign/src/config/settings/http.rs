//! Where the server listens, and how much it takes on.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "HTTP",
    about: "Plain HTTP is for development and for a proxy that ends TLS in front of the server.",
    settings: &[
        HTTP_ENABLED,
        HTTP_HOST,
        HTTP_PORT,
        HTTP_RELATIVE_PATH,
        HTTP_MAX_CONNECTIONS,
        HTTP_MAX_QUEUED_REQUESTS,
        SHUTDOWN_DELAY,
        SHUTDOWN_TIMEOUT,
    ],
};

pub const HTTP_ENABLED: Setting =
    Setting::new("http-enabled", Kind::Flag, "Serve plain HTTP on http-port.").default("false").in_development("true");

pub const HTTP_HOST: Setting = Setting::new(
    "http-host",
    Kind::Text("ADDRESS"),
    "Address to listen on, for HTTP and HTTPS. In a container started with start-dev, 0.0.0.0 lets the outside in.",
)
.default("0.0.0.0")
.in_development("127.0.0.1");

pub const HTTP_PORT: Setting =
    Setting::new("http-port", Kind::Number { least: 0, most: 65_535 }, "Port for plain HTTP; 0 takes a free one.")
        .default("8080");

pub const HTTP_RELATIVE_PATH: Setting = Setting::new(
    "http-relative-path",
    Kind::Text("PATH"),
    "Path that the addresses in tokens and links carry, such as /auth. Requests are answered at the root and under \
     /auth either way.",
)
.default("/");

pub const HTTP_MAX_CONNECTIONS: Setting = Setting::new(
    "http-max-connections",
    Kind::Number { least: 1, most: 1_000_000 },
    "Connections open at once; further ones wait in the system's queue.",
)
.default("10000");

pub const HTTP_MAX_QUEUED_REQUESTS: Setting = Setting::new(
    "http-max-queued-requests",
    Kind::Number { least: 1, most: 1_000_000 },
    "Requests in work at once; further ones are answered with 503. Not set: as many as the connections bring.",
);

pub const SHUTDOWN_DELAY: Setting = Setting::new(
    "shutdown-delay",
    Kind::Duration,
    "After a signal to end, time during which readiness says DOWN and requests are still taken, so that a load \
     balancer can look away.",
)
.default("0s");

pub const SHUTDOWN_TIMEOUT: Setting = Setting::new(
    "shutdown-timeout",
    Kind::Duration,
    "Time that requests in work get to finish before the process ends.",
)
.default("10s");
