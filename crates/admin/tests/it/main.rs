//! Administration on a store of its own, in process.

mod exporting;
mod importing;
mod support;
