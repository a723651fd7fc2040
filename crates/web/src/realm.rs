//! Which realm a request is about.

use std::borrow::Cow;

use axum::http::request::Parts;

use crate::app::Public;
use crate::facts;

/// The realm that a request's path names; for `/service/…` the one of its host, or else of the configuration.
#[must_use]
pub fn realm_of<'r>(public: &'r Public, parts: &'r Parts) -> Option<Cow<'r, str>> {
    let path = parts.uri.path();
    match path.strip_prefix("/realms/").or_else(|| path.strip_prefix("/admin/realms/")) {
        Some(rest) => Some(decoded(rest.split('/').next().unwrap_or_default())),
        None => path.starts_with("/service/").then(|| of_service(public, parts))?.map(Cow::Borrowed),
    }
}

/// A name with an escape in it is decoded as a form would be, but for the plus.
fn decoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    let spelled = format!("n={}", segment.replace('+', "%2B"));
    let name = url::form_urlencoded::parse(spelled.as_bytes()).next().map(|(_, name)| name.into_owned());
    Cow::Owned(name.unwrap_or_default())
}

fn of_service<'r>(public: &'r Public, parts: &Parts) -> Option<&'r str> {
    if public.service_hosts.is_empty() {
        return public.service_realm.as_deref();
    }
    let host = facts::host(parts, public);
    let named = host.as_deref().map(without_port);
    let of_host =
        public.service_hosts.iter().find(|(host, _)| named.is_some_and(|name| name.eq_ignore_ascii_case(host)));
    of_host.map(|(_, realm)| realm.as_str()).or(public.service_realm.as_deref())
}

fn without_port(host: &str) -> &str {
    host.strip_suffix(facts::port(host)).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::app::ProxyHeaders;

    fn realm(public: &Public, path: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        realm_of(public, &parts).map(Cow::into_owned)
    }

    #[test]
    fn a_path_names_its_realm() {
        let public = Public { service_realm: Some("net".to_owned()), ..Public::default() };
        for (path, named) in [
            ("/realms/net/signing/verify", Some("net")),
            ("/admin/realms/net/participants", Some("net")),
            ("/realms/a%20b+c/signing/verify", Some("a b+c")),
            ("/service/participant-roles/x", Some("net")),
            ("/other", None),
        ] {
            assert_eq!(realm(&public, path, &[]).as_deref(), named, "{path}");
        }
        assert_eq!(realm(&Public::default(), "/service/participant-roles/x", &[]), None);
    }

    #[test]
    fn a_realms_name_without_escapes_is_not_copied() {
        let (parts, ()) = Request::builder().uri("/realms/net/x").body(()).unwrap().into_parts();
        let public = Public::default();
        assert!(matches!(realm_of(&public, &parts), Some(Cow::Borrowed("net"))));
    }

    #[test]
    fn the_networks_own_form_is_the_hosts_realms_before_the_configured_one() {
        let hosts = [("one.example", "one"), ("two.example", "two")];
        let public = Public {
            service_hosts: hosts.map(|(host, realm)| (host.to_owned(), realm.to_owned())).into(),
            ..Public::default()
        };
        let of = |public: &Public, headers: &[(&str, &str)]| realm(public, "/service/participant-roles/x", headers);
        assert_eq!(of(&public, &[("host", "one.example")]).as_deref(), Some("one"));
        assert_eq!(of(&public, &[("host", "TWO.example:8443")]).as_deref(), Some("two"));
        assert_eq!(of(&public, &[("host", "three.example")]), None);
        assert_eq!(
            of(&public, &[("host", "one.example"), ("x-forwarded-host", "two.example")]).as_deref(),
            Some("one")
        );
        let behind = Public { proxy_headers: Some(ProxyHeaders::Xforwarded), ..public.clone() };
        assert_eq!(of(&behind, &[("host", "inner"), ("x-forwarded-host", "two.example")]).as_deref(), Some("two"));
        let usual = Public { service_realm: Some("net".to_owned()), ..public };
        assert_eq!(of(&usual, &[("host", "three.example")]).as_deref(), Some("net"));
    }
}
