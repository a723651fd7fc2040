//! The process: command line, configuration, listeners, TLS, management port, outbound calls, telemetry.
//!
//! Nothing here decides a rule of a protocol. [`cli`] finds out what is wanted, [`run`] does it, [`wire`] puts the server
//! together from the crates below.

pub mod banner;
pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod evidence;
mod files;
pub mod jobs;
pub mod management;
pub mod messages;
pub mod net;
pub mod outbound;
pub mod realm_files;
pub mod run;
pub mod telemetry;
pub mod wire;
