//! `cargo xtask compat`: what the server answers, compared with what a real Keycloak answered.

use std::path::Path;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::postgres::Cluster;
use crate::prerequisites;
use crate::process::{command, run_lines};
use crate::server::{self, Database, Server};

pub(crate) const USAGE: &str =
    "[--db sqlite|postgres|both] [--scenarios a,b | --all] [--profile dev] [--base URL] [--strict] [--verbose]";

/// The scenarios that agree in full; the others wait for what they ask about.
pub(crate) const SCENARIOS: &[&str] = &[
    "discovery",
    "client_credentials",
    "private_key_jwt",
    "password_grant",
    "refresh",
    "introspection",
    "userinfo",
    "revocation",
    "authorization_code",
    "authorization_errors",
    "pkce",
    "single_sign_on",
    "implicit_and_hybrid",
    "brute_force",
    "admin_access",
    "admin_users",
    "admin_clients",
    "admin_realm",
    "consent",
];

const KNOWN: &str = "compat/known-differences.json";
const LIMIT: Duration = Duration::from_secs(900);

pub(crate) fn run(mut a: Arguments) -> Outcome<()> {
    let databases = Database::parse(a.option("--db")?.as_deref().or(Some("sqlite")))?;
    let scenarios = a.option("--scenarios")?;
    let all = a.switch("--all");
    let how = How { strict: a.switch("--strict"), verbose: a.switch("--verbose") };
    let profile = a.option("--profile")?.unwrap_or_else(|| "dev".into());
    let base = a.option("--base")?;
    a.finish()?;
    let chosen = if all { None } else { Some(scenarios.unwrap_or_else(|| SCENARIOS.join(","))) };
    if let Some(base) = base {
        return compare(&base, chosen.as_deref(), how)?.verdict();
    }
    let binary = server::build(&profile)?;
    let cluster = if databases.contains(&Database::Postgres) { Some(Cluster::start()?) } else { None };
    let mut verdict = Ok(());
    for database in databases {
        println!("\n-- compat on {}", database.name());
        let counts = fresh(&binary, database, cluster.as_ref(), chosen.as_deref(), how)?;
        verdict = verdict.and(counts.verdict());
    }
    verdict
}

/// How a comparison is done.
#[derive(Clone, Copy, Default)]
pub(crate) struct How {
    /// No difference is a known one: for a real Keycloak.
    strict: bool,
    verbose: bool,
}

/// Exchanges that agree, those there are, and whether the comparison is content beyond them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) agree: u32,
    pub(crate) total: u32,
    pub(crate) green: bool,
}

impl Counts {
    pub(crate) fn verdict(self) -> Outcome<()> {
        if self.green {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} of {} exchanges agree with Keycloak's; the list above says where",
            self.agree, self.total
        )))
    }
}

/// Compares with a server started for it on an empty store.
pub(crate) fn fresh(
    binary: &Path,
    database: Database,
    cluster: Option<&Cluster>,
    scenarios: Option<&str>,
    how: How,
) -> Outcome<Counts> {
    let server = Server::start(binary, database, cluster)?;
    compare(&server.base(), scenarios, how)
}

fn compare(base: &str, scenarios: Option<&str>, how: How) -> Outcome<Counts> {
    let mut oracle = command(prerequisites::venv()?);
    oracle.args(["-u", "compat/oracle.py", "compare", "--base", base]);
    if !how.strict {
        oracle.args(["--known", KNOWN]);
    }
    if let Some(scenarios) = scenarios {
        oracle.args(["--scenarios", scenarios]);
    }
    if how.verbose {
        oracle.arg("--verbose");
    }
    let mut counts = Counts::default();
    let green = run_lines(&mut oracle, LIMIT, |line| {
        if let Some((agree, total)) = sum(line) {
            counts.agree = agree;
            counts.total = total;
        }
    })?;
    counts.green = green;
    if counts.total == 0 {
        return Err(Failure::new("the comparison did not come to its end"));
    }
    Ok(counts)
}

/// Reads the line "12 of 14 exchanges agree …".
fn sum(line: &str) -> Option<(u32, u32)> {
    let (agree, rest) = line.split_once(" of ")?;
    let (total, _) = rest.split_once(" exchanges agree")?;
    Some((agree.parse().ok()?, total.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn the_sum_is_read_from_the_last_line() {
        assert_eq!(sum("12 of 14 exchanges agree (1 but for known differences); 14 of 14 in status"), Some((12, 14)));
        assert_eq!(sum("differs  refresh/first of 3"), None);
    }
}
