//! Somebody went back in the history, or a login took too long: begin anew, or go on where it stands.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::messages::Words;

/// "Page has expired".
#[derive(Debug, Clone)]
pub struct ExpiredPage {
    pub restart_url: String,
    pub continue_url: String,
}

impl Page for ExpiredPage {
    const NAME: &'static str = "login-page-expired";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-page-expired.html");

    fn fields(&self, _: &Words) -> Value {
        context! { restart_url => &self.restart_url, continue_url => &self.continue_url }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            restart_url: "/realms/r/login-actions/restart?client_id=app&tab_id=t&skip_logout=true".into(),
            continue_url: "/realms/r/login-actions/authenticate?client_id=app&tab_id=t".into(),
        };
        vec![("plain", plain)]
    }
}
