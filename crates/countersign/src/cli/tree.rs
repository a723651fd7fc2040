//! The commands and their help.

use clap::{Arg, ArgGroup, Command as Tree};

use super::arguments::arguments_of;
use super::{evidence, gateway, ledger, participants};
use crate::config::setting::Command;

/// Which command's configuration `show-config` shows.
pub(super) const OF: &str = "of";

/// The whole command line.
pub(super) fn tree() -> Tree {
    Tree::new("countersign")
        .version(concat!(env!("CARGO_PKG_VERSION"), ", answering as Keycloak 26.7 does"))
        .about("OpenID Connect and OAuth 2.0 server that takes Keycloak's place: its realms, its paths, its answers.")
        .after_help(FIRST_STEPS)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(start_dev())
        .subcommand(start())
        .subcommand(import())
        .subcommand(export())
        .subcommand(bootstrap_admin())
        .subcommand(participants::tree())
        .subcommand(show_config())
        .subcommand(sign())
        .subcommand(verify())
        .subcommand(evidence::evidence_tree())
        .subcommand(ledger::tree())
        .subcommand(evidence::witness_tree())
        .subcommand(evidence::watch_tree())
        .subcommand(gateway::gateway_tree())
        .subcommand(gateway::demo_tree())
        .subcommand(build())
}

fn start_dev() -> Tree {
    Tree::new("start-dev")
        .about("Start for development: plain HTTP on this machine, embedded database, an administrator made for you")
        .after_help(
            "Examples:\n  \
             countersign start-dev\n  \
             countersign start-dev --import-realm=examples/realms\n  \
             countersign start-dev --http-host=0.0.0.0 --http-port=8081     # reachable from outside, as in a container\n\n\
             What is printed at the start says where to go next. For production: countersign start --help",
        )
        .args(arguments_of(Command::StartDev))
        .next_line_help(true)
}

fn start() -> Tree {
    Tree::new("start")
        .about("Start for production: wants a hostname, and TLS or a proxy that ends it")
        .after_help(
            "Examples:\n  \
             # TLS ends here\n  \
             countersign start --hostname=https://id.example.org:8443 \\\n      \
             --https-certificate-file=cert.pem --https-certificate-key-file=key.pem\n\n  \
             # TLS ends at a proxy; PostgreSQL, password from the environment\n  \
             KC_DB_PASSWORD=… countersign start --hostname=https://id.example.org --http-enabled \\\n      \
             --proxy-headers=xforwarded --db=postgres --db-url-host=db.internal --db-username=countersign\n\n\
             See what would count, and where it came from: countersign show-config",
        )
        .args(arguments_of(Command::Start))
        .next_line_help(true)
}

fn import() -> Tree {
    Tree::new("import")
        .about("Import realms from a file or a folder, and end")
        .after_help(
            "Examples:\n  \
             countersign import --file=realm.json\n  \
             countersign import --dir=export --override=false     # realms that exist are left alone",
        )
        .args(files("Import"))
        .arg(
            Arg::new("override")
                .long("override")
                .value_name("true|false")
                .num_args(0..=1)
                .default_missing_value("true")
                .default_value("true")
                .value_parser(clap::value_parser!(bool))
                .help("Replace a realm that exists, and end its sessions; false leaves it alone"),
        )
        .group(ArgGroup::new("files").args(["file", "dir"]).required(true))
        .args(arguments_of(Command::Import))
        .next_line_help(true)
}

fn export() -> Tree {
    Tree::new("export")
        .about("Export realms to a file or a folder that Keycloak imports too, and end")
        .after_help(
            "Examples:\n  \
             countersign export --dir=export                      # every realm\n  \
             countersign export --file=ocen.json --realm=ocen     # one realm with its users\n\n\
             The files hold private keys, client secrets and password hashes: keep them as such.",
        )
        .args(files("Export"))
        .arg(Arg::new("realm").long("realm").value_name("NAME").help("The realm to export; all, if not given"))
        .arg(
            Arg::new("users")
                .long("users")
                .value_name("WHERE")
                .value_parser(["skip", "realm_file", "same_file", "different_files"])
                .help("Where users go: nowhere, into the realm's file, into one file beside it, into several"),
        )
        .arg(
            Arg::new("users-per-file")
                .long("users-per-file")
                .value_name("NUMBER")
                .default_value("50")
                .value_parser(clap::value_parser!(u32).range(1..))
                .help("Users in one file, with --users=different_files"),
        )
        .group(ArgGroup::new("files").args(["file", "dir"]).required(true))
        .args(arguments_of(Command::Export))
        .next_line_help(true)
}

fn files(verb: &str) -> [Arg; 2] {
    let one = Arg::new("file").long("file").value_name("PATH").help(format!("{verb} one file"));
    let many =
        Arg::new("dir").long("dir").value_name("PATH").help(format!("{verb} a folder, files as Keycloak names them"));
    [one, many]
}

fn bootstrap_admin() -> Tree {
    Tree::new("bootstrap-admin")
        .about("Make an administrator of the realm master, when none is left or the first one is lost")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Tree::new("user")
                .about("An administrator who is a person")
                .after_help(
                    "Examples:\n  \
                     countersign bootstrap-admin user                     # asks for name and password\n  \
                     PASS=… countersign bootstrap-admin user --username=tina --password:env=PASS",
                )
                .arg(Arg::new("username").long("username").value_name("NAME").help("User name [default: temp-admin]"))
                .arg(by_variable("username:env", "user name"))
                .arg(by_variable("password:env", "password"))
                .arg(no_prompt())
                .args(arguments_of(Command::BootstrapAdmin))
                .next_line_help(true),
        )
        .subcommand(
            Tree::new("service")
                .about("An administrator that is a program, with a client id and a secret")
                .after_help(
                    "Example:\n  \
                     SECRET=… countersign bootstrap-admin service --client-id=deployer --client-secret:env=SECRET",
                )
                .arg(Arg::new("client-id").long("client-id").value_name("ID").help("Client id [default: temp-admin]"))
                .arg(by_variable("client-id:env", "client id"))
                .arg(by_variable("client-secret:env", "secret"))
                .arg(no_prompt())
                .args(arguments_of(Command::BootstrapAdmin))
                .next_line_help(true),
        )
}

fn sign() -> Tree {
    Tree::new("sign")
        .about("Sign a message with a local key, as a participant does: prints the value of its signature header")
        .after_help(
            "Example:\n  \
             curl -H \"x-jws-signature: $(countersign sign --key=key.pem --kid=2026-1 loan.json)\" \\\n      \
             --data-binary @loan.json https://lender.example/v4/loans",
        )
        .arg(path("key", "The private key: PEM or JWK").required(true))
        .arg(Arg::new("kid").long("kid").value_name("NAME").help("The key's name, if the file doesn't say it"))
        .arg(
            Arg::new("alg")
                .long("alg")
                .value_name("NAME")
                .help("The algorithm [default: by the key, ES256, EdDSA or RS256; else one that the profile takes]"),
        )
        .args(agreed())
        .next_line_help(true)
}

fn verify() -> Tree {
    Tree::new("verify")
        .about("Verify what others signed, with local files alone")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Tree::new("message")
                .about("Verify a message by its sender's public keys; ends with 0 if it is good, 1 if not, 2 if unreadable")
                .after_help(
                    "Example:\n  \
                     countersign verify message --keys=jwks.json --signature=eyJhbGci…..MEUC… loan.json",
                )
                .arg(path("keys", "The sender's public keys: JWK set, JWK or PEM").required(true))
                .arg(
                    Arg::new("signature")
                        .long("signature")
                        .value_name("VALUE")
                        .required(true)
                        .help("The value of the signature header"),
                )
                .arg(Arg::new("json").long("json").action(clap::ArgAction::SetTrue).help("Print JSON"))
                .args(agreed())
                .next_line_help(true),
        )
        .subcommand(evidence::bundle_tree())
        .subcommand(evidence::receipt_tree())
}

pub(super) fn path(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("PATH").help(help)
}

/// What both sides of a message agree on.
fn agreed() -> [Arg; 9] {
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    [
        Arg::new("body").value_name("FILE").required(true).help("The body's octets; - reads the standard input"),
        option("profile", "NAME", "How it is signed: a profile's name, or its file").default_value("strict"),
        option("method", "METHOD", "The request's method").default_value("POST"),
        option("target", "PATH", "Path and query as sent; this is what is signed where the body is empty")
            .default_value(""),
        option("receiver", "ID", "The receiver's participant role, for profiles that sign it").requires("origin"),
        option("origin", "URL", "The origin of the receiver's base URL, such as https://lender.example")
            .requires("receiver"),
        option("answers", "FILE", "The body of the request that this answers, which had this method and target"),
        option("issuer", "TEXT", "What the sender calls itself, for profiles that sign it"),
        option("anchor", "TEXT", "The trust anchor of the sender's keys, for profiles that sign it"),
    ]
}

fn by_variable(name: &'static str, what: &str) -> Arg {
    Arg::new(name).long(name).value_name("VARIABLE").help(format!("Variable of the environment that holds the {what}"))
}

fn no_prompt() -> Arg {
    Arg::new("no-prompt")
        .long("no-prompt")
        .action(clap::ArgAction::SetTrue)
        .help("Ask for nothing; what is missing is an error")
}

fn show_config() -> Tree {
    Tree::new("show-config")
        .about("Show every setting, its value, and where the value came from")
        .after_help("Secrets are masked. What would keep the command from starting is said at the end.")
        .arg(
            Arg::new(OF)
                .long(OF)
                .value_name("COMMAND")
                .value_parser(["start", "start-dev"])
                .default_value("start")
                .help("The command whose configuration is shown"),
        )
        .args(arguments_of(Command::ShowConfig))
        .next_line_help(true)
}

fn build() -> Tree {
    Tree::new("build")
        .about("Accepted for scripts written for Keycloak; there is nothing to build")
        .arg(Arg::new("options").num_args(0..).allow_hyphen_values(true).trailing_var_arg(true).hide(true))
}

const FIRST_STEPS: &str = "\
First steps:
  countersign start-dev                     # http://127.0.0.1:8080, data in ./data
  countersign start-dev --import-realm=examples/realms
  countersign start --help                  # what production wants

Every option can also be a variable (--http-port is KC_HTTP_PORT) or a line of conf/countersign.conf (http-port=8080).
The command line counts first, then variables, then the file.";
