//! `cargo xtask keycloak`: a real Keycloak, in `target/keycloak`, for asking how it answers.
//!
//! Needs Maven and a JDK of version 21 or newer; takes 170 MB to fetch and about 20 s to start.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome, While};
use crate::machine::answers;
use crate::process::{Running, command, complete, find, read, root};
use crate::server::ADMIN;

pub(crate) const USAGE: &str = "fetch | start [--port 8180] | stop";

pub(crate) const VERSION: &str = "26.7.4";
const LIMIT: Duration = Duration::from_secs(900);
/// How long Keycloak may take to its first answer on a busy machine.
const START: Duration = Duration::from_secs(240);

pub(crate) fn run(mut a: Arguments) -> Outcome<()> {
    let port = a.number("--port", 8180)?;
    let what = a.word().unwrap_or_default();
    a.finish()?;
    match what.as_str() {
        "fetch" => {
            println!("{}", fetch()?.display());
            Ok(())
        }
        "start" => start(port),
        "stop" => stop(),
        _ => Err(Failure::new(format!("say one of: cargo xtask keycloak {USAGE}"))),
    }
}

/// The distribution's folder, fetched when it is not there yet.
pub(crate) fn fetch() -> Outcome<PathBuf> {
    let folder = root().join("target/keycloak");
    let home = folder.join(format!("keycloak-{VERSION}"));
    if home.join("bin/kc.sh").is_file() {
        return Ok(home);
    }
    for (program, package) in [("mvn", "maven"), ("unzip", "unzip")] {
        if find(program).is_none() {
            return Err(Failure::new(format!(
                "{program} is missing; on Debian or Ubuntu: sudo apt-get install {package}"
            )));
        }
    }
    fs::create_dir_all(&folder).while_doing("creating target/keycloak")?;
    let artifact = format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip");
    let mut mvn = command("mvn");
    mvn.args(["-q", "dependency:copy", &artifact, "-DoutputDirectory=."]).current_dir(&folder);
    complete(&mut mvn, LIMIT)?;
    let mut unzip = command("unzip");
    unzip.args(["-q", "-o", &format!("keycloak-quarkus-dist-{VERSION}.zip")]).current_dir(&folder);
    complete(&mut unzip, LIMIT)?;
    Ok(home)
}

/// The home of a JDK that Keycloak runs on: `JAVA_HOME` where it fits, or the newest in `/usr/lib/jvm`.
pub(crate) fn jdk() -> Outcome<PathBuf> {
    let given = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let installed = fs::read_dir("/usr/lib/jvm").ok().into_iter().flatten().flatten().map(|d| d.path());
    let fitting = given.into_iter().chain(installed).filter_map(|home| Some((java_version(&home)?, home)));
    let newest = fitting.filter(|(version, _)| *version >= 21).max();
    newest.map(|(_, home)| home).ok_or_else(|| {
        Failure::new("a JDK of version 21 or newer is missing (looked at JAVA_HOME and /usr/lib/jvm); on Debian 13: sudo apt-get install openjdk-21-jdk-headless")
    })
}

fn java_version(home: &Path) -> Option<u32> {
    let release = fs::read_to_string(home.join("release")).ok()?;
    let version = release.lines().find_map(|l| l.strip_prefix("JAVA_VERSION=\""))?;
    version.split(['.', '"']).next()?.parse().ok()
}

/// One of the distribution's own commands, to be given its words.
pub(crate) fn kc(home: &Path) -> Outcome<Command> {
    let mut c = command(home.join("bin/kc.sh"));
    c.env("JAVA_HOME", jdk()?).env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN).env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN);
    Ok(c)
}

/// A Keycloak in production mode on PostgreSQL, which ends when this is dropped; and how long its start took.
pub(crate) fn production(home: &Path, port: u16, database: (u16, &str, &str)) -> Outcome<(Running, Duration)> {
    let (database_port, name, user) = database;
    complete(kc(home)?.args(["build", "--db=postgres"]).stdout(std::process::Stdio::null()), LIMIT)?;
    let mut c = kc(home)?;
    c.args(["start", "--optimized", "--http-enabled=true", "--hostname-strict=false"]);
    c.arg(format!("--http-port={port}")).arg(format!("--http-management-port={}", crate::machine::free_port()?));
    c.env("KC_DB", "postgres").env("KC_DB_URL", format!("jdbc:postgresql://127.0.0.1:{database_port}/{name}"));
    c.env("KC_DB_USERNAME", user).env("KC_DB_PASSWORD", "none").env("KC_CACHE", "local");
    let mut running = Running::start_logged("keycloak", &mut c, &root().join("target/keycloak-production.log"))?;
    let took = running.until(START, Duration::from_millis(50), || answers(port, "/realms/master"))?;
    Ok((running, took))
}

fn pid_file() -> PathBuf {
    root().join("target/keycloak/keycloak.pid")
}

/// Starts Keycloak for development, and leaves it running.
fn start(port: u16) -> Outcome<()> {
    let home = fetch()?;
    if read_pid().is_some() {
        return Err(Failure::new("a Keycloak started here is already running; cargo xtask keycloak stop ends it"));
    }
    let log = root().join("target/keycloak/keycloak.log");
    let file = fs::File::create(&log).while_doing("creating the log")?;
    let same = file.try_clone().while_doing("creating the log")?;
    // Not tied to this tool: it goes on after it, in a session of its own.
    let mut c = Command::new("setsid");
    c.arg(home.join("bin/kc.sh")).args(["start-dev", &format!("--http-port={port}")]);
    c.env("JAVA_HOME", jdk()?).env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN).env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN);
    c.stdin(std::process::Stdio::null()).stdout(file).stderr(same);
    let mut child = c.spawn().while_doing("starting keycloak")?;
    fs::write(pid_file(), child.id().to_string()).while_doing("writing its process id")?;
    let began = std::time::Instant::now();
    while !answers(port, "/realms/master") {
        let ended = child.try_wait().while_doing("waiting for keycloak")?.is_some();
        if ended || began.elapsed() > START {
            let _ = fs::remove_file(pid_file());
            return Err(Failure::new(format!("Keycloak did not start; {} says why", log.display())));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    println!("http://127.0.0.1:{port} answers, administrator {ADMIN}/{ADMIN}, log in {}", log.display());
    Ok(())
}

/// The process started here, if it still runs.
fn read_pid() -> Option<String> {
    let pid = fs::read_to_string(pid_file()).ok()?;
    let words = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
    words.contains("keycloak").then_some(pid)
}

fn stop() -> Outcome<()> {
    let pid = read_pid().ok_or_else(|| Failure::new("no Keycloak started here is running"))?;
    read(command("kill").args(["--", &format!("-{pid}")]))?;
    fs::remove_file(pid_file()).while_doing("removing its process id")
}
