//! Where the rows are.

use super::Group;
use crate::config::setting::{Kind, STORING, Setting};

pub const GROUP: Group = Group {
    title: "Database",
    about: "SQLite needs nothing beside the binary and serves one node. PostgreSQL 15 or later serves several.",
    settings: &[
        DB,
        DB_URL,
        DB_URL_HOST,
        DB_URL_PORT,
        DB_URL_DATABASE,
        DB_URL_PROPERTIES,
        DB_USERNAME,
        DB_PASSWORD,
        DB_SCHEMA,
        DB_POOL_MAX_SIZE,
        DB_TLS_MODE,
        DB_TLS_TRUST_STORE_FILE,
        DB_TLS_CERTIFICATE_FILE,
        DB_TLS_CERTIFICATE_KEY_FILE,
    ],
};

pub const DB: Setting =
    Setting::new("db", Kind::Text("sqlite|postgres"), "The database: sqlite, in the data directory, or postgres.")
        .default("sqlite")
        .used_by(STORING);

pub const DB_URL: Setting = Setting::new(
    "db-url",
    Kind::Text("URL"),
    "Whole address of the database: postgres://user@host:5432/name, jdbc:postgresql://host:5432/name, or sqlite:PATH. \
     Stands above db-url-host, -port, -database and -properties.",
)
.secret()
.used_by(STORING);

pub const DB_URL_HOST: Setting =
    Setting::new("db-url-host", Kind::Text("NAME"), "Host of PostgreSQL.").default("localhost").used_by(STORING);

pub const DB_URL_PORT: Setting =
    Setting::new("db-url-port", Kind::Number { least: 1, most: 65_535 }, "Port of PostgreSQL.")
        .default("5432")
        .used_by(STORING);

pub const DB_URL_DATABASE: Setting =
    Setting::new("db-url-database", Kind::Text("NAME"), "Name of the database.").default("keycloak").used_by(STORING);

pub const DB_URL_PROPERTIES: Setting = Setting::new(
    "db-url-properties",
    Kind::Text("?KEY=VALUE&…"),
    "Parameters of the connection, as behind the ? of a JDBC URL: sslmode, sslrootcert, sslcert, sslkey, \
     connectTimeout, ApplicationName, currentSchema, options.",
)
.secret()
.used_by(STORING);

pub const DB_USERNAME: Setting =
    Setting::new("db-username", Kind::Text("NAME"), "User to log in to PostgreSQL with.").used_by(STORING);

pub const DB_PASSWORD: Setting =
    Setting::new("db-password", Kind::Text("PASSWORD"), "Password of that user.").secret().used_by(STORING);

pub const DB_SCHEMA: Setting =
    Setting::new("db-schema", Kind::Text("NAME"), "PostgreSQL schema that holds the tables.")
        .default("public")
        .used_by(STORING);

pub const DB_POOL_MAX_SIZE: Setting = Setting::new(
    "db-pool-max-size",
    Kind::Number { least: 2, most: 1_000 },
    "Connections to PostgreSQL at most; they are shared by pipelining, so few are enough.",
)
.default("16")
.used_by(STORING);

pub const DB_TLS_MODE: Setting = Setting::new(
    "db-tls-mode",
    Kind::Choice(&["disable", "prefer", "require", "verify-ca", "verify-full"]),
    "TLS to PostgreSQL, in libpq's words: prefer and require encrypt without looking at the certificate, verify-ca \
     checks who issued it, verify-full also the host's name.",
)
.default("prefer")
.used_by(STORING);

pub const DB_TLS_TRUST_STORE_FILE: Setting = Setting::new(
    "db-tls-trust-store-file",
    Kind::File,
    "PEM file with the authorities of PostgreSQL's certificate. Not set: the system's.",
)
.used_by(STORING);

pub const DB_TLS_CERTIFICATE_FILE: Setting = Setting::new(
    "db-tls-certificate-file",
    Kind::File,
    "PEM file with the certificate this server shows to PostgreSQL.",
)
.used_by(STORING);

pub const DB_TLS_CERTIFICATE_KEY_FILE: Setting =
    Setting::new("db-tls-certificate-key-file", Kind::File, "PEM file with the key of that certificate.")
        .used_by(STORING);
