//! Opening: the database, its schema, the vault, in the order in which each needs the one before.

use std::sync::Arc;

use crate::db::{Config, Db, StoreError};
use crate::vault::{self, KeySource, Vault};
use crate::{migrate, params};

/// The open store, handed to everything above. A clone is another handle.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    vault: Arc<Vault>,
}

impl Store {
    /// Opens the database, migrates it, and proves that the master key is the one that sealed it.
    ///
    /// # Errors
    /// `Setup`, `NewerSchema` and `MasterKey` are for the operator, and say what to do; `Unavailable` may be tried again.
    pub async fn open(config: &Config, key: &KeySource) -> Result<Self, StoreError> {
        let db = Db::open(config).await?;
        migrate::run(&db).await?;
        let is_new = !vault::is_installed(&db).await?;
        let (master, made) = key.load(is_new)?;
        let vault = Vault::new(master)?;
        if let Err(error) = vault::verify_or_install(&db, &vault).await {
            if let (StoreError::MasterKey(why), Some(path)) = (&error, made) {
                // Another node installed its key at the same moment. The one made here has sealed nothing.
                let _ = std::fs::remove_file(path);
                return Err(StoreError::MasterKey(format!("{why} (another node made it just now)")));
            }
            return Err(match error {
                StoreError::MasterKey(why) => StoreError::MasterKey(format!("{why}. This one is from {}", key.place())),
                error => error,
            });
        }
        Ok(Self { db, vault: Arc::new(vault) })
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Whether the database answers.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.db.read_one("SELECT 1", params![]).await.map(drop)
    }
}
