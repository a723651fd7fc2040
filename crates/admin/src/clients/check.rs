//! What a client may be: Keycloak's rules for its addresses and numbers, and its words [KC 5.3].

use domain::Result;
use model::Document;
use url::Url;

use crate::permit::{Permission, Permit};
use crate::refusals::{CLIENT_INPUT, CLIENT_TAKEN};

/// Whether a `clientId` is nobody's yet.
pub(super) async fn is_free<P: Permission>(permit: &Permit<'_, P>, client_id: &str) -> Result<()> {
    match store::clients::find(permit.store(), permit.realm_id(), client_id).await? {
        None => Ok(()),
        Some(_) => Err(CLIENT_TAKEN.describe(format!("Client {client_id} already exists")).into()),
    }
}

/// Judges a client's addresses.
pub(super) fn input(doc: &Document) -> Result<()> {
    for (member, name) in URLS {
        let Some(text) = doc.text(member).filter(|t| !t.is_empty()) else { continue };
        if let Some(wrong) = judge(text, *member == "rootUrl" || *member == "adminUrl") {
            return Err(CLIENT_INPUT.describe(format!("{name} {wrong}")).into());
        }
    }
    for uri in doc.texts("redirectUris") {
        let wrong = if has_illegal_scheme(&uri) {
            "uses an illegal scheme"
        } else if uri.contains('#') {
            "must not contain an URL fragment"
        } else {
            continue;
        };
        return Err(CLIENT_INPUT.describe(format!("A redirect URI {wrong}")).into());
    }
    Ok(())
}

/// What is wrong with an address that is a place of the client.
fn judge(text: &str, is_absolute: bool) -> Option<&'static str> {
    // Placeholders of the server's own addresses stand in for a URL.
    if text.starts_with("${") {
        return None;
    }
    if has_illegal_scheme(text) {
        return Some("uses an illegal scheme");
    }
    if text.contains('#') {
        return Some("must not contain an URL fragment");
    }
    match is_absolute && Url::parse(text).is_err() {
        true => Some("is not a valid URL"),
        false => None,
    }
}

/// Schemes by which a browser runs what it is sent to.
fn has_illegal_scheme(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default().trim();
    text.contains(':') && ["javascript", "data", "vbscript"].iter().any(|bad| scheme.eq_ignore_ascii_case(bad))
}

const URLS: &[(&str, &str)] = &[("rootUrl", "Root URL"), ("baseUrl", "Base URL"), ("adminUrl", "Admin URL")];
