//! The `clientId` and secret that a request shows: in the form, in a Basic header, or one in each [RFC6749-2.3.1].
//!
//! A parameter of the form, even an empty one, stands over the header's share of the same thing [KC 1.3].

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use domain::Refusal;

use super::Claim;
use super::refusals::BASIC_UNREADABLE;

/// What a request shows besides assertions and certificates.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Presented {
    /// The client that is named.
    pub(super) client_id: Option<String>,
    /// The secret, and the method by which it came, in the words of [OIDCC-9].
    pub(super) secret: Option<(String, &'static str)>,
}

impl Presented {
    /// Reads a request.
    ///
    /// Errors: [`BASIC_UNREADABLE`] where a percent sign in the header announces no octet. Whatever else is wrong with
    /// a header makes it none.
    pub(super) fn read(claim: &Claim<'_>) -> Result<Self, Refusal> {
        let mut presented = Self::default();
        if let Some((user, password)) = claim.authorization.and_then(basic) {
            let both = (form_decode(&user), form_decode(&password));
            let (Some(user), Some(password)) = both else { return Err(BASIC_UNREADABLE) };
            presented = Self { client_id: Some(user), secret: Some((password, BASIC)) };
        }
        if let Some(client_id) = claim.form.find("client_id") {
            presented.client_id = Some(client_id.to_owned());
        }
        if let Some(secret) = claim.form.find("client_secret") {
            presented.secret = Some((secret.to_owned(), POST));
        }
        Ok(presented)
    }
}

/// The two halves of a Basic header, still form-encoded; the scheme's case doesn't matter, nor do blanks around.
fn basic(header: &str) -> Option<(String, String)> {
    let mut words = header.split_ascii_whitespace();
    let (scheme, text, None) = (words.next()?, words.next()?, words.next()) else { return None };
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let octets = LENIENT.decode(text).ok()?;
    let (user, password) = std::str::from_utf8(&octets).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Decodes one value of `application/x-www-form-urlencoded`; None where a percent sign isn't followed by two digits.
fn form_decode(text: &str) -> Option<String> {
    let mut after = text.split('%');
    after.next();
    let whole = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    if !after.all(whole) {
        return None;
    }
    // The parser splits at these two, which in a value stand for themselves.
    let text = text.replace('&', "%26").replace('=', "%3D");
    Some(url::form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default())
}

/// Discovery's names of the two ways.
pub(super) const BASIC: &str = "client_secret_basic";
pub(super) const POST: &str = "client_secret_post";

/// Padding may be absent, as with Keycloak.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
