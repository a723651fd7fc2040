//! What `import`, `export` and `bootstrap-admin` are asked for.

use std::path::PathBuf;

use clap::ArgMatches;

use super::prompt::Ask;
use crate::commands::{Administrator, ExportRequest, ExportUsers, Failure, ImportRequest, RealmFiles};
use crate::config::Secret;
use crate::config::environment::Environment;
use crate::messages::{Agreed, SignRequest, VerifyRequest};

pub(super) fn import(given: &ArgMatches) -> Result<ImportRequest, Failure> {
    let replace_existing = given.get_one::<bool>("override").copied().unwrap_or(true);
    Ok(ImportRequest { from: files(given)?, replace_existing })
}

pub(super) fn export(given: &ArgMatches) -> Result<ExportRequest, Failure> {
    let to = files(given)?;
    let users = match (word(given, "users").as_deref(), &to) {
        (Some("skip"), _) => ExportUsers::Skip,
        (Some("realm_file"), _) | (None, RealmFiles::File(_)) => ExportUsers::RealmFile,
        (Some(_), RealmFiles::File(_)) => {
            return Err(
                "--file writes one file: --users=skip or --users=realm_file go with it; --dir for the others".into()
            );
        }
        (Some("same_file"), _) => ExportUsers::SameFile,
        (_, RealmFiles::Folder(_)) => ExportUsers::DifferentFiles,
    };
    let users_per_file = given.get_one::<u32>("users-per-file").copied().unwrap_or(50);
    let users_per_file = usize::try_from(users_per_file)?;
    Ok(ExportRequest { to, realm: word(given, "realm"), users, users_per_file })
}

pub(super) fn sign(given: &ArgMatches) -> SignRequest {
    SignRequest {
        agreed: agreed(given),
        key: PathBuf::from(word(given, "key").unwrap_or_default()),
        kid: word(given, "kid"),
        algorithm: word(given, "alg"),
    }
}

pub(super) fn verify(given: &ArgMatches) -> VerifyRequest {
    VerifyRequest {
        agreed: agreed(given),
        keys: PathBuf::from(word(given, "keys").unwrap_or_default()),
        signature: word(given, "signature").unwrap_or_default(),
    }
}

fn agreed(given: &ArgMatches) -> Agreed {
    Agreed {
        body: PathBuf::from(word(given, "body").unwrap_or_default()),
        profile: word(given, "profile").unwrap_or_default(),
        method: word(given, "method").unwrap_or_default(),
        target: word(given, "target").unwrap_or_default(),
        receiver: word(given, "receiver").zip(word(given, "origin")),
        answers: word(given, "answers").map(PathBuf::from),
        issuer: word(given, "issuer"),
        anchor: word(given, "anchor"),
    }
}

fn files(given: &ArgMatches) -> Result<RealmFiles, Failure> {
    match (word(given, "file"), word(given, "dir")) {
        (Some(file), None) => Ok(RealmFiles::File(PathBuf::from(file))),
        (None, Some(folder)) => Ok(RealmFiles::Folder(PathBuf::from(folder))),
        _ => Err("give either --file or --dir".into()),
    }
}

/// The administrator to make: from options, from variables they name, or from answers at the terminal.
pub(super) fn administrator(
    what: &str,
    given: &ArgMatches,
    environment: &Environment,
    terminal: &mut impl Ask,
) -> Result<Administrator, Failure> {
    let service = what == "service";
    let (name_option, secret_option) = if service { ("client-id", "client-secret") } else { ("username", "password") };
    let (name_word, secret_word) = if service { ("client id", "client secret") } else { ("username", "password") };
    let asks = !given.get_flag("no-prompt") && terminal.answers();

    let named = match word(given, name_option) {
        Some(name) => Some(name),
        None => from_variable(given, &format!("{name_option}:env"), environment)?,
    };
    let secret = from_variable(given, &format!("{secret_option}:env"), environment)?;
    let name = match named {
        Some(name) => name,
        None if asks => terminal.line(&format!("Enter {name_word} [{USUAL_NAME}]: "))?,
        None => String::new(),
    };
    let name = if name.is_empty() { USUAL_NAME.to_owned() } else { name };
    let secret = match secret {
        Some(secret) => Secret::new(secret),
        None if asks => ask_twice(secret_word, terminal)?,
        None => return Err(format!("the {secret_word} is missing: give --{secret_option}:env=VARIABLE").into()),
    };
    if secret.reveal().is_empty() {
        return Err(format!("the {secret_word} is empty").into());
    }
    Ok(match service {
        true => Administrator::Service { client_id: name, secret },
        false => Administrator::User { username: name, password: secret },
    })
}

fn ask_twice(what: &str, terminal: &mut impl Ask) -> Result<Secret, Failure> {
    let first = Secret::new(terminal.secret(&format!("Enter {what}: "))?);
    let again = Secret::new(terminal.secret(&format!("Enter {what} again: "))?);
    if first != again {
        return Err(format!("the {what} was not the same both times").into());
    }
    Ok(first)
}

/// The value of the variable that an `…:env` option names.
pub(super) fn from_variable(
    given: &ArgMatches,
    option: &str,
    environment: &Environment,
) -> Result<Option<String>, Failure> {
    let Some(variable) = word(given, option) else {
        return Ok(None);
    };
    match environment.find(&variable) {
        Some(value) => Ok(Some(value.to_owned())),
        None => Err(format!("--{option} names the variable {variable}, which is not set").into()),
    }
}

pub(super) fn word(given: &ArgMatches, name: &str) -> Option<String> {
    given.get_one::<String>(name).cloned()
}

/// Keycloak's name for an administrator made this way.
const USUAL_NAME: &str = "temp-admin";
