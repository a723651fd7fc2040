//! The refresh token [KC 2.4]: signed with the realm's HS512 key, since nobody but the realm reads it.

use domain::Result;

use super::Issue;
use crate::claims::Claims;
use crate::cx::Cx;

/// A refresh token as issued.
pub struct RefreshToken {
    /// The JWT.
    pub token: String,
    /// When it ends, in seconds; None for never.
    pub expires_at: Option<i64>,
}

impl Issue<'_> {
    pub(super) async fn refresh_token(
        &self,
        cx: &Cx<'_>,
        audience: Option<&serde_json::Value>,
        scope: &str,
        id: &str,
        chain: Option<&str>,
    ) -> Result<RefreshToken> {
        let expires_at = self.lifetimes(cx).refresh_expires_at(self.session.started_at, cx.now());
        let issuer = cx.issuer();
        let mut claims = Claims::default();
        if let Some(at) = expires_at {
            claims.set("exp", at);
        }
        claims.set("iat", cx.now());
        claims.set("jti", id);
        claims.set("iss", issuer.as_str());
        claims.set("aud", issuer);
        if !self.client.client.switch("client.use.lightweight.access.token.enabled") {
            claims.set("sub", self.person.user.id.as_str());
        }
        claims.set("typ", if self.session.offline { "Offline" } else { "Refresh" });
        claims.set("azp", self.client.client.client_id.as_str());
        if let Some(sid) = &self.session.id {
            claims.set("sid", sid.as_str());
        }
        claims.set("scope", scope);
        if let Some(audience) = audience {
            claims.set("aud_x", audience.clone());
        }
        claims.set("prov", "default");
        if let Some(chain) = chain {
            claims.set("reuse_id", chain);
        }
        let key = cx.signer_of("HS512")?;
        Ok(RefreshToken { token: cx.sign(key, "JWT", claims).await?, expires_at })
    }
}
