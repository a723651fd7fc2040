//! Where somebody types the code a device shows [RFC8628-3.3].

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::Notice;
use crate::render::messages::{Text, Words};

/// "Device Login".
#[derive(Debug, Clone, Default)]
pub struct DevicePage {
    pub action: String,
    pub notice: Option<Notice>,
}

impl Page for DevicePage {
    const NAME: &'static str = "login-oauth2-device-verify-user-code";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-oauth2-device-verify-user-code.html");

    fn fields(&self, words: &Words) -> Value {
        context! {
            action => &self.action,
            notice => self.notice.as_ref().map(|notice| notice.value(words)),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self { action: "https://id.example.org/realms/r/device".into(), notice: None };
        let wrong = Notice::error(Text::key("oauth2DeviceInvalidUserCodeMessage"));
        vec![("wrong code", Self { notice: Some(wrong), ..plain.clone() }), ("plain", plain)]
    }
}
