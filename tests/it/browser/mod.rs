//! The browser's way in: the authorization endpoint and the pages of a login.

mod factors;
mod guessing;
mod redirects;
mod reflection;
mod response;
mod sessions;
mod steps;
mod tampering;

/// Name and password of the usual user.
const ADA: &[(&str, &str)] = &[("username", "ada"), ("password", "pw")];
