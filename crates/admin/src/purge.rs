//! Realms on their way out: hidden by one row, then purged in chunks that others' writes pass.

use std::sync::Arc;

use domain::{Core, Result};

/// Rows of one kind that go at a time.
const CHUNK: i64 = 500;
/// An import that began longer ago than this has broken off.
const LONGEST_IMPORT_MS: i64 = 6 * 3600 * 1000;

/// Purges a hidden realm to its last row. A realm that is published is left alone.
pub(crate) async fn realm(core: &Core, id: &str) -> Result<()> {
    while store::realms::list_hidden(&core.store).await?.iter().any(|hidden| hidden.id == id) {
        if store::realms::purge(&core.store, id, CHUNK).await? {
            break;
        }
    }
    Ok(())
}

/// Purges what earlier processes left: deletions that weren't finished, imports that broke off.
pub async fn purge_hidden(core: &Core) -> Result<()> {
    let now_ms = core.clock.now_ms();
    for hidden in store::realms::list_hidden(&core.store).await? {
        if hidden.staged_ms.is_none_or(|since| now_ms - since > LONGEST_IMPORT_MS) {
            realm(core, &hidden.id).await?;
        }
    }
    Ok(())
}

/// Purges a hidden realm in the background; what is left when the process ends goes at the next start.
pub(crate) fn in_background(core: &Arc<Core>, id: String) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        if let Err(error) = realm(&core, &id).await {
            tracing::warn!(realm = %id, ?error, "a deleted realm could not be purged yet");
        }
    });
}
