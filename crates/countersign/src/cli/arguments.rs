//! Settings as arguments, and the arguments of Keycloak that are taken without effect.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches};

use crate::config::ignored::{find_ignored, note};
use crate::config::setting::{Command, Kind, Setting};
use crate::config::settings::{self, GROUPS};
use crate::config::values::Argument;

/// Names the configuration file.
pub(super) const CONFIG_FILE: &str = "config-file";

/// Commands that Keycloak has not: their options mean what they say, such as `--profile`.
const OWN_COMMANDS: &[&str] =
    &["sign", "verify", "evidence", "witness", "watch", "gateway", "demo", "participants", "ledger"];

/// The arguments without those that have no effect, and a line about each of those.
pub(super) struct Sifted {
    pub kept: Vec<OsString>,
    pub notes: Vec<String>,
}

/// Takes out Keycloak's options that mean nothing here, before anything calls them unknown.
pub(super) fn sift(arguments: impl IntoIterator<Item = OsString>) -> Sifted {
    let mut sifted = Sifted { kept: Vec::new(), notes: Vec::new() };
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_some_and(|command| OWN_COMMANDS.iter().any(|own| command == own)) {
        return Sifted { kept: arguments, ..sifted };
    }
    let mut arguments = arguments.into_iter().peekable();
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default();
        if text == "-cf" {
            sifted.kept.push(format!("--{CONFIG_FILE}").into());
            continue;
        }
        if ["-D", "-J", "-X"].iter().any(|jvm| text.starts_with(jvm)) {
            sifted.notes.push(format!("{text} has no effect: there is no JVM."));
            continue;
        }
        let text = if text == "-v" { "--verbose" } else { text };
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let known = name.strip_prefix("--").filter(|name| settings::find(name).is_none());
        let Some(ignored) = known.and_then(find_ignored) else {
            sifted.kept.push(argument);
            continue;
        };
        sifted.notes.push(note(name, ignored));
        if ignored.value && value.is_none() {
            arguments.next_if(|next| !next.to_str().is_some_and(|next| next.starts_with('-')));
        }
    }
    sifted
}

/// The arguments of a command that reads configuration, under the headings of their groups.
pub(super) fn arguments_of(command: Command) -> Vec<Arg> {
    let file = Arg::new(CONFIG_FILE)
        .long(CONFIG_FILE)
        .value_name("PATH")
        .help("Configuration file [default: conf/countersign.conf, if it exists] [env: KC_CONFIG_FILE]");
    let settings = GROUPS.iter().flat_map(|group| {
        let used = group.settings.iter().filter(move |setting| setting.is_used_by(command));
        used.map(move |setting| argument(setting, command).help_heading(group.title))
    });
    std::iter::once(file).chain(settings).collect()
}

/// The settings that the arguments give.
pub(super) fn settings_of(given: &ArgMatches) -> Vec<Argument> {
    settings::all()
        .filter_map(|setting| {
            let value = given.try_get_one::<String>(setting.name).ok().flatten()?;
            let said = given.value_source(setting.name) == Some(ValueSource::CommandLine);
            said.then(|| (setting, value.clone()))
        })
        .collect()
}

/// The text in lines that fit a terminal, without breaking the brackets at its end.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.replace(": ", ":\u{a0}").split(' ') {
        let letters = word.chars().count();
        if width > 0 {
            let breaks = width + 1 + letters > WIDTH;
            lines.push(if breaks { '\n' } else { ' ' });
            width = if breaks { 0 } else { width + 1 };
        }
        lines.push_str(word);
        width += letters;
    }
    lines.replace('\u{a0}', " ")
}

/// With clap's indentation, a hundred columns.
const WIDTH: usize = 90;

fn argument(setting: &'static Setting, command: Command) -> Arg {
    let default = setting.default_for(command).map(|value| format!(" [default: {value}]")).unwrap_or_default();
    let help = wrapped(&format!("{}{default} [env: {}]", setting.help, setting.variable()));
    let argument = Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.kind.placeholder())
        .help(help)
        .action(ArgAction::Set)
        .hide_default_value(true);
    match setting.kind {
        Kind::Flag | Kind::FlagOrPath => argument.num_args(0..=1).default_missing_value("true"),
        _ => argument,
    }
}
