//! `participants`: its commands, and what each is asked for.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command as Tree};
use serde_json::{Map, Value};

use super::arguments::arguments_of;
use crate::commands::{Failure, RegistryRequest, RegistryWish, RoleName, Then};
use crate::config::setting::Command;
use crate::files::read_text;

/// The command with those below it.
pub(super) fn tree() -> Tree {
    group("participants", "Keep the registry of who takes part in a realm's network, on its store")
        .after_help(
            "Examples:\n  \
             countersign participants create --realm=ocen --id=bank --name='First Bank'\n  \
             countersign participants role add --realm=ocen --participant=bank --id=bank-lender \\\n      \
             --participant-role=LENDER --client-id=bank-lender --create-client --profile=ocen\n  \
             countersign participants key add --realm=ocen --participant=bank --role=bank-lender --jwk=key.json\n  \
             countersign participants role approve --realm=ocen --participant=bank --role=bank-lender",
        )
        .subcommand(
            leaf("list", "List participants by name")
                .arg(option("search", "TEXT", "Part of a name, or an id"))
                .arg(number("first", "How many are left out before", "0"))
                .arg(
                    option("max", "NUMBER", "How many at most; all, if unsaid").value_parser(clap::value_parser!(i64)),
                ),
        )
        .subcommand(
            leaf("show", "Show a participant, or one of its roles, as it is or was")
                .args([participant(), role().required(false)])
                .args(past()),
        )
        .subcommand(leaf("create", "Register an organisation").arg(id()).args(statement()))
        .subcommand(leaf("update", "Change what is said of one").arg(participant()).args(statement()))
        .subcommand(
            leaf("history", "Show the chain of a participant, or of one of its roles, record by record")
                .args([participant(), role().required(false)]),
        )
        .subcommand(leaf("expiring", "List keys and secrets that end soon").arg(number(
            "days",
            "Days looked ahead",
            "30",
        )))
        .subcommand(networks())
        .subcommand(roles())
        .subcommand(keys())
        .subcommand(
            group("secret", "The secret of a role's client").subcommand(
                leaf("rotate", "Make another secret, and print it this once")
                    .args(of_role())
                    .arg(number("grace-seconds", "Seconds that the one before still counts", "86400"))
                    .arg(number("expires-in-days", "Days after which the new one ends", "180")),
            ),
        )
}

fn roles() -> Tree {
    let status = |name: &'static str, about: &'static str| {
        leaf(name, about).args(of_role()).arg(option("reason", "TEXT", "Why"))
    };
    group("role", "What organisations take part as")
        .subcommand(leaf("list", "List a participant's roles, as they are or were").arg(participant()).args(past()))
        .subcommand(
            leaf("add", "Apply for a role")
                .args([participant(), id()])
                .args(settings())
                .arg(flag("create-client", "Make its client with it, and print the secret this once")),
        )
        .subcommand(leaf("update", "Change a role's settings").args(of_role()).args(settings()))
        .subcommand(status("review", "Say that somebody looks at it"))
        .subcommand(status("approve", "Let it take part"))
        .subcommand(status("reject", "Refuse it"))
        .subcommand(status("reapply", "Let one that was refused apply again"))
        .subcommand(status("suspend", "Let it take part no more for now"))
        .subcommand(status("end", "Offboard it: client and keys end at once, keys and history stay"))
}

fn networks() -> Tree {
    let network = || option("network", "ID", "The product network").required(true);
    group("network", "Which roles belong to which product network")
        .subcommand(
            leaf("list", "List product networks, or the roles of one, as they are or were")
                .arg(network().required(false))
                .args(past()),
        )
        .subcommand(leaf("add", "Put a role into one").args([network(), role()]))
        .subcommand(leaf("remove", "Take a role out of one").args([network(), role()]))
}

fn keys() -> Tree {
    let of_key =
        || of_role().into_iter().chain([option("kid", "NAME", "The key's name, or its thumbprint").required(true)]);
    group("key", "The public keys of a role")
        .subcommand(leaf("list", "List keys, as they are or were").args(of_role()).args(past()))
        .subcommand(leaf("jwks", "Show the keys that count, as a JWK set").args(of_role()).args(past()))
        .subcommand(leaf("nonce", "Make a nonce for the proof of a new key").args(of_role()))
        .subcommand(
            leaf("add", "Add a key")
                .args(of_role())
                .arg(option("jwk", "PATH", "The public key as JWK").required(true))
                .arg(option("valid-from", "TIME", "When it counts from; now, if unsaid"))
                .arg(option("valid-until", "TIME", "When it doesn't count any more"))
                .arg(option("proof", "JWS", "A proof of possession over a nonce"))
                .arg(option("voucher", "PATH", "On whose word it stands, as JSON: kind, and jws or x5c")),
        )
        .subcommand(leaf("end", "End a key").args(of_key()).arg(option("at", "TIME", "When; now, if unsaid")))
        .subcommand(
            leaf("revoke", "Say that a key must not be trusted")
                .args(of_key())
                .arg(option("since", "TIME", "Since when; now, if unsaid"))
                .arg(option("reason", "TEXT", "Why").required(true)),
        )
}

fn group(name: &'static str, about: &'static str) -> Tree {
    Tree::new(name).about(about).subcommand_required(true).arg_required_else_help(true).disable_help_subcommand(true)
}

fn leaf(name: &'static str, about: &'static str) -> Tree {
    let realm = option("realm", "NAME", "The realm").required(true);
    Tree::new(name).about(about).arg(realm).args(arguments_of(Command::Participants)).next_line_help(true)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn number(name: &'static str, help: &'static str, usual: &'static str) -> Arg {
    option(name, "NUMBER", help).default_value(usual).value_parser(clap::value_parser!(i64))
}

fn past() -> [Arg; 2] {
    [option("at", "TIME", "The moment asked about"), option("as-of", "TIME", "Only records made by then count")]
}

fn id() -> Arg {
    option("id", "ID", "Its id; made up, if unsaid")
}

fn participant() -> Arg {
    option("participant", "ID", "The participant").required(true)
}

fn role() -> Arg {
    option("role", "ID", "Its role").required(true)
}

fn of_role() -> [Arg; 2] {
    [participant(), role()]
}

/// Options and the members that they stand for.
type Members = [(&'static str, &'static str, &'static str)];

const STATEMENT: &Members = &[
    ("name", "participantName", "Its name"),
    ("description", "participantDescription", "What it does"),
    ("logo", "logo", "Where its logo is"),
    ("website", "website", "Its website"),
    ("email", "email", "Its e-mail address"),
    ("phone", "phone", "Its telephone number"),
];
const SETTINGS: &Members = &[
    ("participant-role", "participantRole", "What it is, such as LENDER"),
    ("client-id", "clientId", "Its one client"),
    ("base-url", "baseUrl", "Where its messages are sent to"),
    ("profile", "profile", "The signing profile of its messages"),
    ("issuer", "issuer", "What it calls itself in signatures, for profiles that sign it"),
    ("anchor", "anchor", "The trust anchor of its keys, for profiles that sign it"),
];
const LISTS: &Members = &[
    ("address", "addresses", "An address or network that its messages may come from; may be repeated"),
    ("network", "productNetworks", "A product network that it belongs to; may be repeated"),
];

fn statement() -> impl Iterator<Item = Arg> {
    STATEMENT.iter().map(|(name, _, help)| option(name, "TEXT", help))
}

fn settings() -> impl Iterator<Item = Arg> {
    let lists = LISTS.iter().map(|(name, _, help)| option(name, "TEXT", help).action(ArgAction::Append));
    SETTINGS.iter().map(|(name, _, help)| option(name, "TEXT", help)).chain(lists)
}

/// The leaf that was asked for, whose options hold the configuration too.
pub(super) fn leaf_of(given: &ArgMatches) -> &ArgMatches {
    given.subcommand().map_or(given, |(_, below)| leaf_of(below))
}

/// What is asked for.
pub(super) fn request(given: &ArgMatches) -> Result<RegistryRequest, Failure> {
    let (name, below) = given.subcommand().unwrap_or(("", given));
    let wish = match (name, below.subcommand()) {
        ("role", Some((verb, leaf))) => of_a_role(verb, leaf),
        ("network", Some((verb, leaf))) => of_a_network(verb, leaf),
        ("key", Some((verb, leaf))) => of_a_key(verb, leaf)?,
        ("secret", Some((_, leaf))) => {
            let mut members = Map::new();
            for (option, member) in [("grace-seconds", "graceSeconds"), ("expires-in-days", "expiresInDays")] {
                members.extend(leaf.get_one::<i64>(option).map(|number| (member.to_owned(), (*number).into())));
            }
            RegistryWish::RotateSecret(named(leaf), members)
        }
        (verb, _) => of_a_participant(verb, below),
    };
    Ok(RegistryRequest { realm: text(leaf_of(given), "realm"), wish })
}

fn of_a_participant(verb: &str, given: &ArgMatches) -> RegistryWish {
    match verb {
        "show" if find(given, "role").is_some() => RegistryWish::ShowRole(named(given), then(given)),
        "show" => RegistryWish::Show(text(given, "participant"), then(given)),
        "create" => RegistryWish::Create(with(members(given, STATEMENT), given, &[("id", "id")])),
        "update" => RegistryWish::Update(text(given, "participant"), members(given, STATEMENT)),
        "history" => RegistryWish::History(text(given, "participant"), find(given, "role")),
        "expiring" => RegistryWish::Expiring(given.get_one::<i64>("days").copied().unwrap_or(30)),
        _ => {
            let number = |name: &str, usual: i64| given.get_one::<i64>(name).copied().unwrap_or(usual).max(0);
            RegistryWish::List(text(given, "search"), number("first", 0), number("max", i64::MAX))
        }
    }
}

fn of_a_network(verb: &str, given: &ArgMatches) -> RegistryWish {
    match (verb, find(given, "network")) {
        ("add", Some(network)) => RegistryWish::Network(network, text(given, "role"), true),
        ("remove", Some(network)) => RegistryWish::Network(network, text(given, "role"), false),
        (_, Some(network)) => RegistryWish::NetworkRoles(network, then(given)),
        (_, None) => RegistryWish::Networks(then(given)),
    }
}

fn of_a_role(verb: &str, given: &ArgMatches) -> RegistryWish {
    let status = match verb {
        "add" => {
            let mut members = with(settings_of(given), given, &[("id", "id")]);
            members.insert("createClient".to_owned(), given.get_flag("create-client").into());
            return RegistryWish::AddRole(text(given, "participant"), members);
        }
        "update" => return RegistryWish::UpdateRole(named(given), settings_of(given)),
        "review" => "UNDER_REVIEW",
        "approve" => "APPROVED",
        "reject" => "REJECTED",
        "reapply" => "APPLIED",
        "suspend" => "SUSPENDED",
        "end" => "ENDED",
        _ => return RegistryWish::Roles(text(given, "participant"), then(given)),
    };
    let mut members = with(Map::new(), given, &[("reason", "reason")]);
    members.insert("participantRoleStatus".to_owned(), status.into());
    RegistryWish::UpdateRole(named(given), members)
}

fn of_a_key(verb: &str, given: &ArgMatches) -> Result<RegistryWish, Failure> {
    Ok(match verb {
        "nonce" => RegistryWish::Nonce(named(given)),
        "add" => {
            let times = [("valid-from", "validFrom"), ("valid-until", "validUntil"), ("proof", "proof")];
            let mut members = with(Map::new(), given, &times);
            for file in ["jwk", "voucher"] {
                if let Some(path) = find(given, file) {
                    members.insert(file.to_owned(), json_in(Path::new(&path))?);
                }
            }
            RegistryWish::AddKey(named(given), members)
        }
        "end" => {
            let mut members = with(Map::new(), given, &[("at", "at")]);
            members.insert("status".to_owned(), "ENDED".into());
            RegistryWish::UpdateKey(named(given), text(given, "kid"), members)
        }
        "revoke" => {
            let mut members = with(Map::new(), given, &[("since", "revokedSince"), ("reason", "reason")]);
            members.insert("status".to_owned(), "REVOKED".into());
            RegistryWish::UpdateKey(named(given), text(given, "kid"), members)
        }
        "jwks" => RegistryWish::Jwks(named(given), then(given)),
        _ => RegistryWish::Keys(named(given), then(given)),
    })
}

/// Octets of the longest file with a key.
const LONGEST: usize = 1024 * 1024;

fn json_in(path: &Path) -> Result<Value, Failure> {
    let text = read_text(path, LONGEST)?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn settings_of(given: &ArgMatches) -> Map<String, Value> {
    let mut out = members(given, SETTINGS);
    for (option, member, _) in LISTS {
        if let Some(list) = given.get_many::<String>(option) {
            let list: Vec<String> = list.filter(|one| !one.is_empty()).cloned().collect();
            out.insert((*member).to_owned(), list.into());
        }
    }
    out
}

fn members(given: &ArgMatches, options: &Members) -> Map<String, Value> {
    let pairs: Vec<(&str, &str)> = options.iter().map(|(option, member, _)| (*option, *member)).collect();
    with(Map::new(), given, &pairs)
}

/// The members with those that options give; an empty text takes one away.
fn with(mut members: Map<String, Value>, given: &ArgMatches, options: &[(&str, &str)]) -> Map<String, Value> {
    for (option, member) in options {
        let value = |text: String| if text.is_empty() { Value::Null } else { text.into() };
        members.extend(find(given, option).map(|text| ((*member).to_owned(), value(text))));
    }
    members
}

fn then(given: &ArgMatches) -> Then {
    Then { at: find(given, "at"), as_of: find(given, "as-of") }
}

fn named(given: &ArgMatches) -> RoleName {
    RoleName { participant: text(given, "participant"), role: text(given, "role") }
}

fn find(given: &ArgMatches, name: &str) -> Option<String> {
    given.get_one::<String>(name).cloned()
}

fn text(given: &ArgMatches, name: &str) -> String {
    find(given, name).unwrap_or_default()
}
