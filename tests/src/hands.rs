//! Changes to what is stored, made directly: so that a test of the protocol doesn't stand on the Admin API.

use model::{ClientSession, Document, User, UserSession};
use serde_json::{Value, json};
use store::Batch;

use crate::server::{NOW, Server};

/// The hands of an administrator in one realm.
pub struct Hands<'s> {
    server: &'s Server,
    realm: &'s str,
}

impl<'s> Hands<'s> {
    pub(crate) fn new(server: &'s Server, realm: &'s str) -> Self {
        Self { server, realm }
    }

    async fn realm_id(&self) -> String {
        store::realms::find(&self.server.core.store, self.realm).await.unwrap().expect("the realm").id
    }

    async fn commit(&self, batch: Batch) {
        self.server.core.store.db().commit(batch).await.expect("commits");
    }

    /// Sets members of the realm.
    pub async fn realm(&self, change: Value) {
        let store = &self.server.core.store;
        let row = store::realms::find(store, self.realm).await.unwrap().expect("the realm");
        let doc = merged(&row.doc, change);
        let mut batch = Batch::new();
        store::realms::update(store, &mut batch, &row.id, self.realm, &doc).unwrap();
        store::realms::touch(&mut batch, &row.id);
        self.commit(batch).await;
    }

    /// Sets members of a client.
    pub async fn client(&self, client_id: &str, change: Value) {
        let (store, realm) = (&self.server.core.store, self.realm_id().await);
        let client = store::clients::find(store, &realm, client_id).await.unwrap().expect("the client");
        let doc = merged(&client.doc, change);
        let mut batch = Batch::new();
        store::clients::update(store, &mut batch, &realm, &client.id, client_id, &doc).unwrap();
        store::realms::touch(&mut batch, &realm);
        self.commit(batch).await;
    }

    /// A user.
    pub async fn find(&self, username: &str) -> User {
        let realm = self.realm_id().await;
        store::users::find_by_username(&self.server.core.store, &realm, username).await.unwrap().expect("the user")
    }

    /// Changes a user.
    pub async fn user(&self, username: &str, change: impl FnOnce(&mut User)) {
        let realm = self.realm_id().await;
        let mut user = self.find(username).await;
        change(&mut user);
        let mut batch = Batch::new();
        store::users::update(&mut batch, &realm, &user, true);
        self.commit(batch).await;
    }

    /// Deletes a user.
    pub async fn delete_user(&self, username: &str) {
        let (realm, user) = (self.realm_id().await, self.find(username).await);
        let mut batch = Batch::new();
        store::users::delete(&mut batch, &realm, &user.id);
        self.commit(batch).await;
    }

    /// Gives a user a role of the realm, or takes it away.
    pub async fn role(&self, username: &str, role: &str, give: bool) {
        let (realm, user) = (self.realm_id().await, self.find(username).await);
        let store = &self.server.core.store;
        let roles = store::roles::list_all(store, &realm).await.unwrap();
        let role = roles.iter().find(|r| r.name == role).expect("the role");
        let mut batch = Batch::new();
        match give {
            true => store::users::add_role(&mut batch, &user.id, &role.id),
            false => store::users::remove_role(&mut batch, &user.id, &role.id),
        }
        store::users::touch(&mut batch, &user.id);
        self.commit(batch).await;
    }

    /// Gives a user many sessions with a client, all begun a second before the tests do.
    pub async fn make_sessions(&self, username: &str, client_id: &str, count: usize) {
        let (store, realm, user) = (&self.server.core.store, self.realm_id().await, self.find(username).await);
        let client = store::clients::find(store, &realm, client_id).await.unwrap().expect("the client").id;
        let mut batch = Batch::new();
        for n in 0..count {
            let id = format!("made-{}-{username}-{n}", self.realm);
            let session = UserSession {
                id: id.clone(),
                offline: false,
                user_id: user.id.clone(),
                started_at: NOW - 1,
                refreshed_at: NOW - 1,
                remember_me: false,
                ip: "127.0.0.1".to_owned(),
                notes: Document::default(),
                expires_at: NOW + 36_000,
            };
            let part = ClientSession {
                session_id: id,
                offline: false,
                client_id: client.clone(),
                started_at: NOW - 1,
                refreshed_at: NOW - 1,
                version: 1,
                notes: Document::default(),
            };
            store::sessions::insert(&mut batch, &realm, &session);
            store::sessions::upsert_client(&mut batch, &part);
        }
        self.commit(batch).await;
    }

    /// Ends a session.
    pub async fn end_session(&self, id: &str) {
        let mut batch = Batch::new();
        store::sessions::delete(&mut batch, id, false);
        self.commit(batch).await;
    }

    /// How many failures of a user are counted.
    pub async fn failures(&self, username: &str) -> i64 {
        let (realm, user) = (self.realm_id().await, self.find(username).await);
        let found = store::logins::failures(&self.server.core.store, &realm, &user.id).await.unwrap();
        found.map_or(0, |f| f.failures)
    }

    /// How many sessions a user has.
    pub async fn sessions(&self, username: &str) -> usize {
        let user = self.find(username).await;
        store::sessions::list_of_user(&self.server.core.store, &user.id, false).await.unwrap().len()
    }

    /// Enables or disables a user.
    pub async fn enable_user(&self, username: &str, enabled: bool) {
        self.user(username, |user| user.enabled = enabled).await;
    }

    /// Enables or disables a client.
    pub async fn enable_client(&self, client_id: &str, enabled: bool) {
        self.client(client_id, json!({"enabled": enabled})).await;
    }

    /// Enables or disables the realm.
    pub async fn enable_realm(&self, enabled: bool) {
        self.realm(json!({"enabled": enabled})).await;
    }
}

/// A document with members set; an object's members are set one by one.
fn merged(doc: &Document, change: Value) -> Document {
    let mut doc = doc.clone();
    for (name, value) in change.as_object().expect("an object") {
        match (doc.object(name).cloned(), value) {
            (Some(mut before), Value::Object(after)) => {
                before.extend(after.clone());
                doc.set(name, Value::Object(before));
            }
            _ => doc.set(name, value.clone()),
        }
    }
    doc
}
