//! Administration on a store of its own, in process.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod exporting;
mod importing;
mod support;
