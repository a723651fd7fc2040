//! Signatures of the server's replies: a detached JWS that can't be a token, over the reply's octets, and which request it
//! answers.

use http::HeaderMap;
use jose::Algorithm;
use jose::detached::Detached;

use crate::realm_keys::RealmKeys;
use crate::server::ServerError;

/// The header that carries it.
pub(crate) const HEADER: &str = "x-jws-signature";
const TYP: &str = "reply+jws";

/// Checks that a reply is the realm's, to this request; gives the signature.
pub(crate) async fn check(
    keys: &RealmKeys,
    pins: &[String],
    request: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<String, ServerError> {
    let untrusted = |why: &str| ServerError::Untrusted(format!("the reply's signature: {why}"));
    let mut values = headers.get_all(HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(untrusted("not there once"));
    };
    let text = value.to_str().map_err(|_| untrusted("not text"))?;
    let signature = Detached::parse(text).map_err(|error| untrusted(&error.to_string()))?;
    let header = &signature.header;
    let unencoded = header.member("b64").and_then(serde_json::Value::as_bool) == Some(false);
    if header.typ() != Some(TYP) || !unencoded {
        return Err(untrusted("not one of a reply"));
    }
    if header.member("req").and_then(serde_json::Value::as_str) != Some(request) {
        return Err(untrusted("it answers another request"));
    }
    let kid = header.kid().ok_or_else(|| untrusted("it names no key"))?;
    let algorithm = asymmetric(header).ok_or_else(|| untrusted("its algorithm"))?;
    let key = keys.find(kid, algorithm).await?.ok_or_else(|| untrusted("the realm has no such key"))?;
    if !pins.is_empty() && !pins.iter().any(|pin| pin == key.thumbprint()) {
        return Err(untrusted("the key is not one of those that are pinned"));
    }
    signature.verify(body, key.verifying()).map_err(|error| untrusted(&error.to_string()))?;
    Ok(text.to_owned())
}

/// The header's algorithm, if only a private key makes its signatures.
pub(crate) fn asymmetric(header: &jose::Header) -> Option<Algorithm> {
    header.algorithm().ok().filter(|algorithm| algorithm.kty() != jose::KeyType::Oct)
}
