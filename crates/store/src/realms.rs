//! Realms: their rows, their versions, and the lists of which a realm is made.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Document, Group, Role, RoleClient};

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params, sealed};

/// A realm's row.
#[derive(Clone, Debug)]
pub struct RealmRow {
    /// The realm's id.
    pub id: String,
    /// The realm's name.
    pub name: String,
    /// Grows with each change of its configuration.
    pub version: i64,
    /// Its representation without the collections that have rows of their own.
    pub doc: Document,
}

const SECRETS: &[&[&str]] = &[&["smtpServer", "password"], &["smtpServer", "authTokenClientSecret"]];
const COLUMNS: &str = "SELECT id, name, version, doc, secrets FROM realm WHERE published = TRUE";

/// Finds a published realm by its name.
pub async fn find(store: &Store, name: &str) -> Result<Option<RealmRow>, StoreError> {
    const SQL: &str = "SELECT id, name, version, doc, secrets FROM realm WHERE published = TRUE AND name = $1";
    store.db().read_one(SQL, params![name]).await?.map(|row| read(store, &row)).transpose()
}

/// Finds a published realm by its id.
pub async fn find_by_id(store: &Store, id: &str) -> Result<Option<RealmRow>, StoreError> {
    const SQL: &str = "SELECT id, name, version, doc, secrets FROM realm WHERE published = TRUE AND id = $1";
    store.db().read_one(SQL, params![id]).await?.map(|row| read(store, &row)).transpose()
}

/// Lists the published realms.
pub async fn list(store: &Store) -> Result<Vec<RealmRow>, StoreError> {
    store.db().read(COLUMNS, params![]).await?.iter().map(|row| read(store, row)).collect()
}

/// The version of a published realm's configuration: one cheap read that tells whether what is cached still holds.
pub async fn version(store: &Store, id: &str) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT version FROM realm WHERE id = $1 AND published = TRUE";
    store.db().read_kept(SQL, params![id]).await?.map(|row| row.int(0)).transpose()
}

/// Whether any realm, published or not, has the name.
pub async fn name_taken(store: &Store, name: &str) -> Result<bool, StoreError> {
    Ok(store.db().read_one("SELECT id FROM realm WHERE name = $1", params![name]).await?.is_some())
}

fn read(store: &Store, row: &Row) -> Result<RealmRow, StoreError> {
    let id = row.text(0)?.to_owned();
    let doc = sealed::join(store, &place(&id), row.text(3)?, row.bytes_opt(4)?)?;
    Ok(RealmRow { name: row.text(1)?.to_owned(), version: row.int(2)?, doc, id })
}

fn place(id: &str) -> String {
    format!("realm/{id}")
}

/// Inserts a realm that nobody sees, and whose name nobody has, until [`publish`]. Its version begins with the time, so
/// that it is none that an earlier realm of the same id had.
pub fn insert(store: &Store, batch: &mut Batch, id: &str, now_ms: i64, doc: &Document) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &place(id), doc, SECRETS)?;
    batch.push(
        "INSERT INTO realm (id, name, published, version, doc, secrets) VALUES ($1, $2, FALSE, $3, $4, $5)",
        params![id, format!("{STAGED}{now_ms}\u{1f}{id}"), now_ms, doc, secrets],
    );
    Ok(())
}

/// Lets the world see a realm under its name.
pub fn publish(batch: &mut Batch, id: &str, name: &str) {
    batch.expect(
        "UPDATE realm SET published = TRUE, name = $2, version = version + 1 WHERE id = $1 AND published = FALSE",
        params![id, name],
        1,
        "realm",
    );
}

/// Hides a realm at once and frees its name, so that its rows can be purged in peace.
pub fn hide(batch: &mut Batch, id: &str) {
    batch.expect(
        "UPDATE realm SET published = FALSE, name = $2, version = version + 1 WHERE id = $1 AND published = TRUE",
        params![id, format!("{DELETED}{id}")],
        1,
        "realm",
    );
}

/// Deletes a realm with all its rows, within the batch that writes its successor.
pub fn remove(batch: &mut Batch, id: &str) {
    // The large tables first: each statement has a time of its own.
    const LARGE: &[&str] = &[
        "DELETE FROM event WHERE realm_id = $1",
        "DELETE FROM admin_event WHERE realm_id = $1",
        "DELETE FROM user_session WHERE realm_id = $1",
        "DELETE FROM user_entity WHERE realm_id = $1",
        "DELETE FROM client WHERE realm_id = $1",
    ];
    for sql in LARGE {
        batch.push(sql, params![id]);
    }
    batch.expect("DELETE FROM realm WHERE id = $1 AND published = TRUE", params![id], 1, "realm");
}

/// Replaces a realm's name and document; goes with [`touch_seen`].
pub fn update(store: &Store, batch: &mut Batch, id: &str, name: &str, doc: &Document) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &place(id), doc, SECRETS)?;
    let sql = "UPDATE realm SET name = $2, doc = $3, secrets = $4 WHERE id = $1";
    batch.expect(sql, params![id, name, doc, secrets], 1, "realm");
    Ok(())
}

/// Marks a realm's configuration as changed: every node reads it anew. For rows that are only added, or that replace
/// nothing which was read before.
pub fn touch(batch: &mut Batch, id: &str) {
    batch.push("UPDATE realm SET version = version + 1 WHERE id = $1", params![id]);
}

/// The same, if its version is still the one that was read: of two who change a realm at once, one decides anew.
pub fn touch_seen(batch: &mut Batch, id: &str, version: i64) {
    let sql = "UPDATE realm SET version = version + 1 WHERE id = $1 AND version = $2";
    batch.expect(sql, params![id, version], 1, "realm");
}

/// A realm that nobody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Its id.
    pub id: String,
    /// The name that stands in for its own: another hiding of the same id has another.
    name: String,
    /// When its import began, in milliseconds; None for a deletion that isn't finished.
    pub staged_ms: Option<i64>,
}

/// Lists realms that are hidden: imports under way or broken off, and deletions not finished.
pub async fn list_hidden(store: &Store) -> Result<Vec<Hidden>, StoreError> {
    let rows = store.db().read("SELECT id, name FROM realm WHERE published = FALSE", params![]).await?;
    rows.iter()
        .map(|row| {
            let staged = row.text(1)?.strip_prefix(STAGED).and_then(|rest| rest.split('\u{1f}').next());
            let staged_ms = staged.and_then(|ms| ms.parse().ok());
            Ok(Hidden { id: row.text(0)?.to_owned(), name: row.text(1)?.to_owned(), staged_ms })
        })
        .collect()
}

/// What names of hidden realms begin with; no name may hold the character they begin with.
const STAGED: &str = "\u{1f}staged\u{1f}";
const DELETED: &str = "\u{1f}deleted\u{1f}";

/// A statement that deletes rows of a realm as long as it is the hidden one that was seen: one of the same id may have
/// been staged or published since.
macro_rules! purge {
    ($delete:literal) => {
        concat!($delete, " AND EXISTS (SELECT 1 FROM realm WHERE id = $1 AND published = FALSE AND name = $3)")
    };
}

/// Deletes up to `chunk` rows of a hidden realm's largest tables, then the realm itself; whether it is gone.
pub async fn purge(store: &Store, hidden: &Hidden, chunk: i64) -> Result<bool, StoreError> {
    const CHUNKS: &[&str] = &[
        purge!(
            "DELETE FROM event WHERE realm_id = $1 AND time_ms <= (SELECT max(t.time_ms) FROM \
             (SELECT time_ms FROM event WHERE realm_id = $1 ORDER BY time_ms LIMIT $2) t)"
        ),
        purge!("DELETE FROM admin_event WHERE id IN (SELECT id FROM admin_event WHERE realm_id = $1 LIMIT $2)"),
        purge!("DELETE FROM user_session WHERE id IN (SELECT id FROM user_session WHERE realm_id = $1 LIMIT $2)"),
        purge!("DELETE FROM user_entity WHERE id IN (SELECT id FROM user_entity WHERE realm_id = $1 LIMIT $2)"),
        purge!("DELETE FROM client WHERE id IN (SELECT id FROM client WHERE realm_id = $1 LIMIT $2)"),
    ];
    let (id, name) = (hidden.id.as_str(), hidden.name.as_str());
    for sql in CHUNKS {
        let mut batch = Batch::new();
        batch.push(sql, params![id, chunk, name]);
        if store.db().commit(batch).await?.rows(0) > 0 {
            return Ok(false);
        }
    }
    let mut batch = Batch::new();
    batch.push("DELETE FROM realm WHERE id = $1 AND published = FALSE AND name = $2", params![id, name]);
    store.db().commit(batch).await?;
    Ok(true)
}

/// Reads a realm's roles, with what each brings along.
pub async fn roles(store: &Store, realm_id: &str) -> Result<Vec<Role>, StoreError> {
    const COMPOSITES: &str = "SELECT c.role_id, c.child_id FROM role_composite c JOIN role r ON r.id = c.role_id \
                              WHERE r.realm_id = $1";
    const ROLES: &str = "SELECT r.id, r.name, c.id, c.client_id FROM role r \
                         LEFT JOIN client c ON c.id = r.container WHERE r.realm_id = $1";
    let mut children: HashMap<String, Vec<String>> = HashMap::new();
    let each = |row: &Row| {
        children.entry(row.text(0)?.to_owned()).or_default().push(row.text(1)?.to_owned());
        Ok(())
    };
    store.db().read_each(COMPOSITES, params![realm_id], each).await?;
    let mut clients: HashMap<String, Arc<RoleClient>> = HashMap::new();
    let mut out = Vec::new();
    let each = |row: &Row| {
        let id = row.text(0)?.to_owned();
        let client = match (row.text_opt(2)?, row.text_opt(3)?) {
            (Some(id), Some(client_id)) => {
                let made = || Arc::new(RoleClient { id: id.to_owned(), client_id: client_id.to_owned() });
                Some(Arc::clone(clients.entry(id.to_owned()).or_insert_with(made)))
            }
            _ => None,
        };
        let composites = children.remove(&id).unwrap_or_default();
        out.push(Role { id, name: row.text(1)?.to_owned(), client, composites });
        Ok(())
    };
    store.db().read_each(ROLES, params![realm_id], each).await?;
    Ok(out)
}

/// Reads a realm's groups, with the roles each gives.
pub async fn groups(store: &Store, realm_id: &str) -> Result<Vec<Group>, StoreError> {
    const ROLES: &str = "SELECT m.group_id, m.role_id FROM group_role m JOIN realm_group g ON g.id = m.group_id \
                         WHERE g.realm_id = $1";
    const GROUPS: &str = "SELECT id, name, parent, is_default FROM realm_group WHERE realm_id = $1";
    let mut roles: HashMap<String, Vec<String>> = HashMap::new();
    for row in store.db().read(ROLES, params![realm_id]).await? {
        roles.entry(row.text(0)?.to_owned()).or_default().push(row.text(1)?.to_owned());
    }
    let mut out = Vec::new();
    for row in store.db().read(GROUPS, params![realm_id]).await? {
        let id = row.text(0)?.to_owned();
        out.push(Group {
            name: row.text(1)?.to_owned(),
            parent: Some(row.text(2)?).filter(|p| !p.is_empty()).map(str::to_owned),
            is_default: row.bool(3)?,
            roles: roles.remove(&id).unwrap_or_default(),
            id,
        });
    }
    Ok(out)
}

/// Reads which roles clients and client scopes may carry: pairs of holder and role, by id.
pub async fn scope_mappings(store: &Store, realm_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str = "SELECT holder, role_id FROM scope_mapping WHERE realm_id = $1";
    let rows = store.db().read(SQL, params![realm_id]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))).collect()
}
