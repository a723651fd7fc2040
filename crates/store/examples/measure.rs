//! Measures reads and durable commits on a database: `cargo run --release -p store --example measure -- sqlite:/tmp/m/m.db`.
//!
//! A row is about 500 bytes, as a session is. CPU is that of this process alone, so without PostgreSQL's.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a tool for developers")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use store::db::Config;
use store::{Batch, Db, params};

const SECONDS: u64 = 3;
const TABLE: &str = "CREATE TABLE measured (id TEXT PRIMARY KEY, owner TEXT NOT NULL, doc TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO measured (id, owner, doc) VALUES ($1, $2, $3)";
const UPDATE: &str = "UPDATE measured SET owner = $2 WHERE id = $1";
const FIND: &str = "SELECT id, owner, doc FROM measured WHERE id = $1";

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).expect("the URL of a database");
    let db = Db::open(&Config::parse_url(&url).expect("a URL")).await.expect("opens");
    let mut batch = Batch::new();
    batch.push("DROP TABLE IF EXISTS measured", params![]);
    batch.push(TABLE, params![]);
    batch.push("CREATE INDEX ix_measured_owner ON measured (owner)", params![]);
    db.commit(batch).await.expect("makes the table");
    let rows = Arc::new(AtomicI64::new(0));
    for clients in [1, 16, 64, 256] {
        run("insert", clients, &rows, &db, |db, n| async move {
            let mut batch = Batch::new();
            batch.push(INSERT, params![id(n), format!("o{}", n % 1000), "x".repeat(400)]);
            db.commit(batch).await.expect("inserts");
        })
        .await;
    }
    for clients in [1, 64] {
        run("expected update + insert", clients, &rows, &db, |db, n| async move {
            let mut batch = Batch::new();
            batch.push(INSERT, params![id(n), format!("o{}", n % 1000), "x".repeat(400)]);
            batch.expect(UPDATE, params![id(n / 2), format!("p{}", n % 1000)], 1, "is there");
            db.commit(batch).await.expect("updates");
        })
        .await;
    }
    let (last, turn) = (rows.load(Ordering::Relaxed), Arc::new(AtomicI64::new(0)));
    for clients in [1, 16, 64] {
        run("read", clients, &turn, &db, move |db, n| async move {
            let found = db.read_one(FIND, params![id(n * 7919 % last)]).await;
            found.expect("reads").expect("is there");
        })
        .await;
    }
}

fn id(n: i64) -> String {
    format!("{n:012}-0123456789abcdef0123456789abcdef")
}

async fn run<F, W>(what: &str, clients: usize, turn: &Arc<AtomicI64>, db: &Db, work: F)
where
    F: Fn(Db, i64) -> W + Clone + Send + 'static,
    W: Future<Output = ()> + Send,
{
    let (start, cpu) = (Instant::now(), cpu());
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (db, work, turn) = (db.clone(), work.clone(), Arc::clone(turn));
            tokio::spawn(async move {
                let mut done = 0_u64;
                while start.elapsed() < Duration::from_secs(SECONDS) {
                    let n = turn.fetch_add(1, Ordering::Relaxed);
                    work(db.clone(), n).await;
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.expect("ends");
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    let micros = (self::cpu() - cpu).as_secs_f64() * 1e6 / done as f64;
    println!("{what:>25} {clients:>4} clients {rate:>9.0}/s {micros:>7.1} µs CPU each");
}

/// User and system time of this process, in ticks of 10 ms.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let ticks = |i| stat.split(' ').nth(i).and_then(|ticks| ticks.parse::<u64>().ok()).expect("a number");
    Duration::from_millis(10 * (ticks(13) + ticks(14)))
}
