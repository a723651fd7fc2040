//! The commands about evidence: their options, and what they ask for.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ::messages::bundle::Selection;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command as Tree};
use domain::clock::{Clock as _, SystemClock};
use ledger::text::UtcTime;

use super::arguments::arguments_of;
use super::requests::{from_variable, word};
use super::tree::path;
use super::{USAGE, say, show};
use crate::commands::{EvidenceRequest, Failure};
use crate::config::environment::Environment;
use crate::config::resolved::{Level, LogLevels, LogOutput, Logging};
use crate::config::setting::Command;
use crate::config::{Secret, trust_file};
use crate::evidence::bundle::{BundleRequest, Form, verify_bundle};
use crate::evidence::receipt::{ReceiptRequest, verify_receipt};
use crate::evidence::watch::{Access, Looked, Watch, WatchRequest, pause};
use crate::evidence::witness::{self, Witness, WitnessRequest};
use crate::evidence::{Found, moment};
use crate::net::Shutdown;
use crate::telemetry::{self, Sink};

/// What `watch --once` ends with when there is something to cry about.
const ALARM: u8 = 3;

pub(super) fn bundle_tree() -> Tree {
    Tree::new("bundle")
        .about("Judge a bundle of evidence; ends with 0 if each claim is proved, 1 if not, 2 if unreadable")
        .after_help(
            "Examples:\n  \
             countersign verify bundle --trust=trust.policy dispute.evidence.json\n  \
             countersign verify bundle --trust=trust.policy --html dispute.evidence.json > report.html\n\n\
             It asks no server. Without a trust file a bundle can at most be consistent in itself.",
        )
        .arg(Arg::new("file").value_name("FILE").required(true).help("The bundle"))
        .arg(trust())
        .arg(Arg::new("at").long("at").value_name("TIME").help("Judge as of this moment, in UTC [default: now]"))
        .arg(flag("json", "Print JSON"))
        .arg(flag("html", "Print a page"))
        .group(ArgGroup::new("form").args(["json", "html"]))
        .next_line_help(true)
}

pub(super) fn receipt_tree() -> Tree {
    Tree::new("receipt")
        .about("Check a receipt, and whether the ledger honours it; ends with 0 if so, 1 if not, 2 if unreadable")
        .after_help(
            "Example:\n  \
             countersign verify receipt --trust=trust.policy --signature=\"$(cat answer.jws)\" \\\n      \
             --ledger=https://id.example/realms/net/evidence answer.json\n  \
             tail -n 1 receipts/2026-11-26.jsonl > line    # of a gateway\n  \
             countersign verify receipt --trust=trust.policy --ledger=https://id.example/realms/net/evidence line",
        )
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .help("The receipt, the whole answer that it came in, or a line of a gateway's receipts"),
        )
        .arg(ledger("The ledger: a realm's URL with /evidence, or a folder with its checkpoint and tiles"))
        .arg(trust())
        .arg(
            Arg::new("signature")
                .long("signature")
                .value_name("VALUE")
                .help("The answer's x-jws-signature, where the file has none"),
        )
        .arg(path("keys", "The operator's public keys [default: those that the ledger lists]"))
        .arg(authorities())
        .next_line_help(true)
}

pub(super) fn evidence_tree() -> Tree {
    let export = Tree::new("export")
        .about("Write a bundle of evidence: messages, a conversation, or all that a role sent")
        .after_help(
            "Examples:\n  \
             countersign evidence export --realm=net --request-id=r-17 --out=dispute.evidence.json\n  \
             countersign evidence export --realm=net --message=ID --body=loan.json --out=loan.evidence.json\n\n\
             A server at work on SQLite keeps its store to itself: ask it, by POST /realms/NAME/evidence/export.",
        )
        .arg(Arg::new("realm").long("realm").value_name("NAME").required(true).help("The realm"))
        .arg(several("message", "ID", "A message by its entry's id; may be repeated"))
        .arg(Arg::new("request-id").long("request-id").value_name("ID").help("All messages with this request id"))
        .arg(Arg::new("role").long("role").value_name("ID").help("All messages of this participant role"))
        .arg(index("from", "First index of the stretch, with --role [default: 0]"))
        .arg(index("to", "Index after its last, with --role [default: the end]"))
        .arg(Arg::new("origin").long("origin").value_name("ORIGIN").conflicts_with("message").help(
            "The ledger, with --role or --request-id, where the realm has left one for another [default: the newest]",
        ))
        .group(ArgGroup::new("selection").args(["message", "request-id", "role"]).required(true))
        .arg(path("out", "The bundle's file").required(true))
        .arg(Arg::new("force").long("force").action(ArgAction::SetTrue).help("Replace the file if it is there already"))
        .arg(several("body", "PATH", "A body that the server does not keep; may be repeated"))
        .args(arguments_of(Command::Export))
        .next_line_help(true);
    Tree::new("evidence")
        .about("Put evidence together")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(export)
}

pub(super) fn witness_tree() -> Tree {
    Tree::new("witness")
        .about("Run a witness of ledgers: it cosigns only checkpoints that go on from the last (C2SP tlog-witness)")
        .after_help(
            "Example:\n  \
             countersign witness --listen=127.0.0.1:8090 --state=witness --key=witness.pem --name=witness.example/w1 \\\n      \
             --log=ledger.example/net+1a2b3c4d+AfQ…\n\n\
             What it prints first is its own key, for policies. It speaks plain HTTP: put TLS before it.",
        )
        .arg(Arg::new("listen").long("listen").value_name("ADDRESS").required(true)
            .value_parser(clap::value_parser!(std::net::SocketAddr)).help("Where to listen, such as 127.0.0.1:8090"))
        .arg(path("state", "The folder with what was cosigned last; losing it ends the witness").required(true))
        .arg(path("key", "The key, Ed25519 in PEM; made where there is no such file").required(true))
        .arg(Arg::new("name").long("name").value_name("NAME").required(true)
            .help("The witness's name: a URL without its scheme, such as witness.example/w1"))
        .arg(several("log", "VKEY", "The key of a log that it knows; may be repeated").required(true))
        .arg(several(
            "follow",
            "URL",
            "Where a log is, such as https://id.example/realms/net/evidence: when it goes on with a new key, the witness does \
             too, if the log shows there that the one before handed over; may be repeated",
        ))
        .arg(authorities())
        .next_line_help(true)
}

pub(super) fn watch_tree() -> Tree {
    Tree::new("watch")
        .about("Watch a ledger and one's own role: cries when the log was rewritten, or a key appears that is not pinned")
        .after_help(
            "Example:\n  \
             countersign watch --ledger=https://id.example/realms/net/evidence --role=agent-1 --trust=trust.policy \\\n      \
             --state=watch --client-id=agent --client-secret:env=SECRET\n\n\
             With --once it ends with 0 if all is well, 3 if not, 2 if it could not look.",
        )
        .arg(ledger("The realm's URL with /evidence").required(true))
        .arg(Arg::new("role").long("role").value_name("ID").required(true).help("The participant role"))
        .arg(trust())
        .arg(path("state", "The folder with the newest checkpoint that was seen"))
        .arg(Arg::new("every").long("every").value_name("SECONDS").default_value("60")
            .value_parser(clap::value_parser!(u64).range(1..)).help("How often to look"))
        .arg(flag("once", "Look once, and end"))
        .arg(path("token-file", "A file with an access token, read anew for each look"))
        .arg(Arg::new("client-id").long("client-id").value_name("ID").requires("client-secret:env")
            .help("The client that gets access tokens"))
        .arg(Arg::new("client-secret:env").long("client-secret:env").value_name("VARIABLE").requires("client-id")
            .help("Variable of the environment that holds its secret"))
        .arg(Arg::new("scope").long("scope").value_name("NAME").requires("client-id")
            .help("The optional scope by which its tokens may look, such as message-signing"))
        .group(ArgGroup::new("access").args(["token-file", "client-id"]).required(true))
        .arg(authorities())
        .next_line_help(true)
}

/// `verify bundle`.
pub(super) fn bundle(given: &ArgMatches, environment: &Environment) -> ExitCode {
    let asked = || -> Result<Found, Failure> {
        let form = match (given.get_flag("json"), given.get_flag("html")) {
            (true, _) => Form::Json,
            (_, true) => Form::Html,
            _ => Form::Text,
        };
        let at = word(given, "at").as_deref().map(moment).transpose()?;
        let request = BundleRequest { file: place(given, "file"), trust: place_of(given, "trust"), at, form };
        verify_bundle(&request, trust_file::of_user(environment), now())
    };
    judged(asked())
}

/// `verify receipt`.
pub(super) fn receipt(given: &ArgMatches, environment: &Environment) -> ExitCode {
    let request = ReceiptRequest {
        file: place(given, "file"),
        ledger: word(given, "ledger"),
        trust: place_of(given, "trust"),
        signature: word(given, "signature"),
        keys: place_of(given, "keys"),
        authorities: places(given, "ca"),
    };
    judged(block_on(verify_receipt(&request, trust_file::of_user(environment), now())))
}

/// What `evidence export` is asked for.
pub(super) fn export(given: &ArgMatches) -> EvidenceRequest {
    let index = |name: &str| given.get_one::<u64>(name).copied();
    let selection = match (word(given, "request-id"), word(given, "role")) {
        (Some(request_id), _) => Selection::Conversation { request_id, origin: word(given, "origin") },
        (None, Some(role)) => {
            Selection::Range { role, from: index("from").unwrap_or(0), to: index("to"), origin: word(given, "origin") }
        }
        (None, None) => Selection::Messages(words(given, "message")),
    };
    EvidenceRequest {
        realm: word(given, "realm").unwrap_or_default(),
        selection,
        out: place(given, "out"),
        replaces: given.get_flag("force"),
        bodies: places(given, "body"),
    }
}

/// `witness`.
pub(super) fn witness(given: &ArgMatches) -> Result<(), Failure> {
    let listen = given.get_one::<std::net::SocketAddr>("listen").copied().ok_or("--listen is missing")?;
    let request = WitnessRequest {
        listen,
        state: place(given, "state"),
        key: place(given, "key"),
        name: word(given, "name").unwrap_or_default(),
        logs: words(given, "log"),
        follow: words(given, "follow"),
        authorities: places(given, "ca"),
    };
    let witness = Witness::open(&request)?;
    let logging =
        Logging { levels: LogLevels { everywhere: Level::Info, parts: Vec::new() }, output: LogOutput::Lines };
    telemetry::begin(&logging, Sink::StandardError);
    show(&format!("{}\n", witness.verifier()));
    block_on(async {
        let shutdown = Shutdown::on_signals(Duration::ZERO)?;
        let ready = |address| say(&format!("the witness listens on http://{address}/add-checkpoint"));
        witness::serve(witness, listen, Arc::new(SystemClock), shutdown, ready).await
    })
}

/// `watch`.
pub(super) fn watch(given: &ArgMatches, environment: &Environment) -> ExitCode {
    let watching = async {
        let access = match place_of(given, "token-file") {
            Some(file) => Access::TokenFile(file),
            None => Access::Client {
                id: word(given, "client-id").unwrap_or_default(),
                secret: Secret::new(from_variable(given, "client-secret:env", environment)?.unwrap_or_default()),
                scope: word(given, "scope"),
            },
        };
        let request = WatchRequest {
            ledger: word(given, "ledger").unwrap_or_default(),
            role: word(given, "role").unwrap_or_default(),
            trust: place_of(given, "trust"),
            state: place_of(given, "state"),
            access,
            authorities: places(given, "ca"),
        };
        let mut watch = Watch::open(request, trust_file::of_user(environment))?;
        if given.get_flag("once") {
            let mut looked = watch.look().await;
            tell(&mut watch, &mut looked, &[]);
            say(&watch.progress());
            return Ok(match (looked.alarms.is_empty(), looked.failures.is_empty()) {
                (false, _) => ExitCode::from(ALARM),
                (true, false) => ExitCode::from(USAGE),
                (true, true) => ExitCode::SUCCESS,
            });
        }
        let every = pause(given.get_one::<u64>("every").copied().unwrap_or(1));
        follow(&mut watch, every).await
    };
    block_on(watching).unwrap_or_else(|failure| {
        say(&format!("error: {failure}"));
        ExitCode::from(USAGE)
    })
}

/// Looks until a signal ends the process; each alarm is cried once, as long as it lasts.
async fn follow(watch: &mut Watch, every: Duration) -> Result<ExitCode, Failure> {
    let mut cried = Vec::new();
    let mut told = String::new();
    loop {
        let mut looked = watch.look().await;
        tell(watch, &mut looked, &cried);
        cried = looked.alarms;
        let progress = watch.progress();
        if progress != told {
            say(&progress);
            told = progress;
        }
        tokio::time::sleep(every).await;
    }
}

/// Cries what wasn't cried before, and says what could not be looked at. Only then the watch goes on from what it saw.
fn tell(watch: &mut Watch, looked: &mut Looked, cried: &[String]) {
    for alarm in looked.alarms.iter().filter(|alarm| !cried.contains(*alarm)) {
        say(&format!("ALARM: {alarm}"));
    }
    looked.failures.extend(watch.told().err().map(|failure| failure.to_string()));
    for failure in &looked.failures {
        say(&format!("could not look: {failure}"));
    }
}

fn judged(found: Result<Found, Failure>) -> ExitCode {
    match found {
        Ok(found) => {
            show(&found.text);
            ExitCode::from(found.status)
        }
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::from(USAGE)
        }
    }
}

fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn now() -> UtcTime {
    UtcTime(u64::try_from(SystemClock.now_ms()).unwrap_or(0))
}

fn trust() -> Arg {
    path("trust", "The trust policy [default: countersign/trust.policy in $XDG_CONFIG_HOME or ~/.config, if it exists]")
}

fn ledger(help: &'static str) -> Arg {
    Arg::new("ledger").long("ledger").value_name("URL").help(help)
}

fn authorities() -> Arg {
    several("ca", "PATH", "PEM file with an authority to trust beside the system's; may be repeated")
}

fn several(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).action(ArgAction::Append).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn index(name: &'static str, help: &'static str) -> Arg {
    of_role(Arg::new(name).long(name).value_name("INDEX").value_parser(clap::value_parser!(u64)), help)
}

fn of_role(given: Arg, help: &'static str) -> Arg {
    // What is required is not, as clap has it, where it would conflict; so both are said.
    given.help(help).requires("role").conflicts_with_all(["message", "request-id"])
}

fn words(given: &ArgMatches, name: &str) -> Vec<String> {
    given.get_many::<String>(name).into_iter().flatten().cloned().collect()
}

fn place(given: &ArgMatches, name: &str) -> PathBuf {
    place_of(given, name).unwrap_or_default()
}

fn place_of(given: &ArgMatches, name: &str) -> Option<PathBuf> {
    word(given, name).map(PathBuf::from)
}

fn places(given: &ArgMatches, name: &str) -> Vec<PathBuf> {
    words(given, name).into_iter().map(PathBuf::from).collect()
}
