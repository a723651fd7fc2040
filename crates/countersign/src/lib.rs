//! The process: command line, configuration, listeners, TLS, management port, outbound calls, telemetry.
//!
//! Nothing here decides a rule of a protocol. The binary fills in [`commands::Commands`]; the rest stands on its own.

pub mod banner;
pub mod cli;
pub mod commands;
pub mod config;
pub mod management;
pub mod net;
pub mod outbound;
pub mod telemetry;
