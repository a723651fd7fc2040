//! The binary: hands the process's arguments and environment to the command line.

use std::process::ExitCode;

use countersign::config::environment::Environment;

fn main() -> ExitCode {
    countersign::cli::run(std::env::args_os(), &Environment::of_process(), countersign::run::COMMANDS)
}
