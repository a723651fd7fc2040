//! The commands about a realm's ledger: their options, and what they ask for.

use clap::{Arg, ArgAction, ArgMatches, Command as Tree};

use super::arguments::arguments_of;
use super::requests::word;
use crate::commands::{Failure, LedgerRequest, LedgerTask};
use crate::config::setting::Command;

pub(super) fn tree() -> Tree {
    Tree::new("ledger")
        .about("Look at a realm's ledger, give it a new key, close it, or go on with another after a loss")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            of_realm("status", "Print each ledger's origin, keys, size, and whether it stands as it was signed")
                .arg(Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON, with the long lines whole"))
                .after_help("Example:\n  countersign ledger status --realm=ocen-network"),
        )
        .subcommand(of_realm("close", "End a realm's ledger and keep its evidence").after_help(
            "The realm is then one without participants, and may be renamed or deleted. Nothing opens the ledger again.\n\n\
             Example:\n  countersign ledger close --realm=ocen-network",
        ))
        .subcommand(of_realm("rotate-key", "Let new keys sign a realm's ledger").after_help(
            "The new keys, of Ed25519 and of ML-DSA-44, are entries first; the checkpoint that holds them carries the \
             signatures of old and new, and from then on only the new ones sign. Give their lines to those who keep trust \
             files, and to witnesses at once: but for those that --follow the ledger they cosign nothing by a key that they \
             don't know. With SQLite the server must be stopped. A stolen key ends by ledger recover --even-though-sound.\n\n\
             Example:\n  countersign ledger rotate-key --realm=ocen-network",
        ))
        .subcommand(
            of_realm("recover", "Go on under a new origin that commits to the last head of the old ledger")
                .arg(
                    Arg::new("reason")
                        .long("reason")
                        .value_name("TEXT")
                        .required(true)
                        .value_parser(reason)
                        .help("Why; it stands in the new ledger's first entry, which everybody can read"),
                )
                .arg(
                    Arg::new("even-though-sound")
                        .long("even-though-sound")
                        .action(ArgAction::SetTrue)
                        .help("Also where nothing speaks against the ledger, as when its key was stolen; or where it was closed"),
                )
                .after_help(
                    "For a database that was restored from an old copy, when the entries since can't be had back. It says \
                     which are missing: receipts show what they were. Evidence of the old ledger stays in reach. Every trust \
                     file needs the new key beside the old one, so a ledger that is sound isn't left by mistake.\n\n\
                     Example:\n  countersign ledger recover --realm=ocen-network --reason=\"disk lost on 3 May\"",
                ),
        )
}

fn of_realm(name: &'static str, about: &'static str) -> Tree {
    Tree::new(name)
        .about(about)
        .arg(Arg::new("realm").long("realm").value_name("NAME").required(true).help("The realm"))
        .args(arguments_of(Command::BootstrapAdmin))
        .next_line_help(true)
}

/// What is asked for, and the arguments of the configuration.
pub(super) fn request(given: &ArgMatches) -> Result<(LedgerRequest, &ArgMatches), Failure> {
    let (what, given) = given.subcommand().ok_or("say what: ledger status, rotate-key, close or recover")?;
    let task = match what {
        "close" => LedgerTask::Close,
        "rotate-key" => LedgerTask::RotateKey,
        "recover" => LedgerTask::Recover {
            reason: word(given, "reason").unwrap_or_default(),
            even_though_sound: given.get_flag("even-though-sound"),
        },
        _ => LedgerTask::Status { as_json: given.get_flag("json") },
    };
    Ok((LedgerRequest { realm: word(given, "realm").unwrap_or_default(), task }, given))
}

/// A line that stays for ever.
fn reason(given: &str) -> Result<String, String> {
    match (1..=LONGEST_REASON).contains(&given.chars().count()) && !given.chars().any(char::is_control) {
        true => Ok(given.to_owned()),
        false => Err(format!("say why in one line of 1 to {LONGEST_REASON} characters")),
    }
}

const LONGEST_REASON: usize = 1000;

#[cfg(test)]
mod tests {
    use super::{LONGEST_REASON, reason};

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(reason("disk lost on 3 May").as_deref(), Ok("disk lost on 3 May"));
        for odd in ["", "a\nb", "\u{1b}[31m", &"x".repeat(LONGEST_REASON + 1)] {
            assert!(reason(odd).is_err(), "{odd:?}");
        }
    }
}
