//! Sign-up: the user profile with a password after its first field.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::{Notice, PasswordInput, ProfileField};
use crate::render::messages::{Text, Words};

/// "Register".
#[derive(Debug, Clone, Default)]
pub struct RegisterPage {
    pub action: String,
    /// The name (or e-mail address) first, then the other attributes in the profile's order.
    pub fields: Vec<ProfileField>,
    /// Off where the address is verified before a password is set.
    pub with_password: bool,
    pub password_error: Option<Text>,
    pub confirm_error: Option<Text>,
    pub notice: Option<Notice>,
    pub login_url: String,
}

impl Page for RegisterPage {
    const NAME: &'static str = "register";
    const TEMPLATE: &'static str = include_str!("../../../templates/register.html");

    fn fields(&self, words: &Words) -> Value {
        let input = |id: &'static str, label: &'static str, error| PasswordInput {
            id,
            label,
            autocomplete: "new-password",
            required: true,
            error,
            ..PasswordInput::default()
        };
        let password = input("password", "password", self.password_error.as_ref());
        let confirm = input("password-confirm", "passwordConfirm", self.confirm_error.as_ref());
        context! {
            action => &self.action,
            fields => self.fields.iter().map(|field| field.value(words)).collect::<Vec<_>>(),
            password => self.with_password.then(|| password.value(words)),
            confirm => confirm.value(words),
            notice => self.notice.as_ref().map(|notice| notice.value(words)),
            login_url => &self.login_url,
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let required = |name: &'static str| ProfileField {
            required: true,
            ..ProfileField::text(name, Text::expression(&format!("${{{name}}}")))
        };
        let others = ProfileField {
            values: vec!["a@example.org".into(), "b@example.org".into()],
            ..ProfileField::text("otherEmails", Text::Literal("Other e-mail addresses".into()))
        };
        let locale = ProfileField {
            kind: "hidden",
            values: vec!["en".into()],
            ..ProfileField::text("locale", Text::key("languages"))
        };
        let country = ProfileField::text("country", Text::Literal("Country".into()));
        let fields =
            vec![required("username"), required("email"), required("firstName"), required("lastName"), country, locale];
        let plain = Self {
            action: "https://id.example.org/realms/r/login-actions/registration".into(),
            fields,
            with_password: true,
            login_url: "/realms/r/login-actions/authenticate?client_id=app&tab_id=t".into(),
            ..Self::default()
        };
        let mut taken = plain.clone();
        taken.fields.insert(4, others);
        if let Some(username) = taken.fields.first_mut() {
            username.values = vec!["amara".into()];
            username.error = Some(Text::key("usernameExistsMessage"));
        }
        vec![
            ("taken", taken),
            ("mismatch", Self { confirm_error: Some(Text::key("invalidPasswordConfirmMessage")), ..plain.clone() }),
            ("without password", Self { with_password: false, ..plain.clone() }),
            ("plain", plain),
        ]
    }
}
