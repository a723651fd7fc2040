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
/// A million entries are filled in a minute or two for each store.
const LIMIT: Duration = Duration::from_secs(8 * 3600);
/// Entries of a filled ledger that proofs are asked for, at most.
const SAMPLE: &str = "100000";
/// Asked for once each, of servers that were just started anew.
const COLD: &str = "proof_cold";

/// What a row of the table is about, in its order: the name in network.py, and in words.
pub(super) const WORK: &[(&str, &str)] = &[
    ("verify", "verify, RS256, 2 KiB, with evidence"),
    ("check", "the same with the sender's token"),
    ("proof", "proof, of the newest 4,000 messages"),
    ("proof_spread", "proof, of 4,000 entries all over the ledger"),
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
    if times.entries > 0 {
        measure(&subjects, &[], times, |bench| {
            bench.arg("--keep").arg(&kept);
        })?;
        for (server, subject) in servers.iter_mut().zip(&mut subjects) {
            fill(server, subject.name, times.entries, profile, &kept)?;
            subject.pid = server.pid();
        }
    }
    let mut figures = measure(&subjects, &warm, times, |bench| {
        bench.arg("--gateway").arg(binary).arg("--keep").arg(&kept);
        bench.args(["--rounds", &times.rounds.to_string()]);
        if times.entries > 0 {
            bench.arg("--kept").arg(&kept);
        }
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

/// Fills a server's ledger while the server is down, and writes which entries proofs can be asked for into what is kept.
fn fill(server: &mut Server, name: &str, entries: u32, profile: &str, kept: &Path) -> Outcome<()> {
    let ids = root().join("target/bench-ids");
    server.restart_after(|data, url| {
        let mut filler = command("cargo");
        filler.args(["run", "--quiet", "--profile", profile, "-p", "countersign", "--example", "fill_ledger", "--"]);
        filler.args(["--realm", "bench-network", "--role", "filler", "--sample", SAMPLE, "--ids"]).arg(&ids);
        filler.args(["--entries", &entries.to_string(), "--data-dir"]).arg(data);
        filler.args(url.into_iter().flat_map(|url| ["--db-url", url]));
        complete(&mut filler, LIMIT)
    })?;
    let mut all = read_json(kept)?;
    let ids = fs::read_to_string(&ids).while_doing("reading ids of entries")?;
    if let Some(of_server) = all.get_mut(name).and_then(Value::as_object_mut) {
        of_server.insert("ids".to_owned(), ids.lines().collect());
    }
    fs::write(kept, all.to_string()).while_doing(format!("writing {}", kept.display()))
}

fn read_json(file: &Path) -> Outcome<Value> {
    let name = format!("reading {}", file.display());
    serde_json::from_str(&fs::read_to_string(file).while_doing(&name)?).while_doing(&name)
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
    read_json(&json)
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
