//! The realm's `passwordPolicy`: one text of terms joined by " and ", such as `length(8) and notUsername(undefined)`.
//!
//! Each term is one file under `rules` and one line in [`RULES`]. Messages, their keys and the wording of refused
//! policies are Keycloak's (`[KC]` 26.7.4, asked). Three differences: `regexPattern` knows look-around only at its
//! beginning and no back-references; a policy whose hashing would cost seconds is refused when it is set; a term
//! Keycloak fails over (`digits(x)`, `forceExpiredPasswordChange(x)`) is refused like its neighbours.
//!
//! Comparing with earlier passwords means hashing, so it is a step of its own: [`PasswordPolicy::check_earlier`],
//! to be run in the [`Hasher`](crate::credentials::Hasher).

mod earlier;
mod parse;
mod pattern;
mod rule;
mod rules;
#[cfg(test)]
mod tests;

pub use earlier::Earlier;
pub use rule::{Blacklists, NoBlacklists, Rule, Subject, Violation};
pub use rules::RULES;

use crate::credentials::HashChoice;
use rule::Setting;

/// A realm's password policy, read.
#[derive(Debug, Clone, Default)]
pub struct PasswordPolicy {
    /// In the order of the text.
    terms: Vec<Term>,
    choice: HashChoice,
}

#[derive(Clone)]
struct Term {
    rule: &'static Rule,
    /// As written between the parentheses; `None` without parentheses.
    written: Option<String>,
    setting: Setting,
}

impl PasswordPolicy {
    /// Reads the text; an empty one is the policy that allows everything.
    ///
    /// # Errors
    /// An unknown term, or one whose setting can't be used; the message is the `errorMessage` to answer.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        parse::parse(text)
    }

    /// Checks a new password by every rule that needs no hashing. One violation is reported, the first in the order
    /// of [`RULES`].
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn check(&self, subject: &Subject<'_>, password: &str) -> Result<(), Violation> {
        for rule in RULES {
            let Some(setting) = self.setting(rule.id) else { continue };
            if let Some(violation) = (rule.check)(setting, subject, password) {
                return Err(violation);
            }
        }
        Ok(())
    }

    /// What new hashes are made with: `hashAlgorithm`, `hashIterations`.
    #[must_use]
    pub fn hash_choice(&self) -> HashChoice {
        self.choice
    }

    /// Days after which a password must be changed: `forceExpiredPasswordChange`.
    #[must_use]
    pub fn expires_after_days(&self) -> Option<u32> {
        self.count("forceExpiredPasswordChange")
    }

    /// Seconds after a login within which a password may be changed without a new one: `maxAuthAge`.
    #[must_use]
    pub fn max_auth_age(&self) -> Option<u32> {
        self.count("maxAuthAge")
    }

    /// Number of recovery codes left at which the user is warned: `recoveryCodesWarningThreshold`.
    #[must_use]
    pub fn recovery_codes_warning_threshold(&self) -> Option<u32> {
        self.count("recoveryCodesWarningThreshold")
    }

    /// The list named by `passwordBlacklist`, for whoever loads it.
    #[must_use]
    pub fn blacklist(&self) -> Option<&str> {
        self.setting("passwordBlacklist").and_then(Setting::text)
    }

    fn setting(&self, id: &str) -> Option<&Setting> {
        self.terms.iter().find(|term| term.rule.id == id).map(|term| &term.setting)
    }

    /// A number that isn't negative: minus one switches a rule off.
    fn count(&self, id: &str) -> Option<u32> {
        self.setting(id).and_then(Setting::number).and_then(|n| u32::try_from(n).ok())
    }
}

/// The text as Keycloak gives it back: terms once each, the last setting of each, in the order of first mention.
impl std::fmt::Display for PasswordPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, term) in self.terms.iter().enumerate() {
            let joint = if i == 0 { "" } else { " and " };
            match term.written.as_deref() {
                None | Some("") => write!(f, "{joint}{}", term.rule.id)?,
                Some(written) => write!(f, "{joint}{}({written})", term.rule.id)?,
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({:?})", self.rule.id, self.written)
    }
}

/// A policy text that can't be used; displays as Keycloak's `errorMessage`, to be answered with status 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No rule of that name.
    #[error("Password policy not found")]
    NotFound,
    /// A rule's setting can't be used.
    #[error("Invalid config for {0}: {1}")]
    Config(&'static str, &'static str),
}
