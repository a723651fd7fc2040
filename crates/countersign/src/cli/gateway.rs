//! The commands `gateway` and `demo`.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command as Tree};
use tokio::runtime::Builder;

use super::wait;
use crate::commands::{Commands, Failure};
use crate::config::environment::Environment;
use crate::config::resolved::{Level, LogLevels, LogOutput, Logging};
use crate::{demo, telemetry};

pub(super) fn gateway_tree() -> Tree {
    Tree::new("gateway")
        .about(
            "Run a gateway before a service: what comes in is signed, checked and on record; what goes out is signed",
        )
        .after_help("Example:\n  countersign gateway --config=gateway.toml\n\nWhat the file holds: docs/gateway.md")
        .arg(Arg::new("config").long("config").value_name("PATH").required(true).help("Its configuration, in TOML"))
        .arg(
            Arg::new("log")
                .long("log")
                .value_name("FORM")
                .value_parser(["text", "json"])
                .default_value("text")
                .help("How log lines are written"),
        )
        .next_line_help(true)
}

pub(super) fn demo_tree() -> Tree {
    Tree::new("demo")
        .about("Play a network on this machine")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Tree::new("ocen")
                .about("A loan between two participants, each behind a gateway; then a dispute, settled by evidence")
                .after_help("Example:\n  countersign demo ocen --out=demo\n\nIt needs nothing but an empty folder.")
                .arg(
                    Arg::new("out")
                        .long("out")
                        .value_name("PATH")
                        .required(true)
                        .help("Folder for its files; the evidence and the trust that it is judged under stay there"),
                )
                .next_line_help(true),
        )
}

pub(super) fn gateway(given: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let place = given.get_one::<String>("config").cloned().unwrap_or_default();
    let text = std::fs::read_to_string(&place).map_err(|cause| format!("{place} can't be read: {cause}"))?;
    let config = ::gateway::Config::parse(&text, |name| environment.find(name).map(str::to_owned))
        .map_err(|error| format!("{place}: {error}"))?;
    let output = match given.get_one::<String>("log").map(String::as_str) {
        Some("json") => LogOutput::Json,
        _ => LogOutput::Lines,
    };
    log(Level::Info, output);
    let runtime = Builder::new_multi_thread().worker_threads(config.threads()).enable_all().build()?;
    runtime.block_on(Box::pin(async move { Ok(::gateway::run(config).await?) }))
}

pub(super) fn demo(given: &ArgMatches, commands: Commands) -> Result<(), Failure> {
    let out = given.subcommand().and_then(|(_, given)| given.get_one::<String>("out")).cloned();
    let out = PathBuf::from(out.ok_or("say where its files go: --out=demo")?);
    log(Level::Error, LogOutput::Lines);
    wait(Box::pin(demo::ocen(out, commands)))
}

fn log(everywhere: Level, output: LogOutput) {
    let logging = Logging { levels: LogLevels { everywhere, parts: Vec::new() }, output };
    telemetry::begin(&logging, telemetry::Sink::StandardError);
}
