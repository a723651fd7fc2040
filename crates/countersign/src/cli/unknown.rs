//! Answers to options and commands that do not exist: with the nearest that does.

use std::ffi::OsString;

use clap::Command as Tree;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::tree::tree;
use crate::config::settings;
use model::nearest;

/// The sentence about an unknown option or command.
pub(super) fn explain(error: &clap::Error, arguments: &[OsString]) -> String {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        _ => String::new(),
    };
    if error.kind() == ErrorKind::InvalidSubcommand {
        return unknown_command(&word(ContextKind::InvalidSubcommand), &command_at(arguments));
    }
    unknown_option(&word(ContextKind::InvalidArg), &command_at(arguments))
}

fn unknown_command(word: &str, path: &[String]) -> String {
    let node = node_at(path);
    let names: Vec<&str> = node.get_subcommands().map(Tree::get_name).collect();
    let hint = match nearest(word, names.iter().copied()) {
        Some(near) => format!("Did you mean {near}?"),
        None => format!("There are: {}.", names.join(", ")),
    };
    let of = if path.is_empty() { String::new() } else { format!(" of {}", path.join(" ")) };
    format!("error: {word} is no command{of}. {hint}")
}

fn unknown_option(written: &str, path: &[String]) -> String {
    let name = written.trim_start_matches('-').split('=').next().unwrap_or_default();
    let command = path.join(" ");
    let help = format!("`countersign {command} --help` lists its options.").replace("  ", " ");
    if !written.starts_with('-') {
        return format!("error: {written:?} is not expected here. {help}");
    }
    if let Some(setting) = settings::find(name) {
        let users: Vec<&str> = setting.used_by.iter().map(|command| command.name()).collect();
        return format!("error: --{name} is not an option of {command}, but of {}. {help}", users.join(", "));
    }
    let node = node_at(path);
    let names: Vec<String> =
        node.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned)).collect();
    // `--password` means `--password:env` rather than anything that is only spelt alike.
    let begun = names.iter().find(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
    match begun.map(String::as_str).or_else(|| nearest(name, names.iter().map(String::as_str))) {
        Some(near) => format!("error: there is no option --{name}. Did you mean --{near}? {help}"),
        None => format!("error: there is no option --{name}. {help}"),
    }
}

/// The commands below a command.
fn node_at(path: &[String]) -> Tree {
    path.iter().fold(tree(), |node, part| node.find_subcommand(part).cloned().unwrap_or(node))
}

/// The command that the arguments name, with its subcommand if it has one.
fn command_at(arguments: &[OsString]) -> Vec<String> {
    let mut node = tree();
    let mut path = Vec::new();
    for argument in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        if let Some(next) = node.find_subcommand(argument).cloned() {
            path.push(argument.to_owned());
            node = next;
        }
    }
    path
}
