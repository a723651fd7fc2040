//! Tokens: what is issued, and the answer that carries it [RFC6749-5.1], [KC 2].

mod access;
mod id;
mod refresh;
mod unsigned;

use domain::{Person, Result, lifetimes::Lifetimes};
use jose::SigningKey;
use model::{Document, Event};
use serde_json::{Map, Value};

use crate::claims::Claims;
use crate::client_plan::{ClientPlan, Step};
use crate::cx::Cx;
use crate::mappers::{self, Subject, Target};
use crate::scope::Granted;
use crate::token_roles::TokenRoles;

pub use id::Hashes;
use unsigned::Unsigned;

/// The session that tokens are issued for.
#[derive(Clone, Debug)]
pub struct SessionFacts {
    /// Its id; None for tokens without a session.
    pub id: Option<String>,
    /// Whether it is an offline one.
    pub offline: bool,
    /// Whether "Remember me" was ticked.
    pub remember_me: bool,
    /// When it began, in seconds.
    pub started_at: i64,
    /// The user session's notes.
    pub notes: Document,
    /// The client session's notes.
    pub client_notes: Document,
}

/// What tokens are issued for.
pub struct Issue<'a> {
    /// The client.
    pub client: &'a ClientPlan,
    /// The user or service account.
    pub person: &'a Person,
    /// The session.
    pub session: &'a SessionFacts,
    /// The scopes.
    pub granted: &'a Granted<'a>,
    /// The grant's two letters in the token's jti [KC 2.2].
    pub grant: &'static str,
    /// The nonce for the ID token.
    pub nonce: Option<&'a str>,
    /// Whether to issue a refresh token.
    pub refresh: Refresh,
}

/// Which refresh token goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// None.
    No,
    /// One that carries these scopes; where the realm rotates, in the chain of that id.
    Yes {
        /// The refresh token's own scopes, which may be more than the access token's.
        scope: String,
        /// The refresh token's id.
        id: String,
        /// The chain, where the realm rotates.
        chain: Option<String>,
    },
}

/// Tokens as issued.
pub struct Issued {
    /// The answer's members.
    pub body: Map<String, Value>,
    /// The access token's jti.
    pub access_id: String,
}

impl<'a> Issue<'a> {
    pub(crate) fn lifetimes(&self, cx: &'a Cx<'_>) -> Lifetimes<'a> {
        Lifetimes {
            realm: &cx.plan.realm,
            client: &self.client.client,
            offline: self.session.offline,
            remember_me: self.session.remember_me,
        }
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &'a Step> {
        steps(self.client, self.granted)
    }

    pub(crate) fn subject(&'a self, cx: &'a Cx<'a>, roles: &'a TokenRoles<'a>, target: Target) -> Subject<'a> {
        Subject {
            cx,
            client: self.client,
            person: self.person,
            session_id: self.session.id.as_deref(),
            session_notes: &self.session.notes,
            client_notes: &self.session.client_notes,
            roles,
            target,
        }
    }

    /// Issues the tokens of a token endpoint's answer.
    pub async fn answer(&self, cx: &Cx<'_>, event: &mut Event) -> Result<Issued> {
        let draft = self.access_draft(cx, self.access_expires_at(cx)).await?;
        let id_draft = match self.granted.openid {
            true => Some(self.id_draft(cx, draft.expires_at, self.nonce, &Hashes::default())?),
            false => None,
        };
        let (access, id_token) = self.sign_both(cx, draft, id_draft).await?;
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("access_token", access.token.into());
        put("expires_in", (access.expires_at - cx.now()).into());
        event.detail("token_id", access.id.clone());
        match &self.refresh {
            Refresh::No => {
                put("refresh_expires_in", 0.into());
            }
            Refresh::Yes { scope, id, chain } => {
                let refresh = self.refresh_token(cx, access.audience.as_ref(), scope, id, chain.as_deref()).await?;
                put("refresh_expires_in", refresh.expires_at.map_or(0, |at| at - cx.now()).into());
                put("refresh_token", refresh.token.into());
                event.detail("refresh_token_id", id.clone());
                event.detail("refresh_token_type", if self.session.offline { "Offline" } else { "Refresh" });
            }
        }
        let lower = self.client.client.switch("token.response.type.bearer.lower-case");
        put("token_type", if lower { "bearer" } else { "Bearer" }.into());
        if let Some(id_token) = id_token {
            put("id_token", id_token.into());
        }
        put("not-before-policy", cx.plan.realm.not_before.max(self.client.client.not_before).into());
        if let Some(id) = &self.session.id {
            put("session_state", id.clone().into());
        }
        let scope = self.granted.named();
        event.detail("scope", scope.clone());
        put("scope", scope.into());
        self.add_mapped_members(cx, &mut body);
        Ok(Issued { body, access_id: access.id })
    }

    /// Members that mappers put into the answer itself; none takes the place of a member that is there [KC 3.1].
    fn add_mapped_members(&self, cx: &Cx<'_>, body: &mut Map<String, Value>) {
        if !self.steps().any(|step| step.goes_into(Target::TokenResponse)) {
            return;
        }
        let roles = TokenRoles::new(&cx.plan, self.client, self.granted, self.person);
        let mut claims = Claims::default();
        mappers::run(&self.subject(cx, &roles, Target::TokenResponse), self.steps(), &mut claims);
        for (name, value) in claims.into_map() {
            body.entry(name).or_insert(value);
        }
    }
}

/// The mappers of a client and of the scopes granted to it.
pub fn steps<'a>(client: &'a ClientPlan, granted: &'a Granted<'a>) -> impl Iterator<Item = &'a Step> {
    client.steps.iter().chain(granted.scopes.iter().flat_map(|s| s.steps.iter()))
}

impl Cx<'_> {
    /// The key that signs a client's tokens of a kind: the client's own choice of algorithm, or the realm's.
    pub(crate) fn signer(&self, client: &ClientPlan, attribute: &str) -> Result<&SigningKey> {
        let algorithm = client.client.attribute(attribute).unwrap_or(&self.plan.realm.default_signature_algorithm);
        self.signer_of(algorithm)
    }

    /// The realm's key for an algorithm.
    pub(crate) fn signer_of(&self, algorithm: &str) -> Result<&SigningKey> {
        self.plan.keys.signer(algorithm).ok_or_else(|| domain::Error::MissingKey(algorithm.to_owned()))
    }

    /// Signs claims as a JWT.
    pub(crate) async fn sign(&self, key: &SigningKey, typ: &str, claims: Claims) -> Result<String> {
        let draft = Unsigned::new(key, typ, claims);
        self.core().signing(&[key], move || draft.sign()).await
    }
}
