//! Brings the schema to this version's, at start, by the steps in `migrations.rs`.
//!
//! Each step and the row that records it are one transaction that begins with the row: its primary key is the lock.
//! A second node waits on that key, then finds the step done and goes on. This needs no advisory locks, which not every
//! server that speaks PostgreSQL's protocol has, and a half-run step cannot be.
//!
//! Forward only: going back is restoring a backup.

use crate::db::{Batch, Db, StoreError};
use crate::migrations::MIGRATIONS;
use crate::params;

/// One step of the schema.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    /// The oldest schema whose binary still works on this one.
    pub(crate) compatible_with: i64,
    pub(crate) sql: &'static str,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    compatible_with BIGINT NOT NULL
)";
const NEWEST: &str = "SELECT version, compatible_with FROM schema_migration ORDER BY version DESC LIMIT 1";
/// Nodes that may start at the same moment, each winning some step.
const TRIES: usize = 100;

/// Runs the steps that the database does not have yet.
///
/// # Errors
/// `NewerSchema` if a newer version migrated the database beyond what this one can work on.
pub(crate) async fn run(db: &Db) -> Result<(), StoreError> {
    make_table(db).await?;
    let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
    for _ in 0..TRIES {
        let (found, compatible_with) = match db.read_one(NEWEST, params![]).await? {
            Some(row) => (row.int(0)?, row.int(1)?),
            None => (0, 0),
        };
        if found > newest && compatible_with > newest {
            return Err(StoreError::NewerSchema { database: found, binary: newest });
        }
        let Some(next) = MIGRATIONS.iter().find(|migration| migration.version > found) else { return Ok(()) };
        match apply(db, next).await {
            Ok(()) => tracing::info!(version = next.version, name = next.name, "the schema was migrated"),
            // Another node was faster; what it did is read again.
            Err(StoreError::Conflict { .. }) => {}
            Err(StoreError::Broken(what)) => {
                return Err(StoreError::broken(format!("migration {} ({}): {what}", next.version, next.name)));
            }
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::unavailable("other nodes are migrating the schema"))
}

async fn apply(db: &Db, migration: &Migration) -> Result<(), StoreError> {
    let Migration { version, name, compatible_with, sql } = migration;
    db.run_script(&format!("INSERT INTO schema_migration VALUES ({version}, '{name}', {compatible_with});\n{sql}"))
        .await
}

/// Two nodes that make it at once can conflict inside PostgreSQL in spite of IF NOT EXISTS.
async fn make_table(db: &Db) -> Result<(), StoreError> {
    let make = || {
        let mut batch = Batch::new();
        batch.push(TABLE, params![]);
        db.commit(batch)
    };
    match make().await {
        Err(StoreError::Conflict { .. }) => make().await.map(drop),
        made => made.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    #[test]
    fn steps_count_from_one_without_gaps() {
        for (place, migration) in (1..).zip(MIGRATIONS) {
            assert_eq!(migration.version, place, "{}", migration.name);
            assert!((1..=place).contains(&migration.compatible_with), "{}", migration.name);
            assert!(migration.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", migration.name);
        }
    }
}
