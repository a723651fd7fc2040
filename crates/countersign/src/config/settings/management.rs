//! What operators and their machines look at.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "Health, metrics, management port",
    about: "`/health`, `/health/live`, `/health/ready`, `/health/started` and `/metrics` have a port of their own, \
            which is not for the public. It is opened when health or metrics are on.",
    settings: &[
        HEALTH_ENABLED,
        METRICS_ENABLED,
        HTTP_MANAGEMENT_HOST,
        HTTP_MANAGEMENT_PORT,
        HTTP_MANAGEMENT_RELATIVE_PATH,
        HTTP_MANAGEMENT_SCHEME,
    ],
};

pub const HEALTH_ENABLED: Setting =
    Setting::new("health-enabled", Kind::Flag, "Serve /health on the management port.").default("false");

pub const METRICS_ENABLED: Setting =
    Setting::new("metrics-enabled", Kind::Flag, "Serve /metrics for Prometheus on the management port.")
        .default("false");

pub const HTTP_MANAGEMENT_HOST: Setting = Setting::new(
    "http-management-host",
    Kind::Text("ADDRESS"),
    "Address to listen on for management. Not set: http-host.",
);

pub const HTTP_MANAGEMENT_PORT: Setting = Setting::new(
    "http-management-port",
    Kind::Number { least: 0, most: 65_535 },
    "Port for management; 0 takes a free one.",
)
.default("9000");

pub const HTTP_MANAGEMENT_RELATIVE_PATH: Setting = Setting::new(
    "http-management-relative-path",
    Kind::Text("PATH"),
    "Path before /health and /metrics. Not set: http-relative-path.",
);

pub const HTTP_MANAGEMENT_SCHEME: Setting = Setting::new(
    "http-management-scheme",
    Kind::Choice(&["inherited", "http"]),
    "inherited serves management by HTTPS when the server itself has a certificate; http never does.",
)
.default("inherited");
