//! The end of sessions, and telling clients of it [OIDC-BCL], [KC 1.15].

use domain::{Notice, Result, Writes, ids};
use model::UserSession;

use crate::claims::Claims;
use crate::client_plan::ClientPlan;
use crate::cx::Cx;

impl Cx<'_> {
    /// Ends a session, and has those of its clients told that want to be by back-channel.
    pub async fn end_session(&self, session: &UserSession, writes: &mut Writes) -> Result<()> {
        for part in store::sessions::list_clients(&self.core().store, &session.id, session.offline).await? {
            let Some(client) = self.client_by_id(&part.client_id).await? else { continue };
            if let Some(url) = client.client.attribute("backchannel.logout.url") {
                let token = self.logout_token(&client, session).await?;
                writes.notices.push(Notice { url: url.to_owned(), form: vec![("logout_token", token)] });
            }
        }
        store::sessions::delete(&mut writes.batch, &session.id, session.offline);
        Ok(())
    }

    /// The token that tells a client of it [OIDC-BCL-2.4].
    async fn logout_token(&self, client: &ClientPlan, session: &UserSession) -> Result<String> {
        let mut claims = Claims::default();
        claims.set("exp", self.now() + LOGOUT_TOKEN_LIFESPAN);
        claims.set("iat", self.now());
        claims.set("jti", ids::uuid()?);
        claims.set("iss", self.issuer());
        claims.set("aud", client.client.client_id.as_str());
        claims.set("sub", session.user_id.as_str());
        claims.set("typ", "Logout");
        if client.client.attribute("backchannel.logout.session.required").is_none_or(|v| v == "true") {
            claims.set("sid", session.id.as_str());
        }
        claims.set("events", serde_json::json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        let key = self.signer(client, "id.token.signed.response.alg")?;
        self.sign(key, "logout+jwt", claims).await
    }
}

const LOGOUT_TOKEN_LIFESPAN: i64 = 120;
