//! Logging people in: flows, their authenticators, required actions, the browser's state, and logging out.
//!
//! Data in, data out: [`begin`] takes an authorization request, [`act`] what a page sent, [`logout`] what ends a session.
//! Each returns an [`Answer`]: a face to show and cookies to set. What a stranger can cause without limit writes nothing:
//! until the first form is sent, a login in progress travels sealed in the browser's own cookie.

mod act;
pub mod authenticators;
mod begin;
mod browser;
mod face;
mod finish;
mod flow;
mod logout;
pub mod required_actions;
mod state;

pub use act::{Place, act};
pub use begin::begin;
pub use browser::{Browser, CookieChange};
pub use face::{Answer, Challenge, Face, Kind, Links, Message, ProfileValue, ScopeAsked};
pub use logout::{LogoutAnswer, LogoutFace, confirm, logout};
