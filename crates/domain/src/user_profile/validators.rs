//! What values of an attribute may be: each validator one line here, with Keycloak's id and message keys [KC 4.7].

use std::sync::LazyLock;

use model::Document;
use regex::Regex;
use serde_json::{Value, json};

/// What is wrong: the message's key, and what stands for its places after the attribute's name.
type Wrong = Option<(&'static str, Vec<Value>)>;

/// One kind of test.
pub struct Validator {
    /// Its name among an attribute's `validations`.
    pub id: &'static str,
    pub(super) check: fn(&[String], &Document) -> Wrong,
}

const fn row(id: &'static str, check: fn(&[String], &Document) -> Wrong) -> Validator {
    Validator { id, check }
}

/// Every validator.
pub const VALIDATORS: &[Validator] = &[
    row("length", length),
    row("email", email),
    row("integer", integer),
    row("double", double),
    row("pattern", pattern),
    row("uri", uri),
    row("options", options),
    row("multivalued", multivalued),
    row("iso-date", iso_date),
    row("local-date", iso_date),
    row("not-blank", not_blank),
    row("not-empty", not_blank),
    row("person-name-prohibited-characters", person_name),
    row("username-prohibited-characters", username),
    row("up-username-not-idn-homograph", homograph),
    row("organization-member-validator", |_, _| None),
];

fn length(values: &[String], config: &Document) -> Wrong {
    let (min, max) = (config.int("min"), config.int("max"));
    let wrong = values.iter().any(|value| {
        let trimmed = if config.flag("trim-disabled") { value.as_str() } else { value.trim() };
        let length = i64::try_from(trimmed.chars().map(char::len_utf16).sum::<usize>()).unwrap_or(i64::MAX);
        min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max)
    });
    let message = match (min, max) {
        (Some(_), Some(_)) => "error-invalid-length",
        (Some(_), None) => "error-invalid-length-too-short",
        _ => "error-invalid-length-too-long",
    };
    wrong.then(|| (message, vec![json!(min), json!(max)]))
}

fn email(values: &[String], _: &Document) -> Wrong {
    let wrong = values.iter().find(|value| !is_email(value))?;
    Some(("error-invalid-email", vec![json!(wrong)]))
}

/// Whether a text has the form of an e-mail address [RFC5321-4.1.2], without quoted names and literal addresses.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom =
        |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c));
    let label = |label: &str| {
        (1..=63).contains(&label.chars().count())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local.chars().count() <= 64
        && local.split('.').all(atom)
        && domain.chars().count() <= 255
        && domain.split('.').all(label)
}

fn integer(values: &[String], config: &Document) -> Wrong {
    number(values, config, |text| text.parse::<i64>().ok().map(|n| n as f64))
}

fn double(values: &[String], config: &Document) -> Wrong {
    number(values, config, |text| text.parse::<f64>().ok().filter(|n| n.is_finite()))
}

fn number(values: &[String], config: &Document, parse: fn(&str) -> Option<f64>) -> Wrong {
    let bound = |name: &str| match config.0.get(name)? {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    let (min, max): (Option<f64>, Option<f64>) = (bound("min"), bound("max"));
    for value in values {
        let Some(number) = parse(value.trim()) else { return Some(("error-invalid-number", vec![json!(value)])) };
        if min.is_some_and(|min| number < min) || max.is_some_and(|max| number > max) {
            let message = match (min, max) {
                (Some(_), Some(_)) => "error-number-out-of-range",
                (Some(_), None) => "error-number-out-of-range-too-small",
                _ => "error-number-out-of-range-too-big",
            };
            let given = |name: &str| config.0.get(name).cloned().unwrap_or(Value::Null);
            return Some((message, vec![given("min"), given("max")]));
        }
    }
    None
}

fn pattern(values: &[String], config: &Document) -> Wrong {
    // A pattern that can't be used refuses nothing: the administrator is told when setting it.
    let whole = Regex::new(&format!("^(?:{})$", config.text("pattern")?)).ok()?;
    let wrong = values.iter().any(|value| !whole.is_match(value));
    wrong.then(|| ("error-pattern-no-match", vec![json!(config.text("pattern"))]))
}

fn uri(values: &[String], config: &Document) -> Wrong {
    let schemes = match config.texts("allowedSchemes") {
        given if given.is_empty() => vec!["http".to_owned(), "https".to_owned()],
        given => given,
    };
    values.iter().find_map(|value| match url::Url::parse(value) {
        Err(_) => Some(("error-invalid-uri", vec![json!(value)])),
        Ok(url) if !schemes.iter().any(|s| s == url.scheme()) => {
            Some(("error-invalid-uri-scheme", vec![json!(value), json!(url.scheme())]))
        }
        Ok(url) if config.0.get("allowFragment") == Some(&json!(false)) && url.fragment().is_some() => {
            Some(("error-invalid-uri-fragment", vec![json!(value)]))
        }
        Ok(_) => None,
    })
}

fn options(values: &[String], config: &Document) -> Wrong {
    let options = config.texts("options");
    let wrong = values.iter().any(|value| !options.contains(value));
    wrong.then(|| ("error-invalid-value", Vec::new()))
}

fn multivalued(values: &[String], config: &Document) -> Wrong {
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let (min, max) = (config.int_or("min", 0), config.int("max"));
    let wrong = count < min || max.is_some_and(|max| count > max);
    wrong.then(|| ("error-invalid-multivalued-size", vec![json!(min), json!(max)]))
}

fn iso_date(values: &[String], _: &Document) -> Wrong {
    let wrong = values.iter().any(|value| value.trim().parse::<jiff::civil::Date>().is_err());
    wrong.then(|| ("error-invalid-date", Vec::new()))
}

fn not_blank(values: &[String], _: &Document) -> Wrong {
    let wrong = values.iter().any(|value| value.trim().is_empty());
    wrong.then(|| ("error-invalid-blank", Vec::new()))
}

fn person_name(values: &[String], _: &Document) -> Wrong {
    let forbidden = |c: char| c.is_control() || "<>&\"$%!#?§;*~/\\|^=[]{}()".contains(c);
    let wrong = values.iter().any(|value| value.chars().any(forbidden));
    wrong.then(|| ("error-person-name-invalid-character", Vec::new()))
}

fn username(values: &[String], _: &Document) -> Wrong {
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "<>&\"$%!#?§,;:*~/\\|^=[]{}()`".contains(c);
    let wrong = values.iter().any(|value| value.chars().any(forbidden));
    wrong.then(|| ("error-username-invalid-character", Vec::new()))
}

/// Letters of another script that look like Latin ones would let somebody pass for somebody else.
fn homograph(values: &[String], _: &Document) -> Wrong {
    static LATIN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{Latin}\p{Common}]*$").ok());
    let latin = LATIN.as_ref()?;
    let wrong = values.iter().any(|value| !latin.is_match(value));
    wrong.then(|| ("error-username-invalid-character", Vec::new()))
}
