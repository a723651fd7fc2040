//! Asks whether somebody really wants to log out, when the application brought no proof of it [OIDC-RPInitiated-2].

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::messages::Words;

/// "Logging out".
#[derive(Debug, Clone)]
pub struct LogoutConfirmPage {
    pub action: String,
    pub session_code: String,
    /// The client's home, where it is known.
    pub application_url: Option<String>,
}

impl Page for LogoutConfirmPage {
    const NAME: &'static str = "logout-confirm";
    const TEMPLATE: &'static str = include_str!("../../../templates/logout-confirm.html");

    fn fields(&self, _: &Words) -> Value {
        context! {
            action => &self.action,
            session_code => &self.session_code,
            application_url => &self.application_url,
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let action =
            "https://id.example.org/realms/r/protocol/openid-connect/logout/logout-confirm?client_id=app".into();
        let plain = Self { action, session_code: "c0de".into(), application_url: None };
        let known = Self { application_url: Some("https://app.example.org/".into()), ..plain.clone() };
        vec![("with a way back", known), ("plain", plain)]
    }
}
