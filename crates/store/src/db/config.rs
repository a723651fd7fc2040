//! Which database, in the words of the configuration: the URL forms of PostgreSQL's own tools, JDBC's, and `sqlite:`.
//!
//! Of the URL's parameters those are known that PostgreSQL's clients share (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`,
//! `options`, `connect_timeout`, `application_name`, `user`, `password`) and JDBC's `currentSchema` and `ssl`; an unknown
//! one is an error, since a misspelt `sslmode` must not weaken the connection.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use super::StoreError;

/// Where the data is kept.
#[derive(Debug, Clone)]
pub enum Config {
    /// One file, with its `-wal`, `-shm` and `.lock` beside it, used by one process.
    Sqlite { path: PathBuf },
    /// PostgreSQL 15 or newer, or a server that speaks its protocol; any number of nodes.
    Postgres(Box<PostgresConfig>),
}

/// How to reach PostgreSQL.
#[derive(Clone)]
pub struct PostgresConfig {
    /// Hosts and ports in the order in which they are tried. A host that begins with `/` is a directory of sockets.
    pub hosts: Vec<(String, u16)>,
    pub database: String,
    pub user: Option<String>,
    pub password: Option<Zeroizing<String>>,
    /// The schema that holds the tables; the server's own `search_path` if not given.
    pub schema: Option<String>,
    /// Connections at most, reads and writes together; at least 2.
    pub pool_max: usize,
    pub tls: Tls,
    pub connect_timeout: Duration,
    pub application_name: String,
    /// Settings of the session, as in libpq's `options`: `-c name=value`.
    pub options: Option<String>,
}

/// libpq's TLS options.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    pub mode: TlsMode,
    /// Certificates that vouch for the server; the system's if not given.
    pub root_cert: Option<PathBuf>,
    /// The certificate that this side shows, and its key.
    pub client_cert: Option<(PathBuf, PathBuf)>,
}

/// libpq's `sslmode`, without `allow`, which is taken for `prefer`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsMode {
    Disable,
    /// Encrypted if the server can, unverified: protects from listeners alone.
    #[default]
    Prefer,
    /// Encrypted; verified like `VerifyCa` if root certificates are named.
    Require,
    /// The certificate must be vouched for; its name may be any.
    VerifyCa,
    VerifyFull,
}

const POOL_MAX: usize = 20;
const PORT: u16 = 5432;

impl Default for PostgresConfig {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            database: String::new(),
            user: None,
            password: None,
            schema: None,
            pool_max: POOL_MAX,
            tls: Tls::default(),
            connect_timeout: Duration::from_secs(5),
            application_name: "countersign".to_owned(),
            options: None,
        }
    }
}

/// Leaves the password out.
impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig").field("place", &self.place()).field("tls", &self.tls).finish_non_exhaustive()
    }
}

impl PostgresConfig {
    /// `host:port/database`, for messages.
    pub fn place(&self) -> String {
        let hosts: Vec<_> = self.hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        format!("{}/{}", hosts.join(","), self.database)
    }
}

impl Config {
    /// Parses `postgres://user:password@host:port/database?…` (also `postgresql://` and `jdbc:postgresql://`, several
    /// hosts with commas) and `sqlite:path`.
    pub fn parse_url(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(StoreError::setup("db-url: sqlite: needs the path of a file"));
            }
            return Ok(Self::Sqlite { path: PathBuf::from(path) });
        }
        let url = url.strip_prefix("jdbc:").unwrap_or(url);
        let rest = url.strip_prefix("postgresql://").or_else(|| url.strip_prefix("postgres://")).ok_or_else(|| {
            StoreError::setup(
                "db-url begins with none of postgres://, postgresql://, jdbc:postgresql:// and sqlite:, \
                 the databases there are",
            )
        })?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let mut config = PostgresConfig { database: decode(database)?, ..PostgresConfig::default() };
        let hosts = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => {
                let (user, password) = match credentials.split_once(':') {
                    Some((user, password)) => (user, Some(decode(password)?)),
                    None => (credentials, None),
                };
                config.user = Some(decode(user)?);
                config.password = password.map(Zeroizing::new);
                hosts
            }
            None => authority,
        };
        config.hosts = hosts.split(',').map(parse_host).collect::<Result<_, _>>()?;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            config.apply(&decode(name)?, decode(value)?)?;
        }
        if config.database.is_empty() {
            config.database = config.user.clone().unwrap_or_else(|| "countersign".to_owned());
        }
        Ok(Self::Postgres(Box::new(config)))
    }
}

impl PostgresConfig {
    fn apply(&mut self, name: &str, value: String) -> Result<(), StoreError> {
        let client_cert = self.tls.client_cert.get_or_insert_default();
        match name {
            "sslmode" => self.tls.mode = TlsMode::parse(&value)?,
            "ssl" if value != "false" => self.tls.mode = TlsMode::VerifyFull,
            "ssl" => self.tls.mode = TlsMode::Disable,
            "sslrootcert" => self.tls.root_cert = Some(PathBuf::from(value)),
            "sslcert" => client_cert.0 = PathBuf::from(value),
            "sslkey" => client_cert.1 = PathBuf::from(value),
            "user" => self.user = Some(value),
            "password" => self.password = Some(Zeroizing::new(value)),
            "currentSchema" => self.schema = Some(value),
            "options" => self.options = Some(value),
            "application_name" | "ApplicationName" => self.application_name = value,
            "connect_timeout" | "connectTimeout" => {
                let seconds = value.parse().map_err(|_| StoreError::setup(format!("db-url: {name} is in seconds")))?;
                self.connect_timeout = Duration::from_secs(seconds);
            }
            other => return Err(StoreError::setup(format!("db-url: the parameter {other:?} is not known"))),
        }
        if self
            .tls
            .client_cert
            .as_ref()
            .is_some_and(|(cert, key)| cert.as_os_str().is_empty() && key.as_os_str().is_empty())
        {
            self.tls.client_cert = None;
        }
        Ok(())
    }
}

impl TlsMode {
    /// Parses libpq's word.
    pub fn parse(word: &str) -> Result<Self, StoreError> {
        Ok(match word {
            "disable" => Self::Disable,
            "allow" | "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => {
                return Err(StoreError::setup(format!(
                    "sslmode is one of disable, prefer, require, verify-ca and verify-full, not {word:?}"
                )));
            }
        })
    }
}

fn parse_host(text: &str) -> Result<(String, u16), StoreError> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or_default()),
        None => text.rsplit_once(':').unwrap_or((text, "")),
    };
    let port = match port {
        "" => PORT,
        port => port.parse().map_err(|_| StoreError::setup(format!("db-url: {port:?} is not a port")))?,
    };
    let host = decode(host)?;
    Ok((if host.is_empty() { "localhost".to_owned() } else { host }, port))
}

fn decode(text: &str) -> Result<String, StoreError> {
    let wrong = || StoreError::setup("db-url: a % stands before two hexadecimal digits, and all is UTF-8");
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or_else(wrong)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::{Config, PostgresConfig, TlsMode};

    fn postgres(url: &str) -> PostgresConfig {
        match Config::parse_url(url) {
            Ok(Config::Postgres(config)) => *config,
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn urls_of_libpq_are_read() {
        let config =
            postgres("postgres://ann:p%40ss%3Aw@db.example:5433,[::1]/realm%20s?sslmode=verify-full&options=-c%20a=b");
        assert_eq!(config.hosts, [("db.example".to_owned(), 5433), ("::1".to_owned(), 5432)]);
        assert_eq!(config.user.as_deref(), Some("ann"));
        assert_eq!(config.password.as_ref().map(|password| password.as_str()), Some("p@ss:w"));
        assert_eq!(config.database, "realm s");
        assert_eq!(config.tls.mode, TlsMode::VerifyFull);
        assert_eq!(config.options.as_deref(), Some("-c a=b"));
        assert!(config.tls.client_cert.is_none());
        assert!(!format!("{config:?}").contains("p@ss"));
    }

    #[test]
    fn urls_of_jdbc_are_read() {
        let config = postgres("jdbc:postgresql://db/keycloak?currentSchema=kc&user=u&password=p&ssl=true");
        assert_eq!(config.place(), "db:5432/keycloak");
        assert_eq!(config.schema.as_deref(), Some("kc"));
        assert_eq!(config.user.as_deref(), Some("u"));
        assert_eq!(config.tls.mode, TlsMode::VerifyFull);
    }

    #[test]
    fn sqlite_is_a_path() {
        for url in ["sqlite:/var/lib/x.db", "sqlite:///var/lib/x.db"] {
            assert!(matches!(Config::parse_url(url), Ok(Config::Sqlite { path }) if path.ends_with("lib/x.db")));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for url in ["mysql://a/b", "postgres://h:x/d", "postgres://h/d?sslmod=require", "postgres://h/d%2", "sqlite:"] {
            assert!(Config::parse_url(url).is_err(), "{url}");
        }
    }
}
