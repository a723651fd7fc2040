//! The login page: name and password, or the password alone of somebody who is known already.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::{Notice, PasswordInput, UsernameLabel, optional};
use crate::render::messages::{Text, Words};

/// "Sign in to your account".
#[derive(Debug, Clone, Default)]
pub struct LoginPage {
    /// Where the form goes, an absolute URL `[KC]`.
    pub action: String,
    /// Filled in already: from `login_hint`, a remembered login or the failed attempt.
    pub username: String,
    pub username_label: UsernameLabel,
    /// Re-authentication: this user, without a field for the name and without remember-me.
    pub fixed_user: Option<String>,
    /// On re-authentication, the way to begin as somebody else.
    pub restart_url: Option<String>,
    /// Whether the box is ticked; `None` where the realm doesn't remember.
    pub remember_me: Option<bool>,
    /// The credential to check, when the flow chose one; mostly empty.
    pub credential_id: String,
    /// Where the realm lets people register.
    pub registration_url: Option<String>,
    /// Where the realm lets people reset their password.
    pub reset_credentials_url: Option<String>,
    pub notice: Option<Notice>,
    /// Shown at the first field: the name, or the password on re-authentication.
    pub error: Option<Text>,
}

impl Page for LoginPage {
    const NAME: &'static str = "login";
    const TEMPLATE: &'static str = include_str!("../../../templates/login.html");

    fn fields(&self, words: &Words) -> Value {
        let fixed = self.fixed_user.is_some();
        let focus_password = fixed || (!self.username.is_empty() && self.error.is_none());
        let password = PasswordInput {
            id: "password",
            label: "password",
            autocomplete: "current-password",
            error: self.error.as_ref().filter(|_| fixed),
            invalid: self.error.is_some(),
            focus: focus_password,
            required: false,
            link: self.reset_credentials_url.as_deref(),
        };
        context! {
            action => &self.action,
            username => &self.username,
            username_label => self.username_label.text(words),
            fixed_user => &self.fixed_user,
            restart_url => &self.restart_url,
            remember_me => self.remember_me.is_some() && !fixed,
            remembered => self.remember_me == Some(true),
            credential_id => &self.credential_id,
            registration_url => self.registration_url.as_ref().filter(|_| !fixed),
            focus_username => !focus_password,
            password => password.value(words),
            notice => self.notice.as_ref().map(|notice| notice.value(words)),
            error => optional(self.error.as_ref(), words),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self {
            action: "https://id.example.org/realms/r/login-actions/authenticate?session_code=c&execution=e&tab_id=t"
                .into(),
            remember_me: Some(false),
            registration_url: Some("/realms/r/login-actions/registration?client_id=app&tab_id=t".into()),
            reset_credentials_url: Some("/realms/r/login-actions/reset-credentials?client_id=app&tab_id=t".into()),
            ..Self::default()
        };
        let bare = Self { action: plain.action.clone(), username_label: UsernameLabel::Username, ..Self::default() };
        let again = Self { fixed_user: Some("amara.okafor@example.org".into()), ..plain.clone() };
        vec![
            (
                "wrong password",
                Self {
                    username: "amara".into(),
                    remember_me: Some(true),
                    error: Some(Text::key("invalidUserMessage")),
                    ..plain.clone()
                },
            ),
            ("expired", Self { notice: Some(Notice::error(Text::key("expiredActionMessage"))), ..plain.clone() }),
            ("mail sent", Self { notice: Some(Notice::success(Text::key("emailSentMessage"))), ..plain.clone() }),
            (
                "re-authentication",
                Self {
                    restart_url: Some("/realms/r/login-actions/restart?client_id=app&skip_logout=true".into()),
                    notice: Some(Notice::info(Text::key("reauthenticate"))),
                    ..again.clone()
                },
            ),
            (
                "re-authentication failed",
                Self {
                    error: Some(Text::key("invalidUserMessage")),
                    fixed_user: Some("Wolfeschlegel".repeat(9)),
                    ..again
                },
            ),
            ("bare", Self { username_label: UsernameLabel::Email, username: "<b>\"o'hara\" & co</b>".into(), ..bare }),
            ("plain", plain),
        ]
    }
}
