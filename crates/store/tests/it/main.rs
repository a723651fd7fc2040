//! The store on both engines. SQLite always; PostgreSQL too if `COUNTERSIGN_TEST_PG` holds the URL of a server where
//! schemas may be made: each test has one of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod batches;
mod durability;
mod ledger;
mod opening;
mod postgres;
mod support;
mod values;
