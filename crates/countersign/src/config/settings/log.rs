//! What is written to the log, and in which form.

use super::Group;
use crate::config::setting::{Kind, STORING, Setting};

pub const GROUP: Group = Group {
    title: "Log",
    about: "The log goes to standard output, one line an event. No secret, token or password is in it.",
    settings: &[LOG_LEVEL, LOG_CONSOLE_OUTPUT],
};

pub const LOG_LEVEL: Setting = Setting::new(
    "log-level",
    Kind::List("LEVEL|PART:LEVEL"),
    "How much is logged: off, error, warn, info, debug or trace, for all, or for one part: info,oidc:debug,store:trace.",
)
.default("info")
.used_by(STORING);

pub const LOG_CONSOLE_OUTPUT: Setting = Setting::new(
    "log-console-output",
    Kind::Choice(&["default", "json"]),
    "Lines for people, or one JSON object a line for machines.",
)
.default("default")
.used_by(STORING);
