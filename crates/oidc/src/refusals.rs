//! Every refusal of the protocol, with Keycloak's texts to the letter [KC 1.2 to 1.16].

#![allow(missing_docs, reason = "each row is its own text")]

use domain::Refusal;

const fn row(status: u16, error: &'static str, description: &'static str, event: &'static str) -> Refusal {
    Refusal::new(status, error, description, event)
}

// -- the realm and the form --------------------------------------------------------------------------
pub const HTTPS_REQUIRED: Refusal = row(403, "invalid_request", "HTTPS required", "ssl_required");
pub const REALM_DISABLED: Refusal = row(403, "access_denied", "Realm not enabled", "realm_disabled");
pub const GRANT_TYPE_MISSING: Refusal = row(400, "invalid_request", "Missing form parameter: grant_type", "");
pub const GRANT_TYPE_UNKNOWN: Refusal = row(400, "unsupported_grant_type", "Unsupported grant_type", "");
pub const DUPLICATED: Refusal = row(400, "invalid_request", "duplicated parameter", "invalid_request");
pub const INVALID_SCOPES: Refusal = row(400, "invalid_scope", "Invalid scopes: ", "invalid_request");

// -- client authentication [RFC6749-2.3] -------------------------------------------------------------
const CREDENTIALS: &str = "Invalid client or Invalid client credentials";
pub const CLIENT_UNKNOWN: Refusal = row(401, "invalid_client", CREDENTIALS, "client_not_found");
pub const CLIENT_DISABLED: Refusal = row(401, "invalid_client", CREDENTIALS, "client_disabled");
pub const CLIENT_CREDENTIALS_WRONG: Refusal =
    row(401, "unauthorized_client", CREDENTIALS, "invalid_client_credentials");
pub const CLIENT_ASSERTION_UNUSABLE: Refusal = row(401, "invalid_client", CREDENTIALS, "invalid_client_credentials");
pub const ASSERTION_TYPE_MISSING: Refusal =
    row(400, "invalid_client", "Parameter client_assertion_type is missing", "invalid_client_credentials");
pub const ASSERTION_ALGORITHM: Refusal =
    row(400, "invalid_client", "Invalid signature algorithm", "invalid_client_credentials");
pub const ASSERTION_SIGNATURE: Refusal = row(
    400,
    "invalid_client",
    "Client authentication with signed JWT failed: Signature on JWT token failed validation",
    "invalid_client_credentials",
);
pub const ASSERTION_SECRET_SIGNATURE: Refusal = row(
    400,
    "unauthorized_client",
    "Client authentication with client secret signed JWT failed: Signature on JWT token by client secret  failed validation",
    "invalid_client_credentials",
);
pub const ASSERTION_NOT_ACTIVE: Refusal =
    row(400, "invalid_client", "Token is not active", "invalid_client_credentials");
pub const ASSERTION_NO_EXP: Refusal =
    row(400, "invalid_client", "Token exp claim is required", "invalid_client_credentials");
pub const ASSERTION_NO_JTI: Refusal =
    row(400, "invalid_client", "Token jti claim is required", "invalid_client_credentials");
pub const ASSERTION_REUSED: Refusal = row(400, "invalid_client", "Token reuse detected", "invalid_client_credentials");
pub const ASSERTION_AUDIENCE: Refusal =
    row(400, "invalid_client", "Invalid token audience", "invalid_client_credentials");
pub const ASSERTION_AUDIENCES: Refusal =
    row(400, "invalid_client", "Multiple audiences not allowed", "invalid_client_credentials");
pub const BEARER_ONLY: Refusal = row(400, "invalid_client", "Bearer-only not allowed", "invalid_client");
pub const WRONG_PROTOCOL: Refusal = row(400, "invalid_client", "Wrong client protocol.", "invalid_client");

// -- client credentials [RFC6749-4.4] ----------------------------------------------------------------
pub const PUBLIC_SERVICE_ACCOUNT: Refusal =
    row(401, "unauthorized_client", "Public client not allowed to retrieve service account", "invalid_client");
pub const NO_SERVICE_ACCOUNT: Refusal =
    row(401, "unauthorized_client", "Client not enabled to retrieve service account", "invalid_client");
pub const SERVICE_ACCOUNT_GONE: Refusal =
    row(401, "invalid_request", "The associated service account for the client does not exist", "user_not_found");
pub const SERVICE_ACCOUNT_DISABLED: Refusal = row(401, "invalid_request", "User disabled", "user_disabled");

// -- password [RFC6749-4.3] --------------------------------------------------------------------------
pub const NO_DIRECT_ACCESS: Refusal =
    row(400, "unauthorized_client", "Client not allowed for direct access grants", "not_allowed");
pub const CONSENT_NEEDED: Refusal = row(400, "invalid_client", "Client requires user consent", "consent_denied");
pub const USERNAME_MISSING: Refusal = row(401, "invalid_request", "Missing parameter: username", "user_not_found");
pub const USER_CREDENTIALS: Refusal = row(400, "invalid_grant", "Invalid user credentials", "invalid_user_credentials");
pub const ACCOUNT_DISABLED: Refusal = row(400, "invalid_grant", "Account disabled", "user_disabled");
pub const ACCOUNT_NOT_SET_UP: Refusal =
    row(400, "invalid_grant", "Account is not fully set up", "resolve_required_actions");

// -- refresh [RFC6749-6] -----------------------------------------------------------------------------
pub const NO_REFRESH_TOKEN: Refusal = row(400, "invalid_request", "No refresh token", "invalid_token");
pub const CONSENT_GONE: Refusal =
    row(400, "invalid_scope", "Client no longer has requested consent from user", "invalid_token");
pub const REFRESH_INVALID: Refusal = row(400, "invalid_grant", "Invalid refresh token", "invalid_token");
pub const TOKEN_NOT_ACTIVE: Refusal = row(400, "invalid_grant", "Token is not active", "invalid_token");
pub const REFRESH_OTHER_CLIENT: Refusal =
    row(400, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match", "invalid_token");
pub const SESSION_NOT_ACTIVE: Refusal = row(400, "invalid_grant", "Session not active", "invalid_token");
pub const OFFLINE_SESSION_GONE: Refusal = row(400, "invalid_grant", "Offline user session not found", "invalid_token");
pub const USER_DISABLED: Refusal = row(400, "invalid_grant", "User disabled", "user_disabled");
pub const STALE_TOKEN: Refusal = row(400, "invalid_grant", "Stale token", "invalid_token");
pub const REUSE_EXCEEDED: Refusal =
    row(400, "invalid_grant", "Maximum allowed refresh token reuse exceeded", "invalid_token");
pub const CLIENT_NOT_IN_SESSION: Refusal =
    row(400, "invalid_grant", "Session doesn't have required client", "invalid_token");
pub const OFFLINE_NOT_GRANTED: Refusal =
    row(400, "invalid_grant", "Offline session invalid because offline access not granted anymore", "invalid_token");
pub const OFFLINE_NOT_ALLOWED: Refusal =
    row(400, "not_allowed", "Offline tokens not allowed for the user or client", "not_allowed");

// -- authorization code [RFC6749-4.1.3], PKCE [RFC7636-4.6] ------------------------------------------
pub const CODE_MISSING: Refusal = row(400, "invalid_request", "Missing parameter: code", "invalid_code");
pub const CODE_NOT_VALID: Refusal = row(400, "invalid_grant", "Code not valid", "invalid_code");
pub const CODE_SESSION_GONE: Refusal = row(400, "invalid_grant", "User session not found", "user_session_not_found");
pub const CODE_REDIRECT: Refusal = row(400, "invalid_grant", "Incorrect redirect_uri", "invalid_code");
pub const CODE_OTHER_CLIENT: Refusal =
    row(400, "invalid_grant", "Auth error: Found different client_id in clientSession", "invalid_code");
pub const CODE_FLOW_OFF: Refusal = row(400, "invalid_grant", "Client not allowed to exchange code", "not_allowed");
pub const PKCE_NO_VERIFIER: Refusal =
    row(400, "invalid_grant", "PKCE code verifier not specified", "code_verifier_missing");
pub const PKCE_NO_CHALLENGE: Refusal = row(
    400,
    "invalid_grant",
    "PKCE code verifier specified but challenge not present in authorization",
    "invalid_code_verifier",
);
pub const PKCE_VERIFIER_INVALID: Refusal =
    row(400, "invalid_grant", "PKCE verification failed: Invalid code verifier", "invalid_code_verifier");
pub const PKCE_MISMATCH: Refusal =
    row(400, "invalid_grant", "PKCE verification failed: Code mismatch", "pkce_verification_failed");

// -- introspection [RFC7662], revocation [RFC7009] ---------------------------------------------------
pub const INTROSPECT_SECRET: Refusal =
    row(401, "invalid_client", "Client authentication failed.", "invalid_client_credentials");
pub const INTROSPECT_PUBLIC: Refusal = row(403, "invalid_request", "Client not allowed.", "not_allowed");
pub const TOKEN_MISSING: Refusal = row(400, "invalid_request", "Token not provided.", "invalid_request");
pub const TOKEN_TYPE_UNKNOWN: Refusal = row(400, "invalid_request", "Unsupported token type.", "invalid_request");
pub const REVOKE_NO_TOKEN: Refusal = row(400, "invalid_request", "Token not provided", "invalid_request");
pub const REVOKE_TYPE: Refusal = row(400, "unsupported_token_type", "Unsupported token type", "invalid_token_type");
/// Answered with 200, as Keycloak does.
pub const REVOKE_INVALID: Refusal = row(200, "invalid_token", "Invalid token", "invalid_token");
pub const REVOKE_OTHER_CLIENT: Refusal = row(400, "invalid_request", "Unmatching clients", "invalid_client");

// -- CORS --------------------------------------------------------------------------------------------
pub const FOREIGN_ORIGIN: Refusal = row(403, "Invalid origin", "", "");
