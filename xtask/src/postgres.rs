//! A PostgreSQL cluster of one's own: made anew, with one superuser and no password, on the loopback address alone.
//!
//! PostgreSQL refuses to run as root; then its programs run as the user `postgres`, in a folder that user can reach.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Outcome, While};
use crate::machine::{free_port, is_root};
use crate::prerequisites::{self, ensure};
use crate::process::{self, Running, Scratch, command, complete, find, root};

/// The superuser, who needs no password.
pub(crate) const USER: &str = "countersign";

/// The folder of the newest PostgreSQL's programs.
pub(crate) fn binaries() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().flatten();
    let newest = debian
        .filter_map(|d| Some((d.file_name().to_str()?.parse::<u32>().ok()?, d.path().join("bin"))))
        .filter(|(version, bin)| *version >= 15 && bin.join("initdb").is_file())
        .max();
    newest.map(|(_, bin)| bin).or_else(|| find("initdb")?.parent().map(Path::to_path_buf))
}

/// A throw-away cluster that ends, and is removed, when this is dropped.
pub(crate) struct Cluster {
    // Dropped in this order: the server first, then its files.
    _server: Running,
    _files: Scratch,
    port: u16,
}

impl Cluster {
    /// Makes and starts a cluster; takes about three seconds.
    pub(crate) fn start() -> Outcome<Self> {
        ensure(&[&prerequisites::POSTGRES])?;
        let files = Scratch::new(&reachable_folder()?, "countersign-postgres")?;
        let data = create(files.path())?;
        let port = free_port()?;
        let mut server = Running::start_logged(
            "postgres",
            as_owner("postgres", "INT").arg("-D").arg(&data).args(settings(port, files.path())),
            &files.path().join("log"),
        )?
        // This asks for a shutdown that doesn't wait for the clients to leave.
        .ended_by("INT");
        server.until(Duration::from_secs(30), Duration::from_millis(50), || is_ready(port))?;
        Ok(Self { _server: server, _files: files, port })
    }

    /// The connection string of a database, as the tests and the server take it.
    pub(crate) fn url(&self, database: &str) -> String {
        url(self.port, database)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A new, empty database; what an earlier one of that name held is gone.
    pub(crate) fn new_database(&self, name: &str) -> Outcome<()> {
        for statement in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
            sql(self.port, &statement)?;
        }
        Ok(())
    }

    /// Octets that a database has on disk, without the cluster's own log.
    pub(crate) fn octets_of(&self, database: &str) -> Outcome<u64> {
        let size = sql(self.port, &format!("SELECT pg_database_size('{database}')"))?;
        size.parse().map_err(|_| Failure::new(format!("the size of {database} is {size:?}")))
    }
}

pub(crate) fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{database}")
}

pub(crate) fn is_ready(port: u16) -> bool {
    sql(port, "SELECT 1").is_ok()
}

fn sql(port: u16, statement: &str) -> Outcome<String> {
    let psql = binaries().unwrap_or_default().join("psql");
    process::read(
        command(psql)
            .args(["-qAtX", "-h", "127.0.0.1", "-p", &port.to_string()])
            .args(["-U", USER, "-d", "postgres", "-c", statement]),
    )
}

/// What every cluster of ours is started with. Commits stay durable, as they are in production.
pub(crate) fn settings(port: u16, sockets: &Path) -> Vec<String> {
    ["listen_addresses=127.0.0.1".to_owned(), format!("port={port}"), "max_connections=200".to_owned()]
        .into_iter()
        .chain([format!("unix_socket_directories={}", sockets.display()), "shared_buffers=128MB".to_owned()])
        .flat_map(|setting| ["-c".to_owned(), setting])
        .collect()
}

/// Makes a cluster's files in `folder/data`, owned by the user PostgreSQL runs as.
pub(crate) fn create(folder: &Path) -> Outcome<PathBuf> {
    let data = folder.join("data");
    if is_root() {
        complete(command("chown").arg("postgres:").arg(folder), Duration::from_secs(10))?;
    }
    let mut initdb = as_owner("initdb", "TERM");
    initdb.args(["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions", "-D"]).arg(&data);
    process::read(&mut initdb)?;
    Ok(data)
}

/// One of PostgreSQL's programs, as the user it may run as, ended with this signal when this tool dies.
pub(crate) fn as_owner(program: &str, signal: &str) -> Command {
    let program = binaries().unwrap_or_default().join(program);
    let mut c = if is_root() {
        let mut c = Command::new("setpriv");
        c.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--pdeathsig", signal, "--"])
            .arg(program);
        c
    } else {
        command(program)
    };
    c.current_dir("/");
    c
}

/// `target`, or the system's folder for temporary files where the user `postgres` can't reach that.
pub(crate) fn reachable_folder() -> Outcome<PathBuf> {
    let target = root().join("target");
    fs::create_dir_all(&target).while_doing("creating target")?;
    if !is_root() {
        return Ok(target);
    }
    if find("setpriv").is_none() {
        return Err(Failure::new("setpriv is missing: apt-get install util-linux"));
    }
    let mut look = Command::new("setpriv");
    look.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "test", "-x"]).arg(&target);
    let reached = look.status().is_ok_and(|s| s.success());
    Ok(if reached { target } else { std::env::temp_dir() })
}
