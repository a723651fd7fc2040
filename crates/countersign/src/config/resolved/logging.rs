//! What is logged.

use super::reader::Reader;
use crate::config::settings::log;

/// How much, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    pub levels: LogLevels,
    pub output: LogOutput,
}

/// One level for all, and others for single parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevels {
    pub everywhere: Level,
    /// Crate or module (`web_oidc`, `store::postgres`) and its level.
    pub parts: Vec<(String, Level)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOutput {
    Lines,
    Json,
}

pub(super) fn logging(read: &mut Reader<'_>) -> Logging {
    let mut levels = LogLevels { everywhere: Level::Info, parts: Vec::new() };
    for entry in read.list(&log::LOG_LEVEL) {
        let (part, word) = match entry.rsplit_once(':') {
            Some((part, word)) => (Some(part.trim()), word.trim()),
            None => (None, entry.as_str()),
        };
        match (part, level(word)) {
            (None, Some(level)) => levels.everywhere = level,
            // Java's categories (org.keycloak.events) name nothing here.
            (Some(part), Some(_)) if part.contains('.') => {
                read.note(format!("log-level: {part} names no part of this program, so it has no effect."));
            }
            (Some(part), Some(level)) => levels.parts.push((part.replace('-', "_"), level)),
            (_, None) => read.unreadable(&log::LOG_LEVEL, &entry, "a level or PART:LEVEL", "info,oidc:debug"),
        }
    }
    let output = match read.choice(&log::LOG_CONSOLE_OUTPUT).as_deref() {
        Some("json") => LogOutput::Json,
        _ => LogOutput::Lines,
    };
    Logging { levels, output }
}

/// Keycloak's words for levels; those it has beside ours fall to the nearest.
fn level(word: &str) -> Option<Level> {
    match word.to_ascii_lowercase().as_str() {
        "off" => Some(Level::Off),
        "fatal" | "error" => Some(Level::Error),
        "warn" => Some(Level::Warn),
        "info" => Some(Level::Info),
        "debug" => Some(Level::Debug),
        "trace" | "all" => Some(Level::Trace),
        _ => None,
    }
}
