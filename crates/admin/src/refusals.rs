//! Every refusal of the Admin API, with Keycloak's texts to the letter [KC 5.3], and the faces they have.
//!
//! A row's `error` says which face its text has: the member `error`, the member `errorMessage`, a whole body of its own,
//! or, where it is none of these words, an error code with the text as its description.

#![allow(missing_docs, reason = "each row is its own text")]

use domain::Refusal;
use serde_json::{Value, json};

/// The text is `{"error": text}`.
pub const ERROR: &str = "error";
/// The text is `{"errorMessage": text}`.
pub const MESSAGE: &str = "errorMessage";
/// The text is the body, as JSON.
pub const BODY: &str = "";

/// The body of a refusal.
pub fn body(refusal: &Refusal) -> Value {
    let text = refusal.description.as_ref();
    match refusal.error {
        ERROR => json!({ "error": text }),
        MESSAGE => json!({ "errorMessage": text }),
        BODY => serde_json::from_str(text).unwrap_or(Value::Null),
        code => json!({"error": code, "error_description": text}),
    }
}

/// A refusal about one field of a user's profile.
pub(crate) fn field(status: u16, field: &str, message: &str, params: &[Value]) -> Refusal {
    let body = json!({"field": field, "errorMessage": message, "params": params});
    Refusal::new(status, BODY, "", "").describe(body.to_string())
}

/// A refusal about several of them.
pub(crate) fn fields(status: u16, errors: &[Value]) -> Refusal {
    Refusal::new(status, BODY, "", "").describe(json!({ "errors": errors }).to_string())
}

const fn error(status: u16, text: &'static str) -> Refusal {
    Refusal::new(status, ERROR, text, "")
}

const fn message(status: u16, text: &'static str) -> Refusal {
    Refusal::new(status, MESSAGE, text, "")
}

// -- the request -------------------------------------------------------------------------------------
pub const UNAUTHORIZED: Refusal = error(401, "HTTP 401 Unauthorized");
pub const FORBIDDEN: Refusal = error(403, "HTTP 403 Forbidden");
pub const NOT_FOUND: Refusal = error(404, "HTTP 404 Not Found");
pub const METHOD_NOT_ALLOWED: Refusal = error(405, "HTTP 405 Method Not Allowed");
pub const UNSUPPORTED_MEDIA_TYPE: Refusal =
    error(415, "The content-type header value did not match the value in @Consumes");
pub const NOT_JSON: Refusal = Refusal::new(400, "invalid_request", "Cannot parse the JSON", "");
pub const WRONG_TYPE: Refusal = Refusal::new(400, "unknown_error", "Cannot parse the JSON", "");
pub const UNRECOGNIZED: Refusal = error(400, "Invalid json representation");
pub const NOT_CONSOLE: Refusal = error(403, "Token issued for an application that is not the admin console: ");
pub const FEATURE_OFF: Refusal =
    Refusal::new(501, "Feature not enabled", "For more on this error consult the server log.", "");

// -- realms ------------------------------------------------------------------------------------------
pub const REALM_NOT_FOUND: Refusal = error(404, "Realm not found.");
pub const REALM_EXISTS: Refusal = message(409, "Realm already exists");
pub const REALM_NAMELESS: Refusal = message(400, "Realm name cannot be empty");
pub const REALM_NAME_CHARACTER: Refusal = error(400, "Character not allowed.");
pub const REALM_NAME_LONG: Refusal = message(400, "Realm name is too long");
pub const MASTER_STAYS: Refusal = message(400, "Can't delete master realm");
pub const MASTER_NAME_STAYS: Refusal = message(400, "Can't rename master realm");
pub const BROKEN_REFERENCE: Refusal = message(400, "The realm refers to what isn't there");
pub const POLICY: Refusal = message(400, "Password policy not found");
pub const LEDGER_OPEN: Refusal = message(409, "");
pub const IN_USE: Refusal = message(409, "");
pub const EVIDENCE_STAYS: Refusal = message(
    409,
    "A realm of this id was deleted and its evidence is still here: leave out the id, or have an administrator of all realms import the file",
);
pub const REALM_UPDATE_FAILED: Refusal = message(400, "Failed to update realm");
pub const TEXT_NOT_FOUND: Refusal = error(404, "Localization text not found");
pub const SESSION_NOT_FOUND: Refusal = error(404, "Sesssion not found");

pub const EVENT_DATE: Refusal =
    error(400, "Invalid value for the date, expected format is yyyy-MM-dd or an Epoch timestamp");

// -- users -------------------------------------------------------------------------------------------
pub const USER_NOT_FOUND: Refusal = error(404, "User not found");
pub const USERNAME_TAKEN: Refusal = message(409, "User exists with same username");
pub const EMAIL_TAKEN: Refusal = message(409, "User exists with same email");
pub const USER_NAMELESS: Refusal = message(400, "User name is missing");
pub const NO_PASSWORD: Refusal = error(400, "No password provided");
pub const EMPTY_PASSWORD: Refusal = error(400, "Empty password not allowed");
pub const CREDENTIAL_NOT_FOUND: Refusal = error(404, "Credential not found");
pub const CONSENT_NOT_FOUND: Refusal = error(404, "Consent nor offline token not found");
pub const LINK_NOT_FOUND: Refusal = error(404, "Link not found");
pub const ALREADY_LINKED: Refusal = message(409, "User is already linked with provider");
pub const USER_WITHOUT_MAIL: Refusal = message(400, "User email missing");
pub const USER_IS_DISABLED: Refusal = message(400, "User is disabled");
pub const MAIL_NOT_SENT: Refusal = message(500, "Failed to send execute actions email");
pub const VERIFY_NOT_SENT: Refusal = message(500, "Failed to send verify email");
pub const USER_EXISTS: Refusal = message(409, "User already exists.");

// -- groups and roles --------------------------------------------------------------------------------
pub const GROUP_NOT_FOUND: Refusal = error(404, "Could not find group by id");
pub const USER_GROUP_NOT_FOUND: Refusal = error(404, "Group not found");
pub const GROUP_PATH_NOT_FOUND: Refusal = error(404, "Group path does not exist");
pub const GROUP_NAMELESS: Refusal = message(400, "Group name is missing");
pub const GROUP_TAKEN: Refusal = message(409, "Top level group already exists.");
pub const ROLE_NOT_FOUND: Refusal = error(404, "Could not find role");
pub const ROLE_ID_NOT_FOUND: Refusal = error(404, "Could not find role with id");
pub const MAPPED_ROLE_NOT_FOUND: Refusal = error(404, "Role not found");
pub const ROLE_NAMELESS: Refusal = error(400, "role has no name");
pub const ROLE_TAKEN: Refusal = message(409, "Role already exists");
pub const DEFAULT_ROLE_STAYS: Refusal = message(400, "The default role of the realm cannot be removed.");

// -- clients, scopes, mappers ------------------------------------------------------------------------
pub const CLIENT_NOT_FOUND: Refusal = error(404, "Could not find client");
pub const CLIENT_TAKEN: Refusal = message(409, "Client already exists");
pub const CLIENT_STAYS: Refusal = Refusal::new(400, "invalid_request", "Could not delete client", "");
pub const DUPLICATE: Refusal = Refusal::new(409, "conflict", "Duplicate resource error", "");
pub const CLIENT_SCOPE_NOT_FOUND: Refusal = error(404, "Client scope not found");
pub const MAPPED_CLIENT_NOT_FOUND: Refusal = error(404, "Client not found");
pub const COMPOSITE_NOT_FOUND: Refusal = error(404, "Could not find composite role");
pub const CLIENT_INPUT: Refusal = Refusal::new(400, "invalid_input", "", "");
pub const NO_SERVICE_ACCOUNT: Refusal = error(400, "Service account not enabled for the client");
pub const NO_ROTATED_SECRET: Refusal = error(404, "Client does not have a rotated secret");
pub const SCOPE_NOT_FOUND: Refusal = error(404, "Could not find client scope");
pub const SCOPE_TAKEN: Refusal = message(409, "Client Scope already exists");
pub const SCOPE_NAME: Refusal = message(400, "Unexpected name for ClientScope");
pub const SCOPE_PROTOCOL: Refusal = message(400, "Unexpected protocol");
pub const SCOPE_USED: Refusal = message(400, "Client scope is in use");
pub const MAPPER_NOT_FOUND: Refusal = error(404, "Model not found");
pub const MAPPER_TAKEN: Refusal = message(409, "Protocol mapper exists with same name");
pub const MAPPER_TYPE_NOT_FOUND: Refusal = error(404, "ProtocolMapper provider not found");

// -- participants ------------------------------------------------------------------------------------
pub const PARTICIPANT_NOT_FOUND: Refusal = error(404, "Participant not found");
pub const PARTICIPANT_ROLE_NOT_FOUND: Refusal = error(404, "Participant role not found");
pub const PARTICIPANT_KEY_NOT_FOUND: Refusal = error(404, "Key not found");
pub const PARTICIPANT_TAKEN: Refusal = message(409, "");
pub const UNTAKEN: Refusal = Refusal::new(400, "invalid_request", "", "");

// -- components, flows, identity providers -----------------------------------------------------------
pub const COMPONENT_NOT_FOUND: Refusal = error(404, "Could not find component");
pub const COMPONENT_TYPE: Refusal = error(400, "Invalid provider type or no such provider");
pub const COMPONENT_CONFIG: Refusal = message(400, "");
pub const FLOW_NOT_FOUND: Refusal = error(404, "Flow not found");
pub const FLOW_ID_NOT_FOUND: Refusal = error(404, "Could not find flow with id");
pub const FLOW_NAMELESS: Refusal = message(409, "Failed to create flow with empty alias name");
pub const FLOW_TAKEN: Refusal = message(409, "Flow already exists");
pub const FLOW_COPY_TAKEN: Refusal = message(409, "New flow alias name already exists");
pub const FLOW_BUILT_IN: Refusal = error(400, "Can't delete built in flow");
pub const FLOW_USED: Refusal = error(400, "Flow is in use");
pub const EXECUTION_NOT_FOUND: Refusal = error(404, "Illegal execution");
pub const ACTION_NOT_FOUND: Refusal = error(404, "Failed to find required action");
pub const CONFIG_NOT_FOUND: Refusal = error(404, "Could not find authenticator config");
pub const PROVIDER_ALIAS: Refusal = message(400, "Invalid identity provider id");
pub const PROVIDER_TAKEN: Refusal = message(409, "Identity Provider already exists");
pub const PROVIDER_ALIAS_STAYS: Refusal = message(400, "Identity Provider alias cannot be changed");
pub const PROFILE: Refusal = message(400, "");
