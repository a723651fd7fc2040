//! Heads of a ledger that others saw. Where it was left and leaves are gone, they show what was there before.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::network::heads::SeenHeads;
use domain::network::ledger::Open;
use domain::network::times::WITNESSES;
use domain::network::witnesses::witnesses;
use domain::{Core, Fault, Plan, Result};
use ledger::Note;
use serde_json::{Value, json};
use store::heads::HeadRow;

/// Heads that are looked at, from the newest on: of a week, where times are asked for each ten minutes.
const LOOKED_AT: u16 = 1024;
/// The same where the realm names no witness: it may have named some shortly before.
const LOOKED_AT_UNNAMED: u16 = 128;
/// Heads that are read at once.
const PAGE: i64 = 16;
/// Heads that are shown.
const SHOWN: usize = 8;

/// Who cosigned a head: name and id of each key.
type Cosigners = BTreeSet<(String, [u8; 4])>;

/// What `/evidence/keys` says of a ledger's heads that others saw: `cosigned`, the newest first, and `stamped`. Kept until
/// there is a newer one, or the realm names other witnesses: anybody may ask.
pub(crate) async fn shown(core: &Core, plan: &Plan, ledger: &Open) -> Result<Arc<SeenHeads>> {
    let newest =
        store::heads::newest(&core.store, &ledger.id).await?.map(|head| (head.size, head.time_ms, head.note.len()));
    let as_of = format!("{newest:?} {}", plan.realm.doc.nested("attributes", WITNESSES).unwrap_or_default());
    if let Some(kept) = core.kept_heads(&ledger.id, &as_of) {
        return Ok(kept);
    }
    let cosigned = cosigned(core, plan, ledger).await?;
    let shown = Arc::new(SeenHeads { cosigned, stamped: stamped(core, ledger).await? });
    core.keep_heads(&ledger.id, as_of, Arc::clone(&shown));
    Ok(shown)
}

/// The notes of the newest heads that witnesses cosigned, the newest first. An older one is among them only if no newer one
/// has all the witnesses that it has: a reader may want any of them, or several together. One that all witnesses of the realm
/// cosigned ends the list.
async fn cosigned(core: &Core, plan: &Plan, ledger: &Open) -> Result<Vec<String>> {
    let named =
        plan.realm.doc.nested("attributes", WITNESSES).and_then(|text| witnesses(text).ok()).unwrap_or_default();
    let named: Cosigners = named.iter().map(|witness| (witness.key.name().to_owned(), witness.key.id())).collect();
    let mut shown: Vec<(Cosigners, String)> = Vec::new();
    let most = if named.is_empty() { LOOKED_AT_UNNAMED } else { LOOKED_AT };
    let (mut before, mut looked_at) = (i64::MAX, 0);
    while looked_at < usize::from(most) {
        let page = store::heads::before(&core.store, &ledger.id, before, PAGE).await?;
        let Some(last) = page.last() else { break };
        (before, looked_at) = (last.size, looked_at + page.len());
        for head in page {
            let by = cosigners(&head, ledger)?;
            if by.is_empty() || shown.iter().any(|(newer, _)| newer.is_superset(&by)) {
                continue;
            }
            let is_last = !named.is_empty() && by.is_superset(&named) || shown.len() + 1 == SHOWN;
            shown.push((by, head.note));
            if is_last {
                return Ok(notes(shown));
            }
        }
    }
    Ok(notes(shown))
}

/// The newest head that an authority stamped.
async fn stamped(core: &Core, ledger: &Open) -> Result<Option<Value>> {
    let head = store::heads::stamped_among(&core.store, &ledger.id, LOOKED_AT.into()).await?;
    Ok(head.map(|head| json!({"checkpoint": head.note, "timestamp": head.stamp.map(jose::b64::encode)})))
}

fn notes(shown: Vec<(Cosigners, String)>) -> Vec<String> {
    shown.into_iter().map(|(_, note)| note).collect()
}

/// Whose lines a head has besides the log's own.
fn cosigners(head: &HeadRow, ledger: &Open) -> Result<Cosigners> {
    let note = Note::parse(head.note.as_bytes()).map_err(Fault::new)?;
    let others = note.lines.into_iter().filter(|line| line.name != ledger.origin);
    Ok(others.map(|line| (line.name, line.key_id)).collect())
}
