//! Signature headers, bodies and profiles from outside: whatever the octets, a verdict and never a panic.
//!
//! Beside that: a message found good is one that was signed, over that body.

#![allow(clippy::expect_used, clippy::panic, reason = "a fuzz target breaks by panicking")]

use std::process::ExitCode;

use jose::{Algorithm, SigningKey, generate};
use signing::profile::PROFILES;
use signing::{Code, Message, Profile, Receiver, Sender, SenderKey, Signing, cause, judge, sign};

const BODY: &[u8] = br#"{"metadata": {"requestId": "r-1"}, "amount": 10.50}"#;
const NOW: i64 = 1_800_000_000;

fn message<'m>(headers: &'m [(&'m str, &'m [u8])]) -> Message<'m> {
    Message { headers, method: "POST", target: "/v4/loans", body: BODY, answers: None }
}

fn main() -> ExitCode {
    let der = generate::ec(jose::Curve::P256).expect("a key");
    let key = SigningKey::from_der(Algorithm::ES256, &der).expect("a key").with_kid("k");
    let known = SenderKey {
        kid: "k".to_owned(),
        key: key.verifying_key().clone(),
        valid_from: 0,
        valid_until: None,
        revoked_since: None,
    };
    let sender = Sender { id: "agent".to_owned(), approved: true, keys: vec![known], issuer: None, anchor: None };
    let receiver = Receiver { id: "lender", origin: "https://lender.example" };
    let ours: Vec<(&Profile, String)> = ["strict", "encoded", "bound"]
        .iter()
        .filter_map(|name| Profile::find(name))
        .map(|profile| {
            let receiver = Some(receiver);
            let signing = Signing { profile, key: &key, now: NOW, unique: "u", receiver, issuer: None, anchor: None };
            (profile, sign(&signing, &message(&[])).expect("signs"))
        })
        .collect();
    let mut tokens: Vec<&str> = ours.iter().map(|(_, signature)| signature.as_str()).collect();
    tokens.extend(["..", "\"crit\":[\"b64\"]", "\"b64\":false", "eyJhbGciOiJFUzI1NiJ9.."]);
    tokens.extend(PROFILES.iter().map(|(_, text)| *text));
    wire_tests::fuzz::run("messages", &tokens, |input| {
        for (profile, signature) in &ours {
            let headers = [("x-jws-signature", input)];
            let judged = judge(profile, Some(&sender), &message(&headers), Some(&receiver), NOW);
            if judged.verdict.code == Code::Ok {
                assert_eq!(input, signature.as_bytes(), "a signature that nobody made is found good");
            }
            let headers = [("x-jws-signature", signature.as_bytes())];
            let other = Message { body: input, ..message(&headers) };
            let judged = judge(profile, Some(&sender), &other, Some(&receiver), NOW);
            assert!(judged.verdict.code != Code::Ok || input == BODY, "another body is found good");
        }
        if let Some((profile, signature)) = ours.first()
            && input.len() < 256
        {
            let headers = [("x-jws-signature", signature.as_bytes())];
            let _ = cause::find(profile, &sender, &Message { body: input, ..message(&headers) }, &[]);
        }
        if let Ok(text) = std::str::from_utf8(input)
            && let Ok(profile) = Profile::parse(text)
        {
            let _ = profile.digest();
            let headers = [("x-jws-signature", input)];
            let _ = judge(&profile, Some(&sender), &message(&headers), None, NOW);
        }
    })
}
