//! The access token [KC 2.2].

use domain::{Result, ids};

use super::{Issue, Unsigned};
use crate::claims::Claims;
use crate::cx::Cx;
use crate::mappers::{self, Target};
use crate::token_roles::TokenRoles;

/// An access token as issued.
pub struct AccessToken {
    /// The JWT.
    pub token: String,
    /// Its jti.
    pub id: String,
    /// When it ends, in seconds.
    pub expires_at: i64,
    /// Its `aud`, which the refresh token repeats.
    pub audience: Option<serde_json::Value>,
}

/// An access token before its signature.
pub(super) struct AccessDraft {
    pub(super) unsigned: Unsigned,
    pub(super) expires_at: i64,
    id: String,
    audience: Option<serde_json::Value>,
}

impl AccessDraft {
    pub(super) fn sign(self) -> Result<AccessToken> {
        let Self { unsigned, expires_at, id, audience } = self;
        Ok(AccessToken { token: unsigned.sign()?, id, expires_at, audience })
    }
}

impl Issue<'_> {
    /// Issues the access token of a token endpoint.
    pub async fn access_token(&self, cx: &Cx<'_>) -> Result<AccessToken> {
        self.access_token_until(cx, self.access_expires_at(cx)).await
    }

    /// When an access token ends that is issued now, in seconds.
    pub(super) fn access_expires_at(&self, cx: &Cx<'_>) -> i64 {
        self.lifetimes(cx).access_expires_at(self.session.started_at, cx.now())
    }

    /// Issues an access token that ends at a given second.
    pub async fn access_token_until(&self, cx: &Cx<'_>, expires_at: i64) -> Result<AccessToken> {
        let draft = self.access_draft(cx, expires_at).await?;
        let key = draft.unsigned.key.clone();
        cx.core().signing(&[&key], move || draft.sign()).await
    }

    pub(super) async fn access_draft(&self, cx: &Cx<'_>, expires_at: i64) -> Result<AccessDraft> {
        let client = &self.client.client;
        let lightweight = client.switch("client.use.lightweight.access.token.enabled");
        let session = match (&self.session.id, self.session.offline) {
            (None, _) => "tr",
            (Some(_), true) => "of",
            (Some(_), false) => "on",
        };
        let id = format!("{session}{}{}:{}", if lightweight { "lt" } else { "rt" }, self.grant, ids::uuid()?);
        let mut claims = Claims::default();
        claims.set("exp", expires_at);
        claims.set("iat", cx.now());
        claims.set("jti", id.as_str());
        claims.set("iss", cx.issuer());
        claims.set("typ", "Bearer");
        claims.set("azp", client.client_id.as_str());
        if let Some(sid) = &self.session.id {
            claims.set("sid", sid.as_str());
        }
        claims.set("scope", self.granted.named());
        let roles = TokenRoles::new(&cx.plan, self.client, self.granted, self.person);
        let target = if lightweight { Target::LightweightAccess } else { Target::Access };
        mappers::run(&self.subject(cx, &roles, target), self.steps(), &mut claims);
        cx.name_participant(client, self.person, &mut claims).await?;
        let audience = claims.find("aud").cloned();
        let key = cx.signer(self.client, "access.token.signed.response.alg")?;
        let typ = if client.switch("access.token.header.type.rfc9068") { "at+jwt" } else { "JWT" };
        Ok(AccessDraft { unsigned: Unsigned::new(key, typ, claims), expires_at, id, audience })
    }
}
