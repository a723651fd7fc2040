//! The page that asks for a one-time code.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::{Notice, optional};
use crate::render::messages::{Text, Words};

/// "Sign In", second step.
#[derive(Debug, Clone, Default)]
pub struct OtpPage {
    pub action: String,
    /// The person's authenticators; a choice is offered from two on.
    pub devices: Vec<OtpDevice>,
    /// The id of the chosen one.
    pub selected: String,
    pub notice: Option<Notice>,
    pub error: Option<Text>,
}

/// An authenticator with the name its owner gave it.
#[derive(Debug, Clone)]
pub struct OtpDevice {
    pub id: String,
    pub label: String,
}

impl Page for OtpPage {
    const NAME: &'static str = "login-otp";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-otp.html");

    fn fields(&self, words: &Words) -> Value {
        let device = |device: &OtpDevice| context! { id => &device.id, label => &device.label };
        context! {
            action => &self.action,
            devices => self.devices.iter().map(device).collect::<Vec<_>>(),
            selected => &self.selected,
            notice => self.notice.as_ref().map(|notice| notice.value(words)),
            error => optional(self.error.as_ref(), words),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain =
            Self { action: "https://id.example.org/authenticate".into(), selected: "a".into(), ..Self::default() };
        let device = |id: &str, label: &str| OtpDevice { id: id.into(), label: label.into() };
        vec![
            ("wrong code", Self { error: Some(Text::key("invalidTotpMessage")), ..plain.clone() }),
            ("two devices", Self { devices: vec![device("a", "Phone"), device("b", "Tablet")], ..plain.clone() }),
            ("plain", plain),
        ]
    }
}
