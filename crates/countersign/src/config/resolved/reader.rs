//! Reads typed values, and collects everything that is wrong on the way.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::config::duration::parse_duration;
use crate::config::secret::Secret;
use crate::config::setting::{Kind, Setting};
use crate::config::values::{Origin, Values};

/// Why a configuration cannot run: which setting, what is wrong, and what mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub setting: &'static str,
    /// Where the value came from, if there was one.
    pub origin: Option<Origin>,
    pub cause: String,
    pub mend: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        if let Some(origin @ (Origin::Variable(_) | Origin::File { .. })) = &self.origin {
            write!(f, " (from {origin})")?;
        }
        write!(f, ": {}.\n    To mend it: {}.", self.cause, self.mend)
    }
}

/// Looks settings up; a value that cannot be read becomes a problem, and reading goes on without it.
pub(super) struct Reader<'a> {
    values: &'a Values,
    problems: Vec<Problem>,
    notes: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(values: &'a Values) -> Self {
        Self { values, problems: Vec::new(), notes: Vec::new() }
    }

    /// The notes, or the problems if there are any.
    pub(super) fn finish(self) -> Result<Vec<String>, Vec<Problem>> {
        if self.problems.is_empty() { Ok(self.notes) } else { Err(self.problems) }
    }

    pub(super) fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    pub(super) fn problem(&mut self, setting: &Setting, cause: impl Into<String>, mend: impl Into<String>) {
        let origin = self.values.find(setting).map(|(_, origin)| origin);
        self.problems.push(Problem { setting: setting.name, origin, cause: cause.into(), mend: mend.into() });
    }

    pub(super) fn is_given(&self, setting: &Setting) -> bool {
        self.values.is_given(setting)
    }

    pub(super) fn text(&mut self, setting: &Setting) -> Option<String> {
        let (value, _) = self.values.find(setting)?;
        let value = value.trim().to_owned();
        if value.is_empty() {
            self.problem(setting, "the value is empty", format!("give a value, or leave {} out", setting.name));
            return None;
        }
        Some(value)
    }

    pub(super) fn secret(&mut self, setting: &Setting) -> Option<Secret> {
        self.values.find(setting).map(|(value, _)| Secret::new(value))
    }

    pub(super) fn path(&mut self, setting: &Setting) -> Option<PathBuf> {
        self.text(setting).map(PathBuf::from)
    }

    /// False where it cannot be read.
    pub(super) fn flag(&mut self, setting: &Setting) -> bool {
        match self.text(setting).map(|value| value.to_ascii_lowercase()).as_deref() {
            Some("true") => true,
            Some("false") | None => false,
            Some(other) => {
                self.unreadable(setting, other, "true or false", "true");
                false
            }
        }
    }

    pub(super) fn number(&mut self, setting: &Setting) -> Option<u64> {
        let value = self.text(setting)?;
        let Kind::Number { least, most } = setting.kind else {
            return None;
        };
        let number = value.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let example = setting.default.map_or(least.to_string(), str::to_owned);
            self.unreadable(setting, &value, &format!("a number from {least} to {most}"), &example);
        }
        number
    }

    pub(super) fn port(&mut self, setting: &Setting) -> u16 {
        self.number(setting).and_then(|number| u16::try_from(number).ok()).unwrap_or_default()
    }

    pub(super) fn size(&mut self, setting: &Setting) -> Option<usize> {
        self.number(setting).and_then(|number| usize::try_from(number).ok())
    }

    pub(super) fn duration(&mut self, setting: &Setting) -> Duration {
        let Some(value) = self.text(setting) else {
            return Duration::ZERO;
        };
        parse_duration(&value).unwrap_or_else(|| {
            self.unreadable(setting, &value, "a duration", "30s");
            Duration::ZERO
        })
    }

    /// One of the words that the setting allows, in small letters.
    pub(super) fn choice(&mut self, setting: &Setting) -> Option<String> {
        let value = self.text(setting)?.to_ascii_lowercase();
        let Kind::Choice(words) = setting.kind else {
            return None;
        };
        if words.contains(&value.as_str()) {
            return Some(value);
        }
        let example = model::nearest(&value, words.iter().copied()).or(words.first().copied());
        self.unreadable(setting, &value, &format!("one of {}", words.join(", ")), example.unwrap_or_default());
        None
    }

    pub(super) fn list(&mut self, setting: &Setting) -> Vec<String> {
        let Some(value) = self.text(setting) else {
            return Vec::new();
        };
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// Addresses and networks; a bare address is the network of itself.
    pub(super) fn networks(&mut self, setting: &Setting) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for part in self.list(setting) {
            match part.parse::<IpNet>().or_else(|_| part.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) => networks.push(network),
                Err(_) => self.unreadable(setting, &part, "an address or a network", "10.0.0.0/8"),
            }
        }
        networks
    }

    /// The path given; the usual one for `true`; nothing for `false`.
    pub(super) fn flag_or_path(&mut self, setting: &Setting, usual: impl FnOnce() -> PathBuf) -> Option<PathBuf> {
        match self.text(setting)?.as_str() {
            "true" => Some(usual()),
            "false" => None,
            path => Some(PathBuf::from(path)),
        }
    }

    /// The problem of a value that is not of its kind; a secret is not quoted.
    pub(super) fn unreadable(&mut self, setting: &Setting, value: &str, expected: &str, example: &str) {
        let shown = if setting.secret { "the value".to_owned() } else { format!("{value:?}") };
        let written = match self.values.find(setting) {
            Some((_, Origin::Variable(variable))) => format!("{variable}={example}"),
            Some((_, Origin::File { .. })) => format!("{}={example}", setting.name),
            _ => format!("--{}={example}", setting.name),
        };
        self.problem(setting, format!("{shown} is not {expected}"), format!("write {written}, for instance"));
    }
}
