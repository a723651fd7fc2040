use serde_json::json;

use super::{Attributes, By, Problem, UserProfile, validators::is_email};
use model::Document;

fn judge(pairs: &[(&str, &str)], by: By) -> Vec<Problem> {
    let mut values = Attributes::new();
    for (name, value) in pairs {
        values.entry((*name).to_owned()).or_default().push((*value).to_owned());
    }
    UserProfile::usual().validate(&values, by, true)
}

#[test]
fn an_administrator_need_not_give_what_the_user_must() {
    assert_eq!(judge(&[("username", "nadia")], By::Admin), []);
    let missing: Vec<String> = judge(&[("username", "nadia")], By::User).into_iter().map(|p| p.field).collect();
    assert_eq!(missing, ["email", "firstName", "lastName"]);
}

#[test]
fn problems_name_the_attribute_and_the_bounds() {
    let problem = |field: &str, message, params: serde_json::Value| Problem {
        field: field.to_owned(),
        message,
        params: params.as_array().unwrap().clone(),
    };
    assert_eq!(
        judge(&[("username", "ab"), ("email", "not a mail")], By::Admin),
        [
            problem("username", "error-invalid-length", json!(["username", 3, 255])),
            problem("email", "error-invalid-email", json!(["email", "not a mail"])),
        ]
    );
    assert_eq!(
        judge(&[("username", "a b c")], By::Admin),
        [problem("username", "error-username-invalid-character", json!(["username"]))]
    );
    assert_eq!(
        judge(&[("username", "аdmin")], By::Admin),
        [problem("username", "error-username-invalid-character", json!(["username"]))]
    );
}

#[test]
fn addresses_are_told_from_other_texts() {
    for good in ["a@b", "miriam@reviews.example", "o'neil+x@sub.d-e.example", "ü@ü.example"] {
        assert!(is_email(good), "{good}");
    }
    for bad in ["", "a", "@b", "a@", "a b@c", "a@b..c", "a@-b.c", ".a@b", "a@b.c ", "a@b\u{0}"] {
        assert!(!is_email(bad), "{bad}");
    }
}

#[test]
fn undeclared_attributes_follow_the_policy() {
    let profile = |policy: &str| {
        UserProfile::read(Document::from_value(json!({"attributes": [], "unmanagedAttributePolicy": policy})))
    };
    assert!(!UserProfile::usual().may_view("x", By::Admin));
    assert!(profile("ADMIN_VIEW").may_view("x", By::Admin) && !profile("ADMIN_VIEW").may_edit("x", By::Admin));
    assert!(profile("ADMIN_EDIT").may_edit("x", By::Admin) && !profile("ADMIN_EDIT").may_view("x", By::User));
    assert!(profile("ENABLED").may_edit("x", By::User));
}
