//! What the configuration means.
//!
//! Words become types here, and here is decided what cannot be: every problem is found before any is told, and each
//! names the setting, the cause and the mend. The parts of [`Config`] are plain data for whoever builds the server.

mod database;
mod http;
mod identity;
mod logging;
mod reader;

pub use database::{Database, DatabaseTls, Postgres, TlsMode};
pub use http::{ClientAuth, Http, Https, ListenAddress, Management, TlsFloor};
pub use identity::{Bootstrap, FrontendAddress, Hostname, MasterKey, Proxy, ProxyHeaders, ServiceClient, Trust};
pub use logging::{Level, LogLevels, LogOutput, Logging};
pub use reader::Problem;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::setting::Command;
use super::settings::{data, hostname as names, import, outbound};
use super::values::Values;
use reader::Reader;

/// The whole configuration of one run.
#[derive(Debug, Clone)]
pub struct Config {
    /// Under `start-dev`: secrets may be shown on the terminal, and the defaults are those of a developer's machine.
    pub development: bool,
    pub data_dir: PathBuf,
    pub master_key: MasterKey,
    pub database: Database,
    pub http: Http,
    pub hostname: Hostname,
    /// The realm whose registry stands under `/service`.
    pub service_realm: Option<String>,
    /// Hosts under which it is another realm's.
    pub service_hosts: Vec<(String, String)>,
    pub proxy: Proxy,
    /// `None` where neither health nor metrics are on.
    pub management: Option<Management>,
    pub logging: Logging,
    pub bootstrap: Bootstrap,
    /// File or folder of the realms to import at the start.
    pub import_realm: Option<PathBuf>,
    /// Private networks that may be called.
    pub outbound_allowed_networks: Vec<IpNet>,
    /// PEM files and folders with authorities beside the system's.
    pub truststore_paths: Vec<PathBuf>,
}

/// A configuration that can run, and what should be said about it.
#[derive(Debug)]
pub struct Resolution {
    pub config: Config,
    /// One line each, for standard error.
    pub notes: Vec<String>,
}

/// Says what the values mean, or everything that is wrong with them.
pub fn resolve(values: &Values) -> Result<Resolution, Vec<Problem>> {
    let mut reader = Reader::new(values);
    let read = &mut reader;
    let data_dir = PathBuf::from(read.text(&data::DATA_DIR).unwrap_or_else(|| "data".to_owned()));
    let relative_path = http::relative_path(read);
    let config = Config {
        development: values.command() == Command::StartDev,
        master_key: identity::master_key(read, &data_dir),
        database: database::database(read, &data_dir),
        management: http::management(read, &relative_path),
        http: http::http(read, relative_path),
        hostname: identity::hostname(read),
        service_realm: read.text(&names::SERVICE_REALM),
        service_hosts: identity::service_hosts(read),
        proxy: identity::proxy(read),
        logging: logging::logging(read),
        bootstrap: identity::bootstrap(read),
        import_realm: read.flag_or_path(&import::IMPORT_REALM, || data_dir.join("import")),
        outbound_allowed_networks: read.networks(&outbound::OUTBOUND_ALLOWED_NETWORKS),
        truststore_paths: http::truststore_paths(read),
        data_dir,
    };
    if values.command() == Command::Start {
        refuse_what_is_unsafe(read, &config);
    }
    reader.finish().map(|notes| Resolution { config, notes })
}

/// What `start` does not run without.
fn refuse_what_is_unsafe(read: &mut Reader<'_>, config: &Config) {
    use super::settings::{hostname::HOSTNAME, https::HTTPS_CERTIFICATE_FILE, proxy::PROXY_HEADERS};
    if config.hostname.address.is_none() && config.hostname.strict {
        read.problem(
            &HOSTNAME,
            "start must know the address that tokens and links carry",
            "give --hostname=https://id.example.org, or --hostname-strict=false to take it from each request",
        );
    }
    if config.http.https.is_none() && !config.http.plain_enabled() {
        read.problem(
            &HTTPS_CERTIFICATE_FILE,
            "start serves no plain HTTP, and there is no certificate for HTTPS",
            "give --https-certificate-file and --https-certificate-key-file (PEM); or, behind a proxy that ends TLS, \
             --http-enabled=true with --proxy-headers=xforwarded",
        );
    }
    let plain_only = config.http.https.is_none() && config.http.plain_enabled();
    if plain_only && config.proxy.headers.is_none() && !config.http.listens_on_loopback_only() {
        read.note(format!(
            "Plain HTTP only, and no proxy declared: passwords and tokens travel unprotected unless a proxy ends TLS; \
             declare it with --{}=xforwarded.",
            PROXY_HEADERS.name
        ));
    }
}

/// The address of a developer's machine, when `http-host` cannot be read.
const FALLBACK_HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
