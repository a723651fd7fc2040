//! `cargo xtask pg`: a PostgreSQL cluster for development, kept in `target/` until that is removed.

use std::path::Path;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome, While};
use crate::postgres;
use crate::prerequisites::{self, ensure};
use crate::process::{complete, read};

pub(crate) const USAGE: &str = "start [--port 5433] | stop";

pub(crate) fn run(mut a: Arguments) -> Outcome<()> {
    let folder = postgres::reachable_folder()?.join("countersign-postgres-dev");
    let port: u16 = a.number("--port", 5433)?;
    let what = a.word().unwrap_or_default();
    a.finish()?;
    match what.as_str() {
        "start" => {
            if !postgres::is_ready(port) {
                start(&folder, port)?;
            }
            println!("PostgreSQL listens; for the tests and for the server:");
            println!("  export COUNTERSIGN_TEST_PG={}", postgres::url(port, "postgres"));
            println!("  cargo run -- start-dev --db=postgres --db-url={}", postgres::url(port, "postgres"));
            Ok(())
        }
        "stop" => {
            let data = folder.join("data");
            if !data.join("postmaster.pid").is_file() {
                return Err(Failure::new(format!("no cluster of {} is running", folder.display())));
            }
            read(postgres::as_owner("pg_ctl", "KILL").args(["stop", "-s", "-m", "fast", "-D"]).arg(data)).map(drop)
        }
        _ => Err(Failure::new(format!("say one of: cargo xtask pg {USAGE}"))),
    }
}

fn start(folder: &Path, port: u16) -> Outcome<()> {
    ensure(&[&prerequisites::POSTGRES])?;
    std::fs::create_dir_all(folder).while_doing(format!("creating {}", folder.display()))?;
    if !folder.join("data/PG_VERSION").is_file() {
        postgres::create(folder)?;
    }
    let options = postgres::settings(port, folder).join(" ");
    let mut start = postgres::as_owner("pg_ctl", "KILL");
    start.args(["start", "-s", "-w", "-D"]).arg(folder.join("data")).arg("-l").arg(folder.join("log"));
    complete(start.arg("-o").arg(options), Duration::from_secs(60))
}
