use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use domain::ports::Answer;
use jose::{Curve, SigningKey, jws};
use serde_json::json;

use super::*;

/// A place that publishes a set, or doesn't answer.
struct Web {
    body: Mutex<Option<String>>,
    asked: Mutex<u32>,
}

impl Outbound for Web {
    fn fetch<'a>(&'a self, _url: &'a str) -> Answer<'a, Result<Vec<u8>, String>> {
        *self.asked.lock().unwrap() += 1;
        let body = self.body.lock().unwrap().clone();
        Box::pin(async move { body.map(String::into_bytes).ok_or_else(|| "away".to_owned()) })
    }

    fn post_form<'a>(&'a self, _url: &'a str, _form: &'a [(&'a str, String)]) -> Answer<'a, Result<u16, String>> {
        unreachable!()
    }
}

impl Web {
    fn with(kids: &[&str]) -> Self {
        Self { body: Mutex::new(Some(set(kids))), asked: Mutex::default() }
    }

    fn publish(&self, body: Option<String>) {
        *self.body.lock().unwrap() = body;
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

/// A future that never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn key(kid: &str) -> SigningKey {
    SigningKey::from_der(Algorithm::ES256, &jose::generate::ec(Curve::P256).unwrap()).unwrap().with_kid(kid)
}

fn set(kids: &[&str]) -> String {
    let keys: Vec<_> = kids.iter().map(|kid| key(kid).public_jwk().unwrap().to_value()).collect();
    json!({ "keys": keys }).to_string()
}

fn fetch(keys: &ForeignKeys, web: &Web, kid: &str, second: i64) -> bool {
    now(keys.fetch(web, "https://client.example/jwks", Some(kid), second * 1000)).set.find(kid).is_some()
}

#[test]
fn a_set_is_fetched_once_and_again_when_it_is_old() {
    let (keys, web) = (ForeignKeys::default(), Web::with(&["a"]));
    assert!(fetch(&keys, &web, "a", 1000) && fetch(&keys, &web, "a", 1599));
    assert_eq!(web.asked(), 1);
    assert!(fetch(&keys, &web, "a", 1600));
    assert_eq!(web.asked(), 2);
}

#[test]
fn an_unknown_kid_asks_again_but_not_within_ten_seconds() {
    let (keys, web) = (ForeignKeys::default(), Web::with(&["a"]));
    assert!(fetch(&keys, &web, "a", 1000));
    web.publish(Some(set(&["b"])));
    assert!(!fetch(&keys, &web, "b", 1009));
    assert_eq!(web.asked(), 1);
    assert!(fetch(&keys, &web, "b", 1010));
    assert!(!fetch(&keys, &web, "a", 1011));
    assert_eq!(web.asked(), 2);
}

#[test]
fn a_failure_is_remembered_for_ten_seconds_and_keeps_what_was_there() {
    let (keys, web) = (ForeignKeys::default(), Web::with(&["a"]));
    web.publish(None);
    assert!(!fetch(&keys, &web, "a", 1000) && !fetch(&keys, &web, "a", 1009));
    assert_eq!(web.asked(), 1);
    web.publish(Some(set(&["a"])));
    assert!(fetch(&keys, &web, "a", 1010));
    web.publish(None);
    assert!(fetch(&keys, &web, "a", 5000));
    assert_eq!(web.asked(), 3);
    assert!(!fetch(&keys, &web, "a", 1010 + 24 * 3600));
}

#[test]
fn requests_at_one_moment_share_one_fetch() {
    struct Slow(Web);
    impl Outbound for Slow {
        fn fetch<'a>(&'a self, url: &'a str) -> Answer<'a, Result<Vec<u8>, String>> {
            let answer = self.0.fetch(url);
            Box::pin(async move {
                let mut waited = false;
                std::future::poll_fn(|_| {
                    if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                answer.await
            })
        }
        fn post_form<'a>(&'a self, _: &'a str, _: &'a [(&'a str, String)]) -> Answer<'a, Result<u16, String>> {
            unreachable!()
        }
    }
    let (keys, web) = (ForeignKeys::default(), Slow(Web::with(&["a"])));
    let mut cx = Context::from_waker(Waker::noop());
    let mut first = pin!(keys.fetch(&web, "https://client.example/jwks", Some("a"), 1_000_000));
    let mut second = pin!(keys.fetch(&web, "https://client.example/jwks", Some("a"), 1_000_000));
    assert!(first.as_mut().poll(&mut cx).is_pending());
    assert!(second.as_mut().poll(&mut cx).is_pending());
    let Poll::Ready(one) = first.as_mut().poll(&mut cx) else { panic!("still waiting") };
    let Poll::Ready(two) = second.as_mut().poll(&mut cx) else { panic!("still waiting") };
    assert!(Arc::ptr_eq(&one, &two));
    assert_eq!(web.0.asked(), 1);
}

#[test]
fn a_signature_is_judged_by_the_key_that_it_names() {
    let (own, other) = (key("a"), key("b"));
    let text = json!({"keys": [own.public_jwk().unwrap().to_value(), other.public_jwk().unwrap().to_value()]});
    let keys = ClientKeys::parse(text.to_string().as_bytes(), 0);
    let verdict = |key: &SigningKey| {
        let token = jws::encode(&jws::header(key, None), b"{}", key).unwrap();
        keys.verify(&Compact::parse(&token).unwrap(), key.algorithm())
    };
    assert_eq!(verdict(&own), Verdict::Verified);
    assert_eq!(verdict(&own.clone().with_kid("")), Verdict::Verified);
    assert_eq!(verdict(&own.clone().with_kid("b")), Verdict::Wrong);
    assert_eq!(verdict(&own.with_kid("c")), Verdict::NoKey);
    let ed = SigningKey::from_der(Algorithm::EdDSA, &jose::generate::ed25519().unwrap()).unwrap();
    assert_eq!(verdict(&ed.clone().with_kid("")), Verdict::NoKey);
    assert_eq!(verdict(&ed.with_kid("a")), Verdict::Wrong);
}

#[test]
fn a_shared_secret_among_the_keys_never_counts() {
    let text = json!({"keys": [{"kty": "oct", "k": jose::b64::encode([7; 32]), "kid": "s"}]}).to_string();
    let key = SigningKey::from_secret(Algorithm::HS256, "s", &[7; 32]).unwrap();
    let token = jws::encode(&jws::header(&key, None), b"{}", &key).unwrap();
    let keys = ClientKeys::parse(text.as_bytes(), 0);
    assert_eq!(keys.verify(&Compact::parse(&token).unwrap(), Algorithm::HS256), Verdict::NoKey);
}

#[test]
fn a_certificates_key_goes_by_its_fingerprint() {
    let own = key("");
    let keys = ClientKeys::one(Ok(own.spki().unwrap().to_vec()), None);
    let kid = jose::kid_of_spki(own.spki().unwrap());
    assert_eq!(keys.set.keys[0].kid.as_deref(), Some(kid.as_str()));
    let named = ClientKeys::one(Ok(own.spki().unwrap().to_vec()), Some("mine"));
    assert!(named.set.find("mine").is_some());
}
