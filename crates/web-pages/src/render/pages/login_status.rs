//! The frame applications ask whether the session is still the same [OIDC-Session-3.3].
//!
//! It must be framed by other origins, so its response carries neither `frame-ancestors` nor `X-Frame-Options`.

use std::borrow::Cow;

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::messages::Words;

/// `login-status-iframe.html`: nothing to see, one script.
#[derive(Debug, Clone, Copy)]
pub struct LoginStatusPage;

impl Page for LoginStatusPage {
    const NAME: &'static str = "login-status-iframe";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-status-iframe.html");

    fn fields(&self, _: &Words) -> Value {
        context! {}
    }

    fn policy(&self) -> Cow<'static, str> {
        Cow::Borrowed("default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("plain", Self)]
    }
}
