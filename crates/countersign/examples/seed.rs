//! Fills a store for measuring: many realms, and many users and live sessions in one of them.
//!
//!     cargo run --release -p countersign --example seed -- --data-dir DIR [--db-url URL] \
//!         [--realm NAME] [--realms N] [--users N] [--sessions N]
//!
//! Stop the server first: the store has one owner. Realms are named seed-0, seed-1, …; users seed-user-0, …, all with
//! the password `seed-password`. What is there already stays; rows go in by the store's own batches, 500 users each.

#![expect(clippy::print_stderr, reason = "progress for whoever waits at the terminal")]

use std::sync::Arc;

use domain::{Core, Fresh, Plan, ids};
use model::{ClientSession, Credential, Document, User, UserSession};
use serde_json::{Value, json};
use store::Batch;

use self::filled::{Done, Options, said};

mod filled;

/// Users and sessions of one batch.
const CHUNK: usize = 500;

#[tokio::main]
async fn main() -> Done<()> {
    let given = Options::read()?;
    let number = |name: &str| given.number(name, 0).map(|number| number as usize);
    let core = given.core().await?;
    admin::bootstrap::master_realm(&core).await.map_err(said)?;
    realms(&core, number("realms")?).await?;
    let name = given.find("realm").unwrap_or("seed-0");
    if number("users")? + number("sessions")? > 0 {
        let plan = core.plan(name, Fresh::Now).await.map_err(said)?.ok_or(format!("no realm named {name:?}"))?;
        users(&core, &plan, number("users")?, number("sessions")?).await?;
    }
    Ok(())
}

/// Realms that share one set of keys, since making a key takes longer than making a realm.
async fn realms(core: &Arc<Core>, count: usize) -> Done<()> {
    let mut keys = Value::Null;
    for n in 0..count {
        let name = format!("seed-{n}");
        if store::realms::find(&core.store, &name).await?.is_none() {
            let mut file = json!({"realm": name, "enabled": true, "clients": [
                {"clientId": "app", "secret": "app-secret", "serviceAccountsEnabled": true, "directAccessGrantsEnabled": true},
            ]});
            if let (true, Some(members)) = (!keys.is_null(), file.as_object_mut()) {
                members.insert("components".to_owned(), json!({"org.keycloak.keys.KeyProvider": keys}));
            }
            admin::import::realm(core, Document::from_value(file)).await.map_err(said)?;
        }
        if n == 0 {
            keys = keys_of(core, &name).await?;
        }
        if (n + 1) % 100 == 0 {
            eprintln!("{} of {count} realms", n + 1);
        }
    }
    Ok(())
}

async fn keys_of(core: &Core, realm: &str) -> Done<Value> {
    let row = store::realms::find(&core.store, realm).await?.ok_or("the first realm is not there")?;
    let parts = store::parts::list(&core.store, &row.id).await?;
    let keys = parts.into_iter().filter(|p| p.doc.text("providerType") == Some(domain::keys::KEY_PROVIDER));
    Ok(Value::Array(
        keys.map(|p| {
            json!({"name": p.name, "providerId": p.doc.text("providerId"), "subComponents": {},
            "config": p.doc.object("config")})
        })
        .collect(),
    ))
}

async fn users(core: &Core, plan: &Plan, users: usize, sessions: usize) -> Done<()> {
    let password = core.make_password(plan, "seed-password").await.map_err(said)?;
    let client = store::clients::list(&core.store, &plan.realm.id, 0, 1).await?.into_iter().next();
    let client = client.ok_or("the realm has no client")?;
    let (most, now) = (users.max(sessions), core.now());
    for first in (0..most).step_by(CHUNK) {
        let mut batch = Batch::new();
        for n in first..most.min(first + CHUNK) {
            let id = ids::timed(core.clock.now_ms()).map_err(|e| e.to_string())?;
            add_user(core, &mut batch, plan, &id, n, &password)?;
            if n < sessions {
                add_session(&mut batch, plan, &id, &client.id, now)?;
            }
        }
        core.store.db().commit(batch).await?;
        if first % 10_000 == 0 {
            eprintln!("{first} of {most} users");
        }
    }
    Ok(())
}

fn add_user(core: &Core, batch: &mut Batch, plan: &Plan, id: &str, n: usize, password: &Credential) -> Done<()> {
    let user = User {
        id: id.to_owned(),
        version: 1,
        username: format!("seed-user-{n}"),
        email: Some(format!("seed-user-{n}@seed.example")),
        first_name: Some("Seed".to_owned()),
        last_name: Some(n.to_string()),
        email_verified: true,
        enabled: true,
        created_ms: core.clock.now_ms(),
        not_before: 0,
        required_actions: Vec::new(),
        service_account: None,
        doc: Document::from_value(json!({"attributes": {"country": ["NG"]}})),
    };
    store::users::insert(batch, &plan.realm.id, &user, true);
    if let Some(role) = plan.default_role() {
        store::users::add_role(batch, id, role);
    }
    let credential = Credential { id: ids::uuid().map_err(|e| e.to_string())?, ..password.clone() };
    store::users::insert_credential(&core.store, batch, id, &credential)?;
    Ok(())
}

fn add_session(batch: &mut Batch, plan: &Plan, user: &str, client: &str, now: i64) -> Done<()> {
    let session = UserSession {
        id: ids::session().map_err(|e| e.to_string())?,
        offline: false,
        user_id: user.to_owned(),
        started_at: now,
        refreshed_at: now,
        remember_me: false,
        ip: "127.0.0.1".to_owned(),
        notes: Document::default(),
        expires_at: now + 36_000,
    };
    store::sessions::insert(batch, &plan.realm.id, &session);
    let part = ClientSession {
        session_id: session.id,
        offline: false,
        client_id: client.to_owned(),
        started_at: now,
        refreshed_at: now,
        version: 1,
        notes: Document::default(),
    };
    store::sessions::upsert_client(batch, &part);
    Ok(())
}
