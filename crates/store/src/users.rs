//! People and service accounts, with their attributes, roles, groups and credentials.

use std::sync::LazyLock;

use model::{Credential, Document, User};

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params, sealed};

/// What to look for in a list of users; empty fields look for nothing. Texts are lower case.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// LIKE patterns, at most [`TERMS`], each to be found in username, e-mail, first or last name.
    pub anywhere: Vec<String>,
    /// LIKE pattern of the username.
    pub username: Option<String>,
    /// LIKE pattern of the e-mail.
    pub email: Option<String>,
    /// LIKE pattern of the first name.
    pub first_name: Option<String>,
    /// LIKE pattern of the last name.
    pub last_name: Option<String>,
    /// Whether the user is enabled.
    pub enabled: Option<bool>,
    /// Attributes and their values, each to be found; at most [`TERMS`].
    pub attributes: Vec<(String, String)>,
    /// Whether service accounts are listed, too.
    pub service_accounts: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.version, u.username, u.email, u.first_name, u.last_name, u.enabled, u.service_account, u.doc \
             FROM user_entity u ",
            $rest
        )
    };
}

/// Finds a user by id.
pub async fn find(store: &Store, realm_id: &str, id: &str) -> Result<Option<User>, StoreError> {
    one(store, select!("WHERE u.realm_id = $1 AND u.id = $2"), realm_id, id).await
}

/// Finds a user by username, given in lower case.
pub async fn find_by_username(store: &Store, realm_id: &str, username: &str) -> Result<Option<User>, StoreError> {
    one(store, select!("WHERE u.realm_id = $1 AND u.username = $2"), realm_id, username).await
}

/// Finds a user by e-mail, given in lower case; the first, where the realm lets several share it.
pub async fn find_by_email(store: &Store, realm_id: &str, email: &str) -> Result<Option<User>, StoreError> {
    one(store, select!("WHERE u.realm_id = $1 AND u.email = $2 ORDER BY u.id LIMIT 1"), realm_id, email).await
}

/// A client's service account at this moment.
#[derive(Clone, Debug)]
pub struct ServiceAccountState {
    /// The realm's version.
    pub realm_version: i64,
    /// The account's id and version; None where there is none.
    pub user: Option<(String, i64)>,
}

/// Reads which account a client has, with the realm's version; None when the realm is gone.
pub async fn service_account_state(
    store: &Store,
    realm_id: &str,
    client: &str,
) -> Result<Option<ServiceAccountState>, StoreError> {
    const SQL: &str = "SELECT r.version, u.id, u.version FROM realm r \
        LEFT JOIN user_entity u ON u.service_account = $2 AND u.realm_id = r.id WHERE r.id = $1 AND r.published = TRUE";
    let Some(row) = store.db().read_kept(SQL, params![realm_id, client]).await? else { return Ok(None) };
    let user = match row.text_opt(1)? {
        Some(id) => Some((id.to_owned(), row.int(2)?)),
        None => None,
    };
    Ok(Some(ServiceAccountState { realm_version: row.int(0)?, user }))
}

/// Finds a client's service account.
pub async fn find_service_account(store: &Store, realm_id: &str, client: &str) -> Result<Option<User>, StoreError> {
    one(store, select!("WHERE u.realm_id = $1 AND u.service_account = $2"), realm_id, client).await
}

async fn one(store: &Store, sql: &'static str, realm_id: &str, key: &str) -> Result<Option<User>, StoreError> {
    store.db().read_one(sql, params![realm_id, key]).await?.map(|row| read(&row)).transpose()
}

/// What a search says, with as many texts and attributes as [`TERMS`].
static MATCHES: LazyLock<String> = LazyLock::new(|| {
    let mut sql = String::from(
        "WHERE u.realm_id = $1 AND ($2 OR u.service_account IS NULL) \
         AND (CAST($3 AS TEXT) IS NULL OR u.username LIKE $3 ESCAPE '\\') \
         AND (CAST($4 AS TEXT) IS NULL OR u.email LIKE $4 ESCAPE '\\') \
         AND (CAST($5 AS TEXT) IS NULL OR lower(u.first_name) LIKE $5 ESCAPE '\\') \
         AND (CAST($6 AS TEXT) IS NULL OR lower(u.last_name) LIKE $6 ESCAPE '\\') \
         AND (CAST($7 AS BOOLEAN) IS NULL OR u.enabled = $7)",
    );
    for term in 0..TERMS {
        let (name, value, text) = (8 + 3 * term, 9 + 3 * term, 10 + 3 * term);
        sql.push_str(&format!(
            " AND (CAST(${name} AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM user_attribute a WHERE a.user_id = u.id \
             AND a.name = ${name} AND a.value = ${value})) \
             AND (CAST(${text} AS TEXT) IS NULL OR u.username LIKE ${text} ESCAPE '\\' \
             OR u.email LIKE ${text} ESCAPE '\\' OR lower(u.first_name) LIKE ${text} ESCAPE '\\' \
             OR lower(u.last_name) LIKE ${text} ESCAPE '\\')"
        ));
    }
    sql
});

/// Texts and attributes that one search may name; more are left aside.
pub const TERMS: usize = 3;
/// The first parameter behind those of [`MATCHES`].
const NEXT: usize = 8 + 3 * TERMS;

fn search_params(realm_id: &str, search: &Search) -> Vec<crate::db::Value> {
    let mut params = params![
        realm_id,
        search.service_accounts,
        search.username.clone(),
        search.email.clone(),
        search.first_name.clone(),
        search.last_name.clone(),
        search.enabled
    ];
    for term in 0..TERMS {
        let (name, value) = search.attributes.get(term).cloned().unzip();
        params.extend(params![name, value, search.anywhere.get(term).cloned()]);
    }
    params
}

/// Lists a page of users by username.
pub async fn list(
    store: &Store,
    realm_id: &str,
    search: &Search,
    first: i64,
    max: i64,
) -> Result<Vec<User>, StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let matches = MATCHES.as_str();
        format!("{}{matches} ORDER BY u.username{{C}} LIMIT ${NEXT} OFFSET ${}", select!(""), NEXT + 1)
    });
    let mut params = search_params(realm_id, search);
    params.extend(params![max, first]);
    store.db().scan(SQL.as_str(), params).await?.iter().map(read).collect()
}

/// Counts the users that a search finds.
pub async fn count(store: &Store, realm_id: &str, search: &Search) -> Result<i64, StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| format!("SELECT count(*) FROM user_entity u {}", MATCHES.as_str()));
    let rows = store.db().scan(SQL.as_str(), search_params(realm_id, search)).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Lists a page of a realm's users by id, after the one named: for export and other work without bound.
pub async fn page_after(store: &Store, realm_id: &str, after: &str, max: i64) -> Result<Vec<User>, StoreError> {
    let sql = select!("WHERE u.realm_id = $1 AND u.id{C} > $2 ORDER BY u.id{C} LIMIT $3");
    store.db().read(sql, params![realm_id, after, max]).await?.iter().map(read).collect()
}

/// Lists a page of a group's members by username.
pub async fn list_members(store: &Store, group_id: &str, first: i64, max: i64) -> Result<Vec<User>, StoreError> {
    let sql = select!(
        "JOIN user_group m ON m.user_id = u.id WHERE m.group_id = $1 ORDER BY u.username{C} LIMIT $2 OFFSET $3"
    );
    store.db().scan(sql, params![group_id, max, first]).await?.iter().map(read).collect()
}

/// Lists a page of those who have a role directly, by username.
pub async fn list_with_role(store: &Store, role_id: &str, first: i64, max: i64) -> Result<Vec<User>, StoreError> {
    let sql =
        select!("JOIN user_role m ON m.user_id = u.id WHERE m.role_id = $1 ORDER BY u.username{C} LIMIT $2 OFFSET $3");
    store.db().scan(sql, params![role_id, max, first]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<User, StoreError> {
    let doc = sealed::parse(row.text(8)?)?;
    let owned = |i| row.text_opt(i).map(|t| t.map(str::to_owned));
    Ok(User {
        id: row.text(0)?.to_owned(),
        version: row.int(1)?,
        username: row.text(2)?.to_owned(),
        email: owned(3)?,
        first_name: owned(4)?,
        last_name: owned(5)?,
        email_verified: doc.flag("emailVerified"),
        enabled: row.bool(6)?,
        created_ms: doc.int_or("createdTimestamp", 0),
        not_before: doc.int_or("notBefore", 0),
        required_actions: doc.texts("requiredActions"),
        service_account: owned(7)?,
        doc,
    })
}

/// The row's document: what has no column of its own.
fn document(user: &User) -> Document {
    let mut doc = user.doc.clone();
    for column in ["id", "username", "email", "firstName", "lastName", "enabled", "serviceAccountClientId"] {
        doc.take(column);
    }
    doc.set("emailVerified", user.email_verified);
    doc.set("createdTimestamp", user.created_ms);
    doc.set("notBefore", user.not_before);
    doc.set("requiredActions", user.required_actions.clone());
    doc
}

/// Inserts a user at their version. `unique_email`: whether the realm wants addresses unique.
pub fn insert(batch: &mut Batch, realm_id: &str, user: &User, unique_email: bool) {
    batch.push(
        "INSERT INTO user_entity (id, realm_id, version, username, email, email_key, first_name, last_name, enabled, \
         service_account, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            user.id.as_str(),
            realm_id,
            user.version.max(1),
            user.username.as_str(),
            user.email.clone(),
            user.email.clone().filter(|_| unique_email),
            user.first_name.clone(),
            user.last_name.clone(),
            user.enabled,
            user.service_account.clone(),
            document(user).to_text()
        ],
    );
    insert_attributes(batch, realm_id, user);
}

fn insert_attributes(batch: &mut Batch, realm_id: &str, user: &User) {
    let Some(attributes) = user.doc.object("attributes") else { return };
    for name in attributes.keys() {
        for value in user.attribute(name) {
            batch.push(
                "INSERT INTO user_attribute (user_id, realm_id, name, value) VALUES ($1, $2, $3, $4)",
                params![user.id.as_str(), realm_id, name.as_str(), value],
            );
        }
    }
}

/// Replaces a user, if their version is still the one that was read.
pub fn update(batch: &mut Batch, realm_id: &str, user: &User, unique_email: bool) {
    batch.expect(
        "UPDATE user_entity SET version = version + 1, username = $4, email = $5, email_key = $6, first_name = $7, \
         last_name = $8, enabled = $9, doc = $10 WHERE realm_id = $1 AND id = $2 AND version = $3",
        params![
            realm_id,
            user.id.as_str(),
            user.version,
            user.username.as_str(),
            user.email.clone(),
            user.email.clone().filter(|_| unique_email),
            user.first_name.clone(),
            user.last_name.clone(),
            user.enabled,
            document(user).to_text()
        ],
        1,
        "user",
    );
    batch.push("DELETE FROM user_attribute WHERE user_id = $1", params![user.id.as_str()]);
    insert_attributes(batch, realm_id, user);
}

/// Makes addresses of a realm's users unique, or lets several share one; a conflict where they aren't unique yet.
pub fn set_email_keys(batch: &mut Batch, realm_id: &str, unique: bool) {
    batch.push(
        "UPDATE user_entity SET email_key = CASE WHEN $2 THEN email ELSE NULL END WHERE realm_id = $1",
        params![realm_id, unique],
    );
}

/// Marks a user as changed: their roles, groups or credentials did.
pub fn touch(batch: &mut Batch, id: &str) {
    batch.push("UPDATE user_entity SET version = version + 1 WHERE id = $1", params![id]);
}

/// Deletes a user with all that is theirs.
pub fn delete(batch: &mut Batch, realm_id: &str, id: &str) {
    batch.push("DELETE FROM login_failure WHERE realm_id = $1 AND user_id = $2", params![realm_id, id]);
    batch.expect("DELETE FROM user_entity WHERE realm_id = $1 AND id = $2", params![realm_id, id], 1, "user");
}

/// The ids of a user's own roles and of their groups.
pub async fn memberships(store: &Store, id: &str) -> Result<(Vec<String>, Vec<String>), StoreError> {
    const SQL: &str = "SELECT 'role', role_id FROM user_role WHERE user_id = $1 UNION ALL \
                       SELECT 'group', group_id FROM user_group WHERE user_id = $1";
    let (mut roles, mut groups) = (Vec::new(), Vec::new());
    for row in store.db().read(SQL, params![id]).await? {
        match row.text(0)? {
            "role" => roles.push(row.text(1)?.to_owned()),
            _ => groups.push(row.text(1)?.to_owned()),
        }
    }
    Ok((roles, groups))
}

/// Gives a user a role.
pub fn add_role(batch: &mut Batch, user_id: &str, role_id: &str) {
    batch.push(
        "INSERT INTO user_role (user_id, role_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![user_id, role_id],
    );
}

/// Takes a role away.
pub fn remove_role(batch: &mut Batch, user_id: &str, role_id: &str) {
    batch.push("DELETE FROM user_role WHERE user_id = $1 AND role_id = $2", params![user_id, role_id]);
}

/// Lets a user join a group.
pub fn join_group(batch: &mut Batch, user_id: &str, group_id: &str) {
    batch.push(
        "INSERT INTO user_group (user_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        params![user_id, group_id],
    );
}

/// Lets a user leave a group.
pub fn leave_group(batch: &mut Batch, user_id: &str, group_id: &str) {
    batch.push("DELETE FROM user_group WHERE user_id = $1 AND group_id = $2", params![user_id, group_id]);
}

/// Lists a user's credentials in their order.
pub async fn credentials(store: &Store, user_id: &str) -> Result<Vec<Credential>, StoreError> {
    const SQL: &str =
        "SELECT id, kind, position, doc, secrets FROM credential WHERE user_id = $1 ORDER BY position, id";
    let rows = store.db().read(SQL, params![user_id]).await?;
    rows.iter()
        .map(|row| {
            let id = row.text(0)?.to_owned();
            let doc = sealed::join(store, &credential_place(&id), row.text(3)?, row.bytes_opt(4)?)?;
            Ok(Credential { kind: row.text(1)?.to_owned(), position: row.int(2)?, doc, id })
        })
        .collect()
}

fn credential_place(id: &str) -> String {
    format!("credential/{id}")
}

/// Inserts a credential.
pub fn insert_credential(store: &Store, batch: &mut Batch, user_id: &str, c: &Credential) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &credential_place(&c.id), &c.doc, &[&["secretData"]])?;
    batch.push(
        "INSERT INTO credential (id, user_id, kind, position, doc, secrets) VALUES ($1, $2, $3, $4, $5, $6)",
        params![c.id.as_str(), user_id, c.kind.as_str(), c.position, doc, secrets],
    );
    Ok(())
}

/// Replaces a credential's place and document.
pub fn update_credential(store: &Store, batch: &mut Batch, c: &Credential) -> Result<(), StoreError> {
    let (doc, secrets) = sealed::split(store, &credential_place(&c.id), &c.doc, &[&["secretData"]])?;
    batch.expect(
        "UPDATE credential SET position = $2, doc = $3, secrets = $4 WHERE id = $1",
        params![c.id.as_str(), c.position, doc, secrets],
        1,
        "credential",
    );
    Ok(())
}

/// Replaces a credential's document, if it is still the one that was read; otherwise nothing is written.
pub fn renew_credential(store: &Store, batch: &mut Batch, read: &Credential, c: &Credential) -> Result<(), StoreError> {
    let (before, _) = sealed::split(store, &credential_place(&read.id), &read.doc, &[&["secretData"]])?;
    let (doc, secrets) = sealed::split(store, &credential_place(&c.id), &c.doc, &[&["secretData"]])?;
    batch.push(
        "UPDATE credential SET doc = $2, secrets = $3 WHERE id = $1 AND doc = $4",
        params![c.id.as_str(), doc, secrets, before],
    );
    Ok(())
}

/// Deletes a credential.
pub fn delete_credential(batch: &mut Batch, user_id: &str, id: &str) {
    batch.expect("DELETE FROM credential WHERE user_id = $1 AND id = $2", params![user_id, id], 1, "credential");
}
