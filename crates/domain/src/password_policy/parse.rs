//! From the policy's text to its terms.
//!
//! Terms are split at " and " wherever it stands; what follows the first parenthesis, less one last character, is the
//! setting. A later term of the same name replaces the earlier one's setting.

use super::rule::{Rule, Setting};
use super::{PasswordPolicy, PolicyError, RULES, Term};
use crate::credentials::{HashChoice, UnknownScheme};

/// See [`PasswordPolicy::parse`].
pub(super) fn parse(text: &str) -> Result<PasswordPolicy, PolicyError> {
    let mut terms: Vec<Term> = Vec::new();
    for part in text.split(" and ").map(str::trim).filter(|part| !part.is_empty()) {
        let term = term(part)?;
        match terms.iter_mut().find(|known| known.rule.id == term.rule.id) {
            Some(known) => *known = term,
            None => terms.push(term),
        }
    }
    let mut policy = PasswordPolicy { terms, choice: HashChoice::default() };
    policy.choice = choice(&policy)?;
    Ok(policy)
}

fn term(part: &str) -> Result<Term, PolicyError> {
    let (name, written) = match part.split_once('(') {
        None => (part, None),
        Some((name, rest)) => (name.trim(), Some(but_last(rest))),
    };
    let rule: &'static Rule = RULES.iter().find(|rule| rule.id == name).ok_or(PolicyError::NotFound)?;
    let setting = (rule.read)(written).map_err(|why| PolicyError::Config(rule.id, why))?;
    Ok(Term { rule, written: written.map(str::to_owned), setting })
}

/// The last character is taken for the closing parenthesis, whatever it is.
fn but_last(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next_back();
    chars.as_str()
}

fn choice(policy: &PasswordPolicy) -> Result<HashChoice, PolicyError> {
    let algorithm = policy.setting("hashAlgorithm").and_then(Setting::text);
    let iterations = match policy.setting("hashIterations").and_then(Setting::number) {
        None | Some(-1) => None,
        Some(n) => Some(u32::try_from(n).unwrap_or(0)),
    };
    HashChoice::find(algorithm, iterations).map_err(|why| match why {
        UnknownScheme::Name => PolicyError::Config("hashAlgorithm", "Password hashing provider not found"),
        UnknownScheme::Iterations => PolicyError::Config("hashIterations", "Out of range"),
    })
}
