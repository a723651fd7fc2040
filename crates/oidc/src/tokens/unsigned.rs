//! A JWT before its signature.

use domain::Result;
use jose::{SigningKey, left_half};

use super::Issue;
use super::access::{AccessDraft, AccessToken};
use crate::claims::Claims;
use crate::cx::Cx;

/// Claims, and what will sign them.
pub(crate) struct Unsigned {
    pub(super) key: SigningKey,
    header: String,
    claims: Claims,
}

impl Unsigned {
    pub(super) fn new(key: &SigningKey, typ: &str, claims: Claims) -> Self {
        Self { key: key.clone(), header: jose::jws::header(key, Some(typ)), claims }
    }

    pub(super) fn sign(&self) -> Result<String> {
        Ok(jose::jws::encode(&self.header, &self.claims.to_bytes(), &self.key)?)
    }
}

impl Issue<'_> {
    /// Signs the access token, and the ID token that vouches for it [OIDCC-3.1.3.6].
    pub(super) async fn sign_both(
        &self,
        cx: &Cx<'_>,
        access: AccessDraft,
        id: Option<Unsigned>,
    ) -> Result<(AccessToken, Option<String>)> {
        let keys = (access.unsigned.key.clone(), id.as_ref().unwrap_or(&access.unsigned).key.clone());
        let work = move || {
            let access = access.sign()?;
            let Some(mut id) = id else { return Ok((access, None)) };
            id.claims.set("at_hash", left_half(id.key.algorithm(), access.token.as_bytes()));
            Ok((access, Some(id.sign()?)))
        };
        let (access, id) = cx.core().signing(&[&keys.0, &keys.1], work).await?;
        match id {
            Some(id) => Ok((access, Some(self.id_encrypted(cx, id).await?))),
            None => Ok((access, None)),
        }
    }
}
