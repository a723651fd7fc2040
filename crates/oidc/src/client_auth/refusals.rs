//! Refusals that only assertions and secrets know; the common ones stand in [`crate::refusals`]. Keycloak's texts
//! [KC 1.3], some of which name a Java class.

#![allow(missing_docs, reason = "each row is its own text")]

use domain::Refusal;

const EVENT: &str = "invalid_client_credentials";

const fn row(status: u16, error: &'static str, description: &'static str) -> Refusal {
    Refusal::new(status, error, description, EVENT)
}

pub(super) const ASSERTION_MISSING: Refusal = row(400, "invalid_client", "client_assertion parameter missing");
pub(super) const ASSERTION_UNREADABLE: Refusal = row(
    400,
    "invalid_client",
    "Client authentication with signed JWT failed: java.lang.IllegalArgumentException: Parsing error",
);
pub(super) const ASSERTION_SECRET_UNREADABLE: Refusal = row(
    400,
    "unauthorized_client",
    "Client authentication with client secret signed JWT failed: java.lang.IllegalArgumentException: Parsing error",
);
pub(super) const ASSERTION_OTHER_CLIENT: Refusal =
    row(400, "invalid_client", "client_id parameter does not match authenticated client");
pub(super) const ASSERTION_NO_KEY: Refusal = row(400, "invalid_client", "Unable to load public key");
/// Said of an algorithm that no secret serves; the text for a wrong signature has one blank more.
pub(super) const ASSERTION_NO_SECRET_ALGORITHM: Refusal = row(
    400,
    "unauthorized_client",
    "Client authentication with client secret signed JWT failed: \
     Signature on JWT token by client secret failed validation",
);
pub(super) const ASSERTION_FROM_THE_FUTURE: Refusal = row(400, "invalid_client", "Token was issued in the future");
pub(super) const ASSERTION_TOO_OLD: Refusal =
    row(400, "invalid_client", "Token was issued too far in the past to be used now");
pub(super) const ASSERTION_TOO_LONG: Refusal =
    row(400, "invalid_client", "Token expiration is too far in the future and iat claim not present in token");
pub(super) const BASIC_UNREADABLE: Refusal =
    row(400, "unauthorized_client", "Unexpected error when authenticating client");

/// A type of assertion that isn't known, once the client is.
pub(super) fn assertion_type(sent: &str) -> Refusal {
    let expected = super::assertion::JWT_BEARER;
    crate::refusals::ASSERTION_TYPE_MISSING
        .describe(format!("Parameter client_assertion_type has value '{sent}' but expected is '{expected}'"))
}

/// A secret that came by another way than the client is pinned to.
pub(super) fn secret_method(pinned: &str) -> Refusal {
    crate::refusals::CLIENT_CREDENTIALS_WRONG.describe(format!(
        "Invalid method used to get client secret. Client requires method '{pinned}' to obtain client secret from the \
         request"
    ))
}
