//! A form as it came: names and values in order, repeated ones remembered.

/// The parameters of a form body or a query string.
#[derive(Clone, Debug, Default)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded` octets; at most [`MOST`] parameters, the rest is passed over.
    pub fn parse(octets: &[u8]) -> Self {
        let pairs = url::form_urlencoded::parse(octets).take(MOST).map(|(k, v)| (k.into_owned(), v.into_owned()));
        Self { pairs: pairs.collect() }
    }

    /// Without parameters that are longer than Keycloak reads at the authorization endpoint, as if they weren't sent.
    #[must_use]
    pub fn without_long(mut self) -> Self {
        self.pairs.retain(|(name, value)| value.len() <= LONGEST_PARAMETER || REQUEST_OBJECTS.contains(&name.as_str()));
        self
    }

    /// The first value of a parameter, if it was sent, even empty.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// The first value of a parameter, unless it is empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        self.find(name).filter(|v| !v.is_empty())
    }

    /// Whether any parameter was sent twice [RFC6749-3.2].
    pub fn repeats(&self) -> bool {
        self.pairs.iter().enumerate().any(|(n, (k, _))| self.pairs.iter().skip(n + 1).any(|(other, _)| other == k))
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }
}

/// Long by nature, and refused by the checks rather than passed over.
const REQUEST_OBJECTS: &[&str] = &["request", "request_uri"];
/// Octets of a parameter [KC 1.16].
pub(crate) const LONGEST_PARAMETER: usize = 4000;
/// More parameters than any request of the protocol has.
const MOST: usize = 200;
