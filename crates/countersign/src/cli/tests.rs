use std::ffi::OsString;
use std::io;

use ::messages::bundle::Selection;
use clap::error::ErrorKind;
use serde_json::json;

use super::arguments::{settings_of, sift};
use super::prompt::Ask;
use super::tree::tree;
use super::{evidence, ledger};
use super::{participants, requests, show_config, unknown};
use crate::commands::{Administrator, ExportUsers, LedgerRequest, LedgerTask, RealmFiles, RegistryWish, RoleName};
use crate::config::environment::Environment;
use crate::config::setting::Command;
use crate::config::{Values, settings};

fn words(line: &str) -> Vec<OsString> {
    std::iter::once("countersign").chain(line.split_whitespace()).map(OsString::from).collect()
}

fn matches(line: &str) -> clap::ArgMatches {
    tree().try_get_matches_from(sift(words(line)).kept).unwrap_or_else(|error| panic!("{error}"))
}

/// What settings a line gives.
fn given(line: &str) -> Vec<(&'static str, String)> {
    let matches = matches(line);
    settings_of(matches.subcommand().unwrap().1).into_iter().map(|(setting, value)| (setting.name, value)).collect()
}

fn complaint(line: &str) -> String {
    let arguments = sift(words(line)).kept;
    let error = tree().try_get_matches_from(&arguments).unwrap_err();
    unknown::explain(&error, &arguments)
}

#[test]
fn options_of_our_own_commands_are_none_of_keycloaks() {
    let words = ["countersign", "sign", "--key=k", "--profile=ocen", "body"].map(OsString::from);
    assert_eq!(sift(words.clone()).kept, words);
}

#[test]
fn a_ledger_is_looked_at_closed_or_left_and_always_of_a_named_realm() {
    let task = |line: &str| {
        let matches = matches(line);
        ledger::request(matches.subcommand().unwrap().1).unwrap().0
    };
    let of = |task| LedgerRequest { realm: "net".to_owned(), task };
    assert_eq!(task("ledger status --realm=net"), of(LedgerTask::Status { as_json: false }));
    assert_eq!(task("ledger status --realm=net --json"), of(LedgerTask::Status { as_json: true }));
    assert_eq!(task("ledger close --realm=net"), of(LedgerTask::Close));
    assert_eq!(task("ledger rotate-key --realm=net"), of(LedgerTask::RotateKey));
    for (flag, even_though_sound) in [("", false), (" --even-though-sound", true)] {
        let recover = LedgerTask::Recover { reason: "lost".to_owned(), even_though_sound };
        assert_eq!(task(&format!("ledger recover --realm=net --reason=lost{flag}")), of(recover));
    }
    for odd in ["ledger close", "ledger rotate-key", "ledger", "ledger open --realm=net"] {
        assert!(tree().try_get_matches_from(words(odd)).is_err(), "{odd}");
    }
}

#[test]
fn an_unknown_command_below_another_is_answered_with_those_there() {
    assert_eq!(complaint("demo foo"), "error: foo is no command of demo. There are: ocen.");
    assert!(complaint("foo").starts_with("error: foo is no command. "));
}

#[test]
fn evidence_is_asked_for_by_message_conversation_or_role() {
    let asked = |line: &str| {
        let matches = matches(&format!("evidence export --realm=net --out=b.json {line}"));
        evidence::export(matches.subcommand().unwrap().1.subcommand().unwrap().1).selection
    };
    assert_eq!(asked("--message=a --message=b"), Selection::Messages(vec!["a".to_owned(), "b".to_owned()]));
    for (line, origin) in [("", None), (" --origin=ledger.example/old", Some("ledger.example/old".to_owned()))] {
        let conversation = Selection::Conversation { request_id: "r-1".to_owned(), origin };
        assert_eq!(asked(&format!("--request-id=r-1{line}")), conversation);
    }
    let stretch = Selection::Range { role: "agent".to_owned(), from: 7, to: None, origin: None };
    assert_eq!(asked("--role=agent --from=7"), stretch);
    let left =
        Selection::Range { role: "agent".to_owned(), from: 0, to: None, origin: Some("ledger.example/old".to_owned()) };
    assert_eq!(asked("--role=agent --origin=ledger.example/old"), left);
    for odd in ["", "--message=a --role=b", "--message=a --from=1", "--request-id=a --from=1", "--message=a --origin=b"]
    {
        let line = words(&format!("evidence export --realm=net --out=b.json {odd}"));
        assert!(tree().try_get_matches_from(line).is_err(), "{odd}");
    }
}

#[test]
fn command_line_holds_together() {
    tree().debug_assert();
}

#[test]
fn options_are_taken_in_both_forms_and_flags_alone() {
    let expected = vec![("http-enabled", "true".to_owned()), ("http-port", "81".to_owned())];
    for line in [
        "start --http-port=81 --http-enabled",
        "start --http-port 81 --http-enabled=true",
        "start --http-enabled true --http-port 81",
    ] {
        assert_eq!(given(line), expected, "{line}");
    }
    assert_eq!(given("start-dev --import-realm"), [("import-realm", "true".to_owned())]);
    assert_eq!(given("start-dev --import-realm=a/b"), [("import-realm", "a/b".to_owned())]);
    assert_eq!(given("start-dev --import-realm a/b"), [("import-realm", "a/b".to_owned())]);
    assert!(given("start-dev").is_empty(), "defaults are not given");
}

#[test]
fn each_command_takes_its_settings() {
    assert_eq!(given("import --file=a.json --db=sqlite").len(), 1);
    assert!(
        complaint("import --file=a --http-port=1")
            .contains("--http-port is not an option of import, but of start-dev, start")
    );
    for setting in settings::all() {
        let line = format!("show-config --{}=x", setting.name);
        assert_eq!(given(&line), [(setting.name, "x".to_owned())]);
    }
}

#[test]
fn unknown_options_and_commands_are_answered_with_the_nearest() {
    assert!(complaint("start --htp-port=1").contains("Did you mean --http-port?"));
    assert!(complaint("export --dir=x --relam=y").contains("Did you mean --realm?"));
    assert!(complaint("bootstrap-admin user --user=y").contains("no option --user."));
    assert!(complaint("start --zzzzzzzzzzzz").contains("`countersign start --help`"));
    assert!(complaint("strat").contains("Did you mean start?"));
    assert!(complaint("nonsense-entirely").contains("There are: start-dev, start"));
}

#[test]
fn options_of_keycloak_without_meaning_are_taken_with_a_line_each() {
    let sifted = sift(words(
        "-v start --optimized --cache=ispn --cache-stack kubernetes --features a,b --http-port=1 -Xmx1g --proxy edge",
    ));
    assert_eq!(sifted.kept, words("start --http-port=1"));
    assert_eq!(sifted.notes.len(), 7, "{:?}", sifted.notes);
    assert!(sifted.notes.iter().all(|note| note.contains("has no effect: ")));
    // The value of such an option is not eaten where there is none.
    assert_eq!(sift(words("start --cache --http-port=1")).kept, words("start --http-port=1"));
    assert_eq!(sift(words("start -cf x.conf")).kept, words("start --config-file x.conf"));
    assert!(matches("build --db=postgres --anything").subcommand_matches("build").is_some());
}

#[test]
fn help_teaches_the_defaults_the_variables_and_the_next_step() {
    let help = |line: &str| {
        let error = tree().try_get_matches_from(words(line)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand));
        error.to_string()
    };
    assert!(help("--help").contains("First steps:"));
    let start = help("start --help");
    for part in
        ["--http-port <NUMBER>", "[default: 8080] [env: KC_HTTP_PORT]", "\nHostname:\n", "Examples:", "show-config"]
    {
        assert!(start.contains(part), "{part} in {start}");
    }
    assert!(help("start-dev --help").contains("[default: 127.0.0.1]"));
    assert!(help("bootstrap-admin").contains("service"));
}

#[test]
fn imports_and_exports_say_what_they_want() {
    let import = |line: &str| requests::import(matches(line).subcommand().unwrap().1).unwrap();
    assert!(import("import --file=a.json").replace_existing);
    assert!(!import("import --dir=a --override=false").replace_existing);
    assert_eq!(import("import --dir a").from, RealmFiles::Folder("a".into()));
    let export = |line: &str| requests::export(matches(line).subcommand().unwrap().1);
    assert_eq!(export("export --dir=a").unwrap().users, ExportUsers::DifferentFiles);
    assert_eq!(export("export --file=a --realm=r").unwrap().users, ExportUsers::RealmFile);
    assert_eq!(export("export --file=a --users=skip").unwrap().users, ExportUsers::Skip);
    assert!(export("export --file=a --users=same_file").is_err());
    for line in
        ["import", "import --file=a --dir=b", "export --dir=a --users=some", "export --dir=a --users-per-file=0"]
    {
        assert!(tree().try_get_matches_from(words(line)).is_err(), "{line}");
    }
}

/// Answers questions in order; `None` where nobody is there.
struct Script(Option<Vec<&'static str>>);

impl Ask for Script {
    fn answers(&self) -> bool {
        self.0.is_some()
    }

    fn line(&mut self, _: &str) -> io::Result<String> {
        Ok(self.0.as_mut().unwrap().remove(0).to_owned())
    }

    fn secret(&mut self, question: &str) -> io::Result<String> {
        self.line(question)
    }
}

fn administrator(
    line: &str,
    variables: &[(&str, &str)],
    script: Option<Vec<&'static str>>,
) -> Result<(String, String), String> {
    let matches = matches(&format!("bootstrap-admin {line}"));
    let (what, given) = matches.subcommand().unwrap().1.subcommand().unwrap();
    let environment = Environment::of(variables.iter().copied());
    match requests::administrator(what, given, &environment, &mut Script(script)) {
        Ok(Administrator::User { username, password }) => Ok((username, password.reveal().to_owned())),
        Ok(Administrator::Service { client_id, secret }) => Ok((client_id, secret.reveal().to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn administrators_come_from_options_variables_or_answers() {
    let pair = |name: &str, secret: &str| Ok((name.to_owned(), secret.to_owned()));
    let variables = [("P", "pw"), ("N", "nora")];
    assert_eq!(administrator("user --username=tina --password:env=P", &variables, None), pair("tina", "pw"));
    assert_eq!(administrator("user --username:env=N --password:env=P", &variables, None), pair("nora", "pw"));
    assert_eq!(administrator("service --client-secret:env=P", &variables, None), pair("temp-admin", "pw"));
    assert_eq!(administrator("user", &[], Some(vec!["", "pw", "pw"])), pair("temp-admin", "pw"));
    assert_eq!(administrator("service", &[], Some(vec!["cd", "pw", "pw"])), pair("cd", "pw"));
}

#[test]
fn administrators_without_a_usable_secret_are_refused() {
    let refused = |line: &str, script| administrator(line, &[], script).unwrap_err();
    assert!(refused("user", None).contains("--password:env"));
    assert!(refused("user --no-prompt", Some(vec!["a", "b", "b"])).contains("--password:env"));
    assert!(refused("service --client-secret:env=NOWHERE", None).contains("NOWHERE, which is not set"));
    assert!(refused("user", Some(vec!["a", "one", "two"])).contains("not the same"));
    assert!(refused("user", Some(vec!["a", "", ""])).contains("is empty"));
}

#[test]
fn configuration_is_shown_with_origins_and_without_secrets() {
    let arguments = settings_of(matches("show-config --http-port=81 --db-password=hunter2").subcommand().unwrap().1);
    let environment = Environment::of([("KC_HOSTNAME", "a.example")]);
    let text = show_config::render(&Values::gather(Command::Start, arguments, &environment, None));
    for line in [
        "http-port = 81  (command line)",
        "hostname = a.example  (KC_HOSTNAME)",
        "db-password = *******  (command line)",
        "http-host = 0.0.0.0  (default)",
        "db-username is not set",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("hunter2"));
}

#[test]
fn a_wish_for_the_registry_is_made_of_the_members_of_the_admin_api() {
    let wish = |line: &str| {
        let matches = matches(line);
        let request = participants::request(matches.subcommand().unwrap().1).unwrap();
        assert_eq!(request.realm, "ocen");
        request.wish
    };
    let members = |value: serde_json::Value| value.as_object().unwrap().clone();
    let of = || RoleName { participant: "bank".to_owned(), role: "lender".to_owned() };
    let add = "participants role add --realm=ocen --participant=bank --participant-role=LENDER --client-id=c \
               --profile=ocen --address=192.0.2.1 --address=192.0.2.2 --create-client";
    let sent = json!({"participantRole": "LENDER", "clientId": "c", "profile": "ocen",
        "addresses": ["192.0.2.1", "192.0.2.2"], "createClient": true});
    assert_eq!(wish(add), RegistryWish::AddRole("bank".to_owned(), members(sent)));
    let approve = "participants role approve --realm=ocen --participant=bank --role=lender";
    let sent = json!({"participantRoleStatus": "APPROVED"});
    assert_eq!(wish(approve), RegistryWish::UpdateRole(of(), members(sent)));
    let revoke = "participants key revoke --realm=ocen --participant=bank --role=lender --kid=k --reason=theft";
    let sent = json!({"status": "REVOKED", "reason": "theft"});
    assert_eq!(wish(revoke), RegistryWish::UpdateKey(of(), "k".to_owned(), members(sent)));
    assert_eq!(wish("participants list --realm=ocen"), RegistryWish::List(String::new()));
}

#[test]
fn the_registrys_commands_read_the_configuration_of_the_store() {
    let matches = matches("participants key list --realm=r --participant=p --role=x --db=postgres");
    let leaf = participants::leaf_of(matches.subcommand().unwrap().1);
    let given: Vec<_> = settings_of(leaf).into_iter().map(|(setting, value)| (setting.name, value)).collect();
    assert_eq!(given, [("db", "postgres".to_owned())]);
}
