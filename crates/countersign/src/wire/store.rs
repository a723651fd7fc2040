//! The configured database and master key in the store's own words.

use store::db::{Config, PostgresConfig, Tls, TlsMode};
use store::{KeySource, MasterKey, StoreError};
use zeroize::Zeroizing;

use crate::config::resolved;

pub(super) fn database(database: &resolved::Database) -> Config {
    match database {
        resolved::Database::Sqlite { file } => Config::Sqlite { path: file.clone() },
        resolved::Database::Postgres(postgres) => Config::Postgres(Box::new(self::postgres(postgres))),
    }
}

fn postgres(given: &resolved::Postgres) -> PostgresConfig {
    PostgresConfig {
        hosts: given.hosts.clone(),
        database: given.database.clone(),
        user: given.username.clone(),
        password: given.password.as_ref().map(|secret| Zeroizing::new(secret.reveal().to_owned())),
        schema: Some(given.schema.clone()).filter(|schema| !schema.is_empty()),
        pool_max: given.max_connections,
        tls: Tls {
            mode: tls_mode(given.tls.mode),
            root_cert: given.tls.authorities.clone(),
            client_cert: given.tls.identity.clone(),
        },
        connect_timeout: given.connect_timeout,
        application_name: given.application_name.clone(),
        options: given.options.clone(),
    }
}

fn tls_mode(mode: resolved::TlsMode) -> TlsMode {
    match mode {
        resolved::TlsMode::Disable => TlsMode::Disable,
        resolved::TlsMode::Prefer => TlsMode::Prefer,
        resolved::TlsMode::Require => TlsMode::Require,
        resolved::TlsMode::VerifyCa => TlsMode::VerifyCa,
        resolved::TlsMode::VerifyFull => TlsMode::VerifyFull,
    }
}

/// # Errors
/// A key that is given by the configuration and is none.
pub(super) fn key_source(key: &resolved::MasterKey) -> Result<KeySource, StoreError> {
    Ok(match key {
        resolved::MasterKey::Given(secret) => KeySource::Given(MasterKey::parse(secret.reveal())?),
        resolved::MasterKey::File(path) => KeySource::File(path.clone()),
        resolved::MasterKey::InDataDir(path) => KeySource::Kept(path.clone()),
    })
}
