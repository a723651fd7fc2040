//! The cases of the recording `private_key_jwt`, and those asked of Keycloak 26.7.4 besides.

use model::Document;
use serde_json::json;

use super::*;

const ISSUER: &str = "https://id.example/realms/ocen";
const TOKEN: &str = "https://id.example/realms/ocen/protocol/openid-connect/token";
const NOW: i64 = 1_800_000_000;

/// An unsigned assertion of `lender` with members replaced; null removes one.
fn text(changes: Value) -> String {
    let mut claims = json!({"iss": "lender", "sub": "lender", "aud": ISSUER, "jti": "1", "iat": NOW, "exp": NOW + 60});
    let map = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        map.insert(name.clone(), value.clone());
    }
    map.retain(|_, value| !value.is_null());
    let header = jose::b64::encode(r#"{"alg":"ES256","kid":"lender-1"}"#);
    format!("{header}.{}.AAAA", jose::b64::encode(claims.to_string()))
}

fn client(attributes: Value) -> Client {
    Client::read("id", "lender", Document::from_value(json!({ "attributes": attributes })))
}

/// What the checks after the signature's say.
fn judge(changes: Value) -> Result<(), Refusal> {
    judge_of(&client(json!({})), changes)
}

fn judge_of(client: &Client, changes: Value) -> Result<(), Refusal> {
    let text = text(changes);
    let assertion = Assertion::parse(&text).unwrap();
    assertion.check_audience(ISSUER, &[TOKEN.to_owned()])?;
    assertion.check_life(client, NOW).map(drop)
}

#[test]
fn an_assertion_for_the_issuer_or_the_token_endpoint_passes() {
    for aud in [json!(ISSUER), json!([ISSUER]), json!(TOKEN)] {
        assert_eq!(judge(json!({ "aud": aud })), Ok(()));
    }
}

#[test]
fn an_assertion_for_somebody_else_or_for_several_is_refused() {
    for aud in [json!("https://elsewhere.example"), json!(null), json!([]), json!(format!("{ISSUER}/"))] {
        assert_eq!(judge(json!({ "aud": aud })), Err(ASSERTION_AUDIENCE));
    }
    assert_eq!(judge(json!({"aud": [ISSUER, TOKEN], "exp": NOW - 1})), Err(ASSERTION_AUDIENCES));
}

#[test]
fn the_audience_is_judged_before_the_times_and_these_before_the_jti() {
    assert_eq!(judge(json!({"aud": "x", "exp": NOW - 1, "jti": null})), Err(ASSERTION_AUDIENCE));
    assert_eq!(judge(json!({"exp": NOW - 1, "jti": null})), Err(ASSERTION_NOT_ACTIVE));
    assert_eq!(judge(json!({"exp": null, "nbf": NOW + 600, "jti": null})), Err(ASSERTION_NO_EXP));
    assert_eq!(judge(json!({"iat": NOW + 100, "jti": null})), Err(ASSERTION_FROM_THE_FUTURE));
    assert_eq!(judge(json!({"jti": null})), Err(ASSERTION_NO_JTI));
}

#[test]
fn the_end_of_life_is_exact_and_the_beginning_allows_fifteen_seconds() {
    for exp in [0, NOW - 5, NOW] {
        assert_eq!(judge(json!({ "exp": exp })), Err(ASSERTION_NOT_ACTIVE));
    }
    assert_eq!(judge(json!({"exp": NOW + 1})), Ok(()));
    assert_eq!(judge(json!({"nbf": NOW + 15})), Ok(()));
    assert_eq!(judge(json!({"nbf": NOW + 16})), Err(ASSERTION_NOT_ACTIVE));
    assert_eq!(judge(json!({"iat": NOW + 15})), Ok(()));
    assert_eq!(judge(json!({"iat": NOW + 16})), Err(ASSERTION_FROM_THE_FUTURE));
}

#[test]
fn an_assertion_is_too_old_after_a_minute_or_what_the_client_says() {
    let far = NOW + 3600;
    assert_eq!(judge(json!({"iat": NOW - 60, "exp": far})), Ok(()));
    assert_eq!(judge(json!({"iat": NOW - 61, "exp": far})), Err(ASSERTION_TOO_OLD));
    assert_eq!(judge(json!({"iat": null, "exp": NOW + 60})), Ok(()));
    assert_eq!(judge(json!({"iat": null, "exp": far})), Err(ASSERTION_TOO_LONG));
    let patient = client(json!({"token.endpoint.auth.signing.max.exp": "300"}));
    assert_eq!(judge_of(&patient, json!({"iat": NOW - 100, "exp": far})), Ok(()));
    assert_eq!(judge_of(&patient, json!({"iat": NOW - 310, "exp": far})), Err(ASSERTION_TOO_OLD));
}

#[test]
fn a_jti_may_be_empty_or_a_number_and_is_remembered_as_long_as_it_could_come_again() {
    for jti in [json!(""), json!(5), json!("x".repeat(5000))] {
        let text = text(json!({ "jti": jti }));
        let (value, until) = Assertion::parse(&text).unwrap().check_life(&client(json!({})), NOW).unwrap();
        assert_eq!((value.len(), until), (43, NOW + 60));
    }
    let until = |changes: Value| Assertion::parse(&text(changes)).unwrap().check_times(60, NOW);
    assert_eq!(until(json!({"iat": NOW + 15, "exp": NOW + 3600})), Ok(NOW + 76));
    assert_eq!(until(json!({"exp": NOW + 10})), Ok(NOW + 10));
}

#[test]
fn what_is_no_jwt_is_not_taken_apart() {
    let none = |claims: &str| format!("{}.{}.", jose::b64::encode(r#"{"alg":"none"}"#), jose::b64::encode(claims));
    let unknown = format!("{}.e30.AA", jose::b64::encode(r#"{"alg":"XX256"}"#));
    for text in ["", "abc", "YWJj.YWJj.YWJj", &unknown, &text(json!({"exp": "x"})), &none(r#"{"exp":1,"exp":2}"#)] {
        assert!(Assertion::parse(text).is_none(), "{text}");
    }
    assert!(Assertion::parse(&none("{}")).unwrap().algorithm.is_none());
    let fraction = text(json!({"exp": NOW as f64 + 30.5}));
    assert_eq!(Assertion::parse(&fraction).unwrap().exp, Some(NOW + 30));
}

#[test]
fn issuer_and_subject_must_be_the_same_client() {
    for changes in [json!({"iss": null}), json!({"sub": null}), json!({"iss": "x"}), json!({"sub": 1, "iss": 1})] {
        let text = text(changes);
        assert_eq!(Assertion::parse(&text).unwrap().subject(), Err(CLIENT_ASSERTION_UNUSABLE));
    }
    assert_eq!(Assertion::parse(&text(json!({}))).unwrap().subject(), Ok("lender"));
}

#[test]
fn the_algorithm_is_the_clients_and_never_none() {
    let (es, none) = (text(json!({})), format!("{}.e30.", jose::b64::encode(r#"{"alg":"none"}"#)));
    let pinned = client(json!({"token.endpoint.auth.signing.alg": "ES256"}));
    let other = client(json!({"token.endpoint.auth.signing.alg": "RS256"}));
    let es = Assertion::parse(&es).unwrap();
    assert_eq!(es.allowed_algorithm(&client(json!({}))), Ok(Algorithm::ES256));
    assert_eq!(es.allowed_algorithm(&pinned), Ok(Algorithm::ES256));
    assert_eq!(es.allowed_algorithm(&other), Err(ASSERTION_ALGORITHM));
    for client in [client(json!({})), pinned] {
        assert_eq!(Assertion::parse(&none).unwrap().allowed_algorithm(&client), Err(ASSERTION_ALGORITHM));
    }
}

#[test]
fn the_type_is_judged_before_the_assertion_is_looked_for() {
    let said = |form: &str| {
        let form = Form::parse(form.as_bytes());
        Assertion::text(&form).map(str::to_owned).map_err(|refusal| refusal.description)
    };
    assert_eq!(said("client_assertion=a"), Err("Parameter client_assertion_type is missing".into()));
    assert_eq!(
        said("client_assertion_type=x").unwrap_err(),
        "Parameter client_assertion_type has value 'x' but expected is \
         'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'"
    );
    let typed = format!("client_assertion_type={JWT_BEARER}");
    assert_eq!(said(&typed), Err("client_assertion parameter missing".into()));
    assert_eq!(said(&format!("{typed}&client_assertion=a")), Ok("a".to_owned()));
}
