//! The binary: hands the process's arguments and environment to the command line.

use std::process::ExitCode;

use countersign::commands::{Commands, Work};
use countersign::config::environment::Environment;

fn main() -> ExitCode {
    let commands = Commands {
        serve: |_| not_wired(),
        import: |_, _| not_wired(),
        export: |_, _| not_wired(),
        bootstrap_admin: |_, _| not_wired(),
    };
    countersign::cli::run(std::env::args_os(), &Environment::of_process(), commands)
}

fn not_wired() -> Work {
    Box::pin(async { Err("this command is not wired to the store yet".into()) })
}
