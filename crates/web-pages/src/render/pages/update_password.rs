//! The required action that sets a new password.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::{Notice, PasswordInput};
use crate::render::messages::{Text, Words};

/// "Update password".
#[derive(Debug, Clone, Default)]
pub struct UpdatePasswordPage {
    pub action: String,
    /// For password managers, which file the new password under it.
    pub username: String,
    /// Begun by the application (`kc_action`), so it may be left.
    pub cancellable: bool,
    pub notice: Option<Notice>,
    pub password_error: Option<Text>,
    pub confirm_error: Option<Text>,
}

impl Page for UpdatePasswordPage {
    const NAME: &'static str = "login-update-password";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-update-password.html");

    fn fields(&self, words: &Words) -> Value {
        let password = PasswordInput {
            id: "password-new",
            label: "passwordNew",
            autocomplete: "new-password",
            error: self.password_error.as_ref(),
            focus: true,
            ..PasswordInput::default()
        };
        let confirm = PasswordInput {
            id: "password-confirm",
            label: "passwordConfirm",
            autocomplete: "new-password",
            error: self.confirm_error.as_ref(),
            ..PasswordInput::default()
        };
        context! {
            action => &self.action,
            username => &self.username,
            cancellable => self.cancellable,
            password => password.value(words),
            confirm => confirm.value(words),
            notice => self.notice.as_ref().map(|notice| notice.value(words)),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            action: "https://id.example.org/realms/r/login-actions/required-action?execution=UPDATE_PASSWORD".into(),
            username: "amara".into(),
            ..Self::default()
        };
        vec![
            ("temporary", Self { notice: Some(Notice::warning(Text::key("updatePasswordMessage"))), ..plain.clone() }),
            (
                "too short",
                Self { password_error: Some(Text::filled("invalidPasswordMinLengthMessage", ["8"])), ..plain.clone() },
            ),
            (
                "mismatch",
                Self { confirm_error: Some(Text::key("notMatchPasswordMessage")), cancellable: true, ..plain.clone() },
            ),
            ("plain", plain),
        ]
    }
}
