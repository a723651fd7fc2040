//! `sub` that differs from sector to sector [OIDCC-8.1]: Keycloak's UUID of version 3 over the SHA-256 of sector,
//! user's id and salt. The sector is the host of `sectorIdentifierUri`, or else of the first redirect URI; nothing is
//! fetched.

mod md5;

use model::{Client, ProtocolMapper};

use super::property::Property;
use super::{EVERYWHERE, Goes, Mapper};

/// The mapper.
pub(super) const PAIRWISE_SUB: Mapper = Mapper {
    id: "oidc-sha256-pairwise-sub-mapper",
    name: "Pairwise subject identifier",
    priority: 0,
    properties: &[
        Property::text("sectorIdentifierUri", "sectorIdentifierUri.label"),
        Property::text("pairwiseSubAlgorithmSalt", "pairwiseSubAlgorithmSalt.label"),
    ],
    goes: Goes::Always(EVERYWHERE),
    apply: |work, config| {
        let salt = config.config("pairwiseSubAlgorithmSalt").unwrap_or_default();
        let sub = pairwise(sector(work.client, config), &work.person.user.id, salt);
        work.claims.set("sub", sub);
    },
};

/// The sector. A client without any host is one for itself: another's users must not be known again in it.
fn sector<'a>(client: &'a Client, config: &'a ProtocolMapper) -> &'a str {
    let redirect = || client.redirect_uris.first().map(String::as_str);
    let root = || client.root_url.as_deref();
    let named = config.config("sectorIdentifierUri").and_then(host);
    named.or_else(|| redirect().and_then(host)).or_else(|| root().and_then(host)).unwrap_or(&client.client_id)
}

/// The host of a URI as it is written, without its port.
fn host(uri: &str) -> Option<&str> {
    let authority = uri.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    Some(host).filter(|h| !h.is_empty())
}

fn pairwise(sector: &str, user_id: &str, salt: &str) -> String {
    let text = [sector, user_id, salt].concat();
    let hash = jose::b64::decode(jose::certificate::thumbprint_sha256(text.as_bytes()), "hash").unwrap_or_default();
    let mut id = md5::digest(&hash);
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut id;
    *version = *version & 0x0f | 0x30;
    *variant = *variant & 0x3f | 0x80;
    let hex: String = id.iter().map(|octet| format!("{octet:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use model::Document;
    use serde_json::json;

    use super::*;

    const USER: &str = "d4a4af48-b173-479d-b609-dd2ce8c9e973";

    /// Values of Keycloak 26.7.4.
    #[test]
    fn the_subject_is_keycloaks() {
        assert_eq!(pairwise("r.example", USER, "salt"), "5cc8041c-e6f6-3f3b-99e5-b1feee556606");
        assert_eq!(pairwise("root.example", USER, "salt"), "aa4e08b8-2827-303d-8fc0-955cd73e196f");
        assert_eq!(pairwise("R.example", USER, "salt"), "c73ec545-76ce-3cee-9048-e2c4fe8944f4");
    }

    #[test]
    fn the_sector_is_a_host_as_it_is_written() {
        let sector_of = |client: serde_json::Value, config: serde_json::Value| {
            let client = Client::read("id", "me", Document::from_value(client));
            let mapper = json!({"protocolMapper": "x", "config": config});
            let holder = Document::from_value(json!({ "protocolMappers": [mapper] }));
            sector(&client, &ProtocolMapper::list(&holder)[0]).to_owned()
        };
        let redirects = json!({"redirectUris": ["https://R.example:99/x/*"]});
        assert_eq!(sector_of(redirects.clone(), json!({})), "R.example");
        assert_eq!(sector_of(redirects, json!({"sectorIdentifierUri": "https://s.example/list"})), "s.example");
        let relative = json!({"redirectUris": ["/x"], "rootUrl": "https://root.example"});
        assert_eq!(sector_of(relative, json!({})), "root.example");
        assert_eq!(sector_of(json!({}), json!({})), "me");
    }
}
