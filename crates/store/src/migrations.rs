//! The schema's history: one line for each step, in order, never changed once released.
//!
//! A step is one SQL text for both engines (`TEXT`, `BIGINT`, `BOOLEAN`, `BYTEA`, `{C}`, `{serial}`). Change in two releases: first
//! expand (the version before still runs: `compatible_with` stays), later contract (`compatible_with` moves up).

use crate::migrate::Migration;

/// All steps, oldest first; versions count from 1 without gaps.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "start", compatible_with: 1, sql: include_str!("../migrations/0001_start.sql") },
    Migration {
        version: 2,
        name: "networks",
        compatible_with: 1,
        sql: include_str!("../migrations/0002_networks.sql"),
    },
    Migration {
        version: 3,
        name: "key_owners",
        compatible_with: 3,
        sql: include_str!("../migrations/0003_key_owners.sql"),
    },
    Migration {
        version: 4,
        name: "ledger_rows",
        compatible_with: 4,
        sql: include_str!("../migrations/0004_ledger_rows.sql"),
    },
    Migration {
        version: 5,
        name: "ledgers_elsewhere",
        compatible_with: 4,
        sql: include_str!("../migrations/0005_ledgers_elsewhere.sql"),
    },
    Migration {
        version: 6,
        name: "ledger_places",
        compatible_with: 6,
        sql: include_str!("../migrations/0006_ledger_places.sql"),
    },
];
