//! Where to listen, by which TLS, and within which bounds.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use super::FALLBACK_HOST;
use super::reader::Reader;
use crate::config::setting::Setting;
use crate::config::settings::{http as plain, https, management as operators};

/// The public side of the server.
#[derive(Debug, Clone)]
pub struct Http {
    /// Where plain HTTP is served, if at all.
    pub plain: Option<ListenAddress>,
    /// HTTPS, if there is a certificate.
    pub https: Option<Https>,
    /// `/` or `/auth`: begins with a slash, and ends with one only at the root.
    pub relative_path: String,
    pub max_connections: usize,
    /// Requests in work at once, if bounded.
    pub max_requests: Option<usize>,
    pub shutdown_delay: Duration,
    pub shutdown_timeout: Duration,
}

pub type ListenAddress = SocketAddr;

/// What TLS needs.
#[derive(Debug, Clone)]
pub struct Https {
    pub address: ListenAddress,
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
    pub reload_period: Duration,
    pub floor: TlsFloor,
    pub client_auth: ClientAuth,
    /// PEM files and folders with the authorities of client certificates.
    pub client_authorities: Vec<PathBuf>,
}

/// The TLS versions that are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFloor {
    /// 1.2 and 1.3.
    Tls12,
    /// 1.3 alone.
    Tls13,
}

/// Whether callers show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    None,
    Request,
    Required,
}

/// The side of the operators.
#[derive(Debug, Clone)]
pub struct Management {
    pub address: ListenAddress,
    pub relative_path: String,
    pub health: bool,
    pub metrics: bool,
    /// Served by HTTPS where the server has a certificate.
    pub https: bool,
}

impl Http {
    pub fn plain_enabled(&self) -> bool {
        self.plain.is_some()
    }

    pub(super) fn listens_on_loopback_only(&self) -> bool {
        self.plain.is_none_or(|address| address.ip().is_loopback())
    }
}

pub(super) fn http(read: &mut Reader<'_>, relative_path: String) -> Http {
    let host = host(read, &plain::HTTP_HOST).unwrap_or(FALLBACK_HOST);
    let plain_port = read.port(&plain::HTTP_PORT);
    Http {
        plain: read.flag(&plain::HTTP_ENABLED).then_some(SocketAddr::new(host, plain_port)),
        https: tls(read, host),
        relative_path,
        max_connections: read.size(&plain::HTTP_MAX_CONNECTIONS).unwrap_or(1),
        max_requests: read.size(&plain::HTTP_MAX_QUEUED_REQUESTS),
        shutdown_delay: read.duration(&plain::SHUTDOWN_DELAY),
        shutdown_timeout: read.duration(&plain::SHUTDOWN_TIMEOUT),
    }
}

pub(super) fn relative_path(read: &mut Reader<'_>) -> String {
    read.text(&plain::HTTP_RELATIVE_PATH).map_or_else(|| "/".to_owned(), |path| path_from(read, &path))
}

pub(super) fn truststore_paths(read: &mut Reader<'_>) -> Vec<PathBuf> {
    read.list(&https::TRUSTSTORE_PATHS).into_iter().map(PathBuf::from).collect()
}

pub(super) fn management(read: &mut Reader<'_>, relative_path: &str) -> Option<Management> {
    let health = read.flag(&operators::HEALTH_ENABLED);
    let metrics = read.flag(&operators::METRICS_ENABLED);
    let host =
        host(read, &operators::HTTP_MANAGEMENT_HOST).or_else(|| host(read, &plain::HTTP_HOST)).unwrap_or(FALLBACK_HOST);
    let path = read.text(&operators::HTTP_MANAGEMENT_RELATIVE_PATH);
    let management = Management {
        address: SocketAddr::new(host, read.port(&operators::HTTP_MANAGEMENT_PORT)),
        relative_path: path.map_or_else(|| relative_path.to_owned(), |path| path_from(read, &path)),
        health,
        metrics,
        https: read.choice(&operators::HTTP_MANAGEMENT_SCHEME).as_deref() == Some("inherited"),
    };
    (health || metrics).then_some(management)
}

/// HTTPS, when a certificate and its key are named; one without the other is a problem.
fn tls(read: &mut Reader<'_>, host: IpAddr) -> Option<Https> {
    let port = read.port(&https::HTTPS_PORT);
    let floor = floor(read);
    let client_auth = match read.choice(&https::HTTPS_CLIENT_AUTH).as_deref() {
        Some("request") => ClientAuth::Request,
        Some("required") => ClientAuth::Required,
        _ => ClientAuth::None,
    };
    let reload_period = read.duration(&https::HTTPS_CERTIFICATES_RELOAD_PERIOD);
    let client_authorities = match read.path(&https::HTTPS_TRUST_STORE_FILE) {
        Some(file) => vec![file],
        None => truststore_paths(read),
    };
    if client_auth != ClientAuth::None && client_authorities.is_empty() {
        read.problem(
            &https::HTTPS_CLIENT_AUTH,
            "client certificates are asked for, and no authority is named that issues them",
            "give --https-trust-store-file (PEM)",
        );
    }
    let certificate = read.path(&https::HTTPS_CERTIFICATE_FILE);
    let key = read.path(&https::HTTPS_CERTIFICATE_KEY_FILE);
    match (certificate, key) {
        (Some(certificate_file), Some(key_file)) => Some(Https {
            address: SocketAddr::new(host, port),
            certificate_file,
            key_file,
            reload_period,
            floor,
            client_auth,
            client_authorities,
        }),
        (None, None) => None,
        (Some(_), None) => lacks(read, &https::HTTPS_CERTIFICATE_KEY_FILE, "the certificate is named, its key is not"),
        (None, Some(_)) => lacks(read, &https::HTTPS_CERTIFICATE_FILE, "the key is named, its certificate is not"),
    }
}

fn lacks(read: &mut Reader<'_>, setting: &Setting, cause: &str) -> Option<Https> {
    read.problem(setting, cause, format!("give --{} (PEM)", setting.name));
    None
}

fn floor(read: &mut Reader<'_>) -> TlsFloor {
    let (mut old, mut new) = (false, false);
    for version in read.list(&https::HTTPS_PROTOCOLS) {
        match version.as_str() {
            "TLSv1.2" => old = true,
            "TLSv1.3" => new = true,
            other => read.unreadable(&https::HTTPS_PROTOCOLS, other, "TLSv1.3 or TLSv1.2", "TLSv1.3,TLSv1.2"),
        }
    }
    if old && !new {
        read.note("https-protocols names TLSv1.2 alone; TLSv1.3 is spoken as well.");
    }
    if old { TlsFloor::Tls12 } else { TlsFloor::Tls13 }
}

/// The address to listen on: an address, or a name that the system knows.
fn host(read: &mut Reader<'_>, setting: &Setting) -> Option<IpAddr> {
    let name = read.text(setting)?;
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&name);
    let address = bare.parse().ok().or_else(|| {
        let found = (bare, 0).to_socket_addrs().ok()?.next()?;
        Some(found.ip())
    });
    if address.is_none() {
        read.unreadable(setting, &name, "an address of this machine", "0.0.0.0");
    }
    address
}

/// `auth`, `/auth` and `/auth/` are the same path.
fn path_from(read: &mut Reader<'_>, written: &str) -> String {
    let inner = written.trim_matches('/');
    if inner.contains(['?', '#', ';', '%', '\\', ' ']) || inner.split('/').any(|part| part.starts_with("..")) {
        read.unreadable(&plain::HTTP_RELATIVE_PATH, written, "a path", "/auth");
    }
    format!("/{inner}")
}
