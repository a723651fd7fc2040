//! `cargo xtask test`: every test there is, in stages, each counted.
//!
//! A stage is one line in [`STAGES`]. A stage that cannot run has failed, and says why: nothing is silently left out. The
//! stages after a failed one still run, so that one run shows all that is wrong.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::compat::{self, How, SCENARIOS};
use crate::failure::{Failure, Outcome, While};
use crate::postgres::Cluster;
use crate::prerequisites::{CHROMIUM, JAVA, NODE, POSTGRES, PYTHON, ensure, rust_components, venv};
use crate::process::{command, complete, find, root, run_lines};
use crate::server::{self, Database};
use crate::{fuzz, realm_files};

pub(crate) const USAGE: &str = "[keycloak] [--only stage,stage] [--list] [--profile dev] [--fuzz-seconds 60]";

/// How many tests passed and failed.
#[derive(Clone, Copy, Default)]
struct Count {
    passed: u32,
    failed: u32,
}

struct Stage {
    name: &'static str,
    about: &'static str,
    /// Whether it belongs to the ordinary run.
    ordinary: bool,
    run: fn(&Workbench) -> Outcome<Count>,
}

const STAGES: &[Stage] = &[
    Stage { name: "prerequisites", about: "finds or installs what the tests need", ordinary: true, run: prerequisites },
    Stage { name: "format", about: "cargo fmt --check", ordinary: true, run: format },
    Stage { name: "clippy", about: "clippy without a warning, all targets", ordinary: true, run: clippy },
    Stage { name: "build", about: "the server and the tests' programs", ordinary: true, run: build },
    Stage { name: "unit", about: "cargo test, with a PostgreSQL of its own", ordinary: true, run: unit },
    Stage {
        name: "compat-sqlite",
        about: "Keycloak's recorded answers, on SQLite",
        ordinary: true,
        run: compat_sqlite,
    },
    Stage {
        name: "compat-postgres",
        about: "Keycloak's recorded answers, on PostgreSQL",
        ordinary: true,
        run: compat_postgres,
    },
    Stage {
        name: "interop",
        about: "signed messages, judged by other libraries and theirs by us",
        ordinary: true,
        run: interop,
    },
    Stage { name: "browser", about: "the pages in a real browser", ordinary: true, run: browser },
    Stage { name: "fuzz", about: "mutated input for a bounded time", ordinary: true, run: fuzzing },
    Stage {
        name: "keycloak",
        about: "realm files to and from a real Keycloak; needs a JDK and Maven, and is run by its name alone",
        ordinary: false,
        run: keycloak,
    },
];

/// What the stages share: made when the first needs it, ended with the run.
struct Workbench {
    profile: String,
    fuzz_seconds: u64,
    cluster: OnceCell<Cluster>,
    server: OnceCell<PathBuf>,
}

impl Workbench {
    fn cluster(&self) -> Outcome<&Cluster> {
        if self.cluster.get().is_none() {
            let _ = self.cluster.set(Cluster::start()?);
        }
        self.cluster.get().ok_or_else(|| Failure::new("no PostgreSQL"))
    }

    fn server(&self) -> Outcome<&PathBuf> {
        if self.server.get().is_none() {
            let _ = self.server.set(server::build(&self.profile)?);
        }
        self.server.get().ok_or_else(|| Failure::new("no server"))
    }
}

pub(crate) fn run(mut a: Arguments) -> Outcome<()> {
    let only = a.option("--only")?;
    let list = a.switch("--list");
    let profile = a.option("--profile")?.unwrap_or_else(|| "dev".into());
    let fuzz_seconds = a.number("--fuzz-seconds", 60)?;
    let named = a.word();
    a.finish()?;
    if list {
        for s in STAGES {
            println!("{:16} {}{}", s.name, s.about, if s.ordinary { "" } else { " (outside the ordinary run)" });
        }
        return Ok(());
    }
    let chosen = choose(only.or(named))?;
    let workbench = Workbench { profile, fuzz_seconds, cluster: OnceCell::new(), server: OnceCell::new() };
    let rows: Vec<Row> = chosen.into_iter().map(|stage| run_stage(stage, &workbench)).collect();
    drop(workbench);
    summary(&rows)
}

fn choose(names: Option<String>) -> Outcome<Vec<&'static Stage>> {
    let Some(names) = names else { return Ok(STAGES.iter().filter(|s| s.ordinary).collect()) };
    let find = |name| STAGES.iter().find(|s| s.name == name);
    names
        .split(',')
        .map(|name| find(name).ok_or_else(|| Failure::new(format!("no stage is called {name:?}; --list shows them"))))
        .collect()
}

/// What became of a stage.
struct Row {
    name: &'static str,
    count: Count,
    took: Duration,
    trouble: Option<Failure>,
}

fn run_stage(stage: &'static Stage, workbench: &Workbench) -> Row {
    println!("\n== {}: {}", stage.name, stage.about);
    let began = Instant::now();
    let (count, trouble) = match (stage.run)(workbench) {
        Ok(count) => (count, None),
        Err(failure) => (Count { passed: 0, failed: 1 }, Some(failure)),
    };
    if let Some(failure) = &trouble {
        println!("{} FAILED: {failure}", stage.name);
    }
    Row { name: stage.name, count, took: began.elapsed(), trouble }
}

fn summary(rows: &[Row]) -> Outcome<()> {
    println!("\n{:16} {:>8} {:>7} {:>8}", "stage", "passed", "failed", "seconds");
    for r in rows {
        let seconds = r.took.as_secs_f64();
        println!("{:16} {:8} {:7} {seconds:8.1}", r.name, r.count.passed, r.count.failed);
    }
    let failed: u32 = rows.iter().map(|r| r.count.failed).sum();
    let passed: u32 = rows.iter().map(|r| r.count.passed).sum();
    let seconds: f64 = rows.iter().map(|r| r.took.as_secs_f64()).sum();
    for (row, trouble) in rows.iter().filter_map(|r| Some((r, r.trouble.as_ref()?))) {
        println!("\n{} failed: {trouble}", row.name);
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {verdict}. {passed} passed; {failed} failed; finished in {seconds:.2}s");
    println!("total: {passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(Failure::new(format!("{failed} failed"))) }
}

// -- the stages, in the order of the list --------------------------------------------------------------------------------

const CARGO_LIMIT: Duration = Duration::from_secs(3600);

fn prerequisites(_: &Workbench) -> Outcome<Count> {
    ensure(&[&POSTGRES, &PYTHON, &CHROMIUM, &JAVA, &NODE])?;
    rust_components()?;
    venv()?;
    Ok(Count::default())
}

fn format(_: &Workbench) -> Outcome<Count> {
    complete(command("cargo").args(["fmt", "--all", "--check"]), CARGO_LIMIT)?;
    Ok(Count { passed: 1, failed: 0 })
}

fn clippy(_: &Workbench) -> Outcome<Count> {
    let mut cargo = command("cargo");
    cargo.args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    complete(&mut cargo, CARGO_LIMIT)?;
    Ok(Count { passed: 1, failed: 0 })
}

fn build(workbench: &Workbench) -> Outcome<Count> {
    complete(command("cargo").args(["test", "--quiet", "--workspace", "--no-run"]), CARGO_LIMIT)?;
    workbench.server()?;
    Ok(Count::default())
}

fn unit(workbench: &Workbench) -> Outcome<Count> {
    let url = workbench.cluster()?.url("postgres");
    let mut cargo = command("cargo");
    cargo.args(["test", "--workspace", "--no-fail-fast"]).env("COUNTERSIGN_TEST_PG", url);
    count_tests(&mut cargo)
}

fn compat_sqlite(workbench: &Workbench) -> Outcome<Count> {
    exchanges(workbench, Database::Sqlite)
}

fn compat_postgres(workbench: &Workbench) -> Outcome<Count> {
    workbench.cluster()?;
    exchanges(workbench, Database::Postgres)
}

/// An exchange is a test.
fn exchanges(workbench: &Workbench, database: Database) -> Outcome<Count> {
    let scenarios = SCENARIOS.join(",");
    let counts =
        compat::fresh(workbench.server()?, database, workbench.cluster.get(), Some(&scenarios), How::default())?;
    let failed = counts.total - counts.agree;
    if failed == 0 {
        counts.verdict()?;
    }
    Ok(Count { passed: counts.agree, failed })
}

fn interop(workbench: &Workbench) -> Outcome<Count> {
    ensure(&[&JAVA, &NODE])?;
    let mut pytest = pytest("tests/interop", workbench)?;
    pytest.env("COUNTERSIGN_TEST_PG", workbench.cluster()?.url("postgres"));
    count_tests(&mut pytest)
}

/// The tests in a folder, on the server's binary.
fn pytest(folder: &str, workbench: &Workbench) -> Outcome<std::process::Command> {
    let mut pytest = command(venv()?);
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(root().join(folder));
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env("COUNTERSIGN_BINARY", workbench.server()?);
    Ok(pytest)
}

fn browser(workbench: &Workbench) -> Outcome<Count> {
    ensure(&[&CHROMIUM])?;
    let shots = root().join("target/screenshots");
    std::fs::create_dir_all(&shots).while_doing("creating target/screenshots")?;
    let mut pytest = pytest("tests/browser", workbench)?;
    pytest.env("COUNTERSIGN_SCREENSHOTS", shots);
    for (name, program) in [("CHROMIUM", "chromium"), ("CHROMEDRIVER", "chromedriver")] {
        pytest.env(name, find(program).unwrap_or_default());
    }
    count_tests(&mut pytest)
}

/// Each target is a test.
fn fuzzing(workbench: &Workbench) -> Outcome<Count> {
    let mut count = Count::default();
    let mut troubles = String::new();
    for target in fuzz::TARGETS {
        match fuzz::one(target, workbench.fuzz_seconds, &workbench.profile) {
            Ok(()) => count.passed += 1,
            Err(failure) => troubles += &format!("\n  {failure}"),
        }
    }
    if troubles.is_empty() { Ok(count) } else { Err(Failure::new(troubles)) }
}

fn keycloak(workbench: &Workbench) -> Outcome<Count> {
    let passed = realm_files::prove(workbench.server()?)?;
    Ok(Count { passed, failed: 0 })
}

/// Runs a program that runs tests, and reads its counts from the lines it ends with.
fn count_tests(program: &mut std::process::Command) -> Outcome<Count> {
    let mut count = Count::default();
    let green = run_lines(program, CARGO_LIMIT, |line| {
        if let Some(more) = closing_line(line) {
            count.passed += more.passed;
            count.failed += more.failed;
        }
    })?;
    match (green, count) {
        (true, Count { passed: 0, .. }) => Err(Failure::new("no test was run")),
        (true, count) => Ok(count),
        (false, Count { failed: 0, .. }) => Err(Failure::new("it did not come to its end; its output is above")),
        (false, count) => Ok(count),
    }
}

/// Reads "test result: ok. 3 passed; 0 failed; …" of cargo, and "3 passed, 1 failed in 2.1s" of pytest. A test that another
/// runner skipped, or ended in error, counts as failed: nothing is left out.
fn closing_line(line: &str) -> Option<Count> {
    let cargo = line.strip_prefix("test result: ").and_then(|l| Some(l.split_once(". ")?.1));
    let pytest = line.split_once(" in ").filter(|(_, time)| time.starts_with(|c: char| c.is_ascii_digit()));
    let pytest = pytest.map(|(counts, _)| counts);
    let mut count = Count::default();
    let mut read = false;
    for part in cargo.or(pytest)?.split([';', ',']) {
        let (number, what) = part.trim().split_once(' ')?;
        let (Ok(number), what) = (number.parse::<u32>(), what) else { continue };
        match what {
            "passed" => count.passed += number,
            "failed" | "ignored" | "error" | "errors" | "skipped" | "xfailed" => count.failed += number,
            _ => continue,
        }
        read = true;
    }
    read.then_some(count)
}

#[cfg(test)]
mod tests {
    use super::closing_line;

    fn read(line: &str) -> Option<(u32, u32)> {
        closing_line(line).map(|c| (c.passed, c.failed))
    }

    #[test]
    fn the_closing_lines_of_the_runners_are_read() {
        assert_eq!(read("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; finished in 0.5s"), Some((3, 1)));
        assert_eq!(read("test result: FAILED. 3 passed; 2 failed; 0 ignored; finished in 0.50s"), Some((3, 2)));
        assert_eq!(read("1 failed, 2 passed, 1 error in 2.10s"), Some((2, 2)));
        assert_eq!(read("7 passed in 12.00s (0:00:12)"), Some((7, 0)));
        assert_eq!(read("test a_user_who passed in nothings"), None);
    }
}
