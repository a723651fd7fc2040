//! Carries an answer to the client by a form that sends itself [OAuth-Form-Post-2]. Without script there is a button.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::messages::Words;

/// The response parameters on their way to the redirect URI.
#[derive(Debug, Clone)]
pub struct FormPostPage {
    /// The redirect URI.
    pub action: String,
    /// Names and values in the order they are sent.
    pub parameters: Vec<(String, String)>,
}

impl Page for FormPostPage {
    const NAME: &'static str = "form-post";
    const TEMPLATE: &'static str = include_str!("../../../templates/form-post.html");

    fn fields(&self, _: &Words) -> Value {
        let parameter = |(name, value): &(String, String)| context! { name, value };
        context! { action => &self.action, parameters => self.parameters.iter().map(parameter).collect::<Vec<_>>() }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let parameters =
            [("code", "a.b.c"), ("state", "\"><script>alert(1)</script>"), ("iss", "https://id.example.org")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        vec![("plain", Self { action: "https://app.example.org/cb?x=1&y=2".into(), parameters })]
    }
}
