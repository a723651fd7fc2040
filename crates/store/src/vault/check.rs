//! The sealed check value in the database: tells at start, not at the first secret, that the master key is the wrong one.

use super::Vault;
use crate::db::{Batch, Db, StoreError};
use crate::params;

const ROW: i64 = 1;
const PLACE: &str = "vault_check/1/sealed";
const TEXT: &[u8] = b"countersign";
const FIND: &str = "SELECT sealed FROM vault_check WHERE id = $1";
const INSTALL: &str = "INSERT INTO vault_check (id, sealed) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";

/// Whether a master key has been used with this database, by this node or another.
pub(crate) async fn is_installed(db: &Db) -> Result<bool, StoreError> {
    Ok(db.read_one(FIND, params![ROW]).await?.is_some())
}

/// Opens the check value, or installs it where there is none yet.
///
/// # Errors
/// `MasterKey` if the database was sealed under another key.
pub async fn verify_or_install(db: &Db, vault: &Vault) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    if !is_installed(db).await? {
        // Another node may install its own first; then that one is found below.
        batch.push(INSTALL, params![ROW, vault.seal(PLACE, TEXT)?]);
    }
    db.commit(batch).await?;
    let row = db.read_one(FIND, params![ROW]).await?;
    let row = row.ok_or_else(|| StoreError::broken("the check value of the vault is gone"))?;
    match vault.open(PLACE, row.bytes(0)?) {
        Ok(text) if text.as_slice() == TEXT => Ok(()),
        _ => Err(StoreError::MasterKey(
            "the database was sealed under another master key than this one. Give the key that belongs to it"
                .to_owned(),
        )),
    }
}
