//! The part of `cargo xtask bench` about signed messages: verdicts with evidence, proofs, a gateway, on a ledger of a given
//! size, into `bench/MESSAGES.md`. The load comes from `bench/network.py`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::{Subject, Times, at, countersign, heading, machine_and_versions, number, row, table};
use crate::failure::{Outcome, While};
use crate::postgres::Cluster;
use crate::prerequisites;
use crate::process::{command, complete, root};
use crate::server::{Database, Server};

const RESULTS: &str = "bench/MESSAGES.md";
/// A million entries are filled in some ten minutes for each store.
const LIMIT: Duration = Duration::from_secs(8 * 3600);
/// Asked for once each, of servers that were just started anew.
const COLD: &str = "proof_cold";

/// What a row of the table is about, in its order: the name in network.py, and in words.
pub(super) const WORK: &[(&str, &str)] = &[
    ("verify", "verify, RS256, 2 KiB, with evidence"),
    ("check", "the same with the sender's token"),
    ("proof", "proof, of the newest 4,000 messages"),
    (COLD, "proof, each of another entry, server just started"),
    ("gateway", "gateway, its own process, reply signed by ES256"),
];

/// Measures these works on stores of their own, and writes what was found.
pub(super) fn run(binary: &Path, databases: &[Database], work: &[String], times: &Times, profile: &str) -> Outcome<()> {
    let cluster = Cluster::start()?;
    let (mut servers, mut subjects): (Vec<Server>, Vec<Subject>) = (Vec::new(), Vec::new());
    for database in databases {
        let (server, subject) = countersign(binary, *database, &cluster)?;
        servers.push(server);
        subjects.push(subject);
    }
    let empty = disk(&servers, &cluster)?;
    let (warm, cold): (Vec<_>, Vec<_>) = work.iter().cloned().partition(|name| name != COLD);
    // The entries that cold proofs are asked for are made by the other works, or by the filling.
    let warm = if warm.is_empty() { vec!["verify".to_owned()] } else { warm };
    let kept = root().join("target/bench-kept.json");
    let given = |n: u32| n.to_string();
    let mut figures = measure(&subjects, &warm, times, |bench| {
        bench.arg("--gateway").arg(binary).arg("--keep").arg(&kept);
        bench.args(["--rounds", &given(times.rounds), "--entries", &given(times.entries)]);
    })?;
    for (server, subject) in servers.iter_mut().zip(&mut subjects) {
        subject.start = server.restart()?;
        subject.pid = server.pid();
    }
    let filled = disk(&servers, &cluster)?;
    if !cold.is_empty() {
        let found = measure(&subjects, &cold, times, |bench| {
            bench.arg("--kept").arg(&kept).args(["--rounds", "1"]);
        })?;
        if let Some(work) = figures.get_mut("work").and_then(Value::as_object_mut) {
            work.insert(COLD.to_owned(), at(&found, &["work", COLD]).clone());
        }
    }
    let sizes = Sizes { empty, filled };
    let text = report(&subjects, &figures, &sizes, times, profile);
    fs::write(root().join(RESULTS), text).while_doing(format!("writing {RESULTS}"))?;
    println!("written to {RESULTS}");
    Ok(())
}

/// Octets on disk of each server's store, before and after.
struct Sizes {
    empty: Vec<u64>,
    filled: Vec<u64>,
}

fn disk(servers: &[Server], cluster: &Cluster) -> Outcome<Vec<u64>> {
    servers.iter().map(|server| server.disk(cluster)).collect()
}

fn measure(
    subjects: &[Subject],
    work: &[String],
    times: &Times,
    more: impl FnOnce(&mut std::process::Command),
) -> Outcome<Value> {
    let json = root().join("target/bench-messages.json");
    let mut bench = command(prerequisites::venv()?);
    bench.args(["-u", "bench/network.py", "--work", &work.join(",")]).arg("--json").arg(&json);
    bench.args(["--seconds", &times.seconds.to_string()]);
    for s in subjects {
        bench.args(["--server", &format!("{}={},{}", s.name, s.base, s.pid)]);
    }
    more(&mut bench);
    complete(&mut bench, LIMIT)?;
    serde_json::from_str(&fs::read_to_string(&json).while_doing("reading bench-messages.json")?)
        .while_doing("reading bench-messages.json")
}

fn report(subjects: &[Subject], figures: &Value, sizes: &Sizes, times: &Times, profile: &str) -> String {
    let mut text = format!(
        "# Signed messages, measured\n\n{}\
         Medians of {} rounds of {} s with {} connections. CPU is that of the process alone, per operation, sequencing and search included; no message was\n\
         sent twice, and every answer was read for what it must say. Absolute figures hold for this machine and hour: read the ratios.\n\n",
        machine_and_versions(profile, ""),
        figures["rounds"],
        figures["seconds"],
        figures["connections"],
    );
    if times.entries > 0 {
        text += &format!("The ledger had {} entries before the load, with bodies of 256 octets.\n\n", times.entries);
    }
    let mut add = |title, cell: fn(&Value) -> String| text += &table(title, WORK, subjects, figures, cell);
    add("CPU, µs per operation", |m| number(&m["cpu"]));
    add("Operations per second", |m| number(&m["rate"]));
    add("Latency, p50 / p99 ms", |m| format!("{} / {}", number(&m["p50"]), number(&m["p99"])));
    add("Failed answers", |m| m["failed"].to_string());
    add("Resident at the end of a round, MiB", |m| number(&m["resident"]));
    let entries = |name: &str| at(figures, &["entries", name]).as_f64().unwrap_or_default().max(1.0);
    let grown = |s: &Subject| {
        let at = subjects.iter().position(|other| other.name == s.name);
        let of = |sizes: &[u64]| at.and_then(|at| sizes.get(at)).copied().unwrap_or_default() as f64;
        (of(&sizes.filled) - of(&sizes.empty)) / 1024.0
    };
    text += &heading("Store at the end", subjects);
    text += &row("entries", subjects, |s| format!("{:.0}", entries(s.name)));
    text += &row("MiB", subjects, |s| format!("{:.0}", grown(s) / 1024.0));
    text += &row("KiB per entry", subjects, |s| format!("{:.2}", grown(s) / entries(s.name)));
    text += &row("start to first answer, s", subjects, |s| format!("{:.3}", s.start.as_secs_f64()));
    text
}
