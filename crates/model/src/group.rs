//! A group of people.

/// A group as tokens need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, unique beside its siblings.
    pub name: String,
    /// Its parent's id.
    pub parent: Option<String>,
    /// Whether new people join it.
    pub is_default: bool,
    /// Ids of the roles its members have.
    pub roles: Vec<String>,
}
