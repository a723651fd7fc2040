//! Groups and the roles they give.

use model::Document;

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params, sealed};

/// A group's row.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// Its id.
    pub id: String,
    /// Its parent's id, or "" at the top.
    pub parent: String,
    /// Its name.
    pub name: String,
    /// Whether new people join it.
    pub is_default: bool,
    /// description and attributes.
    pub doc: Document,
}

/// Lists all groups of a realm by name.
pub async fn list(store: &Store, realm_id: &str) -> Result<Vec<GroupRow>, StoreError> {
    const SQL: &str = "SELECT id, parent, name, is_default, doc FROM realm_group WHERE realm_id = $1 ORDER BY name{C}";
    store.db().read(SQL, params![realm_id]).await?.iter().map(read).collect()
}

/// Finds a group by its id.
pub async fn find(store: &Store, realm_id: &str, id: &str) -> Result<Option<GroupRow>, StoreError> {
    const SQL: &str = "SELECT id, parent, name, is_default, doc FROM realm_group WHERE realm_id = $1 AND id = $2";
    store.db().read_one(SQL, params![realm_id, id]).await?.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<GroupRow, StoreError> {
    Ok(GroupRow {
        id: row.text(0)?.to_owned(),
        parent: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        is_default: row.bool(3)?,
        doc: sealed::parse(row.text(4)?)?,
    })
}

/// Inserts a group.
pub fn insert(batch: &mut Batch, realm_id: &str, group: &GroupRow) {
    batch.push(
        "INSERT INTO realm_group (id, realm_id, parent, name, is_default, doc) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            group.id.as_str(),
            realm_id,
            group.parent.as_str(),
            group.name.as_str(),
            group.is_default,
            group.doc.to_text()
        ],
    );
}

/// Replaces a group's place, name and document.
pub fn update(batch: &mut Batch, group: &GroupRow) {
    batch.expect(
        "UPDATE realm_group SET parent = $2, name = $3, is_default = $4, doc = $5 WHERE id = $1",
        params![group.id.as_str(), group.parent.as_str(), group.name.as_str(), group.is_default, group.doc.to_text()],
        1,
        "group",
    );
}

/// Deletes a group; its subgroups are the caller's to delete first.
pub fn delete(batch: &mut Batch, id: &str) {
    batch.expect("DELETE FROM realm_group WHERE id = $1", params![id], 1, "group");
}

/// Lets a group give a role.
pub fn add_role(batch: &mut Batch, group_id: &str, role_id: &str) {
    batch.push(
        "INSERT INTO group_role (group_id, role_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![group_id, role_id],
    );
}

/// Takes that away.
pub fn remove_role(batch: &mut Batch, group_id: &str, role_id: &str) {
    batch.push("DELETE FROM group_role WHERE group_id = $1 AND role_id = $2", params![group_id, role_id]);
}
