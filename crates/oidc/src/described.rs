//! What introspection and userinfo tell of a token: kept as text for as long as nothing changed that it depends on.
//!
//! The store is asked about the token each time all the same ([`crate::active`]); what it answers decides whether the
//! text still holds.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::active::ActiveToken;
use crate::cx::Cx;

/// Texts kept, bounded.
pub(crate) struct DescribedTokens {
    by_question: Cache<String, Arc<Described>, Weigh>,
}

struct Described {
    realm_id: String,
    realm_version: i64,
    user_version: i64,
    session_notes: String,
    client_notes: String,
    text: Arc<str>,
}

/// All of them take about this many bytes at the most.
const KEPT_BYTES: u64 = 3 * 1024 * 1024;

impl Default for DescribedTokens {
    fn default() -> Self {
        Self { by_question: Cache::with_weighter(1500, KEPT_BYTES, Weigh) }
    }
}

#[derive(Clone)]
struct Weigh;

impl quick_cache::Weighter<String, Arc<Described>> for Weigh {
    fn weight(&self, question: &String, told: &Arc<Described>) -> u64 {
        (question.len() + told.text.len() + told.session_notes.len() + told.client_notes.len() + 200) as u64
    }
}

impl Cx<'_> {
    /// The text of an answer about a token: kept, or made now. `asker` tells the answers about one token apart.
    pub(crate) fn describe(
        &self,
        asker: &str,
        token: &str,
        active: &ActiveToken,
        make: impl FnOnce() -> String,
    ) -> Arc<str> {
        let question = format!("{asker}\n{token}");
        let kept = &self.oidc.described.by_question;
        if let Some(told) = kept.get(&question)
            && told.realm_version == self.plan.version
            && told.realm_id == self.plan.realm.id
            && told.user_version == active.person.user.version
            && told.session_notes == active.session_notes
            && told.client_notes == active.client_notes
        {
            return Arc::clone(&told.text);
        }
        let told = Described {
            realm_id: self.plan.realm.id.clone(),
            realm_version: self.plan.version,
            user_version: active.person.user.version,
            session_notes: active.session_notes.clone(),
            client_notes: active.client_notes.clone(),
            text: make().into(),
        };
        let text = Arc::clone(&told.text);
        kept.insert(question, Arc::new(told));
        text
    }
}

/// Notes as stored, read.
pub(crate) fn notes(text: &str) -> model::Document {
    model::Document::parse(text).unwrap_or_default()
}
