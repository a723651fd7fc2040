//! Protection against guessing: failures are counted, and from a number on they lock the user out [KC 4.2].
//!
//! The count is a conditional write on the row that was read, so that parallel tries can't slip by one another.

use model::{BruteForce, BruteForceStrategy, LoginFailure, User};

use crate::{Core, Error, Plan, Result, Writes};

/// Whether a user may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// They may.
    Open,
    /// Not before a while has passed.
    Temporary,
    /// Not before an administrator helps.
    Permanent,
}

/// Whether the failures lock the user out now.
pub fn lock(failure: Option<&LoginFailure>, user: &User, now: i64) -> Lock {
    match failure {
        Some(f) if f.locked_until_at == i64::MAX => Lock::Permanent,
        Some(f) if f.locked_until_at > now => Lock::Temporary,
        _ if !user.enabled && user.attribute(DISABLED_REASON) == [PERMANENT] => Lock::Permanent,
        _ => Lock::Open,
    }
}

/// The attribute that says why a user was disabled.
pub const DISABLED_REASON: &str = "disabledReason";
/// Its value for a permanent lockout.
pub const PERMANENT: &str = "permanentLockout";

/// The failures after one more.
pub fn after_failure(b: &BruteForce, before: Option<&LoginFailure>, ip: &str, now_ms: i64) -> LoginFailure {
    let mut f = before.cloned().unwrap_or_default();
    let now = now_ms / 1000;
    let since = now_ms - f.last_failure_ms;
    if f.last_failure_ms > 0 && since > b.max_delta.saturating_mul(1000) {
        f.failures = 0;
        f.temporary_lockouts = 0;
    }
    let quick = f.last_failure_ms > 0 && since < b.quick_check_ms;
    f.failures += 1;
    f.last_failure_ms = now_ms;
    ip.clone_into(&mut f.last_ip);
    let factor = b.failure_factor.max(1);
    if b.permanent && b.max_temporary_lockouts == 0 {
        if f.failures >= factor {
            f.locked_until_at = i64::MAX;
            return f;
        }
    } else {
        let wait = match b.strategy {
            BruteForceStrategy::Multiple => b.wait_increment.saturating_mul(f.failures / factor),
            BruteForceStrategy::Linear => b.wait_increment.saturating_mul((f.failures - factor + 1).max(0)),
        };
        if wait > 0 {
            f.temporary_lockouts += 1;
            f.locked_until_at = match b.permanent && f.temporary_lockouts > b.max_temporary_lockouts {
                true => i64::MAX,
                false => now.saturating_add(wait.min(b.max_wait)),
            };
            return f;
        }
    }
    if quick {
        f.locked_until_at = f.locked_until_at.max(now.saturating_add(b.quick_wait.min(b.max_wait)));
    }
    f
}

impl Core {
    /// Whether the realm's protection keeps a user out at this moment.
    pub async fn lock(&self, plan: &Plan, user: &User) -> Result<Lock> {
        if !plan.realm.brute_force.protected || user.service_account.is_some() {
            return Ok(Lock::Open);
        }
        let failure = store::logins::failures(&self.store, &plan.realm.id, &user.id).await?;
        Ok(lock(failure.as_ref(), user, self.clock.now_ms() / 1000))
    }

    /// Counts a failure, on its own and at once, whatever becomes of the request.
    pub async fn count_failure(&self, plan: &Plan, user: &User, ip: &str) -> Result<()> {
        let b = &plan.realm.brute_force;
        if !b.protected || user.service_account.is_some() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let before = store::logins::failures(&self.store, &plan.realm.id, &user.id).await?;
            let now_ms = self.clock.now_ms();
            if lock(before.as_ref(), user, now_ms / 1000) != Lock::Open {
                return Ok(()); // A locked user's tries don't count on.
            }
            let after = after_failure(b, before.as_ref(), ip, now_ms);
            let mut writes = Writes::default();
            store::logins::save_failures(&mut writes.batch, &plan.realm.id, &user.id, before.as_ref(), &after);
            if after.locked_until_at == i64::MAX {
                // As they are now: the write is conditional on the version read.
                if let Some(user) = store::users::find(&self.store, &plan.realm.id, &user.id).await? {
                    disable(&mut writes, plan, &user, after.failures);
                }
            }
            match writes.commit(self, plan, ip).await {
                Err(Error::Lost(_)) => {}
                done => return done,
            }
        }
        tracing::warn!(user = %user.id, "a failed login was not counted: too many at the same moment");
        Ok(())
    }

    /// Forgets the failures after a success, unless they lock the user out by now: of many guesses at once, the right
    /// one must not slip by. Where more failures come in between, the write is lost and all is decided anew.
    pub async fn clear_failures(&self, plan: &Plan, user: &User, writes: &mut Writes) -> Result<Lock> {
        if !plan.realm.brute_force.protected || user.service_account.is_some() {
            return Ok(Lock::Open);
        }
        let realm_id = &plan.realm.id;
        let Some(read) = store::logins::failures(&self.store, realm_id, &user.id).await? else { return Ok(Lock::Open) };
        let lock = lock(Some(&read), user, self.clock.now_ms() / 1000);
        if lock == Lock::Open {
            store::logins::clear_failures_read(&mut writes.batch, realm_id, &user.id, &read);
        }
        Ok(lock)
    }
}

fn disable(writes: &mut Writes, plan: &Plan, user: &User, failures: i64) {
    let mut user = user.clone();
    user.enabled = false;
    let mut attributes = user.doc.object("attributes").cloned().unwrap_or_default();
    attributes.insert(DISABLED_REASON.to_owned(), serde_json::json!([PERMANENT]));
    user.doc.set("attributes", attributes);
    store::users::update(&mut writes.batch, &plan.realm.id, &user, !plan.realm.duplicate_emails_allowed);
    let mut event = model::Event::new(model::EventType::UserDisabledByPermanentLockout);
    event.user_id = Some(user.id);
    event.detail("reason", "brute_force_attack detected").detail("num_failures", failures.to_string());
    writes.events.push(event);
}

const TRIES: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn protection() -> BruteForce {
        BruteForce {
            protected: true,
            permanent: false,
            max_temporary_lockouts: 0,
            strategy: BruteForceStrategy::Multiple,
            max_wait: 900,
            quick_wait: 60,
            wait_increment: 60,
            quick_check_ms: 1000,
            max_delta: 43200,
            failure_factor: 3,
        }
    }

    fn fail(b: &BruteForce, times: usize, apart_ms: i64) -> LoginFailure {
        let mut f = None;
        for n in 0..times {
            let now = 1_000_000 + i64::try_from(n).unwrap() * apart_ms;
            f = Some(after_failure(b, f.as_ref(), "192.0.2.1", now));
        }
        f.unwrap()
    }

    #[test]
    fn the_third_failure_of_three_locks_for_one_increment() {
        let f = fail(&protection(), 3, 2000);
        assert_eq!((f.failures, f.temporary_lockouts, f.locked_until_at), (3, 1, 1004 + 60));
    }

    #[test]
    fn two_failures_in_quick_succession_lock_for_the_quick_wait() {
        let b = BruteForce { failure_factor: 30, ..protection() };
        assert_eq!(fail(&b, 2, 10).locked_until_at, 1000 + 60);
        assert_eq!(fail(&b, 2, 1500).locked_until_at, 0);
    }

    #[test]
    fn a_permanent_lockout_never_ends() {
        let b = BruteForce { permanent: true, ..protection() };
        assert_eq!(fail(&b, 3, 5000).locked_until_at, i64::MAX);
    }

    #[test]
    fn old_failures_are_forgotten() {
        assert_eq!(fail(&protection(), 4, 43_201_000).failures, 1);
    }
}
