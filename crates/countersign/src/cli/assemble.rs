//! `evidence assemble`: its options, and what it asks for.

use std::process::ExitCode;

use clap::{Arg, ArgGroup, ArgMatches, Command as Tree};
use ledger::text::Digest;

use super::evidence::{
    access, access_arguments, authorities, block_on, flag, judged, ledger, now, place, place_of, places, several, trust,
};
use super::requests::word;
use super::tree::path;
use crate::commands::Failure;
use crate::config::environment::Environment;
use crate::config::trust_file;
use crate::evidence::Found;
use crate::evidence::assemble::{AssembleRequest, assemble};

pub(super) fn tree() -> Tree {
    Tree::new("assemble")
        .about("Put a bundle together from what was kept, without a right at the server: receipts, bodies, older bundles")
        .after_help(
            "Examples:\n  \
             countersign evidence assemble --receipts=receipts --entry=ID --body=loan.json --with=older.evidence.json \\\n      \
             --ledger=https://id.example/realms/net/evidence --trust=trust.policy --out=loan.evidence.json\n  \
             countersign evidence assemble --with=loan.evidence.json --body=loan.json --out=whole.evidence.json\n\n\
             The signer's chain comes from older bundles, or as a participant from the registry (--client-id), which tells\n\
             records of one's own messages as well (--entry). It ends with 0 if what it wrote is proved under your trust, 1\n\
             if not, 2 if something that was named can't be read.",
        )
        .arg(several("receipts", "PATH", "Answers with receipts, a gateway's file of them, or a folder; may be repeated"))
        .arg(
            several("entry", "ID", "A message by its entry's id; may be repeated [default: all of the receipts, or of the \
                bundles]")
                .value_parser(digest),
        )
        .arg(Arg::new("request-id").long("request-id").value_name("ID").help("Messages with this request id, as a conversation"))
        .arg(several("with", "PATH", "A bundle with chains, profiles, bodies or messages; may be repeated"))
        .arg(several("body", "PATH", "A message's body, or a folder of bodies; may be repeated"))
        .arg(ledger("The ledger: a realm's URL with /evidence, or a folder with its checkpoint, keys and tiles"))
        .arg(
            Arg::new("origin")
                .long("origin")
                .value_name("ORIGIN")
                .requires("ledger")
                .help("The log, where it isn't the one that the receipts name"),
        )
        .args(access_arguments())
        .arg(trust())
        .arg(path("out", "The bundle's file").required(true))
        .arg(flag("force", "Replace the file if it is there already"))
        .arg(authorities())
        .group(ArgGroup::new("parts").args(["receipts", "with", "entry"]).required(true).multiple(true))
        .group(ArgGroup::new("access").args(["token-file", "client-id"]).requires("ledger"))
        .next_line_help(true)
}

/// What it is asked for.
pub(super) fn request(given: &ArgMatches, environment: &Environment) -> Result<AssembleRequest, Failure> {
    Ok(AssembleRequest {
        receipts: places(given, "receipts"),
        entries: given.get_many::<Digest>("entry").into_iter().flatten().copied().collect(),
        request_id: word(given, "request-id"),
        with: places(given, "with"),
        bodies: places(given, "body"),
        ledger: word(given, "ledger"),
        origin: word(given, "origin"),
        access: access(given, environment)?,
        trust: place_of(given, "trust"),
        out: place(given, "out"),
        replaces: given.get_flag("force"),
        authorities: places(given, "ca"),
    })
}

pub(super) fn run(given: &ArgMatches, environment: &Environment) -> ExitCode {
    let assembled = || -> Result<Found, Failure> {
        let request = request(given, environment)?;
        block_on(assemble(&request, trust_file::of_user(environment), now()))
    };
    judged(assembled())
}

fn digest(text: &str) -> Result<Digest, String> {
    let octets = jose::b64::decode(text, "id").ok().and_then(|octets| octets.try_into().ok());
    octets.map(Digest).ok_or_else(|| "an entry's id is 43 characters of base64url, as the answer's entry.id".to_owned())
}
