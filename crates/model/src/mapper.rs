//! A protocol mapper: what puts claims into tokens [KC 3.1].

use serde_json::{Map, Value};

use crate::Document;

/// A protocol mapper as configured on a client or a client scope.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtocolMapper {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, unique on its holder.
    pub name: String,
    /// `openid-connect` or `saml`.
    pub protocol: String,
    /// The mapper's provider id, such as `oidc-usermodel-attribute-mapper`.
    pub kind: String,
    /// Few and short: looking through them costs less than hashing a key.
    config: Vec<(String, String)>,
}

impl ProtocolMapper {
    /// Reads the `protocolMappers` of a client or client scope.
    pub fn list(holder: &Document) -> Vec<Self> {
        holder.list("protocolMappers").iter().filter_map(|v| Self::read(v.as_object()?)).collect()
    }

    fn read(map: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self {
            id: text("id"),
            name: text("name"),
            protocol: text("protocol"),
            kind: map.get("protocolMapper")?.as_str()?.to_owned(),
            config: map.get("config").and_then(Value::as_object).map(texts).unwrap_or_default(),
        })
    }

    /// A configuration value, if set and not empty.
    pub fn config(&self, key: &str) -> Option<&str> {
        self.config.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// A configuration switch, off when absent.
    pub fn switch(&self, key: &str) -> bool {
        self.config(key) == Some("true")
    }
}

/// The members that are texts and not empty.
fn texts(config: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |(name, value): (&String, &Value)| {
        let value = value.as_str().filter(|value| !value.is_empty())?;
        Some((name.clone(), value.to_owned()))
    };
    config.iter().filter_map(text).collect()
}
