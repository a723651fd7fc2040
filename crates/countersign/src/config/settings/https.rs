//! TLS of the server itself, and whose client certificates it takes.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "TLS",
    about: "Certificates are PEM files. They are looked at again every few seconds, and new ones are taken without a \
            restart; when new ones cannot be used, the old ones stay and the log says why.",
    settings: &[
        HTTPS_PORT,
        HTTPS_CERTIFICATE_FILE,
        HTTPS_CERTIFICATE_KEY_FILE,
        HTTPS_CERTIFICATES_RELOAD_PERIOD,
        HTTPS_PROTOCOLS,
        HTTPS_CLIENT_AUTH,
        HTTPS_TRUST_STORE_FILE,
        TRUSTSTORE_PATHS,
    ],
};

pub const HTTPS_PORT: Setting =
    Setting::new("https-port", Kind::Number { least: 0, most: 65_535 }, "Port for HTTPS; 0 takes a free one.")
        .default("8443");

pub const HTTPS_CERTIFICATE_FILE: Setting = Setting::new(
    "https-certificate-file",
    Kind::File,
    "PEM file with the server's certificate and the chain above it. With it, HTTPS is served.",
);

pub const HTTPS_CERTIFICATE_KEY_FILE: Setting = Setting::new(
    "https-certificate-key-file",
    Kind::File,
    "PEM file with the private key of that certificate, not encrypted.",
);

pub const HTTPS_CERTIFICATES_RELOAD_PERIOD: Setting = Setting::new(
    "https-certificates-reload-period",
    Kind::Duration,
    "How often the certificate files are looked at for a change.",
)
.default("5s");

pub const HTTPS_PROTOCOLS: Setting =
    Setting::new("https-protocols", Kind::List("VERSION"), "TLS versions to speak: TLSv1.3, TLSv1.2.")
        .default("TLSv1.3,TLSv1.2");

pub const HTTPS_CLIENT_AUTH: Setting = Setting::new(
    "https-client-auth",
    Kind::Choice(&["none", "request", "required"]),
    "Whether a caller is asked for a certificate of its own (mutual TLS).",
)
.default("none");

pub const HTTPS_TRUST_STORE_FILE: Setting = Setting::new(
    "https-trust-store-file",
    Kind::File,
    "PEM file with the authorities whose client certificates are accepted. Not set: those of truststore-paths.",
);

pub const TRUSTSTORE_PATHS: Setting = Setting::new(
    "truststore-paths",
    Kind::List("PATH"),
    "PEM files, or folders of them, with authorities to trust beside the system's when this server calls others.",
);
