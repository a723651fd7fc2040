//! `cargo xtask fuzz`: what reads bytes from outside, fed with mutated ones for a bounded time, on stable Rust.
//!
//! A target is an example of the package `wire-tests`, in `tests/fuzz/<name>.rs`. It takes `--seconds N` and `--corpus DIR`
//! (`tests/fuzz/corpus/<name>`: inputs to start from, and every input that once broke something), and ends with an error, and
//! the input written out, at the first panic.

use std::time::Duration;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::process::{command, complete, root};

pub(crate) const USAGE: &str = "[--seconds 60] [--target name] [--profile fast]";

/// Every target: the file `tests/fuzz/<name>.rs`, the example `fuzz_<name>`.
pub(crate) const TARGETS: &[&str] = &["jose", "messages", "forms", "redirect_uri", "realm_import"];

pub(crate) fn run(mut a: Arguments) -> Outcome<()> {
    let seconds = a.number("--seconds", 60)?;
    let target = a.option("--target")?;
    let profile = a.option("--profile")?.unwrap_or_else(|| "fast".into());
    a.finish()?;
    let chosen: Vec<&str> =
        TARGETS.iter().copied().filter(|t| target.as_deref().is_none_or(|only| only == *t)).collect();
    if chosen.is_empty() {
        return Err(Failure::new(format!("no such target; there are {}", TARGETS.join(", "))));
    }
    chosen.iter().try_for_each(|target| one(target, seconds, &profile))
}

/// Runs one target for so long.
///
/// # Errors
/// When the target is missing, or something broke.
pub(crate) fn one(target: &str, seconds: u64, profile: &str) -> Outcome<()> {
    let file = format!("tests/fuzz/{target}.rs");
    if !root().join(&file).is_file() {
        return Err(Failure::new(format!("{file} is missing: the fuzz target {target} has not been written")));
    }
    let mut cargo = command("cargo");
    cargo.args(["run", "--quiet", "--package", "wire-tests", "--profile", profile, "--example"]);
    cargo.arg(format!("fuzz_{target}")).args(["--", "--seconds", &seconds.to_string()]);
    cargo.args(["--corpus", &format!("tests/fuzz/corpus/{target}")]);
    // The build comes on top of the time asked for.
    complete(&mut cargo, Duration::from_secs(seconds + 900))
}
