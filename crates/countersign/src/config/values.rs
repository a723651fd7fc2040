//! The words that were given, each with where it came from.

use std::collections::BTreeMap;
use std::fmt;

use super::environment::Environment;
use super::file::ConfigurationFile;
use super::setting::{Command, Setting};

/// What was configured, before it is asked what it means.
#[derive(Debug)]
pub struct Values {
    command: Command,
    given: BTreeMap<&'static str, (String, Origin)>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    CommandLine,
    Variable(String),
    File { path: String, line: usize },
    Default,
}

/// A setting on the command line.
pub type Argument = (&'static Setting, String);

impl Values {
    /// Puts the sources over one another: command line, environment, file.
    pub fn gather(
        command: Command,
        arguments: Vec<Argument>,
        environment: &Environment,
        file: Option<ConfigurationFile>,
    ) -> Self {
        let mut given = BTreeMap::new();
        if let Some(file) = file {
            let path = file.path.display().to_string();
            for entry in file.settings {
                let origin = Origin::File { path: path.clone(), line: entry.line };
                given.insert(entry.setting.name, (entry.value, origin));
            }
        }
        for entry in environment.settings() {
            given.insert(entry.setting.name, (entry.value, Origin::Variable(entry.variable)));
        }
        for (setting, value) in arguments {
            given.insert(setting.name, (value, Origin::CommandLine));
        }
        Self { command, given }
    }

    /// The command that the configuration is for.
    pub fn command(&self) -> Command {
        self.command
    }

    /// The value that counts, the default included.
    pub fn find(&self, setting: &Setting) -> Option<(&str, Origin)> {
        match self.given.get(setting.name) {
            Some((value, origin)) => Some((value, origin.clone())),
            None => setting.default_for(self.command).map(|value| (value, Origin::Default)),
        }
    }

    /// Whether someone gave a value.
    pub fn is_given(&self, setting: &Setting) -> bool {
        self.given.contains_key(setting.name)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::CommandLine => f.write_str("command line"),
            Origin::Variable(name) => f.write_str(name),
            Origin::File { path, line } => write!(f, "{path}:{line}"),
            Origin::Default => f.write_str("default"),
        }
    }
}
