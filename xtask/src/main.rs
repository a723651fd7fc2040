//! The developer's tool: `cargo xtask <command>`.
//!
//! Each command is one module and one line in [`COMMANDS`], from which dispatch and help derive. What a command starts
//! (a database, a server) ends with it, whether it succeeds, fails or is interrupted; see [`process`].
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod arguments;
mod bench;
mod compat;
mod failure;
mod fuzz;
mod keycloak;
mod machine;
mod pg;
mod postgres;
mod prerequisites;
mod process;
mod realm_files;
mod server;
mod stages;
mod tidy;

use std::process::ExitCode;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::failure::Outcome;

/// One thing the tool can do.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(Arguments) -> Outcome<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        usage: stages::USAGE,
        about: "runs every test there is, and says how many",
        run: stages::run,
    },
    Command {
        name: "compat",
        usage: compat::USAGE,
        about: "compares the server's answers with those recorded from Keycloak",
        run: compat::run,
    },
    Command { name: "fuzz", usage: fuzz::USAGE, about: "runs the fuzz targets for a bounded time", run: fuzz::run },
    Command { name: "tidy", usage: "", about: "holds the shape of the repository: rows, sizes, words", run: tidy::run },
    Command { name: "pg", usage: pg::USAGE, about: "a PostgreSQL cluster for development", run: pg::run },
    Command {
        name: "keycloak",
        usage: keycloak::USAGE,
        about: "a real Keycloak to ask, fetched by Maven",
        run: keycloak::run,
    },
    Command { name: "bench", usage: bench::USAGE, about: "measures, and writes bench/RESULTS.md", run: bench::run },
    Command {
        name: "seed",
        usage: "--data-dir DIR [--db-url URL] [--realm NAME] [--realms N] [--users N] [--sessions N]",
        about: "fills a store with many realms, users and sessions",
        run: seed,
    },
];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let name = words.next().unwrap_or_default();
    let Some(command) = COMMANDS.iter().find(|c| c.name == name) else {
        help();
        if !matches!(name.as_str(), "" | "help" | "--help" | "-h") {
            eprintln!("\nxtask: there is no command {name:?}");
        }
        return if matches!(name.as_str(), "" | "help" | "--help" | "-h") {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    };
    let words: Vec<String> = words.collect();
    if words.iter().any(|w| w == "--help" || w == "-h") {
        println!("cargo xtask {} {}\n\n{}", command.name, command.usage, command.about);
        return ExitCode::SUCCESS;
    }
    match (command.run)(Arguments::new(words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {name}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn help() {
    println!("cargo xtask <command> [options]\n");
    for c in COMMANDS {
        println!("  {:9} {}\n            cargo xtask {} {}", c.name, c.about, c.name, c.usage);
    }
}

/// Fills a store through its own interface; the work is done by an example of the server, which knows the store.
fn seed(a: Arguments) -> Outcome<()> {
    let mut cargo = process::command("cargo");
    cargo.args(["run", "--release", "-p", "countersign", "--example", "seed", "--"]).args(a.rest());
    process::complete(&mut cargo, Duration::from_secs(4 * 3600))
}
