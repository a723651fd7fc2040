//! The page for what can't go on.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::messages::{Text, Words};

/// "We are sorry...".
#[derive(Debug, Clone)]
pub struct ErrorPage {
    pub message: Text,
    /// The client's home, where it is known.
    pub application_url: Option<String>,
}

impl Page for ErrorPage {
    const NAME: &'static str = "error";
    const TEMPLATE: &'static str = include_str!("../../../templates/error.html");

    fn fields(&self, words: &Words) -> Value {
        context! { message => words.text(&self.message), application_url => &self.application_url }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let message = Text::filled("invalidParameterMessage", ["redirect_uri"]);
        let application_url = Some("https://app.example.org/".to_owned());
        vec![
            ("with a way back", Self { message: Text::key("cookieNotFoundMessage"), application_url }),
            ("plain", Self { message, application_url: None }),
        ]
    }
}
