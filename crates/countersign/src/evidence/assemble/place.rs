//! Where in a log leaves are.

use std::collections::{BTreeMap, BTreeSet};

use ::evidence::parts::Parts;
use ledger::{Checkpoint, Hash};

use crate::commands::Failure;
use crate::evidence::honour::MOST_LEAVES;
use crate::evidence::tiled::Tiled;

/// The indexes of those of these leaves that are under a head: where a part says, else where the log says, and else wherever a
/// look at all leaves finds them. What is said counts once it is shown.
pub(super) async fn places(
    log: &Tiled,
    head: &Checkpoint,
    parts: &Parts,
    ids: &BTreeSet<Hash>,
) -> Result<BTreeMap<Hash, u64>, Failure> {
    let mut found = BTreeMap::new();
    let mut unplaced = BTreeSet::new();
    for id in ids {
        let said = parts.get(id).and_then(|part| part.said);
        let at = match shown(log, head, id, said).await? {
            Some(at) => Some(at),
            None => shown(log, head, id, log.told_index(id).await.unwrap_or_default()).await?,
        };
        match at {
            Some(at) => drop(found.insert(*id, at)),
            None => drop(unplaced.insert(*id)),
        }
    }
    if !unplaced.is_empty() {
        if head.size > MOST_LEAVES {
            return Err(format!(
                "{log} does not say where a leaf is, and its {} leaves are not looked through: no more than {MOST_LEAVES} are",
                head.size
            )
            .into());
        }
        let look = |index, hash: &Hash, _: &[u8]| {
            if unplaced.contains(hash) {
                found.entry(*hash).or_insert(index);
            }
        };
        log.each(head, look).await?;
    }
    Ok(found)
}

async fn shown(log: &Tiled, head: &Checkpoint, id: &Hash, said: Option<u64>) -> Result<Option<u64>, Failure> {
    match said.filter(|index| *index < head.size) {
        Some(index) if log.includes(id, index, head).await? => Ok(Some(index)),
        _ => Ok(None),
    }
}
