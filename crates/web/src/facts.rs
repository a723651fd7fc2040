//! What a request brought besides its parameters: where it came from, and under which name it reached us.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::RequestFacts;

use crate::app::{App, ProxyHeaders, Public};

/// The other end of the connection; the server's acceptor puts it into the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddr(pub SocketAddr);

/// The certificate chain (DER, its own first) with which the other end proved itself in TLS; likewise.
#[derive(Clone, Debug)]
pub struct ClientCertificate(pub Arc<[Vec<u8>]>);

/// Whether the connection is TLS; likewise.
#[derive(Clone, Copy, Debug)]
pub struct Secure;

/// The request's id; a layer puts it into the extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The facts of a request, as an extractor.
#[derive(Clone, Debug)]
pub struct Facts(pub RequestFacts);

impl Deref for Facts {
    type Target = RequestFacts;

    fn deref(&self) -> &RequestFacts {
        &self.0
    }
}

impl FromRequestParts<App> for Facts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(read(parts, &app.public)))
    }
}

/// The host that the request was sent to, with its port if it says one.
pub(crate) fn host(parts: &Parts, public: &Public) -> Option<String> {
    let forwarded = Forwarded::of(parts, public, is_trusted(peer(parts), public));
    forwarded.host.or_else(|| own_host(parts)).filter(|host| is_host(host))
}

fn own_host(parts: &Parts) -> Option<String> {
    let authority = parts.uri.authority().map(ToString::to_string);
    authority.or_else(|| text(&parts.headers, header::HOST.as_str()))
}

fn peer(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<PeerAddr>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |p| p.0.ip());
    peer.to_canonical()
}

fn is_trusted(peer: IpAddr, public: &Public) -> bool {
    public.proxy_headers.is_some()
        && (public.trusted_proxies.is_empty() || public.trusted_proxies.iter().any(|net| net.contains(&peer)))
}

fn read(parts: &Parts, public: &Public) -> RequestFacts {
    let peer = peer(parts);
    let trusted = is_trusted(peer, public);
    let forwarded = Forwarded::of(parts, public, trusted);
    let secure = match forwarded.proto.as_deref() {
        Some(proto) => proto.eq_ignore_ascii_case("https"),
        None => parts.extensions.get::<Secure>().is_some(),
    };
    let base = match &public.hostname {
        Some(fixed) => fixed.clone(),
        None => {
            let host = forwarded.host.or_else(|| own_host(parts));
            let host = host.filter(|h| is_host(h)).unwrap_or_else(|| "localhost".to_owned());
            let host = forwarded.port.map_or_else(|| host.clone(), |port| with_port(&host, port, secure));
            let host = public.name.as_ref().map_or_else(|| host.clone(), |name| format!("{name}{}", port(&host)));
            let prefix = forwarded.prefix.unwrap_or_else(|| public.relative_path.clone());
            format!("{}://{host}{}", if secure { "https" } else { "http" }, prefix.trim_end_matches('/'))
        }
    };
    let certificate = parts.extensions.get::<ClientCertificate>().and_then(|c| c.0.first().cloned());
    RequestFacts {
        base,
        ip: forwarded.client.unwrap_or(peer).to_string(),
        secure,
        id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        certificate: certificate.or_else(|| certificate_of_proxy(parts, public, trusted)),
    }
}

fn certificate_of_proxy(parts: &Parts, public: &Public, trusted: bool) -> Option<Vec<u8>> {
    let name = public.certificate_header.as_deref().filter(|_| trusted)?;
    let value = text(&parts.headers, name)?;
    let decoded: String = url::form_urlencoded::parse(value.replace('+', "%2B").as_bytes()).next()?.0.into_owned();
    let whole = if decoded.contains("CERTIFICATE") { decoded } else { value };
    jose::key::certificate_der(&whole).ok()
}

#[derive(Default)]
struct Forwarded {
    client: Option<IpAddr>,
    proto: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    prefix: Option<String>,
}

impl Forwarded {
    fn of(parts: &Parts, public: &Public, trusted: bool) -> Self {
        match (trusted, public.proxy_headers) {
            (true, Some(ProxyHeaders::Xforwarded)) => Self::from_x(&parts.headers),
            (true, Some(ProxyHeaders::Forwarded)) => Self::from_rfc(&parts.headers),
            _ => Self::default(),
        }
    }

    fn from_x(headers: &HeaderMap) -> Self {
        let first = |name: &str| {
            text(headers, name).and_then(|v| v.split(',').next().map(|p| p.trim().to_owned())).filter(|v| !v.is_empty())
        };
        let (proto, host) = (first("x-forwarded-proto"), first("x-forwarded-host"));
        let port = first("x-forwarded-port").and_then(|port| port.parse().ok());
        let prefix = first("x-forwarded-prefix")
            .filter(|p| p.starts_with('/') && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b)));
        Self { client: first("x-forwarded-for").and_then(|v| address(&v)), proto, host, port, prefix }
    }

    fn from_rfc(headers: &HeaderMap) -> Self {
        let mut out = Self::default();
        let Some(value) = text(headers, "forwarded") else { return out };
        for pair in value.split(',').next().unwrap_or_default().split(';') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "for" => out.client = address(value),
                "proto" => out.proto = Some(value.to_owned()),
                "host" => out.host = Some(value.to_owned()),
                _ => {}
            }
        }
        out
    }
}

/// The host with that port in the place of its own, left out where it is the scheme's.
fn with_port(host: &str, number: u16, secure: bool) -> String {
    let name = host.strip_suffix(port(host)).unwrap_or(host);
    match (secure, number) {
        (true, 443) | (false, 80) => name.to_owned(),
        _ => format!("{name}:{number}"),
    }
}

/// An address with or without a port, as proxies write them.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|a| a.ip()))
        .or_else(|_| text.trim_matches(['[', ']']).parse())
        .ok()
        .map(|ip: IpAddr| ip.to_canonical())
}

/// The port of a host, with its colon; empty for none.
pub(crate) fn port(host: &str) -> &str {
    let after_name = host.rfind(']').map_or(0, |end| end + 1);
    host.get(after_name..).and_then(|rest| rest.find(':').and_then(|at| rest.get(at..))).unwrap_or_default()
}

/// A host with an optional port: nothing that could change a URL it is put into.
fn is_host(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn facts(headers: &[(&str, &str)], public: &Public) -> RequestFacts {
        let mut request = Request::builder().uri("/realms/x");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts.extensions.insert(PeerAddr("10.0.0.9:4000".parse().unwrap()));
        read(&parts, public)
    }

    #[test]
    fn headers_of_a_proxy_count_only_from_a_trusted_one() {
        let sent = [
            ("host", "inner:8080"),
            ("x-forwarded-host", "login.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-for", "192.0.2.7, 10.0.0.1"),
        ];
        let none = Public::default();
        assert_eq!(facts(&sent, &none).base, "http://inner:8080");
        let any = Public { proxy_headers: Some(ProxyHeaders::Xforwarded), ..Public::default() };
        let seen = facts(&sent, &any);
        assert_eq!((seen.base.as_str(), seen.ip.as_str(), seen.secure), ("https://login.example", "192.0.2.7", true));
        let other = Public { trusted_proxies: vec!["192.168.0.0/16".parse().unwrap()], ..any };
        assert_eq!(facts(&sent, &other).base, "http://inner:8080");
    }

    #[test]
    fn a_host_that_is_none_never_reaches_a_url() {
        assert_eq!(facts(&[("host", "evil/x?")], &Public::default()).base, "http://localhost");
    }

    #[test]
    fn a_configured_hostname_is_the_only_one() {
        let fixed = Public { hostname: Some("https://id.example/auth".to_owned()), ..Public::default() };
        assert_eq!(facts(&[("host", "other")], &fixed).base, "https://id.example/auth");
    }

    #[test]
    fn a_configured_name_keeps_the_scheme_and_port_of_the_request() {
        let named = Public { name: Some("id.example".to_owned()), ..Public::default() };
        assert_eq!(facts(&[("host", "other:8080")], &named).base, "http://id.example:8080");
        assert_eq!(facts(&[("host", "[::1]")], &named).base, "http://id.example");
    }

    #[test]
    fn the_standard_header_is_read_with_quotes_and_ports() {
        let any = Public { proxy_headers: Some(ProxyHeaders::Forwarded), ..Public::default() };
        let seen = facts(&[("forwarded", "for=\"[2001:db8::1]:4711\";proto=https;host=a.example")], &any);
        assert_eq!((seen.base.as_str(), seen.ip.as_str()), ("https://a.example", "2001:db8::1"));
    }
}
