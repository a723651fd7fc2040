//! Asks whether a client may see what it asked for.

use minijinja::{Value, context};

use crate::render::environment::Page;
use crate::render::messages::{Text, Words};

/// "Grant Access to {client}".
#[derive(Debug, Clone)]
pub struct ConsentPage {
    pub action: String,
    /// Carried in the form, for the answer to belong to this question.
    pub code: String,
    /// The client's name, or its id.
    pub client: Text,
    /// `consent.screen.text` of each scope, as an expression.
    pub scopes: Vec<Text>,
    /// `policyUri` of the client.
    pub policy_url: Option<String>,
    /// `tosUri` of the client.
    pub terms_url: Option<String>,
}

impl Page for ConsentPage {
    const NAME: &'static str = "login-oauth-grant";
    const TEMPLATE: &'static str = include_str!("../../../templates/login-oauth-grant.html");

    fn fields(&self, words: &Words) -> Value {
        context! {
            action => &self.action,
            code => &self.code,
            client => words.text(&self.client),
            scopes => self.scopes.iter().map(|scope| words.text(scope)).collect::<Vec<_>>(),
            policy_url => self.policy_url.as_deref().filter(|url| is_web(url)),
            terms_url => self.terms_url.as_deref().filter(|url| is_web(url)),
        }
    }

    fn samples() -> Vec<(&'static str, Self)> {
        let scopes = [
            "${profileScopeConsentText}",
            "${emailScopeConsentText}",
            "${rolesScopeConsentText}",
            "Read your <reviews>",
        ];
        let plain = Self {
            action: "https://id.example.org/realms/r/login-actions/consent?client_id=app&tab_id=t".into(),
            code: "c0de".into(),
            client: Text::expression("Third-party reader"),
            scopes: scopes.map(Text::expression).to_vec(),
            policy_url: None,
            terms_url: None,
        };
        let documents = Self {
            client: Text::expression("${client_account-console}"),
            policy_url: Some("https://app.example.org/privacy".into()),
            terms_url: Some("https://app.example.org/terms".into()),
            ..plain.clone()
        };
        vec![("with documents", documents), ("plain", plain)]
    }
}

/// A client's links come from whoever registered it; only those to web pages are shown.
fn is_web(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}
