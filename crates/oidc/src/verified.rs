//! Tokens of the realm: their signatures, checked once and remembered.
//!
//! Whether a token still counts is asked of the store each time ([`crate::active`]); only the signature's verdict and
//! the parsed claims are kept, for as long as the realm's configuration is the same.

use std::sync::Arc;

use jose::Compact;
use quick_cache::sync::Cache;

use crate::claims::Claims;
use crate::cx::Cx;

/// A token whose signature one of the realm's keys confirms.
pub struct Verified {
    realm_id: String,
    version: i64,
    /// Its claims.
    pub claims: Claims,
}

/// Verified tokens, bounded.
pub struct VerifiedTokens {
    by_token: Cache<String, Arc<Verified>, Weigh>,
}

/// All of them take about this many bytes at the most.
const KEPT_BYTES: u64 = 11 * 1024 * 1024 / 2;
/// Longer tokens are nobody's.
const LONGEST: usize = 32 * 1024;

impl Default for VerifiedTokens {
    fn default() -> Self {
        Self { by_token: Cache::with_weighter(1500, KEPT_BYTES, Weigh) }
    }
}

#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<String, Arc<Verified>> for Weigh {
    fn weight(&self, token: &String, _: &Arc<Verified>) -> u64 {
        // The text, and its claims as values.
        token.len() as u64 * 4
    }
}

impl Cx<'_> {
    /// Checks a token's signature against the realm's keys, by its `kid` and that key's own kind of algorithm; None
    /// for whatever is not a token of this realm. Says nothing of its lifetime.
    pub fn verify(&self, token: &str) -> Option<Arc<Verified>> {
        if token.len() > LONGEST {
            return None;
        }
        if let Some(kept) = self.oidc.verified.by_token.get(token)
            && kept.version == self.plan.version
            && kept.realm_id == self.plan.realm.id
        {
            return Some(kept);
        }
        let parsed = Compact::parse(token).ok()?;
        let key = self.plan.keys.verifier(parsed.header.kid()?)?;
        parsed.verify(key).ok()?;
        let verified = Arc::new(Verified {
            realm_id: self.plan.realm.id.clone(),
            version: self.plan.version,
            claims: Claims::from_map(parsed.claims().ok()?),
        });
        self.oidc.verified.by_token.insert(token.to_owned(), Arc::clone(&verified));
        Some(verified)
    }
}
