//! A role of a realm or of a client.

/// A role as tokens and permissions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, unique in its container.
    pub name: String,
    /// The client's id and `clientId`, for a client role.
    pub client: Option<(String, String)>,
    /// Ids of the roles that it brings along.
    pub composites: Vec<String>,
}
