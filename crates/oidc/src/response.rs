//! Response types and modes: what the authorization endpoint answers, and how it travels [OAuth-Multiple], [KC 1.16].

use serde_json::{Map, Value};

/// The response types, as discovery names them.
pub const TYPES: &[&str] =
    &["code", "none", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"];

/// A response type, taken apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseType {
    /// A code is wanted.
    pub code: bool,
    /// An access token is wanted.
    pub token: bool,
    /// An ID token is wanted.
    pub id_token: bool,
    /// Nothing is wanted but the login.
    pub none: bool,
}

impl ResponseType {
    /// Reads `response_type`; None for words that don't exist or don't go together.
    pub fn parse(text: &str) -> Option<Self> {
        let mut out = Self::default();
        for word in text.split(' ').filter(|w| !w.is_empty()) {
            match word {
                "code" => out.code = true,
                "token" => out.token = true,
                "id_token" => out.id_token = true,
                "none" => out.none = true,
                _ => return None,
            }
        }
        let something = out.code || out.token || out.id_token;
        (something != out.none).then_some(out)
    }

    /// Whether tokens come from the authorization endpoint itself.
    pub fn is_implicit_or_hybrid(self) -> bool {
        self.token || self.id_token
    }

    /// The mode of a request that names none.
    pub fn default_mode(self) -> &'static Mode {
        if self.is_implicit_or_hybrid() { &FRAGMENT } else { &QUERY }
    }
}

/// How an answer travels to the client.
#[derive(Debug)]
pub struct Mode {
    /// The value of `response_mode`.
    pub name: &'static str,
    /// How.
    pub carrier: Carrier,
}

/// The three ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// In the redirect's query.
    Query,
    /// In its fragment.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
}

const QUERY: Mode = Mode { name: "query", carrier: Carrier::Query };
const FRAGMENT: Mode = Mode { name: "fragment", carrier: Carrier::Fragment };
const FORM_POST: Mode = Mode { name: "form_post", carrier: Carrier::FormPost };

/// Every mode.
pub const MODES: &[&Mode] = &[&QUERY, &FRAGMENT, &FORM_POST];

/// The mode of a name.
pub fn find_mode(name: &str) -> Option<&'static Mode> {
    MODES.iter().copied().find(|m| m.name == name)
}

/// An answer on its way to a client: only a matched redirect URI can be its target.
pub struct Delivery {
    /// Where to.
    pub to: crate::RedirectUri,
    /// How.
    pub carrier: Carrier,
    /// What.
    pub parameters: Map<String, Value>,
}

impl Delivery {
    /// The redirect's URL, with the parameters where the carrier wants them.
    pub fn url(&self) -> String {
        let base = self.to.as_str();
        let mut encoded = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.parameters {
            match value {
                Value::String(text) => encoded.append_pair(name, text),
                other => encoded.append_pair(name, &other.to_string()),
            };
        }
        let encoded = encoded.finish();
        if encoded.is_empty() {
            return base.to_owned();
        }
        let (before, fragment) = base.split_once('#').map_or((base, None), |(b, f)| (b, Some(f)));
        match self.carrier {
            Carrier::Fragment => format!("{before}#{encoded}"),
            _ => {
                let joint = if before.contains('?') { '&' } else { '?' };
                let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
                format!("{before}{joint}{encoded}{fragment}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stands_alone() {
        assert!(ResponseType::parse("none").is_some());
        assert!(ResponseType::parse("none code").is_none());
        assert!(ResponseType::parse("").is_none());
        assert!(ResponseType::parse("code code").unwrap().code);
    }
}
