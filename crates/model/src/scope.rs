//! A client scope: mappers and role mappings that clients share [KC 3.2].

use crate::{Document, ProtocolMapper};

/// A client scope as the server reads it.
#[derive(Clone, Debug)]
pub struct ClientScope {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, which clients ask for in `scope`.
    pub name: String,
    /// `openid-connect` or `saml`.
    pub protocol: String,
    /// Whether the answer's `scope` and the token's name it.
    pub in_token_scope: bool,
    /// Whether the consent page lists it.
    pub on_consent_screen: bool,
    /// What the consent page says of it.
    pub consent_text: Option<String>,
    /// Its mappers.
    pub mappers: Vec<ProtocolMapper>,
    /// The document itself.
    pub doc: Document,
}

impl ClientScope {
    /// Reads a stored client scope. Both switches count as on when unset, as in Keycloak.
    pub fn read(id: &str, name: &str, doc: Document) -> Self {
        let attribute = |key| doc.nested("attributes", key);
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            protocol: doc.text("protocol").unwrap_or("openid-connect").to_owned(),
            in_token_scope: attribute("include.in.token.scope").is_none_or(|v| v == "true"),
            on_consent_screen: attribute("display.on.consent.screen").is_none_or(|v| v == "true"),
            consent_text: attribute("consent.screen.text").map(str::to_owned),
            mappers: ProtocolMapper::list(&doc),
            doc,
        }
    }
}
