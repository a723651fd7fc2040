//! A client: an application that asks for tokens, or is asked with them [KC 3.5, 4.9].

use crate::{Document, ProtocolMapper};

/// How a confidential client proves itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAuthenticator {
    /// `client-secret`: by Basic or in the form.
    Secret,
    /// `client-jwt`: an assertion signed with its key.
    Jwt,
    /// `client-secret-jwt`: an assertion signed with its secret.
    SecretJwt,
    /// `client-x509`: its TLS certificate.
    X509,
    /// One that this server doesn't know.
    Other(String),
}

/// A client as the server reads it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each field is the representation's member of the same name")]
pub struct Client {
    pub id: String,
    pub client_id: String,
    pub name: Option<String>,
    pub enabled: bool,
    pub protocol: String,
    pub public: bool,
    pub bearer_only: bool,
    pub consent_required: bool,
    pub standard_flow: bool,
    pub implicit_flow: bool,
    pub direct_access_grants: bool,
    pub service_accounts: bool,
    pub frontchannel_logout: bool,
    pub full_scope_allowed: bool,
    pub always_display_in_console: bool,
    pub authenticator: ClientAuthenticator,
    pub not_before: i64,
    pub root_url: Option<String>,
    pub base_url: Option<String>,
    pub admin_url: Option<String>,
    pub redirect_uris: Vec<String>,
    pub web_origins: Vec<String>,
    pub default_scopes: Vec<String>,
    pub optional_scopes: Vec<String>,
    pub mappers: Vec<ProtocolMapper>,
    /// The document itself, its secret included.
    pub doc: Document,
}

impl Client {
    /// Reads a stored client; the document holds its secret.
    pub fn read(id: &str, client_id: &str, doc: Document) -> Self {
        let d = &doc;
        Self {
            id: id.to_owned(),
            client_id: client_id.to_owned(),
            name: d.string("name"),
            enabled: d.flag_or("enabled", true),
            protocol: d.text("protocol").unwrap_or("openid-connect").to_owned(),
            public: d.flag("publicClient"),
            bearer_only: d.flag("bearerOnly"),
            consent_required: d.flag("consentRequired"),
            standard_flow: d.flag_or("standardFlowEnabled", true),
            implicit_flow: d.flag("implicitFlowEnabled"),
            direct_access_grants: d.flag("directAccessGrantsEnabled"),
            service_accounts: d.flag("serviceAccountsEnabled"),
            frontchannel_logout: d.flag("frontchannelLogout"),
            full_scope_allowed: d.flag_or("fullScopeAllowed", true),
            always_display_in_console: d.flag("alwaysDisplayInConsole"),
            authenticator: match d.text("clientAuthenticatorType") {
                None | Some("client-secret") => ClientAuthenticator::Secret,
                Some("client-jwt") => ClientAuthenticator::Jwt,
                Some("client-secret-jwt") => ClientAuthenticator::SecretJwt,
                Some("client-x509") => ClientAuthenticator::X509,
                Some(other) => ClientAuthenticator::Other(other.to_owned()),
            },
            not_before: d.int_or("notBefore", 0),
            root_url: d.string("rootUrl").filter(|u| !u.is_empty()),
            base_url: d.string("baseUrl").filter(|u| !u.is_empty()),
            admin_url: d.string("adminUrl").filter(|u| !u.is_empty()),
            redirect_uris: d.texts("redirectUris"),
            web_origins: d.texts("webOrigins"),
            default_scopes: d.texts("defaultClientScopes"),
            optional_scopes: d.texts("optionalClientScopes"),
            mappers: ProtocolMapper::list(d),
            doc,
        }
    }

    /// An attribute, if set and not empty.
    pub fn attribute(&self, key: &str) -> Option<&str> {
        self.doc.nested("attributes", key).filter(|v| !v.is_empty())
    }

    /// An attribute that is a switch, off when absent.
    pub fn switch(&self, key: &str) -> bool {
        self.attribute(key) == Some("true")
    }

    /// An attribute that is a whole number.
    pub fn number(&self, key: &str) -> Option<i64> {
        self.attribute(key)?.parse().ok()
    }

    /// The secret, if it has one.
    pub fn secret(&self) -> Option<&str> {
        self.doc.text("secret").filter(|s| !s.is_empty())
    }
}
