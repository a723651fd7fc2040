//! The two rules about a user's earlier passwords, `passwordHistory` and `passwordAge`, which need hashing.

use super::PasswordPolicy;
use super::rule::{Setting, Violation};
use crate::credentials::PasswordHash;

/// A password the user has or had.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Its hash.
    pub hash: PasswordHash,
    /// When it was set, in seconds since 1970.
    pub set_at: i64,
}

impl PasswordPolicy {
    /// Whether the policy looks at earlier passwords at all.
    #[must_use]
    pub fn compares_earlier(&self) -> bool {
        self.setting("passwordHistory").is_some() || self.setting("passwordAge").is_some()
    }

    /// Checks that a new password is none of the earlier ones that the policy forbids. `earlier` begins with the
    /// current one, then goes back in time; `same` compares the new password with a hash.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn check_earlier(
        &self,
        earlier: &[Earlier],
        now: i64,
        mut same: impl FnMut(&PasswordHash) -> bool,
    ) -> Result<(), Violation> {
        let history = self.setting("passwordHistory").filter(|_| self.count("passwordHistory").is_some());
        let age = self.count("passwordAge");
        for (back, password) in earlier.iter().enumerate() {
            let recent = history.filter(|_| self.within_history(back));
            let young = age.is_some_and(|days| back == 0 || is_younger(password, days, now));
            if (recent.is_none() && !young) || !same(&password.hash) {
                continue;
            }
            return Err(recent.map_or_else(too_young, too_recent));
        }
        Ok(())
    }

    /// Whether a password that is no longer the current one is to be kept for later comparisons. `back` is 1 for the
    /// one just replaced.
    #[must_use]
    pub fn keeps(&self, back: usize, password: &Earlier, now: i64) -> bool {
        let young = self.count("passwordAge").is_some_and(|days| is_younger(password, days, now));
        back < MAX_KEPT && (self.within_history(back) || young)
    }

    /// The current password is compared even under `passwordHistory(0)`.
    fn within_history(&self, back: usize) -> bool {
        self.count("passwordHistory").is_some_and(|last| back < (last as usize).max(1))
    }
}

fn is_younger(password: &Earlier, days: u32, now: i64) -> bool {
    now.saturating_sub(password.set_at) < i64::from(days).saturating_mul(86_400)
}

fn too_recent(setting: &Setting) -> Violation {
    let english = "Invalid password: must not be equal to any of last {0} passwords.";
    Violation::counted("invalidPasswordHistoryMessage", english, setting)
}

fn too_young() -> Violation {
    let english = "Invalid password: new password does not match password policies.";
    Violation::plain("invalidPasswordGenericMessage", english)
}

/// However long the history a policy asks for, each password kept costs a hash at every change.
const MAX_KEPT: usize = 100;
