//! Who is named by a request: the cases that were asked of Keycloak 26.7.4.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::presented::{BASIC, POST, Presented};
use super::*;
use crate::form::Form;

/// Client and secret as read from a form and a header.
fn read(form: &str, header: Option<&str>) -> (Option<String>, Option<(String, &'static str)>) {
    let form = Form::parse(form.as_bytes());
    let presented = Presented::read(&Claim { form: &form, authorization: header, audiences: &[] }).unwrap();
    (presented.client_id, presented.secret)
}

fn shown(client: &str, secret: &str, way: &'static str) -> (Option<String>, Option<(String, &'static str)>) {
    (Some(client.to_owned()), Some((secret.to_owned(), way)))
}

fn basic(user_and_password: &str) -> String {
    format!("Basic {}", STANDARD.encode(user_and_password))
}

#[test]
fn basic_is_read_whatever_its_case_blanks_and_padding() {
    let text = STANDARD.encode("agent:s3cret");
    for header in [
        format!("Basic {text}"),
        format!("bASIC {text}"),
        format!("Basic \t {text} "),
        format!("Basic {}", text.trim_end_matches('=')),
    ] {
        assert_eq!(read("", Some(&header)), shown("agent", "s3cret", BASIC), "{header}");
    }
}

#[test]
fn basic_is_form_url_decoded_after_it_was_split() {
    let header = basic("loan%2Dagent+one:%C3%A4%2B+%25%3A:&x=y");
    assert_eq!(read("", Some(&header)), shown("loan-agent one", "ä+ %::&x=y", BASIC));
}

#[test]
fn a_basic_header_that_cannot_be_read_names_nobody() {
    for header in ["Basic !!!", "Basic", "Basic YWJj", "Bearer x", "Basic YTpi YTpi", ""] {
        assert_eq!(read("", Some(header)), (None, None), "{header}");
        let form = "client_id=agent&client_secret=s";
        assert_eq!(read(form, Some(header)), shown("agent", "s", POST), "{header}");
    }
}

#[test]
fn a_stray_percent_sign_in_basic_is_refused() {
    for pair in ["a%zz:b", "a:b%", "a:b%4", "ä %:x"] {
        let form = Form::default();
        let header = basic(pair);
        let claim = Claim { form: &form, authorization: Some(&header), audiences: &[] };
        assert_eq!(Presented::read(&claim).err(), Some(refusals::BASIC_UNREADABLE), "{pair}");
    }
}

#[test]
fn the_form_stands_over_the_header_parameter_by_parameter() {
    let header = basic("agent:good");
    assert_eq!(read("client_id=agent", Some(&header)), shown("agent", "good", BASIC));
    assert_eq!(read("client_id=other", Some(&header)), shown("other", "good", BASIC));
    assert_eq!(read("client_secret=bad", Some(&header)), shown("agent", "bad", POST));
    assert_eq!(read("client_id=agent&client_secret=", Some(&header)), shown("agent", "", POST));
    assert_eq!(read("client_id=other&client_secret=x", Some(&header)), shown("other", "x", POST));
}

#[test]
fn every_authenticator_of_keycloak_has_one_method() {
    let ids: Vec<&str> = METHODS.iter().map(|m| m.id).collect();
    assert_eq!(ids, ["client-secret", "client-jwt", "client-secret-jwt", "client-x509"]);
    for id in ids {
        let doc = model::Document::from_value(serde_json::json!({ "clientAuthenticatorType": id }));
        let client = Client::read("id", "c", doc);
        let serving: Vec<&str> = METHODS.iter().filter(|m| (m.serves)(&client)).map(|m| m.id).collect();
        assert_eq!(serving, [id]);
    }
}

#[test]
fn an_assertion_used_at_the_same_moment_reads_as_reused() {
    let Error::Refused(refused) = replayed(Error::Lost(assertion::USED)) else { panic!("not refused") };
    assert_eq!(refused.refusal, ASSERTION_REUSED);
    assert!(matches!(replayed(Error::Lost("code")), Error::Lost("code")));
}
