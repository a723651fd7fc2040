//! What a realm's attributes of ours may say: each has one form, and whoever sets another is told so. Reading them later
//! never fails, since writing has checked.

use ledger::note;
use url::Url;

use super::times::{AT_LEAST_EVERY, AUTHORITY, EVERY, LONGEST, REFUSE_WITHOUT, RENEW_BEFORE, WITNESSES};
use super::{
    ERASE_AFTER_DAYS, KEEP_BODIES, LARGEST_BUNDLE, LONGEST_KEPT_DAYS, LONGEST_REPLAY_HOURS, MOST_IN_BUNDLE, ORIGIN,
    PARTICIPANTS, PROFILES, REFUSE_OLD, REFUSE_REPLAYS, REPLAY_HOURS, REPLY_ALGORITHM, ROLES, kept_profiles, profiles,
    witnesses,
};

/// What the names of them all begin with.
pub const PREFIX: &str = "countersign.";

type Check = fn(&str) -> Result<(), String>;

const ALL: &[(&str, Check)] = &[
    (PARTICIPANTS, flag),
    (ROLES, names),
    (PROFILES, |text| profiles(text).map(drop)),
    (REPLAY_HOURS, |text| number(text, LONGEST_REPLAY_HOURS)),
    (REFUSE_REPLAYS, flag),
    (REFUSE_OLD, flag),
    (KEEP_BODIES, flag),
    (ERASE_AFTER_DAYS, |text| number(text, LONGEST_KEPT_DAYS)),
    (MOST_IN_BUNDLE, |text| number(text, LARGEST_BUNDLE)),
    (REPLY_ALGORITHM, algorithm),
    (ORIGIN, origin),
    (WITNESSES, |text| witnesses::witnesses(text).map(drop)),
    (AUTHORITY, url),
    (EVERY, |text| number(text, LONGEST)),
    (AT_LEAST_EVERY, |text| number(text, LONGEST)),
    (RENEW_BEFORE, |text| number(text, LONGEST)),
    (REFUSE_WITHOUT, flag),
];

/// Looks at an attribute whose name begins with [`PREFIX`]; an empty text is none.
///
/// # Errors
/// With the reason, for whoever sets it.
pub fn check(name: &str, text: &str) -> Result<(), String> {
    let Some((name, check)) = ALL.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = ALL.iter().map(|(known, _)| *known).collect();
        let name: String = name.chars().take(LONGEST_NAME).collect();
        return Err(format!("{name}: no attribute of realms; there are {}", known.join(", ")));
    };
    if text.is_empty() { Ok(()) } else { check(text).map_err(|why| format!("{name}: {why}")) }
}

/// The same of what was set before, where a realm is brought along: its own profiles may be such as nobody defines now.
///
/// # Errors
/// As [`check`].
pub fn check_kept(name: &str, text: &str) -> Result<(), String> {
    match name == PROFILES && !text.is_empty() {
        true => kept_profiles(text).map(drop).map_err(|why| format!("{name}: {why}")),
        false => check(name, text),
    }
}

fn flag(text: &str) -> Result<(), String> {
    match text {
        "true" | "false" => Ok(()),
        _ => Err("must be the text true or false".to_owned()),
    }
}

/// A whole number from 1 on, in digits alone.
fn number(text: &str, most: i64) -> Result<(), String> {
    let number = text.parse::<i64>().ok().filter(|number| (1..=most).contains(number) && number.to_string() == text);
    number.map(drop).ok_or_else(|| format!("must be a whole number from 1 to {most}"))
}

fn names(text: &str) -> Result<(), String> {
    let is_name = |name: &str| (1..=LONGEST_NAME).contains(&name.chars().count());
    match text.split(',').map(str::trim).all(is_name) {
        true => Ok(()),
        false => Err(format!("must be names with commas between them, of 1 to {LONGEST_NAME} characters each")),
    }
}

fn algorithm(text: &str) -> Result<(), String> {
    let algorithm = jose::Algorithm::parse(text).filter(|algorithm| algorithm.kty() != jose::KeyType::Oct);
    let is_one = algorithm.is_some_and(|algorithm| algorithm.name() == text);
    if is_one { Ok(()) } else { Err("must be an algorithm of public keys, such as ES256 or RS256".to_owned()) }
}

fn origin(text: &str) -> Result<(), String> {
    match note::is_name(text) && text.len() <= LONGEST_ORIGIN {
        true => Ok(()),
        false => Err(format!("must be 1 to {LONGEST_ORIGIN} characters without blanks and plus signs")),
    }
}

fn url(text: &str) -> Result<(), String> {
    let is_one = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if is_one { Ok(()) } else { Err("must be an absolute URL of http or https".to_owned()) }
}

/// Characters of a participant role's name, at most.
const LONGEST_NAME: usize = 100;
/// Octets of a ledger's name, at most.
pub const LONGEST_ORIGIN: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_would_not_be_read_is_refused_with_the_reason() {
        for (name, odd, why) in [
            (PARTICIPANTS, "yes", "true or false"),
            (ROLES, "LENDER,,AGENT", "names with commas"),
            (PROFILES, "{}", "not a JSON list"),
            (REPLAY_HOURS, "24h", "from 1 to 8784"),
            (REPLAY_HOURS, "0", "from 1 to 8784"),
            (REPLAY_HOURS, "+7", "from 1 to 8784"),
            (REPLAY_HOURS, "8785", "from 1 to 8784"),
            (REFUSE_REPLAYS, "TRUE", "true or false"),
            (REFUSE_OLD, "1", "true or false"),
            (KEEP_BODIES, "no", "true or false"),
            (ERASE_AFTER_DAYS, "-1", "from 1 to 36525"),
            (REPLY_ALGORITHM, "HS256", "public keys"),
            (REPLY_ALGORITHM, "none", "public keys"),
            (ORIGIN, "my ledger", "without blanks"),
            (WITNESSES, "nobody", "is not VKEY URL"),
            (AUTHORITY, "tsa.example", "absolute URL"),
            (AUTHORITY, "file:///tsa", "absolute URL"),
            (EVERY, "ten", "whole number"),
            (AT_LEAST_EVERY, "1.5", "whole number"),
            (REFUSE_WITHOUT, "on", "true or false"),
        ] {
            let refused = check(name, odd).expect_err(odd);
            assert!(refused.starts_with(&format!("{name}: ")) && refused.contains(why), "{refused}");
        }
        assert!(check(&REFUSE_REPLAYS.replace("plays", "play"), "true").is_err_and(|why| why.contains(REFUSE_REPLAYS)));
    }

    #[test]
    fn what_is_read_is_taken_and_so_is_nothing() {
        for (name, good) in [
            (PARTICIPANTS, "true"),
            (ROLES, "LENDER, LOAN_AGENT"),
            (PROFILES, "[]"),
            (REPLAY_HOURS, "8784"),
            (KEEP_BODIES, "false"),
            (ERASE_AFTER_DAYS, "1"),
            (REPLY_ALGORITHM, "EdDSA"),
            (ORIGIN, "ledger.example/net"),
            (AUTHORITY, "http://tsa.example/stamp"),
            (EVERY, "600"),
        ] {
            assert_eq!(check(name, good), Ok(()), "{name}");
        }
        assert!(ALL.iter().all(|(name, _)| check(name, "").is_ok() && name.starts_with(PREFIX)));
    }
}
