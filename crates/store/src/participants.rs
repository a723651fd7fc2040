//! Participants, their roles and their chains of records.

use crate::db::{Batch, Row};
use crate::{Store, StoreError, like, params};

/// An organisation's row.
#[derive(Clone, Debug)]
pub struct ParticipantRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The newest record's place in its chain.
    pub seq: i64,
    /// The newest record's digest.
    pub head: String,
    /// What it says about itself, as JSON.
    pub doc: String,
}

/// A role's row.
#[derive(Clone, Debug)]
pub struct RoleRow {
    /// Its id.
    pub id: String,
    /// Whose role it is.
    pub participant_id: String,
    /// Its client's clientId, while it has not ended.
    pub client_key: Option<String>,
    /// What it is, such as `LENDER`.
    pub kind: String,
    /// Its approval.
    pub status: String,
    /// The newest record's place in its chain.
    pub seq: i64,
    /// The newest record's digest.
    pub head: String,
}

/// A record's row.
#[derive(Clone, Debug)]
pub struct RecordRow {
    /// The participant or role whose chain it is of.
    pub subject: String,
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// Its entry in the ledger.
    pub entry_id: String,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// Lists participants by name, those whose name or id holds a text.
pub async fn list(
    store: &Store,
    realm_id: &str,
    search: &str,
    first: i64,
    max: i64,
) -> Result<Vec<ParticipantRow>, StoreError> {
    const SQL: &str = "SELECT id, name, seq, head, doc FROM participant WHERE realm_id = $1 \
        AND (lower(name) LIKE $2 ESCAPE '\\' OR id = $3) ORDER BY name{C}, id{C} LIMIT $4 OFFSET $5";
    let pattern = format!("%{}%", like(&search.to_lowercase()));
    let rows = store.db().scan(SQL, params![realm_id, pattern, search, max, first]).await?;
    rows.iter().map(read).collect()
}

/// How many there are of those.
pub async fn count(store: &Store, realm_id: &str, search: &str) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT count(*) FROM participant WHERE realm_id = $1 \
        AND (lower(name) LIKE $2 ESCAPE '\\' OR id = $3)";
    let pattern = format!("%{}%", like(&search.to_lowercase()));
    let row = store.db().read_one(SQL, params![realm_id, pattern, search]).await?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Finds a participant.
pub async fn find(store: &Store, realm_id: &str, id: &str) -> Result<Option<ParticipantRow>, StoreError> {
    const SQL: &str = "SELECT id, name, seq, head, doc FROM participant WHERE realm_id = $1 AND id = $2";
    store.db().read_one(SQL, params![realm_id, id]).await?.map(|row| read(&row)).transpose()
}

fn read(row: &Row) -> Result<ParticipantRow, StoreError> {
    Ok(ParticipantRow {
        id: row.text(0)?.to_owned(),
        name: row.text(1)?.to_owned(),
        seq: row.int(2)?,
        head: row.text(3)?.to_owned(),
        doc: row.text(4)?.to_owned(),
    })
}

/// Inserts a participant.
pub fn insert(batch: &mut Batch, realm_id: &str, row: &ParticipantRow) {
    batch.push(
        "INSERT INTO participant (id, realm_id, name, seq, head, doc) VALUES ($1, $2, $3, $4, $5, $6)",
        params![row.id.as_str(), realm_id, row.name.as_str(), row.seq, row.head.as_str(), row.doc.as_str()],
    );
}

/// Replaces a participant's row, if its chain still ended where it was read.
pub fn update(batch: &mut Batch, realm_id: &str, row: &ParticipantRow, seen: &str) {
    batch.expect(
        "UPDATE participant SET name = $3, seq = $4, head = $5, doc = $6 WHERE realm_id = $1 AND id = $2 AND head = $7",
        params![realm_id, row.id.as_str(), row.name.as_str(), row.seq, row.head.as_str(), row.doc.as_str(), seen],
        1,
        "participant",
    );
}

const ROLE: &str = "SELECT id, participant_id, client_key, kind, status, seq, head FROM participant_role";

/// Finds a role.
pub async fn find_role(store: &Store, realm_id: &str, id: &str) -> Result<Option<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, participant_id, client_key, kind, status, seq, head FROM participant_role \
        WHERE realm_id = $1 AND id = $2";
    store.db().read_kept(SQL, params![realm_id, id]).await?.map(|row| read_role(&row)).transpose()
}

/// Finds the role of a client.
pub async fn find_role_of(store: &Store, realm_id: &str, client_id: &str) -> Result<Option<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, participant_id, client_key, kind, status, seq, head FROM participant_role \
        WHERE realm_id = $1 AND client_key = $2";
    store.db().read_kept(SQL, params![realm_id, client_id]).await?.map(|row| read_role(&row)).transpose()
}

/// Lists a participant's roles.
pub async fn list_roles(store: &Store, realm_id: &str, participant_id: &str) -> Result<Vec<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, participant_id, client_key, kind, status, seq, head FROM participant_role \
        WHERE realm_id = $1 AND participant_id = $2 ORDER BY kind{C}, id{C}";
    store.db().read(SQL, params![realm_id, participant_id]).await?.iter().map(read_role).collect()
}

/// Lists a page of a realm's roles: of a kind and of a product network, or any for "".
pub async fn page_of_roles(
    store: &Store,
    realm_id: &str,
    (kind, network_id): (&str, &str),
    first: i64,
    max: i64,
) -> Result<Vec<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, participant_id, client_key, kind, status, seq, head FROM participant_role \
        WHERE realm_id = $1 AND ($2 = '' OR kind = $2) AND ($3 = '' OR id IN (SELECT role_id FROM participant_network \
        WHERE realm_id = $1 AND network_id = $3)) ORDER BY kind{C}, id{C} LIMIT $4 OFFSET $5";
    let rows = store.db().scan(SQL, params![realm_id, kind, network_id, max, first]).await?;
    rows.iter().map(read_role).collect()
}

/// Lists the roles of a product network.
pub async fn list_network(store: &Store, realm_id: &str, network_id: &str) -> Result<Vec<RoleRow>, StoreError> {
    const SQL: &str = "SELECT r.id, r.participant_id, r.client_key, r.kind, r.status, r.seq, r.head \
        FROM participant_role r JOIN participant_network n ON n.realm_id = r.realm_id AND n.role_id = r.id \
        WHERE n.realm_id = $1 AND n.network_id = $2 ORDER BY r.kind{C}, r.id{C}";
    store.db().read(SQL, params![realm_id, network_id]).await?.iter().map(read_role).collect()
}

/// Lists the ids of product networks, and how many roles each has.
pub async fn list_networks(store: &Store, realm_id: &str) -> Result<Vec<(String, i64)>, StoreError> {
    const SQL: &str = "SELECT network_id, count(*) FROM participant_network WHERE realm_id = $1 \
        GROUP BY network_id ORDER BY network_id{C}";
    let rows = store.db().read(SQL, params![realm_id]).await?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?))).collect()
}

/// Lists every role of a realm.
pub async fn list_all_roles(store: &Store, realm_id: &str) -> Result<Vec<RoleRow>, StoreError> {
    const SQL: &str = "SELECT id, participant_id, client_key, kind, status, seq, head FROM participant_role \
        WHERE realm_id = $1 ORDER BY id{C}";
    debug_assert!(SQL.starts_with(ROLE), "the columns are those of read_role");
    store.db().read(SQL, params![realm_id]).await?.iter().map(read_role).collect()
}

fn read_role(row: &Row) -> Result<RoleRow, StoreError> {
    Ok(RoleRow {
        id: row.text(0)?.to_owned(),
        participant_id: row.text(1)?.to_owned(),
        client_key: row.text_opt(2)?.map(str::to_owned),
        kind: row.text(3)?.to_owned(),
        status: row.text(4)?.to_owned(),
        seq: row.int(5)?,
        head: row.text(6)?.to_owned(),
    })
}

/// Inserts a role.
pub fn insert_role(batch: &mut Batch, realm_id: &str, row: &RoleRow) {
    batch.push(
        "INSERT INTO participant_role (id, realm_id, participant_id, client_key, kind, status, seq, head) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            row.id.as_str(),
            realm_id,
            row.participant_id.as_str(),
            row.client_key.as_deref(),
            row.kind.as_str(),
            row.status.as_str(),
            row.seq,
            row.head.as_str()
        ],
    );
}

/// Replaces a role's row, if its chain still ended where it was read.
pub fn update_role(batch: &mut Batch, realm_id: &str, row: &RoleRow, seen: &str) {
    batch.expect(
        "UPDATE participant_role SET client_key = $3, kind = $4, status = $5, seq = $6, head = $7 \
         WHERE realm_id = $1 AND id = $2 AND head = $8",
        params![
            realm_id,
            row.id.as_str(),
            row.client_key.as_deref(),
            row.kind.as_str(),
            row.status.as_str(),
            row.seq,
            row.head.as_str(),
            seen
        ],
        1,
        "participant role",
    );
}

/// Lets the batch count only while a role's chain ends where it was read, and holds the row until the batch is kept.
pub fn hold_role(batch: &mut Batch, realm_id: &str, id: &str, seen: &str) {
    batch.expect(
        "SELECT 1 FROM participant_role WHERE realm_id = $1 AND id = $2 AND head = $3{share}",
        params![realm_id, id, seen],
        1,
        "participant role",
    );
}

/// Replaces the product networks of a role.
pub fn set_networks(batch: &mut Batch, realm_id: &str, role_id: &str, networks: &[String]) {
    let sql = "DELETE FROM participant_network WHERE realm_id = $1 AND role_id = $2";
    batch.push(sql, params![realm_id, role_id]);
    for network in networks {
        batch.push(
            "INSERT INTO participant_network (realm_id, network_id, role_id) VALUES ($1, $2, $3)",
            params![realm_id, network.as_str(), role_id],
        );
    }
}

/// Says whose a key is, which nobody else may have: by its thumbprint, and of an RSA key by its modulus as well.
pub fn insert_key(batch: &mut Batch, realm_id: &str, role_id: &str, kid: &str, identity: &str) {
    batch.expect(
        "INSERT INTO participant_key_owner (realm_id, role_id, kid, thumbprint) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (realm_id, thumbprint) DO NOTHING",
        params![realm_id, role_id, kid, identity],
        1,
        "key of one role",
    );
}

/// The role that has, or had, a key, by what it was inserted under.
pub async fn owner_of_key(store: &Store, realm_id: &str, identity: &str) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT role_id FROM participant_key_owner WHERE realm_id = $1 AND thumbprint = $2";
    let row = store.db().read_one(SQL, params![realm_id, identity]).await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// A chain's records, oldest first.
pub async fn records(store: &Store, realm_id: &str, subject: &str) -> Result<Vec<RecordRow>, StoreError> {
    const SQL: &str = "SELECT subject, seq, entry_id, octets FROM registry_record \
        WHERE realm_id = $1 AND subject = $2 ORDER BY seq";
    let rows = store.db().read(SQL, params![realm_id, subject]).await?;
    rows.iter().map(read_record).collect()
}

fn read_record(row: &Row) -> Result<RecordRow, StoreError> {
    Ok(RecordRow {
        subject: row.text(0)?.to_owned(),
        seq: row.int(1)?,
        entry_id: row.text(2)?.to_owned(),
        octets: row.bytes(3)?.to_vec(),
    })
}

/// Adds a record to its chain.
pub fn insert_record(batch: &mut Batch, realm_id: &str, row: &RecordRow) {
    batch.push(
        "INSERT INTO registry_record (realm_id, subject, seq, entry_id, octets) VALUES ($1, $2, $3, $4, $5)",
        params![realm_id, row.subject.as_str(), row.seq, row.entry_id.as_str(), row.octets.clone()],
    );
}

/// Every record of a realm, chain by chain, each in its order.
pub async fn all_records(store: &Store, realm_id: &str) -> Result<Vec<RecordRow>, StoreError> {
    const SQL: &str =
        "SELECT subject, seq, entry_id, octets FROM registry_record WHERE realm_id = $1 ORDER BY subject{C}, seq";
    store.db().scan(SQL, params![realm_id]).await?.iter().map(read_record).collect()
}

/// Names another entry for a record: the one in a ledger that goes on from another.
pub fn move_record(batch: &mut Batch, realm_id: &str, subject: &str, seq: i64, entry_id: &str) {
    batch.expect(
        "UPDATE registry_record SET entry_id = $4 WHERE realm_id = $1 AND subject = $2 AND seq = $3",
        params![realm_id, subject, seq, entry_id],
        1,
        "registry record",
    );
}
