//! Clients.

use model::{Client, Document};

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params, sealed};

const SECRETS: &[&[&str]] = &[
    &["secret"],
    &["registrationAccessToken"],
    &["attributes", "client.secret.rotated"],
    &["attributes", "saml.signing.private.key"],
    &["attributes", "saml.encryption.private.key"],
    &["attributes", "jwt.credential.private.key"],
];

/// Finds a client by its `clientId`.
pub async fn find(store: &Store, realm_id: &str, client_id: &str) -> Result<Option<Client>, StoreError> {
    const SQL: &str = "SELECT id, client_id, doc, secrets FROM client WHERE realm_id = $1 AND client_id = $2";
    store.db().read_one(SQL, params![realm_id, client_id]).await?.map(|row| read(store, &row)).transpose()
}

/// Finds a client by its id.
pub async fn find_by_id(store: &Store, realm_id: &str, id: &str) -> Result<Option<Client>, StoreError> {
    const SQL: &str = "SELECT id, client_id, doc, secrets FROM client WHERE realm_id = $1 AND id = $2";
    store.db().read_one(SQL, params![realm_id, id]).await?.map(|row| read(store, &row)).transpose()
}

/// Lists a page of a realm's clients by `clientId`.
pub async fn list(store: &Store, realm_id: &str, first: i64, max: i64) -> Result<Vec<Client>, StoreError> {
    const SQL: &str = "SELECT id, client_id, doc, secrets FROM client WHERE realm_id = $1 \
                       ORDER BY client_id{C} LIMIT $2 OFFSET $3";
    store.db().read(SQL, params![realm_id, max, first]).await?.iter().map(|row| read(store, row)).collect()
}

/// Lists a page of the clients whose `clientId` has a part, in any case, by `clientId`.
pub async fn search(
    store: &Store,
    realm_id: &str,
    part: &str,
    first: i64,
    max: i64,
) -> Result<Vec<Client>, StoreError> {
    const SQL: &str = "SELECT id, client_id, doc, secrets FROM client WHERE realm_id = $1 \
                       AND lower(client_id) LIKE $2 ESCAPE '\\' ORDER BY client_id{C} LIMIT $3 OFFSET $4";
    let pattern = format!("%{}%", crate::like(&part.to_lowercase()));
    let params = params![realm_id, pattern, max, first];
    store.db().scan(SQL, params).await?.iter().map(|row| read(store, row)).collect()
}

/// Lists the pairs of id and `clientId` among the given ids.
pub async fn names(store: &Store, ids: &[String]) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str = "SELECT id, client_id FROM client WHERE id {in:$1}";
    let list = serde_json::Value::from(ids.to_vec()).to_string();
    let rows = store.db().read(SQL, params![list]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))).collect()
}

fn read(store: &Store, row: &Row) -> Result<Client, StoreError> {
    let id = row.text(0)?;
    let doc = sealed::join(store, &place(id), row.text(2)?, row.bytes_opt(3)?)?;
    Ok(Client::read(id, row.text(1)?, doc))
}

fn place(id: &str) -> String {
    format!("client/{id}")
}

/// Inserts a client.
pub fn insert(
    store: &Store,
    batch: &mut Batch,
    realm_id: &str,
    id: &str,
    client_id: &str,
    doc: &Document,
) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &place(id), doc, SECRETS)?;
    batch.push(
        "INSERT INTO client (id, realm_id, client_id, doc, secrets) VALUES ($1, $2, $3, $4, $5)",
        params![id, realm_id, client_id, doc, secrets],
    );
    Ok(())
}

/// Replaces a client's `clientId` and document.
pub fn update(
    store: &Store,
    batch: &mut Batch,
    realm_id: &str,
    id: &str,
    client_id: &str,
    doc: &Document,
) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &place(id), doc, SECRETS)?;
    batch.expect(
        "UPDATE client SET client_id = $3, doc = $4, secrets = $5 WHERE realm_id = $1 AND id = $2",
        params![realm_id, id, client_id, doc, secrets],
        1,
        "client",
    );
    Ok(())
}

/// Deletes a client with its roles, sessions and service account.
pub fn delete(batch: &mut Batch, realm_id: &str, id: &str) {
    batch.push("DELETE FROM scope_mapping WHERE holder = $1", params![id]);
    batch.push("DELETE FROM role WHERE realm_id = $1 AND container = $2", params![realm_id, id]);
    batch.push("DELETE FROM user_entity WHERE realm_id = $1 AND service_account = $2", params![realm_id, id]);
    batch.expect("DELETE FROM client WHERE realm_id = $1 AND id = $2", params![realm_id, id], 1, "client");
}

/// Lets a client or client scope carry a role.
pub fn add_scope_mapping(batch: &mut Batch, realm_id: &str, holder: &str, role_id: &str) {
    batch.push(
        "INSERT INTO scope_mapping (realm_id, holder, role_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        params![realm_id, holder, role_id],
    );
}

/// Takes that away.
pub fn remove_scope_mapping(batch: &mut Batch, holder: &str, role_id: &str) {
    batch.push("DELETE FROM scope_mapping WHERE holder = $1 AND role_id = $2", params![holder, role_id]);
}
