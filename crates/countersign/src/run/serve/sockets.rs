//! The sockets of a server, opened before anything is answered on them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::commands::Failure;
use crate::config::Config;
use crate::config::resolved::{ClientAuth, FrontendAddress, Https, TlsFloor};
use crate::net::Listener;
use crate::net::tls::{ClientCertificates, TlsFiles, TlsIdentity};

/// What the server listens on.
pub(super) struct Sockets {
    pub(super) public: Vec<Listener>,
    pub(super) management: Option<Listener>,
}

impl Sockets {
    pub(super) async fn open(config: &Config) -> Result<Self, Failure> {
        let mut public = Vec::new();
        if let Some(https) = &config.http.https {
            let identity = TlsIdentity::load(files(https, asked(https)), https.reload_period)?;
            public.push(opened(Listener::tls(https.address, identity).await, "--https-port")?);
        }
        if let Some(address) = config.http.plain {
            public.push(opened(Listener::plain(address).await, "--http-port")?);
        }
        let management = match (&config.management, &config.http.https) {
            (None, _) => None,
            (Some(management), Some(https)) if management.https => {
                // Probes have no certificate to show.
                let identity = TlsIdentity::load(files(https, ClientCertificates::NotAsked), https.reload_period)?;
                Some(opened(Listener::tls(management.address, identity).await, MANAGEMENT_PORT)?)
            }
            (Some(management), _) => Some(opened(Listener::plain(management.address).await, MANAGEMENT_PORT)?),
        };
        Ok(Self { public, management })
    }

    /// Where the server is to be found, without a slash at the end.
    pub(super) fn base_url(&self, config: &Config) -> Result<String, Failure> {
        let path = config.http.relative_path.trim_end_matches('/');
        let scheme = if config.http.https.is_some() { "https" } else { "http" };
        let Some(socket) = self.public.first() else { return Ok(String::new()) };
        let address = reachable(socket.address()?);
        Ok(match &config.hostname.address {
            Some(FrontendAddress::Url(url)) => url.as_str().trim_end_matches('/').to_owned(),
            Some(FrontendAddress::Name(name)) => format!("{scheme}://{name}:{}{path}", address.port()),
            None => format!("{scheme}://{address}{path}"),
        })
    }

    pub(super) fn management_url(&self, config: &Config) -> Result<Option<String>, Failure> {
        let (Some(socket), Some(management)) = (&self.management, &config.management) else { return Ok(None) };
        let scheme = if management.https && config.http.https.is_some() { "https" } else { "http" };
        let path = management.relative_path.trim_end_matches('/');
        Ok(Some(format!("{scheme}://{}{path}", reachable(socket.address()?))))
    }
}

/// Where another program has the port, says which option takes another.
fn opened(listener: io::Result<Listener>, option: &str) -> Result<Listener, Failure> {
    listener.map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{cause}. End the program that has it, or take another port by {option}").into()
        }
        io::ErrorKind::PermissionDenied => format!("{cause}. Take a port above 1023 by {option}").into(),
        _ => cause.into(),
    })
}

const MANAGEMENT_PORT: &str = "--http-management-port";

/// An address that can be typed: of "every address", this machine's own.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if ip.is_unspecified() => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port()),
        _ => address,
    }
}

fn files(https: &Https, client_certificates: ClientCertificates) -> TlsFiles {
    TlsFiles {
        certificate: https.certificate_file.clone(),
        key: https.key_file.clone(),
        client_certificates,
        tls13_only: https.floor == TlsFloor::Tls13,
    }
}

fn asked(https: &Https) -> ClientCertificates {
    let authorities = https.client_authorities.clone();
    match https.client_auth {
        ClientAuth::None => ClientCertificates::NotAsked,
        ClientAuth::Request => ClientCertificates::Asked { authorities, required: false },
        ClientAuth::Required => ClientCertificates::Asked { authorities, required: true },
    }
}
