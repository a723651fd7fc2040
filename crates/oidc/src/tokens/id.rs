//! The ID token [OIDCC-2], [KC 2.3].

use domain::{Result, ids};
use jose::{Algorithm, left_half};

use super::{Issue, Unsigned};
use crate::claims::Claims;
use crate::cx::Cx;
use crate::mappers::{self, Target};
use crate::token_roles::TokenRoles;

/// What the ID token vouches for beside itself [OIDCC-3.3.2.11].
#[derive(Clone, Copy, Default)]
pub struct Hashes<'a> {
    /// The access token, for `at_hash`.
    pub access_token: Option<&'a str>,
    /// The code, for `c_hash`.
    pub code: Option<&'a str>,
    /// The state, for `s_hash`.
    pub state: Option<&'a str>,
}

impl Issue<'_> {
    /// Issues an ID token.
    pub async fn id_token(
        &self,
        cx: &Cx<'_>,
        expires_at: i64,
        nonce: Option<&str>,
        hashes: &Hashes<'_>,
    ) -> Result<String> {
        let draft = self.id_draft(cx, expires_at, nonce, hashes)?;
        let key = draft.key.clone();
        let signed = cx.core().signing(&[&key], move || draft.sign()).await?;
        self.id_encrypted(cx, signed).await
    }

    pub(super) fn id_draft(
        &self,
        cx: &Cx<'_>,
        expires_at: i64,
        nonce: Option<&str>,
        hashes: &Hashes<'_>,
    ) -> Result<Unsigned> {
        let client = &self.client.client;
        let key = cx.signer(self.client, "id.token.signed.response.alg")?;
        let mut claims = Claims::default();
        claims.set("exp", expires_at);
        claims.set("iat", cx.now());
        claims.set("jti", ids::uuid()?);
        claims.set("iss", cx.issuer());
        claims.set("aud", client.client_id.as_str());
        claims.set("sub", self.person.user.id.as_str());
        claims.set("typ", "ID");
        claims.set("azp", client.client_id.as_str());
        if let Some(nonce) = nonce {
            claims.set("nonce", nonce);
        }
        if let Some(sid) = &self.session.id {
            claims.set("sid", sid.as_str());
        }
        let algorithm: Algorithm = key.algorithm();
        let parts = [("at_hash", hashes.access_token), ("c_hash", hashes.code), ("s_hash", hashes.state)];
        for (name, value) in parts {
            if let Some(value) = value {
                claims.set(name, left_half(algorithm, value.as_bytes()));
            }
        }
        let roles = TokenRoles::new(&cx.plan, self.client, self.granted, self.person);
        mappers::run(&self.subject(cx, &roles, Target::Id), self.steps(), &mut claims);
        cx.name_no_participant(&mut claims);
        Ok(Unsigned::new(key, "JWT", claims))
    }

    /// An ID token as the client wants it: encrypted, or as it is.
    pub(super) async fn id_encrypted(&self, cx: &Cx<'_>, signed: String) -> Result<String> {
        match self.client.client.attribute("id.token.encrypted.response.alg") {
            Some(alg) => {
                crate::encryption::encrypt_for(cx, self.client, alg, "id.token.encrypted.response.enc", &signed).await
            }
            None => Ok(signed),
        }
    }
}
