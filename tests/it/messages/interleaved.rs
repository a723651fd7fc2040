//! A verdict and a revocation of its key at two nodes on PostgreSQL, each stopped within its batch while the other comes.

use std::future::Future;
use std::time::Duration;

use registry::{Change, Moment};
use store::{Batch, Db, params};
use wire_tests::{Engine, Party, Server, Setup};

use super::{BODY, network};

/// What a trigger waits for, until this is dropped: a lock that a connection of its own holds.
struct Gate(Db);

impl Gate {
    /// Shuts the way of all writes that fire a trigger.
    async fn shut(server: &Server, trigger: &str) -> Self {
        let mut batch = Batch::new();
        let function = "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN PERFORM pg_advisory_xact_lock_shared(hashtext(TG_TABLE_SCHEMA)); RETURN NEW; END'";
        batch.push(function, params![]);
        batch.push(format!("CREATE TRIGGER gate {trigger} EXECUTE FUNCTION gate()").leak(), params![]);
        server.core.store.db().commit(batch).await.unwrap();
        let db = Db::open(&server.place.config).await.unwrap();
        let lock = "SELECT pg_try_advisory_lock(hashtext(current_schema()::text))";
        assert!(db.scan(lock, params![]).await.unwrap()[0].bool(0).unwrap());
        Self(db)
    }

    fn open(self) {
        drop(self.0);
    }
}

/// Until so many of the server's connections wait for a lock.
async fn waiting(server: &Server, count: i64) {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
    while server.core.store.db().read_one(sql, params![server.place.name()]).await.unwrap().unwrap().int(0).unwrap()
        < count
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Starts the second while the first is stopped; it must wait, too. Then lets both go, and gives what the second answers.
async fn beside<T>(server: &Server, gate: Gate, second: impl Future<Output = T>) -> T {
    waiting(server, 1).await;
    tokio::pin!(second);
    tokio::select! {
        _ = &mut second => panic!("it was answered while the other had the role's row"),
        () = waiting(server, 2) => {}
    }
    gate.open();
    second.await
}

async fn revoke(agent: &Party<'_>) {
    let since = Moment::from_ms(agent.role().await.head.at.ms());
    let (kid, reason) = (agent.key.kid().to_owned(), "stolen".to_owned());
    agent.change(Change::KeyRevoked { kid, since, reason }).await;
}

/// The kinds of the entries, in the order of their indexes.
async fn kinds(server: &Server) -> Vec<i64> {
    server.core.sequence_all().await.unwrap();
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
    let entries = store::ledger::entries(&server.core.store, &ledger.id, 0, i64::MAX).await.unwrap();
    entries.into_iter().map(|entry| entry.kind).collect()
}

const MESSAGE: i64 = 1;
const REGISTRY: i64 = 2;

#[tokio::test]
async fn a_revocation_waits_for_the_verdict_that_came_first_and_stands_behind_it() {
    let Some(server) = Setup::of("messages").on(Engine::Postgres).try_start().await else { return };
    let other = server.node(None).await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    let elsewhere = agent.at(&other);
    elsewhere.role().await;
    bank.verify(&agent.sign("bank", "/loans", b"before")).await.expect(200);
    let trigger = format!("BEFORE INSERT ON ledger_entry FOR EACH ROW WHEN (NEW.kind = {MESSAGE})");
    let gate = Gate::shut(&server, &trigger).await;
    let (verdict, ()) = tokio::join!(bank.verify(&sent), beside(&server, gate, revoke(&elsewhere)));
    assert_eq!(verdict.expect(200).text("code"), "ok", "the key was not revoked yet");
    for bank in [&bank, &bank.at(&other)] {
        assert_eq!(bank.code(&agent.sign("bank", "/loans", b"after")).await, "key_revoked");
    }
    let kinds = kinds(&server).await;
    let last = |wanted| kinds.iter().rposition(|kind| *kind == wanted).unwrap();
    assert!(last(MESSAGE) < last(REGISTRY), "{kinds:?}");
}

#[tokio::test]
async fn a_verdict_waits_for_the_revocation_that_came_first_and_no_longer_finds_the_key_good() {
    let Some(server) = Setup::of("messages").on(Engine::Postgres).try_start().await else { return };
    let other = server.node(None).await;
    let (agent, bank) = network(&server).await;
    let sent = agent.sign("bank", "/loans", BODY);
    bank.verify(&agent.sign("bank", "/loans", b"before")).await.expect(200);
    let elsewhere = agent.at(&other);
    let gate = Gate::shut(&server, "AFTER UPDATE ON participant_role FOR EACH ROW").await;
    let ((), code) = tokio::join!(revoke(&elsewhere), beside(&server, gate, bank.code(&sent)));
    assert_eq!(code, "key_revoked", "it was judged good before, and is judged anew");
    let kinds = kinds(&server).await;
    assert_eq!(kinds.iter().filter(|kind| **kind == MESSAGE).count(), 1, "that of before: {kinds:?}");
}
