//! Two framed pages by which keycloak-js finds out whether frames may keep cookies here `[KC]`.

use std::borrow::Cow;

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::messages::Words;

/// `3p-cookies/step1.html` and `step2.html`.
#[derive(Debug, Clone, Copy)]
pub struct ThirdPartyCookiesPage {
    /// 1 sets a cookie, 2 looks for it.
    pub step: u8,
}

impl Page for ThirdPartyCookiesPage {
    const NAME: &'static str = "third-party-cookies";
    const TEMPLATE: &'static str = include_str!("../../../templates/third-party-cookies.html");

    fn fields(&self, _: &Words) -> Value {
        context! { step => self.step }
    }

    fn policy(&self) -> Cow<'static, str> {
        Cow::Borrowed("default-src 'none'; script-src 'self'; base-uri 'none'")
    }

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("step 1", Self { step: 1 }), ("step 2", Self { step: 2 })]
    }
}
