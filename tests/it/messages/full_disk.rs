//! A full disk: nothing is recorded, and nothing that was answered is lost.

use std::collections::BTreeSet;

use store::{Batch, params};
use wire_tests::{Engine, Server, Setup};

use super::network;

/// Lets the database grow to so many pages, as a disk of that size does.
pub(super) async fn resize(server: &Server, pages: i64) {
    let mut batch = Batch::new();
    batch.push(format!("PRAGMA max_page_count = {pages}").leak(), params![]);
    server.core.store.db().commit(batch).await.expect("a new size");
}

#[tokio::test]
async fn a_full_disk_is_503_and_when_there_is_room_again_all_that_was_answered_gets_its_index() {
    let server = Setup::of("messages").start().await;
    let (agent, bank) = network(&server).await;
    let token = bank.token().await;
    let ask = async |n: usize| {
        let sent = agent.sign("bank", "/loans", format!("{n:>8000}").as_bytes());
        server.ask(sent.ask(&server, "verify").bearer(&token)).await
    };
    ask(0).await.expect(200);
    server.core.sequence_all().await.unwrap();
    let pages = server.core.store.db().read_one("PRAGMA page_count", params![]).await.unwrap().unwrap().int(0).unwrap();
    resize(&server, pages + 60).await;
    let mut answered = BTreeSet::new();
    let mut refused = 0;
    for n in 1..200 {
        let reply = ask(n).await;
        match reply.status {
            200 => {
                answered.insert(reply.json()["entry"]["id"].as_str().unwrap().to_owned());
            }
            status => {
                assert_eq!(status, 503, "{}", reply.body);
                refused += 1;
            }
        }
        let _ = server.core.sequence_all().await;
    }
    assert!(refused > 100 && !answered.is_empty(), "{refused} refused, {} answered", answered.len());
    resize(&server, 1_000_000).await;
    ask(200).await.expect(200);
    server.core.sequence_all().await.expect("goes on");
    let there = indexed(&server).await;
    assert!(answered.is_subset(&there));
}

/// The ids of all entries, which have each index once, from 0 to the size.
async fn indexed(server: &Server) -> BTreeSet<String> {
    let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
    let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
    let row = store::ledger::find(&server.core.store, &ledger.id).await.unwrap().unwrap();
    let entries = store::ledger::entries(&server.core.store, &ledger.id, 0, i64::MAX).await.unwrap();
    assert!(entries.iter().map(|entry| entry.position.unwrap()).eq(0..row.size));
    let there: BTreeSet<String> = entries.into_iter().map(|entry| entry.id).collect();
    assert!(there.len() as i64 == row.size);
    there
}

/// Triggers by which PostgreSQL says what it says of a full disk: each row that is written takes of the room there is.
const DISK: [&str; 4] = [
    "CREATE TABLE disk (room BIGINT NOT NULL)",
    "CREATE SEQUENCE disk_written",
    "CREATE FUNCTION disk_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN \
         IF nextval(''disk_written'') > (SELECT room FROM disk) THEN \
             RAISE EXCEPTION ''no space left on device'' USING ERRCODE = ''disk_full''; \
         END IF; RETURN NEW; END'",
    "DO 'DECLARE it TEXT; BEGIN \
         FOR it IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> ''disk'' LOOP \
             EXECUTE format(''CREATE TRIGGER disk BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION disk_write()'', it); \
         END LOOP; END'",
];

async fn leave_room(server: &Server, rows: i64) {
    let mut batch = Batch::new();
    batch.push("DELETE FROM disk", params![]);
    batch.push("INSERT INTO disk (room) VALUES ($1)", params![rows]);
    batch.push("SELECT setval('disk_written', 1, false)", params![]);
    server.core.store.db().commit(batch).await.expect("a new size");
}

async fn count(server: &Server, what: &'static str) -> i64 {
    server.core.store.db().read_one(what, params![]).await.unwrap().unwrap().int(0).unwrap()
}

#[tokio::test]
async fn wherever_within_a_batch_the_disk_of_postgresql_is_full_nothing_of_it_is_kept() {
    let Some(server) = Setup::of("messages").on(Engine::Postgres).try_start().await else { return };
    let (agent, bank) = network(&server).await;
    let token = bank.token().await;
    let sent = |body: &[u8]| agent.sign("bank", "/loans", body).ask(&server, "verify").bearer(&token);
    server.ask(sent(b"before")).await.expect(200);
    server.core.sequence_all().await.unwrap();
    let mut batch = Batch::new();
    DISK.iter().for_each(|sql| _ = batch.push(sql, params![]));
    server.core.store.db().commit(batch).await.unwrap();
    const ENTRIES: &str = "SELECT COUNT(*) FROM ledger_entry";
    const SIZE: &str = "SELECT MAX(size) FROM ledger";
    let (entries, ask) = (count(&server, ENTRIES).await, sent(b"now"));
    let mut full = 0;
    // The same message again and again: whatever were kept of it would show in the verdict.
    let answer = loop {
        leave_room(&server, full).await;
        let reply = server.ask(ask.clone()).await;
        if reply.status == 200 {
            break reply.json();
        }
        assert_eq!((reply.status, reply.header("retry-after").is_empty()), (503, false), "{}", reply.body);
        assert_eq!(count(&server, ENTRIES).await, entries, "with room for {full} rows");
        full += 1;
    };
    assert!(full > 2, "its batch writes some rows: {full}");
    assert_eq!((&answer["code"], &answer["first"], &answer["repeated"]), (&"ok".into(), &().into(), &false.into()));
    let (size, mut full) = (count(&server, SIZE).await, 0);
    loop {
        leave_room(&server, full).await;
        if server.core.sequence_all().await.is_ok() {
            break;
        }
        assert_eq!(count(&server, SIZE).await, size, "with room for {full} rows");
        full += 1;
    }
    assert!(full > 2, "that of the sequencer, too: {full}");
    assert!(indexed(&server).await.contains(answer["entry"]["id"].as_str().unwrap()));
    leave_room(&server, 1_000).await;
    let later = server.ask(sent(b"later")).await.expect(200).json();
    server.core.sequence_all().await.expect("goes on");
    assert!(indexed(&server).await.contains(later["entry"]["id"].as_str().unwrap()));
}
