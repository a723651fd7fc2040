//! How a ledger's keys took over from one another, for whoever knows an earlier one alone.

use domain::network::ledger::Open;
use domain::{Core, Fault, Result};
use ledger::record::{self, ServiceKeyRecord, ServiceUse};
use ledger::{Checkpoint, Kind, Note, VerifierKey};
use serde_json::{Value, json};
use store::ledger_keys::LedgerKey;

use crate::bundle::Prover;

/// Entries of the server's keys that are looked through for the one that a checkpoint brought in.
const NEAR: i64 = 200;

/// For each key that took over, the oldest first: the checkpoint that it signed together with the one before, and the entry
/// that names it, as bundles hold entries, proved under that checkpoint.
pub(crate) async fn of(core: &Core, ledger: &Open, keys: &[LedgerKey]) -> Result<Vec<Value>> {
    let mut out = Vec::new();
    for key in keys {
        let Some(note) = &key.handover else { continue };
        let head = Note::parse(note.as_bytes()).and_then(|note| Checkpoint::parse(&note.text)).map_err(Fault::new)?;
        let kid = VerifierKey::parse(&key.verifier).map_err(Fault::new)?.kid();
        let (size, kind) = (i64::try_from(head.size).map_err(Fault::new)?, i64::from(Kind::ServiceKey.number()));
        let near = store::ledger::last_of_kind(&core.store, &ledger.id, kind, size, NEAR).await?;
        let names_it = |octets: &[u8]| {
            let record = record::parse::<ServiceKeyRecord>(octets);
            record.is_ok_and(|record| record.key_use == ServiceUse::Ledger && record.kid == kid)
        };
        let Some(row) = near.iter().find(|row| row.record.as_deref().is_some_and(names_it)) else { continue };
        let entry = Prover { core, ledger, size: head.size }.entry(row).await?;
        out.push(json!({"checkpoint": note, "entry": entry}));
    }
    Ok(out)
}
