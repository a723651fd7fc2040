use std::collections::HashSet;

use super::{Blacklists, Earlier, NoBlacklists, PasswordPolicy, PolicyError, RULES, Subject, Violation};
use crate::credentials::{HashChoice, PasswordHash, Scratch};

fn check(policy: &str, password: &str) -> Result<(), Violation> {
    let subject = Subject { username: "BigFoo", email: Some("bigfoo@x.example"), blacklists: &NoBlacklists };
    PasswordPolicy::parse(policy).unwrap().check(&subject, password)
}

fn refused(policy: &str, password: &str) -> String {
    let violation = check(policy, password).expect_err(&format!("{policy} {password}"));
    format!("{} {}", violation.message_key, violation.english)
}

/// Each line as a Keycloak 26.7.4 answered it.
#[test]
fn a_broken_rule_is_reported_with_its_key_and_text() {
    let cases = [
        ("length(4)", "äöü", "invalidPasswordMinLengthMessage Invalid password: minimum length 4."),
        ("length", "abc", "invalidPasswordMinLengthMessage Invalid password: minimum length 8."),
        ("maxLength(4)", "😀😀a", "invalidPasswordMaxLengthMessage Invalid password: maximum length 4."),
        (
            "digits(1)",
            "a½",
            "invalidPasswordMinDigitsMessage Invalid password: must contain at least 1 numerical digits.",
        ),
        (
            "lowerCase(2)",
            "ABa",
            "invalidPasswordMinLowerCaseCharsMessage Invalid password: must contain at least 2 lower case characters.",
        ),
        (
            "upperCase(2)",
            "abA",
            "invalidPasswordMinUpperCaseCharsMessage Invalid password: must contain at least 2 upper case characters.",
        ),
        (
            "specialChars(1)",
            "äöü",
            "invalidPasswordMinSpecialCharsMessage Invalid password: must contain at least 1 special characters.",
        ),
        (
            "notUsername(undefined)",
            "bigFOO",
            "invalidPasswordNotUsernameMessage Invalid password: must not be equal to the username.",
        ),
        (
            "notContainsUsername",
            "xBIGFOOx",
            "invalidPasswordNotContainsUsernameMessage Invalid password: Can not contain the username.",
        ),
        (
            "notEmail",
            "BIGFOO@X.example",
            "invalidPasswordNotEmailMessage Invalid password: must not be equal to the email.",
        ),
        (
            "regexPattern(a.c)",
            "xabcx",
            "invalidPasswordRegexPatternMessage Invalid password: fails to match regex pattern(s).",
        ),
    ];
    for (policy, password, answer) in cases {
        assert_eq!(refused(policy, password), answer);
    }
}

#[test]
fn a_kept_rule_says_nothing() {
    let cases = [
        ("", ""),
        ("length(4)", "😀😀"),
        ("length(-1)", "a"),
        ("maxLength(4)", "😀😀"),
        ("digits(1)", "a٣"),
        ("lowerCase(2)", "ABªa"),
        ("upperCase(2)", "abÄB"),
        ("specialChars(1)", "ab c"),
        ("specialChars(1)", "ab½"),
        ("specialChars(1)", "ab\u{301}"),
        ("notUsername", "xbigfoo"),
        ("notContainsUsername", "bigfo"),
        ("notEmail", "bigfoo@x.exampl"),
        ("regexPattern(a.c)", "abc"),
        ("maxAuthAge(0) and hashIterations(3) and passwordHistory(3)", "a"),
    ];
    for (policy, password) in cases {
        assert_eq!(check(policy, password), Ok(()), "{policy} {password}");
    }
}

#[test]
fn of_several_broken_rules_the_one_keycloak_names_is_reported() {
    let mut left = vec![
        "length(30)",
        "maxLength(2)",
        "digits(9)",
        "lowerCase(9)",
        "upperCase(9)",
        "specialChars(9)",
        "notUsername",
        "notContainsUsername",
        "regexPattern(zz)",
    ];
    let order = [
        "notContainsUsername",
        "specialChars",
        "upperCase",
        "lowerCase",
        "length",
        "regexPattern",
        "digits",
        "notUsername",
        "maxLength",
    ];
    for id in order {
        let key = check(&left.join(" and "), "bigfoo").unwrap_err().message_key;
        let plain = key.replace("invalidPassword", "").replace("Message", "").replace("Min", "").replace("Chars", "");
        assert!(id.to_lowercase().contains(&plain.to_lowercase().replace("max", "")), "{id}: {key}");
        left.retain(|term| term.split('(').next() != Some(id));
    }
    assert!(left.is_empty());
}

/// Each line as a Keycloak 26.7.4 answered it, the last three apart: see the module's differences.
#[test]
fn a_policy_that_cant_be_used_is_refused_in_keycloaks_words() {
    let cases = [
        ("foo(1)", "Password policy not found"),
        ("length(8) and foo", "Password policy not found"),
        ("LENGTH(8)", "Password policy not found"),
        ("and", "Password policy not found"),
        ("length(x)", "Invalid config for length: Not a valid number"),
        ("length()", "Invalid config for length: Not a valid number"),
        ("length( 8 )", "Invalid config for length: Not a valid number"),
        ("length(8) AND digits(1)", "Invalid config for length: Not a valid number"),
        ("length(99999999999)", "Invalid config for length: Not a valid number"),
        ("length(8", "Invalid config for length: Not a valid number"),
        ("hashAlgorithm(bcrypt)", "Invalid config for hashAlgorithm: Password hashing provider not found"),
        ("hashAlgorithm()", "Invalid config for hashAlgorithm: Password hashing provider not found"),
        ("hashAlgorithm", "Invalid config for hashAlgorithm: Password hashing provider id must be set"),
        ("hashIterations(x)", "Invalid config for hashIterations: Not a valid number"),
        ("regexPattern", "Invalid config for regexPattern: Config required"),
        ("regexPattern( )", "Invalid config for regexPattern: White space not acepted"),
        ("regexPattern(a and b)", "Invalid config for regexPattern: White space not acepted"),
        ("regexPattern([)", "Invalid config for regexPattern: Not a valid regular expression"),
        ("maxAuthAge(x)", "Invalid config for maxAuthAge: Not a valid number"),
        ("recoveryCodesWarningThreshold(x)", "Invalid config for recoveryCodesWarningThreshold: Not a valid number"),
        ("digits(x)", "Invalid config for digits: Not a valid number"),
        ("passwordBlacklist(../x)", "Invalid config for passwordBlacklist: Not a file name"),
        ("hashIterations(5000000)", "Invalid config for hashIterations: Out of range"),
    ];
    for (policy, message) in cases {
        let error = PasswordPolicy::parse(policy).expect_err(policy);
        assert_eq!(error.to_string(), message, "{policy}");
    }
    assert_eq!(PasswordPolicy::parse("x").unwrap_err(), PolicyError::NotFound);
}

#[test]
fn a_policy_reads_back_as_keycloak_gives_it() {
    let cases = [
        ("length(8) and notUsername(undefined)", "length(8) and notUsername(undefined)"),
        (" length(8)", "length(8)"),
        ("length (8)", "length(8)"),
        ("length(8)  and digits(1)", "length(8) and digits(1)"),
        ("length(+8)", "length(+8)"),
        ("length(8) and ", "length(8)"),
        ("notUsername()", "notUsername"),
        ("notUsername(undefined", "notUsername(undefine)"),
        ("regexPattern(x) and regexPattern(y)", "regexPattern(y)"),
        ("length(8) and length(9)", "length(9)"),
        ("regexPattern(^(a|b)$)", "regexPattern(^(a|b)$)"),
        ("hashIterations(-1)", "hashIterations(-1)"),
        ("passwordBlacklist", "passwordBlacklist"),
        ("digits(1) and length(8)", "digits(1) and length(8)"),
        ("", ""),
    ];
    for (policy, shown) in cases {
        assert_eq!(PasswordPolicy::parse(policy).unwrap().to_string(), shown, "{policy}");
    }
}

#[test]
fn conditions_at_the_beginning_of_an_expression_are_honoured() {
    let policy = r"regexPattern(^(?=.*[a-z])(?=.*[A-Z)])(?=.*\d)(?!.*\s).{8,}$)";
    assert_eq!(check(policy, "abcdEFG1"), Ok(()));
    for password in ["abcdefg1", "ABCDEFG1", "abcdEFGH", "abcd EFG1", "abcEFG1"] {
        assert!(check(policy, password).is_err(), "{password}");
    }
    for unknown in ["regexPattern((?<!a)b)", r"regexPattern((a)\1)", "regexPattern((?=a)b|c)", "regexPattern(b(?=a))"] {
        assert!(PasswordPolicy::parse(unknown).is_err(), "{unknown}");
    }
}

#[test]
fn an_expression_that_would_take_too_much_memory_is_refused() {
    for pattern in ["(((a{100}){100}){100}){100}".to_owned(), "(".repeat(1000) + &")".repeat(1000), "a".repeat(3000)] {
        assert!(PasswordPolicy::parse(&format!("regexPattern({pattern})")).is_err());
    }
}

#[test]
fn a_listed_password_is_refused_in_any_case_of_letters() {
    struct List(HashSet<&'static str>);
    impl Blacklists for List {
        fn contains(&self, list: &str, password: &str) -> bool {
            list == "common.txt" && self.0.contains(password)
        }
    }
    let list = List(HashSet::from(["letmein"]));
    let subject = Subject { username: "asha", email: None, blacklists: &list };
    let policy = PasswordPolicy::parse("passwordBlacklist(common.txt)").unwrap();
    assert_eq!(policy.blacklist(), Some("common.txt"));
    let violation = policy.check(&subject, "LetMeIn").unwrap_err();
    assert_eq!(violation.message_key, "invalidPasswordBlacklistedMessage");
    assert_eq!(policy.check(&subject, "letmeout"), Ok(()));
}

#[test]
fn a_user_without_email_or_name_breaks_no_rule_about_them() {
    let subject = Subject { username: "", email: None, blacklists: &NoBlacklists };
    let policy = PasswordPolicy::parse("notEmail and notContainsUsername").unwrap();
    assert_eq!(policy.check(&subject, "anything"), Ok(()));
}

#[test]
fn settings_that_test_no_password_are_told() {
    let policy = "hashAlgorithm(pbkdf2-sha256) and hashIterations(1000) and maxAuthAge(60) \
                  and forceExpiredPasswordChange and recoveryCodesWarningThreshold(2)";
    let policy = PasswordPolicy::parse(policy).unwrap();
    assert_eq!(policy.hash_choice(), HashChoice::find(Some("pbkdf2-sha256"), Some(1000)).unwrap());
    assert_eq!(policy.max_auth_age(), Some(60));
    assert_eq!(policy.expires_after_days(), Some(365));
    assert_eq!(policy.recovery_codes_warning_threshold(), Some(2));
    let none = PasswordPolicy::parse("").unwrap();
    assert_eq!((none.hash_choice(), none.max_auth_age()), (HashChoice::default(), None));
}

/// As a Keycloak 26.7.4 answered: the current password counts as one of the last n, and is compared even for n = 0.
#[test]
fn earlier_passwords_are_refused_as_far_back_as_the_policy_says() {
    let cases = [
        ("passwordHistory(2)", "p0", Some("last 2 passwords")),
        ("passwordHistory(2)", "p1", Some("last 2 passwords")),
        ("passwordHistory(2)", "p2", None),
        ("passwordHistory(0)", "p0", Some("last 0 passwords")),
        ("passwordHistory(0)", "p1", None),
        ("passwordHistory(-1)", "p0", None),
        ("passwordAge(1)", "p1", Some("password policies")),
        ("passwordAge(1)", "p2", None),
        ("passwordAge(0)", "p0", Some("password policies")),
        ("passwordAge(-1)", "p0", None),
        ("passwordAge(1) and passwordHistory(5)", "p1", Some("last 5 passwords")),
        ("", "p0", None),
    ];
    let (earlier, now) = earlier();
    for (policy, password, told) in cases {
        let policy = PasswordPolicy::parse(policy).unwrap();
        let result =
            policy.check_earlier(&earlier, now, |hash| hash.verify(password, &mut Scratch::default()).unwrap());
        let english = result.err().map(|violation| violation.english);
        assert_eq!(english.is_some(), told.is_some(), "{policy} {password}: {english:?}");
        assert!(english.unwrap_or_default().contains(told.unwrap_or_default()), "{policy} {password}");
    }
}

#[test]
fn earlier_passwords_are_kept_as_long_as_the_policy_needs_them() {
    let (earlier, now) = earlier();
    let kept = |policy: &str| {
        let policy = PasswordPolicy::parse(policy).unwrap();
        (1..3).filter(|back| policy.keeps(*back, &earlier[*back], now)).count()
    };
    assert_eq!(kept(""), 0);
    assert_eq!(kept("passwordHistory(1)"), 0);
    assert_eq!(kept("passwordHistory(2)"), 1);
    assert_eq!(kept("passwordHistory(3)"), 2);
    assert_eq!(kept("passwordAge(1)"), 1);
    assert_eq!(kept("passwordAge(9)"), 2);
}

#[test]
fn every_rule_has_a_name_of_its_own_and_a_usable_default() {
    let ids: HashSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!((ids.len(), RULES.len()), (18, 18));
    for rule in RULES.iter().filter(|rule| !rule.default.is_empty()) {
        assert!(PasswordPolicy::parse(&format!("{}({})", rule.id, rule.default)).is_ok(), "{}", rule.id);
    }
}

/// Passwords p0 (current, an hour old), p1 (two hours), p2 (two days).
fn earlier() -> (Vec<Earlier>, i64) {
    let now = 1_800_000_000;
    let cheap = HashChoice::find(Some("pbkdf2-sha256"), Some(1)).unwrap();
    let made = |name: &str, age: i64| Earlier {
        hash: PasswordHash::make(name, cheap, [7; 16], &mut Scratch::default()).unwrap(),
        set_at: now - age,
    };
    (vec![made("p0", 3_600), made("p1", 7_200), made("p2", 172_800)], now)
}
