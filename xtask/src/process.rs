//! Other programs: run to their end within a time limit, or kept running until dropped.
//!
//! Each is the leader of a process group of its own, and the group is what gets ended. Where `setpriv` exists (Linux) the
//! kernel also ends it when this tool dies, so that an interrupted run leaves nothing behind.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome, While};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A program found on the PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// A command that dies with this tool.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut c = match find("setpriv") {
        Some(setpriv) => {
            let mut c = Command::new(setpriv);
            c.args(["--pdeathsig", "TERM", "--"]).arg(program);
            c
        }
        None => Command::new(program),
    };
    c.current_dir(root());
    c
}

/// Runs a command to its end; its output goes to the terminal.
pub(crate) fn complete(command: &mut Command, limit: Duration) -> Outcome<()> {
    let name = describe(command);
    let mut running = Running::start(&name, command.stdin(Stdio::null()))?;
    let status = running.wait(limit)?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{name}: {status}"))) }
}

/// Runs a command to its end, showing each line of its standard output and handing it to `line`; whether it succeeded.
pub(crate) fn run_lines(command: &mut Command, limit: Duration, mut line: impl FnMut(&str) + Send) -> Outcome<bool> {
    let name = describe(command);
    let mut running = Running::start(&name, command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let Some(output) = running.child.stdout.take() else { return Err(Failure::new(format!("{name}: no output"))) };
    thread::scope(|scope| {
        scope.spawn(|| {
            for text in BufReader::new(output).lines().map_while(Result::ok) {
                println!("{text}");
                line(&text);
            }
        });
        let status = running.wait(limit);
        running.end();
        Ok(status?.success())
    })
}

/// The standard output of a command that must succeed; its complaint is the failure.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    let name = describe(command);
    let out = command.stdin(Stdio::null()).output().while_doing(&name)?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(Failure::new(format!("{name}: {}: {}", out.status, said.trim())))
}

/// A program that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    name: String,
    log: Option<PathBuf>,
    /// What asks it to end.
    signal: &'static str,
    ended: bool,
}

impl Running {
    pub(crate) fn start(name: &str, command: &mut Command) -> Outcome<Self> {
        let child = command.process_group(0).spawn().while_doing(format!("starting {name}"))?;
        Ok(Self { child, name: name.to_owned(), log: None, signal: "TERM", ended: false })
    }

    /// Starts a program whose output goes to a file, of which a failure shows the end.
    pub(crate) fn start_logged(name: &str, command: &mut Command, log: &Path) -> Outcome<Self> {
        let file = File::create(log).while_doing(format!("creating {}", log.display()))?;
        let same = file.try_clone().while_doing(format!("writing {}", log.display()))?;
        let mut running = Self::start(name, command.stdin(Stdio::null()).stdout(file).stderr(same))?;
        running.log = Some(log.to_path_buf());
        Ok(running)
    }

    /// The same, for a program that another signal than SIGTERM asks to end at once.
    pub(crate) fn ended_by(mut self, signal: &'static str) -> Self {
        self.signal = signal;
        self
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` says so; an error if the program ends first or the time is over.
    pub(crate) fn until(
        &mut self,
        limit: Duration,
        every: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Outcome<Duration> {
        let began = Instant::now();
        loop {
            if ready() {
                return Ok(began.elapsed());
            }
            if let Some(status) = self.child.try_wait().while_doing(&self.name)? {
                self.ended = true;
                return Err(self.failure(&format!("ended at its start ({status})")));
            }
            if began.elapsed() > limit {
                return Err(self.failure(&format!("gave no answer within {} s", limit.as_secs())));
            }
            thread::sleep(every);
        }
    }

    fn wait(&mut self, limit: Duration) -> Outcome<ExitStatus> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().while_doing(&self.name)? {
                self.ended = true;
                return Ok(status);
            }
            if began.elapsed() > limit {
                self.end();
                return Err(Failure::new(format!("{} took more than {} s and was ended", self.name, limit.as_secs())));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the group to end, and after ten seconds makes it.
    pub(crate) fn end(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        for signal in [self.signal, "KILL"] {
            let group = format!("-{}", self.pid());
            let _ = Command::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(10) {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// A failure that shows the last lines of the log.
    fn failure(&self, what: &str) -> Failure {
        let log = self.log.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.iter().skip(lines.len().saturating_sub(20)).map(|l| format!("\n    {l}")).collect::<String>();
        Failure::new(format!("{} {what}{last}", self.name))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// The words of a command without the wrapper that ties it to this tool.
fn describe(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    let own = words.iter().position(|w| *w == "--").map_or(0, |at| at + 1);
    let own = if words.first().is_some_and(|w| w.to_string_lossy().ends_with("setpriv")) { own } else { 0 };
    let text: Vec<_> = words.iter().skip(own).map(|w| w.to_string_lossy().into_owned()).collect();
    text.join(" ")
}

/// A folder that is removed when this is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new, empty folder in `within`, named after `what` and this process.
    pub(crate) fn new(within: &Path, what: &str) -> Outcome<Self> {
        remove_leftovers(within);
        let path = within.join(format!("{what}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).while_doing(format!("creating {}", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes what runs of this tool left behind that were killed: folders whose name ends with the number of no process.
fn remove_leftovers(within: &Path) {
    for entry in std::fs::read_dir(within).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((what, pid)) = name.rsplit_once('-') else { continue };
        let ours = what.starts_with("countersign-") && pid.parse::<u32>().is_ok();
        if ours && Path::new("/proc/self").exists() && !Path::new("/proc").join(pid).exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
