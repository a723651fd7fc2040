//! The server under test: built once, started fresh on a free port, ended when dropped.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::{Failure, Outcome};
use crate::machine::{answers, free_port};
use crate::postgres::{self, Cluster};
use crate::process::{Running, Scratch, command, complete, root};

/// The administrator of the servers started here, as compat and bench expect it.
pub(crate) const ADMIN: &str = "admin";

/// The two stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub(crate) const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// The stores that an option `--db` names.
    pub(crate) fn parse(name: Option<&str>) -> Outcome<Vec<Self>> {
        match name {
            None | Some("both") => Ok(Self::ALL.to_vec()),
            Some(one) => match Self::ALL.into_iter().find(|d| d.name() == one) {
                Some(database) => Ok(vec![database]),
                None => Err(Failure::new(format!("--db is sqlite, postgres or both, not {one:?}"))),
            },
        }
    }
}

/// Builds the server and says where it is.
pub(crate) fn build(profile: &str) -> Outcome<PathBuf> {
    let mut cargo = command("cargo");
    cargo.args(["build", "--quiet", "--package", "countersign", "--profile", profile]);
    complete(&mut cargo, Duration::from_secs(3600))?;
    Ok(binary(profile))
}

fn binary(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = if matches!(profile, "dev" | "test") { "debug" } else { profile };
    target.join(folder).join("countersign")
}

/// A running server with a store of its own.
pub(crate) struct Server {
    // Dropped in this order: the server first, then its files.
    running: Running,
    data: Scratch,
    binary: PathBuf,
    store: Vec<String>,
    /// Of PostgreSQL: the database's name, and where it is.
    database: Option<String>,
    url: Option<String>,
    port: u16,
}

impl Server {
    /// Starts the server on an empty store. `cluster` is needed for PostgreSQL alone.
    pub(crate) fn start(binary: &Path, database: Database, cluster: Option<&Cluster>) -> Outcome<Self> {
        let port = free_port()?;
        let data = Scratch::new(&root().join("target"), &format!("countersign-data-{port}"))?;
        let name = (database == Database::Postgres).then(|| format!("countersign_{port}"));
        let store = match (&name, cluster) {
            (None, _) => Vec::new(),
            (Some(name), Some(cluster)) => {
                cluster.new_database(name)?;
                vec![
                    "--db=postgres".into(),
                    format!("--db-url={}", cluster.url(name)),
                    format!("--db-username={}", postgres::USER),
                ]
            }
            (Some(_), None) => return Err(Failure::new("no PostgreSQL was started")),
        };
        let mut server = Self {
            running: spawn(binary, &store, data.path(), port)?,
            data,
            binary: binary.to_path_buf(),
            store,
            url: name.as_ref().zip(cluster).map(|(name, cluster)| cluster.url(name)),
            database: name,
            port,
        };
        server.until_it_answers()?;
        Ok(server)
    }

    /// Ends the server and starts it again on the same store; how long the first answer took.
    pub(crate) fn restart(&mut self) -> Outcome<Duration> {
        self.restart_after(|_, _| Ok(()))
    }

    /// The same, with something done meanwhile to the store: its data directory, and its URL where that is PostgreSQL's.
    pub(crate) fn restart_after(
        &mut self,
        meanwhile: impl FnOnce(&Path, Option<&str>) -> Outcome<()>,
    ) -> Outcome<Duration> {
        self.running.end();
        meanwhile(self.data.path(), self.url.as_deref())?;
        self.running = spawn(&self.binary, &self.store, self.data.path(), self.port)?;
        self.until_it_answers()
    }

    /// Octets that its store has on disk.
    pub(crate) fn disk(&self, cluster: &Cluster) -> Outcome<u64> {
        let Some(database) = &self.database else { return Ok(octets_in(self.data.path())) };
        cluster.octets_of(database)
    }

    fn until_it_answers(&mut self) -> Outcome<Duration> {
        let port = self.port;
        let every = Duration::from_millis(2);
        self.running.until(Duration::from_secs(60), every, || answers(port, "/realms/master"))
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.pid()
    }
}

/// Octets of all files in a folder.
fn octets_in(folder: &Path) -> u64 {
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => octets_in(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(of).sum()
}

fn spawn(binary: &Path, store: &[String], data: &Path, port: u16) -> Outcome<Running> {
    let mut c = command(binary);
    c.arg("start-dev").args(store).arg(format!("--data-dir={}", data.display()));
    c.arg(format!("--http-port={port}")).arg(format!("--http-management-port={}", free_port()?));
    c.env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN).env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN);
    Running::start_logged("countersign", &mut c, &data.join("log"))
}
