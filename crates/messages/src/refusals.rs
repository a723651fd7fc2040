//! What is said to calls that are themselves wrong; a bad message is no bad call.

use domain::Refusal;

/// There are no participants here.
pub const NO_NETWORK: Refusal = Refusal::new(404, "not_found", "This realm has no participants", "");
/// Nobody knows who asks.
pub const NO_TOKEN: Refusal = Refusal::new(401, "invalid_token", "Send the access token of a client of this realm", "");
/// Who asks may not.
pub const NO_RIGHT: Refusal = Refusal::new(403, "insufficient_scope", "", "");
/// A header or member is missing or odd.
pub const BAD_CALL: Refusal = Refusal::new(400, "invalid_request", "", "");
/// The message's body is longer than one may be, however it came.
pub const TOO_LONG: Refusal = Refusal::new(413, "invalid_request", "The message's body is too long", "");
/// The same key for something else.
pub const KEY_REUSED: Refusal =
    Refusal::new(422, "invalid_request", "This Idempotency-Key was used for another message", "");
/// What was looked for isn't there.
pub const NOT_FOUND: Refusal = Refusal::new(404, "not_found", "There is no such thing", "");
