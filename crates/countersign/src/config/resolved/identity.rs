//! Who the server is to the outside: its address, the proxy before it, its first administrator, its master key.

use std::path::{Path, PathBuf};

use ipnet::IpNet;
use url::{Host, Url};

use super::reader::Reader;
use crate::config::secret::Secret;
use crate::config::setting::Setting;
use crate::config::settings::{bootstrap as admin, data, hostname as names, proxy as front};

/// The address under which the server is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hostname {
    /// `None`: taken from each request.
    pub address: Option<FrontendAddress>,
    pub strict: bool,
    /// Where administrators go, if elsewhere.
    pub admin: Option<Url>,
}

/// A configured address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrontendAddress {
    /// The whole address; the path is part of it.
    Url(Url),
    /// A name; scheme and port come from the request.
    Name(String),
}

/// The reverse proxy in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The headers that count, if any.
    pub headers: Option<ProxyHeaders>,
    pub trust: Trust,
    /// The header, in small letters, in which it hands on client certificates.
    pub client_certificate_header: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyHeaders {
    /// `Forwarded` [RFC7239].
    Forwarded,
    /// `X-Forwarded-For`, `-Proto`, `-Host`, `-Port`, `-Prefix`.
    XForwarded,
}

/// Whose forwarded headers count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    Everyone,
    Only(Vec<IpNet>),
}

/// The administrators that a new realm `master` gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bootstrap {
    /// User name and password.
    pub user: Option<(String, Secret)>,
    pub service: Option<ServiceClient>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceClient {
    pub client_id: String,
    pub secret: Secret,
}

/// Where the master key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKey {
    /// Given as it is.
    Given(Secret),
    /// In this file, which must exist.
    File(PathBuf),
    /// In this file of the data directory, made at the first start of an empty store.
    InDataDir(PathBuf),
}

impl Trust {
    /// Whether the forwarded headers of this peer count.
    pub fn covers(&self, peer: std::net::IpAddr) -> bool {
        match self {
            Trust::Everyone => true,
            Trust::Only(networks) => {
                let peer = peer.to_canonical();
                networks.iter().any(|network| network.contains(&peer))
            }
        }
    }
}

pub(super) fn hostname(read: &mut Reader<'_>) -> Hostname {
    let address = read.text(&names::HOSTNAME).and_then(|text| frontend_address(read, &text));
    let admin = read.text(&names::HOSTNAME_ADMIN).and_then(|text| frontend_url(read, &names::HOSTNAME_ADMIN, &text));
    if admin.is_some() && !matches!(address, Some(FrontendAddress::Url(_))) {
        read.problem(
            &names::HOSTNAME_ADMIN,
            "it stands beside a hostname that is a URL, and there is none",
            "give --hostname=https://id.example.org as well",
        );
    }
    Hostname { address, strict: read.flag(&names::HOSTNAME_STRICT), admin }
}

/// Hosts with the realm of each, every host once.
pub(super) fn service_hosts(read: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut hosts: Vec<(String, String)> = Vec::new();
    for part in read.list(&names::SERVICE_HOSTS) {
        let pair =
            part.split_once('=').map(|(host, realm)| (host.trim().to_ascii_lowercase(), realm.trim().to_owned()));
        match pair.filter(|(host, realm)| Host::parse(host).is_ok() && !realm.is_empty()) {
            Some((host, _)) if hosts.iter().any(|(known, _)| *known == host) => {
                read.problem(&names::SERVICE_HOSTS, format!("{host} is there twice"), "name each host once");
            }
            Some(pair) => hosts.push(pair),
            None => read.unreadable(
                &names::SERVICE_HOSTS,
                &part,
                "a host without scheme and port, and its realm",
                "net.example.org=net",
            ),
        }
    }
    hosts
}

fn frontend_address(read: &mut Reader<'_>, text: &str) -> Option<FrontendAddress> {
    if text.contains("://") {
        return frontend_url(read, &names::HOSTNAME, text).map(FrontendAddress::Url);
    }
    // A name alone: what a URL would take as its host and nothing else.
    let name = Url::parse(&format!("https://{text}/")).ok().and_then(|url| {
        let bare = url.port().is_none() && url.path() == "/" && url.username().is_empty() && url.query().is_none();
        url.host_str().filter(|_| bare && !text.contains([':', '/', '@'])).map(str::to_owned)
    });
    if name.is_none() {
        read.unreadable(&names::HOSTNAME, text, "a URL or a name", "https://id.example.org");
    }
    name.map(FrontendAddress::Name)
}

fn frontend_url(read: &mut Reader<'_>, setting: &Setting, text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if url.is_none() {
        read.unreadable(
            setting,
            text,
            "an http or https URL without user, query and fragment",
            "https://id.example.org",
        );
    }
    url
}

pub(super) fn proxy(read: &mut Reader<'_>) -> Proxy {
    let headers = read.choice(&front::PROXY_HEADERS).map(|word| match word.as_str() {
        "forwarded" => ProxyHeaders::Forwarded,
        _ => ProxyHeaders::XForwarded,
    });
    let networks = read.networks(&front::PROXY_TRUSTED_ADDRESSES);
    if headers.is_some() && networks.is_empty() {
        read.note(
            "proxy-headers counts for every peer; proxy-trusted-addresses narrows it to your proxies, for the case that \
             someone reaches the server past them.",
        );
    }
    if headers.is_none() && !networks.is_empty() {
        read.note("proxy-trusted-addresses has no effect without proxy-headers.");
    }
    let client_certificate_header = certificate_header(read, headers.is_some() && !networks.is_empty());
    let trust = if networks.is_empty() { Trust::Everyone } else { Trust::Only(networks) };
    Proxy { headers, trust, client_certificate_header }
}

/// Whoever can write this header can be any client, so it counts only from proxies that are named.
fn certificate_header(read: &mut Reader<'_>, proxies_are_named: bool) -> Option<String> {
    let setting = &front::PROXY_CLIENT_CERTIFICATE_HEADER;
    let name = read.text(setting)?.to_ascii_lowercase();
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        read.unreadable(setting, &name, "the name of a header", "ssl-client-cert");
    }
    if !proxies_are_named {
        read.problem(
            setting,
            "anyone who reaches the server could show any certificate in this header",
            "give --proxy-headers and --proxy-trusted-addresses, so that it counts only from your proxies",
        );
    }
    Some(name)
}

pub(super) fn bootstrap(read: &mut Reader<'_>) -> Bootstrap {
    let user = match (read.text(&admin::USERNAME), read.secret(&admin::PASSWORD)) {
        (name, Some(password)) => Some((name.unwrap_or_else(|| "admin".to_owned()), password)),
        (Some(_), None) => {
            read.problem(&admin::PASSWORD, "a user name is given and no password", "give KC_BOOTSTRAP_ADMIN_PASSWORD");
            None
        }
        (None, None) => None,
    };
    let service = match (read.text(&admin::CLIENT_ID), read.secret(&admin::CLIENT_SECRET)) {
        (id, Some(secret)) => Some(ServiceClient { client_id: id.unwrap_or_else(|| "temp-admin".to_owned()), secret }),
        (Some(_), None) => {
            read.problem(
                &admin::CLIENT_SECRET,
                "a client id is given and no secret",
                "give KC_BOOTSTRAP_ADMIN_CLIENT_SECRET",
            );
            None
        }
        (None, None) => None,
    };
    Bootstrap { user, service }
}

pub(super) fn master_key(read: &mut Reader<'_>, data_dir: &Path) -> MasterKey {
    match (read.secret(&data::MASTER_KEY), read.path(&data::MASTER_KEY_FILE)) {
        (Some(_), Some(_)) => {
            read.problem(&data::MASTER_KEY, "master-key and master-key-file are both given", "give one of the two");
            MasterKey::InDataDir(data_dir.join("master.key"))
        }
        (Some(key), None) => MasterKey::Given(key),
        (None, Some(file)) => MasterKey::File(file),
        (None, None) => MasterKey::InDataDir(data_dir.join("master.key")),
    }
}
