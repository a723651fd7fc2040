//! Administration on a store of its own, in process.

mod importing;
mod support;
