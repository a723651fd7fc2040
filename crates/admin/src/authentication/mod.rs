//! Authentication flows, their executions and configurations, and required actions [KC 6.1, 6.2].

pub mod config;
pub mod executions;
pub mod flows;
mod providers;
pub mod required_actions;
