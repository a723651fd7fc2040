//! The command line: finds out what is wanted, with which configuration, and starts it.
//!
//! Everything said to the person at the terminal is said in this folder, and nowhere else; what is said while serving
//! goes to the log.

mod arguments;
mod assemble;
mod evidence;
mod gateway;
mod ledger;
mod participants;
mod prompt;
mod requests;
mod show_config;
mod tree;
mod unknown;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::ArgMatches;
use clap::error::ErrorKind;
use domain::clock::{Clock as _, SystemClock};

use crate::commands::{Commands, Failure, Work};
use crate::config::environment::{CONFIG_FILE, Environment};
use crate::config::file::ConfigurationFile;
use crate::config::setting::Command;
use crate::config::{Config, Resolution, Values, resolve};
use crate::{messages, telemetry};

/// Runs the command that the arguments ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: &Environment, commands: Commands) -> ExitCode {
    let sifted = arguments::sift(arguments);
    let matches = match tree::tree().try_get_matches_from(&sifted.kept) {
        Ok(matches) => matches,
        Err(error) => return explain(&error, &sifted.kept),
    };
    say_each(&sifted.notes);
    let done = match matches.subcommand() {
        Some(("start-dev", given)) => {
            begin(Command::StartDev, given, environment).and_then(|c| wait((commands.serve)(c)))
        }
        Some(("start", given)) => begin(Command::Start, given, environment).and_then(|c| wait((commands.serve)(c))),
        Some(("import", given)) => begin(Command::Import, given, environment)
            .and_then(|config| wait((commands.import)(config, requests::import(given)?))),
        Some(("export", given)) => begin(Command::Export, given, environment)
            .and_then(|config| wait((commands.export)(config, requests::export(given)?))),
        Some(("bootstrap-admin", given)) => bootstrap_admin(given, environment, commands),
        Some(("participants", given)) => begin(Command::Participants, participants::leaf_of(given), environment)
            .and_then(|config| wait((commands.participants)(config, participants::request(given)?))),
        Some(("show-config", given)) => show_configuration(given, environment),
        Some(("sign", given)) => messages::sign(&requests::sign(given), now()).map(|value| show(&format!("{value}\n"))),
        Some(("verify", given)) => return verify(given, environment),
        Some(("evidence", given)) => match given.subcommand() {
            Some(("assemble", given)) => return assemble::run(given, environment),
            _ => export_evidence(given, environment, commands),
        },
        Some(("ledger", given)) => ledger::request(given).and_then(|(request, given)| {
            let config = begin(Command::BootstrapAdmin, given, environment)?;
            wait((commands.ledger)(config, request))
        }),
        Some(("gateway", given)) => gateway::gateway(given, environment),
        Some(("demo", given)) => gateway::demo(given, commands),
        Some(("witness", given)) => evidence::witness(given),
        Some(("watch", given)) => return evidence::watch(given, environment),
        _ => {
            say("Nothing to build: the binary is complete. Go on with `countersign start` or `countersign start-dev`.");
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// Reads the configuration, says what should be said about it, and opens the log.
fn begin(command: Command, given: &ArgMatches, environment: &Environment) -> Result<Config, Failure> {
    let values = gather(command, given, environment)?;
    let Resolution { config, notes } = resolve(&values).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        format!("{} cannot run with this configuration.{}", command.name(), problems.concat())
    })?;
    say_each(&notes);
    telemetry::begin(&config.logging, telemetry::sink_for(command));
    Ok(config)
}

/// Puts the sources over one another; what is wrong with the file is the error.
fn gather(command: Command, given: &ArgMatches, environment: &Environment) -> Result<Values, Failure> {
    let named = given.get_one::<String>(arguments::CONFIG_FILE).map(String::as_str).or(environment.find(CONFIG_FILE));
    let file = ConfigurationFile::load(named.map(Path::new), environment).map_err(|errors| errors.join("\n  "))?;
    if let Some(file) = &file {
        say_each(&file.notes);
    }
    say_each(&environment.notes());
    Ok(Values::gather(command, arguments::settings_of(given), environment, file))
}

fn bootstrap_admin(given: &ArgMatches, environment: &Environment, commands: Commands) -> Result<(), Failure> {
    let Some((what, given)) = given.subcommand() else {
        return Err("say which: bootstrap-admin user, or bootstrap-admin service".into());
    };
    let config = begin(Command::BootstrapAdmin, given, environment)?;
    let administrator = requests::administrator(what, given, environment, &mut prompt::Terminal)?;
    wait((commands.bootstrap_admin)(config, administrator))
}

fn show_configuration(given: &ArgMatches, environment: &Environment) -> Result<(), Failure> {
    let command = match given.get_one::<String>(tree::OF).map(String::as_str) {
        Some("start-dev") => Command::StartDev,
        _ => Command::Start,
    };
    let values = gather(command, given, environment)?;
    show(&show_config::render(&values));
    match resolve(&values) {
        Ok(resolution) => say_each(&resolution.notes),
        Err(problems) => {
            say(&format!("{} would not run with this configuration:", command.name()));
            for problem in problems {
                say(&format!("  {problem}"));
            }
        }
    }
    Ok(())
}

/// Verifies a message and says what was found: 0 for a good one, 1 for another, 2 where there is nothing to judge.
fn verify(given: &ArgMatches, environment: &Environment) -> ExitCode {
    let given = match given.subcommand() {
        Some(("bundle", given)) => return evidence::bundle(given, environment),
        Some(("receipt", given)) => return evidence::receipt(given, environment),
        Some((_, given)) => given,
        None => return ExitCode::from(USAGE),
    };
    match messages::verify(&requests::verify(given), now()) {
        Ok(verified) => {
            match given.get_flag("json") {
                true => show(&format!("{}\n", verified.json)),
                false => show(&verified.text),
            }
            if verified.valid { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::from(USAGE)
        }
    }
}

fn export_evidence(given: &ArgMatches, environment: &Environment, commands: Commands) -> Result<(), Failure> {
    let (_, given) = given.subcommand().ok_or("say what: evidence export")?;
    let config = begin(Command::Export, given, environment)?;
    wait((commands.export_evidence)(config, evidence::export(given)))
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemClock.now_ms() / 1000
}

/// Runs a command's work to its end.
fn wait(work: Work) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// Says what is wrong with the arguments, or prints the help that was asked for.
fn explain(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            show(&format!("{}\n", error.render().to_string().trim_end()));
            ExitCode::SUCCESS
        }
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand => {
            say(&unknown::explain(error, arguments));
            ExitCode::from(USAGE)
        }
        _ => {
            say(error.render().to_string().trim_end());
            ExitCode::from(USAGE)
        }
    }
}

/// What was asked for, on standard output; a reader that has gone away (`| head`) is no error.
pub(crate) fn show(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn say_each(lines: &[String]) {
    for line in lines {
        say(line);
    }
}

/// A line for the person at the terminal.
#[expect(clippy::print_stderr, reason = "the command line speaks to the terminal")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// The exit code for arguments that cannot be understood.
const USAGE: u8 = 2;

#[cfg(test)]
mod tests;
