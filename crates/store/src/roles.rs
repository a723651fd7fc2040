//! Roles and what they bring along.

use model::Document;

use crate::db::{Batch, Row, Value};
use crate::{Store, StoreError, params, sealed};

/// A role's row.
#[derive(Clone, Debug)]
pub struct RoleRow {
    /// Its id.
    pub id: String,
    /// The client's id, or the realm's for a realm role.
    pub container: String,
    /// Its name.
    pub name: String,
    /// description and attributes.
    pub doc: Document,
}

const ALL: &str = "SELECT id, container, name, doc FROM role WHERE realm_id = $1 ORDER BY name{C}";

/// Lists all roles of a realm, its clients' included.
pub async fn list_all(store: &Store, realm_id: &str) -> Result<Vec<RoleRow>, StoreError> {
    store.db().read(ALL, params![realm_id]).await?.iter().map(read).collect()
}

/// Lists a page of a container's roles by name; `search` is an infix of the name.
pub async fn list(
    store: &Store,
    container: &str,
    search: &str,
    first: i64,
    max: i64,
) -> Result<Vec<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, container, name, doc FROM role WHERE container = $1 \
                       AND lower(name) LIKE $2 ESCAPE '\\' ORDER BY name{C} LIMIT $3 OFFSET $4";
    let pattern = format!("%{}%", crate::like(&search.to_lowercase()));
    store.db().scan(SQL, params![container, pattern, max, first]).await?.iter().map(read).collect()
}

/// Finds a role of a container by its name.
pub async fn find(store: &Store, container: &str, name: &str) -> Result<Option<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, container, name, doc FROM role WHERE container = $1 AND name = $2";
    store.db().read_one(SQL, params![container, name]).await?.map(|row| read(&row)).transpose()
}

/// Finds a role by its id.
pub async fn find_by_id(store: &Store, realm_id: &str, id: &str) -> Result<Option<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, container, name, doc FROM role WHERE realm_id = $1 AND id = $2";
    store.db().read_one(SQL, params![realm_id, id]).await?.map(|row| read(&row)).transpose()
}

/// Lists the roles of a realm that have one of the given ids, by name.
pub async fn list_by_ids(store: &Store, realm_id: &str, ids: &[String]) -> Result<Vec<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, container, name, doc FROM role WHERE id {in:$2} AND realm_id = $1 ORDER BY name{C}";
    store.db().read(SQL, params![realm_id, Value::list(ids)]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<RoleRow, StoreError> {
    Ok(RoleRow {
        id: row.text(0)?.to_owned(),
        container: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        doc: sealed::parse(row.text(3)?)?,
    })
}

/// Inserts a role.
pub fn insert(batch: &mut Batch, realm_id: &str, role: &RoleRow) {
    batch.push(
        "INSERT INTO role (id, realm_id, container, name, doc) VALUES ($1, $2, $3, $4, $5)",
        params![role.id.as_str(), realm_id, role.container.as_str(), role.name.as_str(), role.doc.to_text()],
    );
}

/// Replaces a role's name and document.
pub fn update(batch: &mut Batch, role: &RoleRow) {
    batch.expect(
        "UPDATE role SET name = $2, doc = $3 WHERE id = $1",
        params![role.id.as_str(), role.name.as_str(), role.doc.to_text()],
        1,
        "role",
    );
}

/// Deletes a role.
pub fn delete(batch: &mut Batch, id: &str) {
    batch.expect("DELETE FROM role WHERE id = $1", params![id], 1, "role");
}

/// Lets a role bring another along.
pub fn add_composite(batch: &mut Batch, role_id: &str, child_id: &str) {
    batch.push(
        "INSERT INTO role_composite (role_id, child_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![role_id, child_id],
    );
}

/// Takes that away.
pub fn remove_composite(batch: &mut Batch, role_id: &str, child_id: &str) {
    batch.push("DELETE FROM role_composite WHERE role_id = $1 AND child_id = $2", params![role_id, child_id]);
}
