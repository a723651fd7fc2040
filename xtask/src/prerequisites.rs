//! What the tests need beside Rust: found, installed where that is possible, and otherwise named with the way to get it.
//!
//! Debian's packages are installed when this runs as root; Python's go into `.venv` in the repository. What the libraries of
//! Java and Node need beside, the tests of `interop` fetch themselves.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::{Failure, Outcome, While};
use crate::process::{command, complete, find, root};
use crate::{machine, postgres};

/// A program that comes with the system.
pub(crate) struct Tool {
    /// What it is called in a sentence.
    name: &'static str,
    /// Its Debian packages.
    packages: &'static [&'static str],
    found: fn() -> bool,
}

pub(crate) const POSTGRES: Tool =
    Tool { name: "PostgreSQL 15 or newer", packages: &["postgresql"], found: || postgres::binaries().is_some() };
pub(crate) const PYTHON: Tool =
    Tool { name: "Python 3.11 or newer with venv", packages: &["python3", "python3-venv"], found: python_makes_venvs };
pub(crate) const CHROMIUM: Tool = Tool {
    name: "Chromium and its driver",
    packages: &["chromium", "chromium-driver"],
    found: || find("chromium").is_some() && find("chromedriver").is_some(),
};
// The development kit, since it runs a program from its source.
pub(crate) const JAVA: Tool = Tool {
    name: "a JDK of version 17 or newer, and Maven",
    packages: &["default-jdk-headless", "maven"],
    found: || find("javac").is_some() && find("mvn").is_some(),
};
pub(crate) const NODE: Tool = Tool {
    name: "Node.js 18 or newer with npm",
    packages: &["nodejs", "npm"],
    found: || find("node").is_some() && find("npm").is_some(),
};
pub(crate) const WRK: Tool = Tool { name: "wrk", packages: &["wrk"], found: || find("wrk").is_some() };

const LIMIT: Duration = Duration::from_secs(600);
const REQUIREMENTS: &[&str] = &["compat/requirements.txt", "tests/requirements.txt"];

/// Makes sure of these tools.
///
/// # Errors
/// Names every one that is missing and could not be installed, and how to get it.
pub(crate) fn ensure(tools: &[&Tool]) -> Outcome<()> {
    let mut missing: Vec<&&Tool> = tools.iter().filter(|t| !(t.found)()).collect();
    if !missing.is_empty() && find("apt-get").is_some() && machine::is_root() {
        apt(&missing.iter().flat_map(|t| t.packages).copied().collect::<Vec<_>>())?;
        missing.retain(|t| !(t.found)());
    }
    if missing.is_empty() {
        return Ok(());
    }
    let lines = missing.iter().map(|t| {
        format!("\n  missing: {}\n    on Debian or Ubuntu: sudo apt-get install {}", t.name, t.packages.join(" "))
    });
    Err(Failure::new(format!("install these and run again{}", lines.collect::<String>())))
}

fn apt(packages: &[&str]) -> Outcome<()> {
    println!("installing {}", packages.join(" "));
    let apt = |words: &[&str]| {
        let mut c = command("apt-get");
        c.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o=Dpkg::Use-Pty=0"]).args(words);
        c.stdout(std::process::Stdio::null());
        complete(&mut c, LIMIT)
    };
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

fn python_makes_venvs() -> bool {
    let check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
    python().is_some_and(|python| {
        command(python).args(["-c", check]).stderr(std::process::Stdio::null()).status().is_ok_and(|s| s.success())
    })
}

fn python() -> Option<PathBuf> {
    // Debian's own first: one that a version manager put in front may lack ensurepip, or change under the environment.
    let own = Path::new("/usr/bin/python3");
    if own.is_file() { Some(own.to_path_buf()) } else { find("python3") }
}

/// The repository's Python environment with the pinned packages, made when it is missing or they changed; its interpreter.
pub(crate) fn venv() -> Outcome<PathBuf> {
    ensure(&[&PYTHON])?;
    let folder = root().join(".venv");
    let interpreter = folder.join("bin/python");
    let stamp = folder.join("requirements.stamp");
    let mut wanted = String::new();
    for file in REQUIREMENTS {
        wanted += &std::fs::read_to_string(root().join(file)).while_doing(format!("reading {file}"))?;
    }
    if interpreter.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(interpreter);
    }
    println!("making .venv with the packages of {}", REQUIREMENTS.join(" and "));
    let python = python().ok_or_else(|| Failure::new("python3 is missing"))?;
    complete(command(python).args(["-m", "venv", "--clear"]).arg(&folder), LIMIT)?;
    let mut pip = command(&interpreter);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    for file in REQUIREMENTS {
        pip.args(["-r", file]);
    }
    complete(&mut pip, LIMIT)?;
    std::fs::write(&stamp, wanted).while_doing("writing .venv/requirements.stamp")?;
    Ok(interpreter)
}

/// Makes sure of the parts of the Rust toolchain that check the code.
pub(crate) fn rust_components() -> Outcome<()> {
    for (program, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        let works = command("cargo").args([program.trim_start_matches("cargo-"), "--version"]).output();
        if works.is_ok_and(|o| o.status.success()) {
            continue;
        }
        complete(command("rustup").args(["component", "add", component]), LIMIT)
            .map_err(|e| Failure::new(format!("{component} is missing: rustup component add {component} ({e})")))?;
    }
    Ok(())
}
