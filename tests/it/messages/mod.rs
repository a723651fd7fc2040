//! A network: signed messages judged with evidence, and the ledger that holds it.

mod answers;
mod claims;
mod described;
mod desk;
mod evidence;
mod full_disk;
mod interleaved;
mod killed;
mod ledger_keys;
mod left;
mod moved;
mod openapi;
mod own_profiles;
mod profiles;
mod renewals;
pub mod replies;
mod reports;
mod rights;
mod rollback;
mod seen;
mod times;
mod together;
mod verdicts;

use wire_tests::{Party, Server};

/// A network with a loan agent and a bank.
async fn network(server: &Server) -> (Party<'_>, Party<'_>) {
    (Party::register(server, "agent", "strict").await, Party::register(server, "bank", "strict").await)
}

const BODY: &[u8] = br#"{"amount": 100}"#;
