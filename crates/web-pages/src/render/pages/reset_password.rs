//! Forgotten password: asks whom to write to.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::{Notice, UsernameLabel, optional};
use crate::render::messages::{Text, Words};

/// "Forgot Your Password?".
#[derive(Debug, Clone, Default)]
pub struct ResetPasswordPage {
    pub action: String,
    pub username: String,
    pub username_label: UsernameLabel,
    pub login_url: String,
    pub notice: Option<Notice>,
    pub error: Option<Text>,
}

impl Page for ResetPasswordPage {
    const NAME: &'static str = "login-reset-password";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-reset-password.html");

    fn fields(&self, words: &Words) -> Value {
        let by_name_only = self.username_label == UsernameLabel::Username;
        let instruction = if by_name_only { "emailInstructionUsername" } else { "emailInstruction" };
        context! {
            action => &self.action,
            username => &self.username,
            username_label => self.username_label.text(words),
            instruction => words.text(&Text::key(instruction)),
            login_url => &self.login_url,
            notice => self.notice.as_ref().map(|notice| notice.value(words)),
            error => optional(self.error.as_ref(), words),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            action: "https://id.example.org/realms/r/login-actions/reset-credentials".into(),
            login_url: "/realms/r/login-actions/authenticate?client_id=app&tab_id=t".into(),
            ..Self::default()
        };
        let by_name = Self { username_label: UsernameLabel::Username, ..plain.clone() };
        vec![("empty", Self { error: Some(Text::key("missingUsernameMessage")), ..by_name }), ("plain", plain)]
    }
}
