//! A message as it came: nothing of it is read anew, decoded or put in order.

/// A message and the signature that came with it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    /// The headers, names and values as they came.
    pub headers: &'m [(&'m str, &'m [u8])],
    /// The method of a request; that of the request for an answer.
    pub method: &'m str,
    /// Path and query as sent.
    pub target: &'m str,
    /// The body's octets after content decoding.
    pub body: &'m [u8],
}

impl<'m> Message<'m> {
    /// What is signed: the body, or the target where there is none.
    pub fn octets(&self) -> &'m [u8] {
        if self.body.is_empty() { self.target.as_bytes() } else { self.body }
    }

    /// The values of headers with one of these names.
    pub(crate) fn values(&self, names: &[String]) -> impl Iterator<Item = &'m [u8]> {
        self.headers
            .iter()
            .filter(|(name, _)| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
            .map(|(_, value)| *value)
    }
}
