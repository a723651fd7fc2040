//! Spares callers the wait for a server that is known to be away: without this each message would wait out its own time
//! limit, and a gateway that may pass messages on would pass hardly any.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use crate::clock::{Clock, ms};

/// Whether the server can be reached, as far as calls have shown.
pub(crate) struct Outage {
    clock: Clock,
    /// How long a call may take.
    call_ms: i64,
    /// Calls in a row that got no reply at all.
    failures: AtomicU32,
    /// When the next call may try, once there are enough failures.
    next_ms: AtomicI64,
}

impl Outage {
    pub(crate) fn new(clock: Clock, call: std::time::Duration) -> Self {
        Self { clock, call_ms: ms(call), failures: AtomicU32::new(0), next_ms: AtomicI64::new(i64::MIN) }
    }

    /// Whether a call is worth its time. During an outage one at a time may try.
    pub(crate) fn may_call(&self) -> bool {
        if self.failures.load(Ordering::Relaxed) < ENOUGH {
            return true;
        }
        let now = (self.clock)();
        let next = self.next_ms.load(Ordering::Relaxed);
        let ours = now.saturating_add(self.call_ms);
        now >= next && self.next_ms.compare_exchange(next, ours, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether a call got a reply, whatever it said.
    pub(crate) fn note(&self, replied: bool) {
        if replied {
            self.failures.store(0, Ordering::Relaxed);
        } else {
            // One may be a connection that was just closed; it is tried again at once.
            self.failures.fetch_add(1, Ordering::Relaxed);
            self.next_ms.store((self.clock)().saturating_add(PAUSE_MS), Ordering::Relaxed);
        }
    }
}

const ENOUGH: u32 = 2;
const PAUSE_MS: i64 = 1000;

#[cfg(test)]
mod tests {
    use super::Outage;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    #[test]
    fn a_server_that_gives_no_reply_is_tried_by_one_at_a_time() {
        let now = Arc::new(AtomicI64::new(0));
        let clock = now.clone();
        let outage = Outage::new(Arc::new(move || clock.load(Ordering::Relaxed)), Duration::from_secs(5));
        outage.note(false);
        assert!(outage.may_call(), "one failure is none");
        outage.note(false);
        assert!(!outage.may_call());
        now.store(1000, Ordering::Relaxed);
        assert!(outage.may_call());
        assert!(!outage.may_call(), "somebody is trying");
        now.store(6000, Ordering::Relaxed);
        assert!(outage.may_call(), "who tried was never heard of again");
        outage.note(true);
        assert!(outage.may_call() && outage.may_call());
    }
}
