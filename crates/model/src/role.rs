//! A role of a realm or of a client.

use std::sync::Arc;

/// A client as its roles know it; they share it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleClient {
    /// Its id, a UUID.
    pub id: String,
    /// Its `clientId`.
    pub client_id: String,
}

/// A role as tokens and permissions need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, unique in its container.
    pub name: String,
    /// The client that it is of, for a client role.
    pub client: Option<Arc<RoleClient>>,
    /// Ids of the roles that it brings along.
    pub composites: Vec<String>,
}
