//! Events: what happened to people and clients, and what administrators did [KC 8, 5.3b].

use serde_json::{Map, Value};

/// A user event.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventType,
    /// The `clientId` as sent, even an unknown one.
    pub client_id: Option<String>,
    /// The user's id.
    pub user_id: Option<String>,
    /// The session's id.
    pub session_id: Option<String>,
    /// What went wrong, where something did.
    pub error: Option<&'static str>,
    /// Facts by name.
    pub details: Vec<(&'static str, String)>,
}

/// The kinds of user event written so far; each has a twin with `_ERROR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the event type of that name")]
pub enum EventType {
    Login,
    Logout,
    CodeToToken,
    ClientLogin,
    RefreshToken,
    IntrospectToken,
    UserInfoRequest,
    RevokeGrant,
    UpdatePassword,
    UpdateCredential,
    UserDisabledByPermanentLockout,
    UserDisabledByTemporaryLockout,
    Register,
    UpdateProfile,
}

impl EventType {
    /// Keycloak's name, without `_ERROR`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "LOGIN",
            Self::Logout => "LOGOUT",
            Self::CodeToToken => "CODE_TO_TOKEN",
            Self::ClientLogin => "CLIENT_LOGIN",
            Self::RefreshToken => "REFRESH_TOKEN",
            Self::IntrospectToken => "INTROSPECT_TOKEN",
            Self::UserInfoRequest => "USER_INFO_REQUEST",
            Self::RevokeGrant => "REVOKE_GRANT",
            Self::UpdatePassword => "UPDATE_PASSWORD",
            Self::UpdateCredential => "UPDATE_CREDENTIAL",
            Self::UserDisabledByPermanentLockout => "USER_DISABLED_BY_PERMANENT_LOCKOUT",
            Self::UserDisabledByTemporaryLockout => "USER_DISABLED_BY_TEMPORARY_LOCKOUT",
            Self::Register => "REGISTER",
            Self::UpdateProfile => "UPDATE_PROFILE",
        }
    }

    /// Whether a realm that names no types stores it.
    pub fn stored_by_default(self) -> bool {
        !matches!(self, Self::RefreshToken | Self::IntrospectToken | Self::UserInfoRequest)
    }
}

impl Event {
    /// An event of that kind, with nothing known yet.
    pub fn new(kind: EventType) -> Self {
        Self { kind, client_id: None, user_id: None, session_id: None, error: None, details: Vec::new() }
    }

    /// The stored type: the kind's name, with `_ERROR` where something went wrong.
    pub fn type_name(&self) -> String {
        match self.error {
            Some(_) => format!("{}_ERROR", self.kind.name()),
            None => self.kind.name().to_owned(),
        }
    }

    /// Adds a fact; of a long one the beginning, since anybody may cause an event.
    pub fn detail(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        let mut value = value.into();
        value.truncate(value.floor_char_boundary(LONGEST_DETAIL));
        self.details.push((name, value));
        self
    }

    /// The facts as JSON text.
    pub fn details_text(&self) -> String {
        let map: Map<String, Value> =
            self.details.iter().map(|(k, v)| ((*k).to_owned(), Value::String(v.clone()))).collect();
        Value::Object(map).to_string()
    }
}

/// Octets of a fact that an event keeps.
const LONGEST_DETAIL: usize = 2000;

/// What an administrator did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the operation of that name")]
pub enum AdminOperation {
    Create,
    Update,
    Delete,
    Action,
}

impl AdminOperation {
    /// Keycloak's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Action => "ACTION",
        }
    }
}

/// An administrator's event.
#[derive(Clone, Debug)]
pub struct AdminEvent {
    /// What was done.
    pub operation: AdminOperation,
    /// To what kind of thing, such as `USER`.
    pub resource_type: &'static str,
    /// Where, below the realm, such as `users/<id>`.
    pub resource_path: String,
    /// What was sent, where the realm keeps it.
    pub representation: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_fact_the_beginning_is_kept() {
        let mut event = Event::new(EventType::Login);
        event.detail("username", format!("a{}", "ü".repeat(LONGEST_DETAIL)));
        let (_, kept) = &event.details[0];
        assert_eq!((kept.len(), kept.chars().last()), (LONGEST_DETAIL - 1, Some('ü')));
    }
}
