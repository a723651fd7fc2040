//! Who may use what: the crates of this workspace among themselves, and the libraries that are confined or banned.

use crate::tidy::Repository;
use crate::tidy::metadata::Member;

/// Within this row a crate may use those listed after it; in every other row siblings never meet.
const ORDERED_ROW: u32 = 4;

/// Libraries and the only crates that may name them. A trailing `*` stands for any ending.
const CONFINED: &[(&[&str], &[&str])] = &[
    (&["axum"], &["web*", "countersign"]),
    (&["tower", "hyper", "hyper-util"], &["web*", "countersign", "gateway", "receiver"]),
    (&["hyper-rustls"], &["receiver"]),
    (&["toml"], &["gateway"]),
    (&["rusqlite", "tokio-postgres", "deadpool-postgres", "tokio-postgres-rustls"], &["store"]),
    (&["minijinja"], &["web-pages"]),
    (&["reqwest", "clap", "prometheus-client", "tracing-subscriber"], &["countersign"]),
    (&["rustls", "rustls-native-certs"], &["countersign", "store", "gateway", "receiver"]),
    (&["tokio-rustls"], &["countersign", "store", "gateway"]),
    (&["aws-lc-rs"], &["jose", "ledger", "store", "domain", "countersign"]),
    (&["rcgen", "pkcs1", "pkcs8"], &["jose"]),
    (&["argon2", "bcrypt"], &["domain"]),
];

/// Libraries that the server is not built from: one crypto library, one TLS library, no OpenSSL.
const BANNED: &[&str] = &["openssl", "openssl-sys", "native-tls", "ring", "rsa", "chrono"];

pub(super) fn upward_imports(repository: &Repository) -> Vec<String> {
    let members = &repository.metadata.members;
    let mut found: Vec<String> = members
        .iter()
        .filter(|m| m.name.is_empty())
        .map(|_| "a member of Cargo.toml is not a package".to_owned())
        .collect();
    for (at, member) in members.iter().enumerate() {
        for (below, used) in members.iter().enumerate().filter(|(_, m)| member.dependencies.contains(&m.name)) {
            if !allowed(member, used, below > at) {
                let row = |m: &Member| m.row.map_or("beside the rows".to_owned(), |n| format!("row {n}"));
                found.push(format!("{} ({}) uses {} ({})", member.name, row(member), used.name, row(used)));
            }
        }
    }
    found
}

fn allowed(member: &Member, used: &Member, listed_after: bool) -> bool {
    match (member.row, used.row) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(mine), Some(other)) => other > mine || (mine == other && mine == ORDERED_ROW && listed_after),
    }
}

pub(super) fn strays(repository: &Repository) -> Vec<String> {
    let mut found = Vec::new();
    // What stands beside the rows tests and serves the developer, and may use what it likes.
    for member in repository.metadata.members.iter().filter(|m| m.row.is_some()) {
        for (libraries, homes) in CONFINED {
            let at_home = homes.iter().any(|home| match home.strip_suffix('*') {
                Some(beginning) => member.name.starts_with(beginning),
                None => member.name == *home,
            });
            let used = member.dependencies.iter().filter(|d| !at_home && libraries.contains(&d.as_str()));
            found.extend(used.map(|d| format!("{} uses {d}, which only {} may", member.name, homes.join(" and "))));
        }
    }
    found
}

pub(super) fn banned(repository: &Repository) -> Vec<String> {
    let tree = &repository.metadata.server_tree;
    let found = BANNED.iter().filter(|name| tree.contains(**name));
    found.map(|name| format!("the server is built from {name}; `cargo tree -i {name}` shows why")).collect()
}
