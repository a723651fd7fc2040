//! The required action that completes the user profile.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::{Notice, ProfileField};
use crate::render::messages::{Text, Words};

/// "Update Account Information".
#[derive(Debug, Clone, Default)]
pub struct UpdateProfilePage {
    pub action: String,
    pub fields: Vec<ProfileField>,
    /// Begun by the application (`kc_action`), so it may be left.
    pub cancellable: bool,
    pub notice: Option<Notice>,
}

impl Page for UpdateProfilePage {
    const NAME: &'static str = "login-update-profile";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-update-profile.html");

    fn fields(&self, words: &Words) -> Value {
        context! {
            action => &self.action,
            fields => self.fields.iter().map(|field| field.value(words)).collect::<Vec<_>>(),
            cancellable => self.cancellable,
            notice => self.notice.as_ref().map(|notice| notice.value(words)),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let email = ProfileField {
            values: vec!["amara@example.org".into()],
            required: true,
            ..ProfileField::text("email", Text::expression("${email}"))
        };
        let last_name = ProfileField {
            required: true,
            error: Some(Text::key("error-user-attribute-required")),
            ..ProfileField::text("lastName", Text::expression("${lastName}"))
        };
        let unit = ProfileField {
            kind: "select",
            options: ["Support", "Research"].map(|unit| (unit.to_lowercase(), Text::Literal(unit.into()))).to_vec(),
            values: vec!["research".into()],
            hint: Some(Text::Literal("Where you work most of the week".into())),
            ..ProfileField::text("unit", Text::Literal("Unit".into()))
        };
        let notes = ProfileField { kind: "textarea", ..ProfileField::text("notes", Text::Literal("Notes".into())) };
        let badge = ProfileField {
            read_only: true,
            values: vec!["A-113".into()],
            ..ProfileField::text("badge", Text::Literal("Badge".into()))
        };
        vec![
            (
                "errors",
                Self {
                    action: "https://id.example.org/a".into(),
                    fields: vec![email.clone(), last_name, unit, notes, badge],
                    cancellable: false,
                    notice: Some(Notice::warning(Text::key("updateProfileMessage"))),
                },
            ),
            (
                "plain",
                Self {
                    action: "https://id.example.org/a".into(),
                    fields: vec![email],
                    cancellable: true,
                    notice: None,
                },
            ),
        ]
    }
}
