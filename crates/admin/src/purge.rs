//! Realms on their way out: hidden by one row, then purged in chunks that others' writes pass.

use std::sync::Arc;

use domain::{Core, Result};
use store::realms::Hidden;

/// Rows of one kind that go at a time.
const CHUNK: i64 = 500;
/// An import that began longer ago than this has broken off.
const LONGEST_IMPORT_MS: i64 = 6 * 3600 * 1000;

/// Purges a deleted realm, or one whose import broke off, to its last row. One that is published or being imported is
/// left alone.
pub(crate) async fn realm(core: &Core, id: &str) -> Result<()> {
    for found in store::realms::list_hidden(&core.store).await? {
        if found.id == id && is_over(&found, core.clock.now_ms()) {
            hidden(core, &found).await?;
        }
    }
    Ok(())
}

/// Purges what the import that began at a moment staged, and nothing that another did.
pub(crate) async fn staged(core: &Core, id: &str, since_ms: i64) -> Result<()> {
    for found in store::realms::list_hidden(&core.store).await? {
        if found.id == id && found.staged_ms == Some(since_ms) {
            hidden(core, &found).await?;
        }
    }
    Ok(())
}

/// Purges what earlier processes left: deletions that weren't finished, imports that broke off.
pub async fn purge_hidden(core: &Core) -> Result<()> {
    for found in store::realms::list_hidden(&core.store).await? {
        if is_over(&found, core.clock.now_ms()) {
            hidden(core, &found).await?;
        }
    }
    Ok(())
}

/// Whether some realm is being imported now, by this process or another.
pub async fn is_importing(core: &Core) -> Result<bool> {
    let now_ms = core.clock.now_ms();
    Ok(store::realms::list_hidden(&core.store).await?.iter().any(|found| !is_over(found, now_ms)))
}

/// Whether nobody works at a hidden realm any more: a deletion, or an import that broke off.
fn is_over(hidden: &Hidden, now_ms: i64) -> bool {
    hidden.staged_ms.is_none_or(|since| now_ms - since > LONGEST_IMPORT_MS)
}

async fn hidden(core: &Core, hidden: &Hidden) -> Result<()> {
    while !store::realms::purge(&core.store, hidden, CHUNK).await? {}
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
