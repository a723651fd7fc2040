//! `client-x509`: the certificate of the client's TLS connection, by its subject [RFC8705-2.1].
//!
//! That the certificate is one to trust was settled before, by TLS or by the proxy in front. The subject is compared
//! as a name, part by part [RFC4514]; comparison by regular expression is not offered.

use domain::{Refusal, Writes};
use model::{Client, ClientAuthenticator};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Method, Proved};
use crate::refusals::CLIENT_ASSERTION_UNUSABLE;

/// The method.
pub(super) const X509: Method = Method {
    id: "client-x509",
    names: &["tls_client_auth"],
    serves: |client| client.authenticator == ClientAuthenticator::X509,
    prove: |cx, _, plan| {
        Box::pin(async move {
            check(&plan.client, cx.request.certificate.as_deref())?;
            Ok(Proved { plan, writes: Writes::default() })
        })
    },
};

/// One relative name: its parts as type (an OID) and value, sorted.
type Relative = Vec<(String, String)>;

fn check(client: &Client, certificate: Option<&[u8]>) -> Result<(), Refusal> {
    let wanted = client.attribute("x509.subjectdn").ok_or(CLIENT_ASSERTION_UNUSABLE)?;
    if client.switch("x509.allow.regex.pattern.comparison") {
        tracing::warn!(client = %client.client_id, "subjects are not compared by regular expression; it is refused");
        return Err(CLIENT_ASSERTION_UNUSABLE);
    }
    match (certificate.and_then(subject), parse(wanted)) {
        (Some(shown), Some(wanted)) if !wanted.is_empty() && shown == wanted => Ok(()),
        _ => Err(CLIENT_ASSERTION_UNUSABLE),
    }
}

/// A certificate's subject, the most specific name first.
fn subject(der: &[u8]) -> Option<Vec<Relative>> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let mut names = Vec::new();
    for relative in certificate.subject().iter() {
        let mut parts = Relative::new();
        for part in relative.iter() {
            parts.push((part.attr_type().to_id_string(), part.as_str().ok()?.to_owned()));
        }
        parts.sort();
        names.push(parts);
    }
    names.reverse();
    Some(names)
}

/// Reads a name as text, the most specific name first [RFC4514-3]; None for what is none.
fn parse(text: &str) -> Option<Vec<Relative>> {
    split(text, &[',', ';'])?
        .iter()
        .map(|relative| {
            let mut parts: Relative =
                split(relative, &['+'])?.iter().map(|part| parse_part(part)).collect::<Option<_>>()?;
            parts.sort();
            Some(parts)
        })
        .collect()
}

fn parse_part(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    Some((oid(name.trim())?, unescape(value)?))
}

/// Splits at separators that are neither escaped nor quoted.
fn split<'a>(text: &'a str, at: &[char]) -> Option<Vec<&'a str>> {
    let (mut parts, mut start, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    for (n, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted && at.contains(&c) => {
                parts.push(text.get(start..n)?);
                start = n + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    (!escaped && !quoted).then_some(parts)
}

/// A value without its quotes and escapes; pairs of hex digits after a backslash are octets of UTF-8.
fn unescape(value: &str) -> Option<String> {
    let value = value.trim_matches(' ');
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend_from_slice(before.as_bytes());
        let hex = after.get(..2).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (hex, after.chars().next()) {
            (Some(octet), _) => {
                out.push(octet);
                rest = after.get(2..)?;
            }
            (None, Some(c)) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after.get(c.len_utf8()..)?;
            }
            (None, None) => return None,
        }
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8(out).ok()
}

fn oid(name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    if let Some((_, oid)) = NAMES.iter().find(|(known, _)| *known == upper) {
        return Some((*oid).to_owned());
    }
    let dotted = upper.strip_prefix("OID.").unwrap_or(&upper);
    let is_dotted = !dotted.is_empty() && dotted.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_dotted.then(|| dotted.to_owned())
}

/// Names of attribute types [RFC4514-3] and those that certificates carry besides.
const NAMES: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("SN", "2.5.4.4"),
    ("SURNAME", "2.5.4.4"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("S", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("T", "2.5.4.12"),
    ("TITLE", "2.5.4.12"),
    ("BUSINESSCATEGORY", "2.5.4.15"),
    ("POSTALCODE", "2.5.4.17"),
    ("GIVENNAME", "2.5.4.42"),
    ("DNQ", "2.5.4.46"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("E", "1.2.840.113549.1.9.1"),
    ("JURISDICTIONCOUNTRYNAME", "1.3.6.1.4.1.311.60.2.1.3"),
];

#[cfg(test)]
mod tests {
    use jose::Algorithm;
    use model::Document;
    use serde_json::json;

    use super::*;

    fn verdict(attributes: serde_json::Value, certificate: Option<&[u8]>) -> bool {
        let client = Client::read("id", "c", Document::from_value(json!({ "attributes": attributes })));
        check(&client, certificate).is_ok()
    }

    #[test]
    fn a_client_is_the_subject_of_its_certificate() {
        let key = jose::generate::ec(jose::Curve::P256).unwrap();
        let der = jose::certificate::self_signed("agent, one", Algorithm::ES256, &key, 0, 4_000_000_000).unwrap();
        for subject in ["CN=agent\\, one", "cn = \"agent, one\"", "2.5.4.3=agent\\2C one"] {
            assert!(verdict(json!({"x509.subjectdn": subject}), Some(&der)), "{subject}");
        }
        for subject in ["CN=agent", "CN=Agent\\, one", "CN=agent\\, one,O=x", "O=agent\\, one", "agent", "", ".*"] {
            assert!(!verdict(json!({"x509.subjectdn": subject}), Some(&der)), "{subject}");
        }
        assert!(!verdict(json!({"x509.subjectdn": "CN=agent\\, one"}), None));
        let regex = json!({"x509.subjectdn": ".*", "x509.allow.regex.pattern.comparison": "true"});
        assert!(!verdict(regex, Some(&der)));
    }

    #[test]
    fn names_are_read_most_specific_first_with_their_escapes() {
        let read = parse("CN=a+UID=b, O=\"x, y\",C=\\C3\\A4").unwrap();
        let text: Vec<Vec<&str>> = read.iter().map(|r| r.iter().map(|(_, v)| v.as_str()).collect()).collect();
        assert_eq!(text, [vec!["b", "a"], vec!["x, y"], vec!["ä"]]);
        assert_eq!(parse("CN=\"open"), None);
        assert_eq!(parse("CN=a\\"), None);
    }
}
