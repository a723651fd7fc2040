//! Where the server is to be found, as the handlers want to know it.

use web::Public;

use crate::config::Config;
use crate::config::resolved::{FrontendAddress, ProxyHeaders, Trust};

pub(super) fn public(config: &Config) -> Public {
    let (hostname, name) = match &config.hostname.address {
        Some(FrontendAddress::Url(url)) => (Some(without_slash(url.as_str())), None),
        Some(FrontendAddress::Name(name)) => (None, Some(name.clone())),
        None => (None, None),
    };
    let trusted_proxies = match &config.proxy.trust {
        Trust::Everyone => Vec::new(),
        Trust::Only(networks) => networks.clone(),
    };
    Public {
        hostname,
        name,
        hostname_admin: config.hostname.admin.as_ref().map(|url| without_slash(url.as_str())),
        service_realm: config.service_realm.clone(),
        service_hosts: config.service_hosts.clone(),
        relative_path: without_slash(&config.http.relative_path),
        proxy_headers: config.proxy.headers.map(|headers| match headers {
            ProxyHeaders::XForwarded => web::ProxyHeaders::Xforwarded,
            ProxyHeaders::Forwarded => web::ProxyHeaders::Forwarded,
        }),
        trusted_proxies,
        certificate_header: config.proxy.client_certificate_header.clone(),
    }
}

fn without_slash(text: &str) -> String {
    text.trim_end_matches('/').to_owned()
}
