//! `cargo xtask bench`: the cost of each operation, beside a real Keycloak where one is asked for, into `bench/RESULTS.md`;
//! and that of signed messages, into a file of their own.
//!
//! The servers run with durable commits on one machine and take turns; the load comes from `bench/bench.py`.

mod messages;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome, While};
use crate::keycloak;
use crate::machine::{description, free_port, resident_mib, worker};
use crate::postgres::{self, Cluster};
use crate::prerequisites::{self, WRK, ensure};
use crate::process::{Running, command, complete, find, read, root};
use crate::server::{self, Database, Server};

pub(crate) const USAGE: &str = "[--keycloak DIR|fetch] [--db sqlite|postgres|both|none] [--work a,b] [--entries N] [--seconds 8] [--rounds 3] [--warmup 4] [--profile release]";

const RESULTS: &str = "bench/RESULTS.md";
const LIMIT: Duration = Duration::from_secs(2 * 3600);

/// What a row of the table is about, in its order: the name in bench.py, and in words.
const WORK: &[(&str, &str)] = &[
    ("client_credentials", "client_credentials, RS256, event stored"),
    ("client_credentials_es256", "client_credentials, ES256, event stored"),
    ("refresh", "refresh with openid"),
    ("password", "password, argon2id as Keycloak's default"),
    ("introspect", "introspect, active, one token"),
    ("introspect_many", "introspect, active, 1,000 tokens"),
    ("userinfo", "userinfo"),
    ("certs", "certs"),
    ("discovery", "discovery"),
    ("login_page", "login page"),
    ("introspect_in_storm", "introspect during a login storm (CPU of both)"),
];

/// A server under load.
struct Subject {
    name: &'static str,
    base: String,
    pid: u32,
    start: Duration,
    fresh_mib: f64,
}

/// How long and how much.
struct Times {
    seconds: u32,
    rounds: u32,
    warmup: u32,
    /// Entries of the ledger before signed messages are measured.
    entries: u32,
}

pub(crate) fn run(mut a: Arguments) -> Outcome<()> {
    let home = a.option("--keycloak")?;
    let databases = match a.option("--db")?.as_deref() {
        Some("none") => Vec::new(),
        named => Database::parse(named)?,
    };
    let (work, of_messages) = chosen(a.option("--work")?.as_deref())?;
    let times = Times {
        entries: a.number("--entries", 0)?,
        seconds: a.number("--seconds", 8)?,
        rounds: a.number("--rounds", 3)?,
        warmup: a.number("--warmup", 4)?,
    };
    let profile = a.option("--profile")?.unwrap_or_else(|| "release".into());
    a.finish()?;
    ensure(&[&WRK])?;
    let binary = if databases.is_empty() { PathBuf::new() } else { server::build(&profile)? };
    if !work.is_empty() {
        operations(&binary, &databases, home.as_deref(), &work, &times, &profile)?;
    }
    if !of_messages.is_empty() && !databases.is_empty() {
        messages::run(&binary, &databases, &of_messages, &times, &profile)?;
    }
    Ok(())
}

/// The works that are named, or all: those of every provider, and those of signed messages.
fn chosen(named: Option<&str>) -> Outcome<(Vec<String>, Vec<String>)> {
    let all = || WORK.iter().chain(messages::WORK).map(|(name, _)| (*name).to_owned()).collect();
    let names: Vec<String> = named.map_or_else(all, |named| named.split(',').map(str::to_owned).collect());
    let is_in = |list: &[(&str, &str)], name: &str| list.iter().any(|(known, _)| *known == name);
    match names.iter().find(|name| !is_in(WORK, name) && !is_in(messages::WORK, name)) {
        Some(odd) => Err(Failure::new(format!("--work: there is none called {odd:?}"))),
        None => Ok(names.into_iter().partition(|name| is_in(WORK, name))),
    }
}

/// What every provider does, beside a real Keycloak where one is asked for.
fn operations(
    binary: &Path,
    databases: &[Database],
    home: Option<&str>,
    work: &[String],
    times: &Times,
    profile: &str,
) -> Outcome<()> {
    let cluster = Cluster::start()?;
    let mut servers = Vec::new();
    let mut subjects = Vec::new();
    for database in databases {
        let (server, subject) = countersign(binary, *database, &cluster)?;
        servers.push(server);
        subjects.push(subject);
    }
    let mut running = Vec::new();
    if let Some(home) = home {
        println!("starting Keycloak, twice");
        let (keycloak, subject) = real_keycloak(home, &cluster)?;
        running.push(keycloak);
        subjects.push(subject);
    }
    let Times { seconds, rounds, warmup, .. } = *times;
    let work = work.join(",");
    let figures = measure(&subjects, &work, [("--seconds", seconds), ("--rounds", rounds), ("--warmup", warmup)])?;
    let signature = rsa_signature();
    let text = report(&subjects, &figures, signature.as_deref(), profile);
    fs::write(root().join(RESULTS), text).while_doing(format!("writing {RESULTS}"))?;
    println!("written to {RESULTS}");
    Ok(())
}

fn countersign(binary: &Path, database: Database, cluster: &Cluster) -> Outcome<(Server, Subject)> {
    let mut server = Server::start(binary, database, Some(cluster))?;
    // The second start is the one that counts: the store exists.
    let start = server.restart()?;
    let name = if database == Database::Sqlite { "countersign-sqlite" } else { "countersign-postgres" };
    let subject = Subject {
        name,
        base: server.base(),
        pid: server.pid(),
        start,
        fresh_mib: resident_mib(server.pid()).unwrap_or_default(),
    };
    Ok((server, subject))
}

/// Keycloak is started twice as well, so that both starts find an existing store.
fn real_keycloak(home: &str, cluster: &Cluster) -> Outcome<(Running, Subject)> {
    let home = if home == "fetch" { keycloak::fetch()? } else { home.into() };
    cluster.new_database("keycloak")?;
    let port = free_port()?;
    let database = (cluster.port(), "keycloak", postgres::USER);
    drop(keycloak::production(&home, port, database)?);
    let (running, start) = keycloak::production(&home, port, database)?;
    let pid = worker(running.pid());
    let fresh_mib = resident_mib(pid).unwrap_or_default();
    let base = format!("http://127.0.0.1:{port}");
    Ok((running, Subject { name: "keycloak", base, pid, start, fresh_mib }))
}

fn measure(subjects: &[Subject], work: &str, times: [(&str, u32); 3]) -> Outcome<Value> {
    let json = root().join("target/bench.json");
    let mut bench = command(prerequisites::venv()?);
    bench.args(["-u", "bench/bench.py", "--import", "--work", work]).arg("--json").arg(&json);
    for (option, number) in times {
        bench.arg(option).arg(number.to_string());
    }
    for s in subjects {
        bench.args(["--server", &format!("{}={},{}", s.name, s.base, s.pid)]);
    }
    complete(&mut bench, LIMIT)?;
    serde_json::from_str(&fs::read_to_string(&json).while_doing("reading bench.json")?)
        .while_doing("reading bench.json")
}

/// What one RSA-2048 signature costs on this machine, by OpenSSL's own measure, in microseconds.
fn rsa_signature() -> Option<String> {
    find("openssl")?;
    let said = read(command("openssl").args(["speed", "-seconds", "3", "rsa2048"])).ok()?;
    let line = said.lines().rev().find(|l| l.contains("2048 bits"))?;
    let per_signature = line.split_whitespace().find_map(|w| w.strip_suffix('s')?.parse::<f64>().ok())?;
    Some(format!("{:.0}", per_signature * 1e6))
}

// -- the report ----------------------------------------------------------------------------------------------------------

/// When, of what and on what it was measured; `beside`: what else was.
fn machine_and_versions(profile: &str, beside: &str) -> String {
    let date = read(command("date").args(["-u", "+%F"])).unwrap_or_default();
    let commit = read(command("git").args(["rev-parse", "--short=12", "HEAD"])).unwrap_or_default();
    let rustc = read(command("rustc").arg("--version")).unwrap_or_default();
    let postgres = postgres::binaries().and_then(|bin| read(command(bin.join("postgres")).arg("--version")).ok());
    format!(
        "`cargo xtask bench` wrote this on {date}: commit {commit}, profile {profile}, {rustc}, {}{beside}.\n\
         Machine: {}, the load and the databases on the same one.\n",
        postgres.unwrap_or_default(),
        description(),
    )
}

fn report(subjects: &[Subject], figures: &Value, signature: Option<&str>, profile: &str) -> String {
    let mut text = format!(
        "# Measured\n\n{}\
         Medians of {} rounds of {} s with {} connections, each kind warmed up for {} s, the servers taking turns. CPU is that of the server process alone, per\n\
         operation; every answer was read for what it must say. Absolute figures hold for this machine and hour: read the ratios.\n\n",
        machine_and_versions(profile, &format!(", Keycloak {}", keycloak::VERSION)),
        figures["rounds"],
        figures["seconds"],
        figures["connections"],
        figures["warmup"],
    );
    if let Some(signature) = signature {
        text += &format!("One RSA-2048 signature, by `openssl speed`, in the same run: {signature} µs.\n\n");
    }
    text += &table("CPU, µs per operation", WORK, subjects, figures, |m| number(&m["cpu"]));
    text += &table("Operations per second", WORK, subjects, figures, |m| number(&m["rate"]));
    text += &table("Latency, p50 / p99 ms", WORK, subjects, figures, |m| {
        format!("{} / {}", number(&m["p50"]), number(&m["p99"]))
    });
    text += &table("Failed answers", WORK, subjects, figures, |m| m["failed"].to_string());
    text += &heading("Process", subjects);
    text += &row("start to first answer, existing store, s", subjects, |s| format!("{:.3}", s.start.as_secs_f64()));
    text += &row("resident after start, MiB", subjects, |s| format!("{:.0}", s.fresh_mib));
    text += &row("resident after the load, MiB", subjects, |s| number(at(figures, &["resident after", s.name])));
    text
}

fn heading(what: &str, subjects: &[Subject]) -> String {
    let names: String = subjects.iter().map(|s| format!(" {} |", s.name)).collect();
    format!("| {what} |{names}\n|---|{}\n", "---:|".repeat(subjects.len()))
}

fn row(what: &str, subjects: &[Subject], cell: impl Fn(&Subject) -> String) -> String {
    let cells: String = subjects.iter().map(|s| format!(" {} |", cell(s))).collect();
    format!("| {what} |{cells}\n")
}

fn table(
    what: &str,
    work: &[(&str, &str)],
    subjects: &[Subject],
    figures: &Value,
    cell: impl Fn(&Value) -> String,
) -> String {
    let mut text = heading(what, subjects);
    for (name, words) in work.iter().filter(|(name, _)| !at(figures, &["work", name]).is_null()) {
        text += &row(words, subjects, |s| cell(at(figures, &["work", name, s.name])));
    }
    text + "\n"
}

/// A figure by its path; `null` where it was not measured.
fn at<'f>(figures: &'f Value, path: &[&str]) -> &'f Value {
    path.iter().fold(figures, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn number(value: &Value) -> String {
    match value.as_f64().unwrap_or_default() {
        n if n >= 100.0 => format!("{n:.0}"),
        n if n >= 10.0 => format!("{n:.1}"),
        n => format!("{n:.2}"),
    }
}
