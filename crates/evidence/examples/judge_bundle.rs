//! Judges bundles for tests that compare it with other verifiers: reads a line of JSON for each from its input,
//! `{"file": PATH, "trust": PATH or null, "at": MILLISECONDS}`, and answers with a line of its report's JSON.

#![allow(clippy::unwrap_used, reason = "only tests run this")]

use std::io::{BufRead, Write, stdin, stdout};
use std::path::PathBuf;

use evidence::verify;
use ledger::Policy;
use ledger::text::UtcTime;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    file: PathBuf,
    trust: Option<PathBuf>,
    at: u64,
}

fn main() {
    let mut answers = stdout().lock();
    for line in stdin().lock().lines() {
        let case: Case = serde_json::from_str(&line.unwrap()).unwrap();
        let trust = case.trust.map(|path| std::fs::read_to_string(path).unwrap());
        let policy = trust.map(|text| Policy::parse(&text).unwrap());
        let report = verify(&std::fs::read(case.file).unwrap(), policy.as_ref(), UtcTime(case.at));
        writeln!(answers, "{}", serde_json::to_string(&report).unwrap()).unwrap();
    }
}
