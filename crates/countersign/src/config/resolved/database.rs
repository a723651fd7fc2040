//! Which database, and how to reach it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::reader::Reader;
use crate::config::secret::Secret;
use crate::config::settings::database as settings;

/// Where the rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite { file: PathBuf },
    Postgres(Box<Postgres>),
}

/// A PostgreSQL server, or several of which one answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postgres {
    /// Tried in this order; more than one only by `db-url`.
    pub hosts: Vec<(String, u16)>,
    pub database: String,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub schema: String,
    pub max_connections: usize,
    pub connect_timeout: Duration,
    pub application_name: String,
    /// Settings of the session, as in libpq's `options`.
    pub options: Option<String>,
    pub tls: DatabaseTls,
}

/// TLS to PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseTls {
    pub mode: TlsMode,
    /// PEM with authorities; the system's where not given.
    pub authorities: Option<PathBuf>,
    /// PEM with the certificate we show, and with its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// The modes of libpq's `sslmode`; `allow` is taken as `prefer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

pub(super) fn database(read: &mut Reader<'_>, data_dir: &Path) -> Database {
    let url = read.text(&settings::DB_URL);
    let given = read.is_given(&settings::DB);
    let kind = read.text(&settings::DB).unwrap_or_default();
    // A URL that names the other kind counts only where `db` says nothing.
    let kind = match url.as_deref().map(is_sqlite) {
        Some(true) if !given => "sqlite",
        Some(false) if !given => "postgres",
        _ => kind.as_str(),
    };
    match kind {
        "postgres" => Database::Postgres(Box::new(postgres(read, url))),
        "sqlite" => Database::Sqlite { file: sqlite_file(read, url, data_dir) },
        "dev-file" => {
            read.note("db=dev-file is taken as db=sqlite; an H2 database of Keycloak is not read.");
            Database::Sqlite { file: data_dir.join(SQLITE_FILE) }
        }
        other => {
            read.unreadable(&settings::DB, other, "a database that is spoken here: sqlite, postgres", "postgres");
            Database::Sqlite { file: data_dir.join(SQLITE_FILE) }
        }
    }
}

fn is_sqlite(url: &str) -> bool {
    url.strip_prefix("jdbc:").unwrap_or(url).starts_with("sqlite:")
}

fn sqlite_file(read: &mut Reader<'_>, url: Option<String>, data_dir: &Path) -> PathBuf {
    let Some(url) = url else {
        return data_dir.join(SQLITE_FILE);
    };
    let plain = url.strip_prefix("jdbc:").unwrap_or(&url);
    match plain.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
        Some(path) if !path.is_empty() => PathBuf::from(path),
        _ => {
            read.problem(
                &settings::DB_URL,
                "the URL is not one of SQLite, which db names",
                "write sqlite:PATH, or db=postgres",
            );
            data_dir.join(SQLITE_FILE)
        }
    }
}

fn postgres(read: &mut Reader<'_>, url: Option<String>) -> Postgres {
    let mut postgres = from_settings(read);
    let given_apart = (read.is_given(&settings::DB_USERNAME), read.is_given(&settings::DB_PASSWORD));
    match url {
        Some(url) => {
            if let Err(cause) = from_url(read, &mut postgres, &url, given_apart) {
                read.problem(
                    &settings::DB_URL,
                    cause,
                    "write postgres://host:5432/name or jdbc:postgresql://host:5432/name",
                );
            }
        }
        None => {
            if let Some(properties) = read.text(&settings::DB_URL_PROPERTIES) {
                let query = properties.trim_start_matches(['?', '&']).replace(';', "&");
                take_parameters(read, &mut postgres, &query, given_apart);
            }
        }
    }
    if postgres.username.is_none() {
        read.problem(&settings::DB_USERNAME, "PostgreSQL wants to know who logs in", "give --db-username");
    }
    postgres
}

fn from_settings(read: &mut Reader<'_>) -> Postgres {
    let host = read.text(&settings::DB_URL_HOST).unwrap_or_default();
    let mode = read.choice_of_tls();
    let certificate = read.path(&settings::DB_TLS_CERTIFICATE_FILE);
    let key = read.path(&settings::DB_TLS_CERTIFICATE_KEY_FILE);
    if certificate.is_some() != key.is_some() {
        read.problem(
            &settings::DB_TLS_CERTIFICATE_FILE,
            "certificate and key belong together, and one is missing",
            "give --db-tls-certificate-file and --db-tls-certificate-key-file",
        );
    }
    Postgres {
        hosts: vec![(host, read.port(&settings::DB_URL_PORT))],
        database: read.text(&settings::DB_URL_DATABASE).unwrap_or_default(),
        username: read.text(&settings::DB_USERNAME),
        password: read.secret(&settings::DB_PASSWORD),
        schema: read.text(&settings::DB_SCHEMA).unwrap_or_default(),
        max_connections: read.size(&settings::DB_POOL_MAX_SIZE).unwrap_or(1),
        connect_timeout: Duration::from_secs(5),
        application_name: "countersign".to_owned(),
        options: None,
        tls: DatabaseTls {
            mode,
            authorities: read.path(&settings::DB_TLS_TRUST_STORE_FILE),
            identity: certificate.zip(key),
        },
    }
}

impl Reader<'_> {
    fn choice_of_tls(&mut self) -> TlsMode {
        let word = self.choice(&settings::DB_TLS_MODE);
        word.as_deref().and_then(tls_mode).unwrap_or(TlsMode::Prefer)
    }
}

/// Takes host, port, name and parameters from `postgres://…`, `postgresql://…` or `jdbc:postgresql://…`.
fn from_url(
    read: &mut Reader<'_>,
    postgres: &mut Postgres,
    text: &str,
    given_apart: (bool, bool),
) -> Result<(), &'static str> {
    let plain = text.strip_prefix("jdbc:").unwrap_or(text);
    let rest = plain
        .strip_prefix("postgresql://")
        .or_else(|| plain.strip_prefix("postgres://"))
        .ok_or("the URL is not one of PostgreSQL")?;
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (Some(login), hosts),
        None => (None, authority),
    };
    postgres.hosts = hosts.split(',').map(host_and_port).collect::<Option<_>>().ok_or("its host cannot be read")?;
    if !path.is_empty() {
        postgres.database = decoded(path).ok_or("its database name cannot be read")?;
    }
    if let Some(login) = login {
        let (user, password) = login.split_once(':').map_or((login, None), |(user, word)| (user, Some(word)));
        if !given_apart.0 {
            postgres.username = Some(decoded(user).ok_or("its user name cannot be read")?);
        }
        if let Some(password) = password.filter(|_| !given_apart.1) {
            postgres.password = Some(Secret::new(decoded(password).ok_or("its password cannot be read")?));
        }
    }
    take_parameters(read, postgres, query, given_apart);
    Ok(())
}

/// `name`, `name:5432`, `[::1]:5432`, `%2Fvar%2Frun`; nothing is localhost.
fn host_and_port(text: &str) -> Option<(String, u16)> {
    if text.is_empty() {
        return Some(("localhost".to_owned(), 5432));
    }
    let url = Url::parse(&format!("tcp://{text}")).ok()?;
    // A directory of sockets is written %2Fvar%2Frun.
    let host = decoded(url.host_str()?.trim_matches(['[', ']']))?;
    Some((host, url.port().unwrap_or(5432)))
}

fn decoded(text: &str) -> Option<String> {
    // The form decoder reads + as a space, which a URL's path and login do not mean.
    let escaped = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("v={escaped}").as_bytes()).next().map(|(_, value)| value.into_owned())
}

/// The parameters of a JDBC or libpq URL that mean something here; each other one is a note.
fn take_parameters(read: &mut Reader<'_>, postgres: &mut Postgres, query: &str, given_apart: (bool, bool)) {
    let (mut certificate, mut key) = (None, None);
    let tls_given = read.is_given(&settings::DB_TLS_MODE);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = value.into_owned();
        match name.as_ref() {
            "sslmode" | "ssl" if tls_given => {}
            "sslmode" => match tls_mode(&value) {
                Some(mode) => postgres.tls.mode = mode,
                None => read.problem(&settings::DB_URL, "its sslmode is unknown", "write sslmode=verify-full"),
            },
            "ssl" if value == "true" && postgres.tls.mode == TlsMode::Prefer => postgres.tls.mode = TlsMode::VerifyFull,
            "ssl" => {}
            "sslrootcert" => postgres.tls.authorities = Some(PathBuf::from(value)),
            "sslcert" => certificate = Some(PathBuf::from(value)),
            "sslkey" => key = Some(PathBuf::from(value)),
            "user" if !given_apart.0 => postgres.username = Some(value),
            "password" if !given_apart.1 => postgres.password = Some(Secret::new(value)),
            "user" | "password" => {}
            "currentSchema" => postgres.schema = value,
            "ApplicationName" | "application_name" => postgres.application_name = value,
            "connectTimeout" | "connect_timeout" => match value.parse() {
                Ok(seconds) => postgres.connect_timeout = Duration::from_secs(seconds),
                Err(_) => read.problem(&settings::DB_URL, "its connectTimeout is no number", "write connectTimeout=5"),
            },
            "options" => postgres.options = Some(value),
            other if WITHOUT_EFFECT.contains(&other) => {
                read.note(format!("{other} in the database URL has no effect: it tunes the JDBC driver."));
            }
            // Not a note: a misspelt sslmode must not weaken the connection unseen.
            other => read.problem(
                &settings::DB_URL,
                format!("its parameter {other:?} is unknown"),
                "leave it out, or write it as docs/settings.md says",
            ),
        }
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        postgres.tls.identity = Some((certificate, key));
    }
}

fn tls_mode(word: &str) -> Option<TlsMode> {
    match word {
        "disable" => Some(TlsMode::Disable),
        "allow" | "prefer" => Some(TlsMode::Prefer),
        "require" => Some(TlsMode::Require),
        "verify-ca" => Some(TlsMode::VerifyCa),
        "verify-full" => Some(TlsMode::VerifyFull),
        _ => None,
    }
}

/// Parameters of the JDBC driver that make no difference to what is stored or protected.
const WITHOUT_EFFECT: [&str; 14] = [
    "binaryTransfer",
    "defaultRowFetchSize",
    "loadBalanceHosts",
    "logUnclosedConnections",
    "loginTimeout",
    "prepareThreshold",
    "preparedStatementCacheQueries",
    "preparedStatementCacheSizeMiB",
    "reWriteBatchedInserts",
    "socketTimeout",
    "sslfactory",
    "stringtype",
    "targetServerType",
    "tcpKeepAlive",
];

const SQLITE_FILE: &str = "countersign.db";
