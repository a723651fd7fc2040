//! What was answered is in the ledger after `kill -9`, whoever goes on: the same node after a new start, or another one.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use domain::clock::{Clock as _, SystemClock};
use ledger::{Checkpoint, Note, hash, tile};
use wire_tests::{Engine, NOW, Party, Place, Setup};

const PLACE: &str = "IT_KILLED_PLACE";
const NODE: &str = "IT_KILLED_NODE";
const ROUNDS: usize = 3;
const ANSWERS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answered_verdict_is_lost_when_nodes_are_killed_and_indexes_have_no_gap() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(place) = Place::new(engine) else { continue };
        let mut answered = BTreeSet::new();
        let mut heads = Vec::new();
        for round in 0..ROUNDS {
            // On PostgreSQL a second node goes on beside the one that is killed, and takes its lease over.
            let nodes = if engine == Engine::Postgres && round > 0 { 2 } else { 1 };
            let children: Vec<_> = (0..nodes).map(|node| start(&place, engine, round * 2 + node)).collect();
            for child in children {
                kill_after(child, &mut answered, &mut heads);
            }
        }
        let server = Setup::of("messages").at(Arc::new(place)).remembering().start().await;
        // The dead node's lease is over by then.
        server.wait(SystemClock.now_ms() / 1000 - NOW + 3600);
        let plan = server.core.plan("net", domain::Fresh::Now).await.unwrap().unwrap();
        let ledger = plan.network.as_ref().unwrap().ledger.clone().unwrap();
        server.core.sequence_all().await.unwrap();
        let row = store::ledger::find(&server.core.store, &ledger.id).await.unwrap().unwrap();
        let entries = store::ledger::entries(&server.core.store, &ledger.id, 0, i64::MAX).await.unwrap();
        assert!(
            entries.iter().map(|entry| entry.position.unwrap()).eq(0..row.size),
            "each index once, from 0 to the size"
        );
        let there: BTreeSet<String> = entries.iter().map(|entry| entry.id.clone()).collect();
        assert_eq!(there.len(), entries.len());
        let lost: Vec<&String> = answered.difference(&there).collect();
        assert!(answered.len() >= ROUNDS * ANSWERS && lost.is_empty(), "{} of {} lost", lost.len(), answered.len());
        assert_all_are_of_one_tree(&heads, &entries, &row);
    }
}

/// Each checkpoint that was ever shown is a beginning of the tree that there is.
fn assert_all_are_of_one_tree(heads: &[String], entries: &[store::ledger::EntryRow], row: &store::ledger::LedgerRow) {
    let hashes: Vec<_> = entries.iter().map(|entry| hash::leaf_hash(&entry.leaf)).collect();
    let root = |size: usize| {
        let mut edge = tile::Edge::default();
        edge.append(&hashes[..size]);
        edge.root().unwrap()
    };
    assert_eq!(root(hashes.len()).as_slice(), row.root);
    let mut seen = BTreeSet::new();
    for head in heads {
        let note = Note::parse(&jose::b64::decode(head, "note").unwrap()).unwrap();
        let checkpoint = Checkpoint::parse(&note.text).unwrap();
        if seen.insert(checkpoint.size) {
            assert_eq!(root(usize::try_from(checkpoint.size).unwrap()), checkpoint.root, "of {}", checkpoint.size);
        }
    }
    assert!(seen.len() >= ROUNDS, "{seen:?}");
}

fn start(place: &Place, engine: Engine, node: usize) -> std::process::Child {
    let name = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "messages::killed::node_that_is_killed", "--nocapture"])
        .env(PLACE, format!("{name} {}", place.name()))
        .env(NODE, node.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn kill_after(mut child: std::process::Child, answered: &mut BTreeSet<String>, heads: &mut Vec<String>) {
    let (mut count, mut seen) = (0, BTreeSet::new());
    // Lines that were written before the kill are still read after it.
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(id) = line.strip_prefix("answered ") {
            answered.insert(id.to_owned());
            count += 1;
        } else if let Some(note) = line.strip_prefix("head ") {
            heads.push(note.to_owned());
            seen.insert(note.to_owned());
        }
        // Not before it has signed something itself.
        if count >= ANSWERS && seen.len() > 1 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_that_is_killed() {
    // No test of its own: the process that the test above starts and kills, which alone gets a place.
    let (Some(place), Some(node)) = (std::env::var_os(PLACE), std::env::var_os(NODE)) else { return };
    let (place, node) = (place.into_string().unwrap(), node.into_string().unwrap());
    let (engine, name) = place.split_once(' ').unwrap();
    let engine = if engine == "sqlite" { Engine::Sqlite } else { Engine::Postgres };
    let place = Arc::new(Place::named(engine, name).expect("the store"));
    // It never goes: whoever starts it drops the store.
    std::mem::forget(Arc::clone(&place));
    let server = Setup::of("messages").at(place).remembering().start().await;
    let node: i64 = node.parse().unwrap();
    // A later node's clock is ahead, so that it takes the lease of an earlier one at once, dead or alive.
    let set_clock = || server.wait(SystemClock.now_ms() / 1000 + node * 20 - server.core.now());
    set_clock();
    let core = Arc::clone(&server.core);
    tokio::spawn(async move {
        loop {
            core.await_entries().await;
            let _ = core.sequence_all().await;
        }
    });
    let sender = Party::register(&server, &format!("sender{node}"), "strict").await;
    let bank = server.client("bank").token(&[("grant_type", "client_credentials")]).await.expect(200);
    let token = bank.text("access_token");
    for n in 0.. {
        set_clock();
        let sent = sender.sign("bank", "/loans", format!("{node} {n}").as_bytes());
        let answer = server.ask(sent.ask(&server, "verify").bearer(&token)).await;
        if answer.status != 200 {
            continue;
        }
        let answer = answer.json();
        let mut out = std::io::stdout();
        writeln!(out, "answered {}", answer["entry"]["id"].as_str().unwrap()).unwrap();
        writeln!(out, "head {}", jose::b64::encode(answer["receipt"]["checkpoint"].as_str().unwrap())).unwrap();
    }
}
