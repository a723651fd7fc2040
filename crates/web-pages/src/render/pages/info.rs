//! The page for what is done: logged out, account updated, actions to perform.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::fields::optional;
use crate::render::messages::{Text, Words};

/// Titled by its message unless it has a title of its own.
#[derive(Debug, Clone)]
pub struct InfoPage {
    pub title: Option<Text>,
    pub message: Text,
    /// What is left to do, named after the message.
    pub actions: Vec<Text>,
    pub link: Option<InfoLink>,
}

/// Where to go from here.
#[derive(Debug, Clone)]
pub enum InfoLink {
    /// "« Back to Application".
    Application(String),
    /// "» Click here to proceed".
    Proceed(String),
}

impl Page for InfoPage {
    const NAME: &'static str = "info";
    const TEMPLATE: &'static str = include_str!("../../../templates/info.html");

    fn fields(&self, words: &Words) -> Value {
        let message = words.text(&self.message);
        let actions: Vec<String> = self.actions.iter().map(|action| words.text(action)).collect();
        let (url, key) = match &self.link {
            Some(InfoLink::Application(url)) => (Some(url), "backToApplication"),
            Some(InfoLink::Proceed(url)) => (Some(url), "proceedWithAction"),
            None => (None, "backToApplication"),
        };
        context! {
            title => optional(self.title.as_ref(), words).unwrap_or_else(|| message.clone()),
            message,
            actions => actions.join(", "),
            link_url => url,
            link_text => words.text(&Text::key(key)),
            link_is_application => key == "backToApplication",
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let plain = Self { title: None, message: Text::key("successLogout"), actions: Vec::new(), link: None };
        let done = Self {
            title: Some(Text::key("oauth2DeviceVerificationCompleteHeader")),
            message: Text::key("oauth2DeviceVerificationCompleteMessage"),
            link: Some(InfoLink::Application("https://app.example.org/".into())),
            ..plain.clone()
        };
        let actions = Self {
            message: Text::key("confirmExecutionOfActions"),
            actions: ["UPDATE_PASSWORD", "VERIFY_EMAIL"].map(|a| Text::key(format!("requiredAction.{a}"))).to_vec(),
            link: Some(InfoLink::Proceed("/realms/r/login-actions/action-token?key=k".into())),
            ..plain.clone()
        };
        vec![("done", done), ("actions", actions), ("plain", plain)]
    }
}
