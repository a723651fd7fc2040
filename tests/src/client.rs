//! A client: an application at the endpoints for clients.

use serde_json::Value;

use crate::ask::Ask;
use crate::forge::claims_of;
use crate::reply::Reply;
use crate::server::Server;

/// A client, with its secret in the form if it has one.
#[derive(Clone)]
pub struct Client<'s> {
    server: &'s Server,
    realm: String,
    /// Its `clientId`.
    pub id: String,
    secret: Option<String>,
}

/// The tokens of an answer; "" for one that isn't there.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The ID token.
    pub id: String,
}

impl Tokens {
    /// Takes them from an answer.
    #[track_caller]
    pub fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status, 200, "{}", reply.body);
        let json = reply.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), id: text("id_token") }
    }

    /// A claim of the access token.
    pub fn claim(&self, name: &str) -> Value {
        claims_of(&self.access)[name].clone()
    }

    /// The session's id.
    pub fn session(&self) -> String {
        self.claim("sid").as_str().unwrap_or_default().to_owned()
    }
}

impl<'s> Client<'s> {
    pub(crate) fn new(server: &'s Server, realm: &str, id: &str, secret: Option<&str>) -> Self {
        Self { server, realm: realm.to_owned(), id: id.to_owned(), secret: secret.map(str::to_owned) }
    }

    /// Posts a form to an endpoint, with the client's proof added.
    pub async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Reply {
        let mut all = vec![("client_id", self.id.as_str())];
        all.extend(self.secret.as_deref().map(|secret| ("client_secret", secret)));
        all.extend(form);
        self.server.ask(Ask::form(self.path(endpoint), &all)).await
    }

    fn path(&self, endpoint: &str) -> String {
        format!("/realms/{}/protocol/openid-connect/{endpoint}", self.realm)
    }

    /// Asks the token endpoint.
    pub async fn token(&self, form: &[(&str, &str)]) -> Reply {
        self.post("token", form).await
    }

    /// Logs a user in by the password grant, with the scopes `openid` and those given.
    pub async fn password_reply(&self, username: &str, password: &str, scope: &str) -> Reply {
        let form = [("grant_type", "password"), ("username", username), ("password", password), ("scope", scope)];
        self.token(&form).await
    }

    /// Logs a user in by the password grant.
    pub async fn password(&self, username: &str, password: &str) -> Tokens {
        Tokens::of(&self.password_reply(username, password, "openid").await)
    }

    /// Redeems a code.
    pub async fn redeem(&self, code: &str, redirect_uri: &str) -> Reply {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)]).await
    }

    /// Refreshes.
    pub async fn refresh(&self, token: &str) -> Reply {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Introspects.
    pub async fn introspect(&self, token: &str) -> Reply {
        self.post("token/introspect", &[("token", token)]).await
    }

    /// Whether introspection calls a token active.
    pub async fn sees_active(&self, token: &str) -> bool {
        self.introspect(token).await.expect(200).json()["active"] == true
    }

    /// Revokes.
    pub async fn revoke(&self, token: &str) -> Reply {
        self.post("revoke", &[("token", token)]).await
    }

    /// Ends a session by its refresh token.
    pub async fn logout(&self, refresh_token: &str) -> Reply {
        self.post("logout", &[("refresh_token", refresh_token)]).await
    }

    /// Asks userinfo with an access token.
    pub async fn userinfo(&self, token: &str) -> Reply {
        self.server.ask(Ask::get(self.path("userinfo")).bearer(token)).await
    }
}
