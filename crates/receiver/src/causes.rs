//! How often the cause of a signature that doesn't match is looked for: each search costs several verifications, and
//! anybody with a token can cause one.

use std::sync::{Mutex, PoisonError};

/// Searches of the present minute.
#[derive(Debug, Default)]
pub(crate) struct Causes(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    number: i64,
    searches: u32,
}

impl Causes {
    /// Whether one more may be made.
    pub(crate) fn may_search(&self, now_ms: i64) -> bool {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now_ms.div_euclid(60_000);
        if minute.number != number {
            *minute = Minute { number, searches: 0 };
        }
        minute.searches = minute.searches.saturating_add(1);
        minute.searches <= MOST
    }
}

/// A minute; as many as the server makes for a caller.
const MOST: u32 = 600;

#[cfg(test)]
mod tests {
    use super::{Causes, MOST};

    #[test]
    fn causes_are_looked_for_so_often_a_minute_and_no_more() {
        let causes = Causes::default();
        assert!((0..MOST).all(|_| causes.may_search(59_999)));
        assert!(!causes.may_search(59_999));
        assert!(causes.may_search(60_000));
    }
}
