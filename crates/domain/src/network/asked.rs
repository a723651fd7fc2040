//! Whom outside times were asked of: who is silent is asked ever less often, and what one says without a signature is told
//! to whoever looks after this node, and stops nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::Core;

/// What is known of those who were asked, by ledger and name.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<BTreeMap<(String, String), Silence>>);

#[derive(Clone, Debug, Default)]
struct Silence {
    times: u32,
    until_ms: i64,
    complaint: Option<String>,
}

/// Milliseconds of silence after the first time that nothing came, doubled with each.
const FIRST_MS: i64 = 5_000;
const LONGEST_MS: i64 = 600_000;
/// Beyond, those who are asked no more are forgotten.
const MOST: usize = 1000;

impl Asked {
    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<(String, String), Silence>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Core {
    /// Whether it is time to ask somebody for a ledger's time.
    pub fn may_ask(&self, ledger_id: &str, name: &str) -> bool {
        let now = self.clock.now_ms();
        let key = (ledger_id.to_owned(), name.to_owned());
        self.asked.with(|all| all.get(&key).is_none_or(|silence| silence.until_ms <= now))
    }

    /// Notes that somebody gave a time.
    pub fn heard(&self, ledger_id: &str, name: &str) {
        self.asked.with(|all| all.remove(&(ledger_id.to_owned(), name.to_owned())));
    }

    /// Notes that somebody gave none, and what there is to say of it to whoever looks after this node.
    pub fn heard_nothing(&self, ledger_id: &str, name: &str, complaint: Option<String>) {
        let now = self.clock.now_ms();
        self.asked.with(|all| {
            all.retain(|_, silence| silence.until_ms > now - 2 * LONGEST_MS);
            let key = (ledger_id.to_owned(), name.to_owned());
            if all.len() < MOST || all.contains_key(&key) {
                let silence = all.entry(key).or_default();
                silence.until_ms = now + (FIRST_MS << silence.times.min(7)).min(LONGEST_MS);
                silence.times = silence.times.saturating_add(1);
                silence.complaint = complaint;
            }
        });
    }

    /// Forgets whom nobody asks any more: all but those who are, by ledger and name.
    pub fn keep_asked(&self, is_asked: impl Fn(&str, &str) -> bool) {
        self.asked.with(|all| all.retain(|(ledger_id, name), _| is_asked(ledger_id, name)));
    }

    /// What was said against ledgers, without a signature, and who refuses them, in a sentence each.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.asked.with(|all| all.values().filter_map(|silence| silence.complaint.clone()).collect())
    }
}
