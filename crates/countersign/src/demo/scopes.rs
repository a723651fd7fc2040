//! Tokens that open no more than they must: what a party sends to another is of no use at the server, in nobody's name.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{REALM, Server, text_of};
use crate::commands::Failure;

/// The scope whose tokens open the server's endpoints of signed messages, and the client whose roles it carries.
pub(super) const SCOPE: &str = "message-signing";

impl Server {
    /// Takes the roles of `message-signing` out of the usual tokens of a client; the scope of that name brings them back.
    pub(super) async fn narrow(&self, client: &str) -> Result<(), Failure> {
        let admin = format!("/admin/realms/{REALM}");
        let (own, signing) = (self.client(client).await?, self.client(SCOPE).await?);
        let scope = match self.scope().await? {
            Some(scope) => scope,
            None => {
                let new = json!({"name": SCOPE, "protocol": "openid-connect"});
                self.ask(Method::POST, &format!("{admin}/client-scopes"), Some(new)).await?;
                let scope = self.scope().await?.ok_or("the scope is not there")?;
                let roles = self.ask(Method::GET, &format!("{admin}/clients/{signing}/roles"), None).await?;
                let mappings = format!("{admin}/client-scopes/{scope}/scope-mappings/clients/{signing}");
                self.ask(Method::POST, &mappings, Some(roles)).await?;
                scope
            }
        };
        self.ask(Method::PUT, &format!("{admin}/clients/{own}/optional-client-scopes/{scope}"), None).await?;
        let narrow = json!({"clientId": client, "fullScopeAllowed": false});
        self.ask(Method::PUT, &format!("{admin}/clients/{own}"), Some(narrow)).await?;
        Ok(())
    }

    async fn scope(&self) -> Result<Option<String>, Failure> {
        let scopes = self.ask(Method::GET, &format!("/admin/realms/{REALM}/client-scopes"), None).await?;
        let ours = scopes.as_array().and_then(|all| all.iter().find(|scope| scope["name"] == SCOPE).cloned());
        Ok(ours.map(|scope| text_of(&scope, "id")))
    }

    async fn client(&self, client_id: &str) -> Result<String, Failure> {
        let found = self.ask(Method::GET, &format!("/admin/realms/{REALM}/clients?clientId={client_id}"), None).await?;
        let id = text_of(found.get(0).unwrap_or(&Value::Null), "id");
        if id.is_empty() { Err(format!("the realm has no client {client_id}").into()) } else { Ok(id) }
    }
}
