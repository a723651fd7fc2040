//! What a realm's own signing profiles say: of messages without a body, of age, of codings, of parameters.

use jose::detached::{self, Payload};
use serde_json::{Value, json};
use signing::{Message, Profile, Receiver, Signing};
use wire_tests::{Party, Sent, Server};

use super::BODY;
use super::profiles::{ATTRIBUTE, goes_by};
use super::times::{set, start};

/// A profile like one that every realm has, with these members.
fn own(like: &str, members: &Value) -> Value {
    let mut profile = serde_json::to_value(Profile::find(like).unwrap()).unwrap();
    profile["name"] = json!("ours");
    profile.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    profile
}

/// A loan agent that goes by such a profile, and a bank that asks.
struct Pair<'s> {
    server: &'s Server,
    agent: Party<'s>,
    bank: Party<'s>,
}

impl<'s> Pair<'s> {
    async fn of(server: &'s Server) -> Self {
        let (agent, bank) = super::network(server).await;
        Self { server, agent, bank }
    }

    /// The agent goes by this profile from now on.
    async fn by(&self, profile: &Value) -> Profile {
        set(self.server, &[(ATTRIBUTE, &json!([profile]).to_string())]).await;
        goes_by(&self.agent, "ours").await;
        serde_json::from_value(profile.clone()).unwrap()
    }

    fn signed(&self, profile: &Profile, body: &[u8]) -> Sent {
        let message = Message { headers: &[], method: "POST", target: "/loans", body, answers: None };
        let signing = Signing {
            profile,
            key: &self.agent.key,
            now: self.server.core.now(),
            unique: "once",
            receiver: Some(Receiver { id: "bank", origin: "https://bank.example" }),
            issuer: None,
            anchor: None,
        };
        self.sent(signing::sign(&signing, &message).unwrap(), body)
    }

    fn sent(&self, signature: String, body: &[u8]) -> Sent {
        Sent { sender: "agent".to_owned(), target: "/loans".to_owned(), signature, answers: None, body: body.to_vec() }
    }

    async fn verdict(&self, sent: &Sent) -> (String, String) {
        let reply = self.bank.verify(sent).await.expect(200);
        (reply.text("code"), reply.text("detail"))
    }

    async fn is(&self, sent: &Sent, code: &str) -> String {
        let (found, detail) = self.verdict(sent).await;
        assert_eq!(found, code, "{detail}");
        detail
    }
}

#[tokio::test]
async fn a_message_without_a_body_is_signed_as_its_profile_says() {
    let server = start(false).await;
    let pair = Pair::of(&server).await;
    let target = own("bound", &json!({}));
    let over_target = pair.signed(&pair.by(&target).await, b"");
    pair.is(&over_target, "ok").await;
    let empty = pair.by(&own("bound", &json!({"no_body": "empty"}))).await;
    pair.is(&pair.signed(&empty, b""), "ok").await;
    let detail = pair.is(&over_target, "signature_invalid").await;
    assert!(detail.contains("the profile wants no octets signed"), "{detail}");
    let strict = pair.by(&own("strict", &json!({}))).await;
    let over_target = pair.signed(&strict, b"");
    pair.is(&over_target, "ok").await;
    let refused = pair.by(&own("strict", &json!({"no_body": "refused"}))).await;
    let detail = pair.is(&over_target, "signature_invalid").await;
    assert!(detail.contains("came without a body, and its profile takes none such"), "{detail}");
    pair.is(&pair.signed(&refused, BODY), "ok").await;
}

#[tokio::test]
async fn a_message_is_as_old_as_its_profile_lets_it_be_and_remembered_for_as_long() {
    let server = start(false).await;
    let pair = Pair::of(&server).await;
    let timed = |members: &Value| {
        let mut whole = json!({"parameters": [{"name": "at", "is": "now"}], "replay": "refused"});
        whole.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        own("strict", &whole)
    };
    let usual = pair.by(&timed(&json!({}))).await;
    let (one, two) = (pair.signed(&usual, b"1"), pair.signed(&usual, b"2"));
    server.wait(300);
    pair.is(&one, "ok").await;
    server.wait(1);
    let detail = pair.is(&two, "too_old").await;
    assert_eq!(detail, "Signed 301 seconds before the receipt; 300 are allowed");
    let short = pair.by(&timed(&json!({"age": 10}))).await;
    let (one, two) = (pair.signed(&short, b"1"), pair.signed(&short, b"2"));
    server.wait(10);
    pair.is(&one, "ok").await;
    server.wait(1);
    pair.is(&two, "too_old").await;
    let long = pair.by(&timed(&json!({"age": 7200}))).await;
    let sent = pair.signed(&long, BODY);
    pair.is(&sent, "ok").await;
    server.core.sequence_all().await.unwrap();
    // Longer than a message without an age of its own is remembered.
    server.wait(7200);
    pair.is(&sent, "replayed").await;
    server.wait(1);
    pair.is(&sent, "too_old").await;
}

#[tokio::test]
async fn a_time_in_the_body_may_be_off_by_the_age_where_the_realm_asks() {
    let server = start(false).await;
    let pair = Pair::of(&server).await;
    set(&server, &[("countersign.refuse-old-messages", "true")]).await;
    let times = json!({"time": "/at", "request_id": null, "trace_id": null});
    for (members, most) in [(json!({"times": times}), 900), (json!({"times": times, "age": 60}), 60)] {
        let profile = pair.by(&own("strict", &members)).await;
        let at = |off: i64| json!({"at": server.core.now() - off}).to_string().into_bytes();
        pair.is(&pair.signed(&profile, &at(most)), "ok").await;
        let detail = pair.is(&pair.signed(&profile, &at(most + 2)), "too_old").await;
        assert!(detail.contains(&format!("{most} are allowed")), "{detail}");
        pair.is(&pair.signed(&profile, br#"{"at": "soon"}"#), "too_old").await;
    }
}

#[tokio::test]
async fn a_body_with_a_coding_is_judged_as_it_was_sent() {
    let server = start(false).await;
    let pair = Pair::of(&server).await;
    for coding in ["none", "any"] {
        let profile = pair.by(&own("strict", &json!({"coding": coding}))).await;
        let sent = pair.signed(&profile, b"\x1f\x8b\x08 and so on");
        let ask = sent.ask(&server, "verify").header("content-encoding", "gzip").bearer(&pair.bank.token().await);
        assert_eq!(server.ask(ask).await.expect(200).text("code"), "ok", "{coding}");
    }
}

#[tokio::test]
async fn a_signed_parameter_that_crit_need_not_name_is_missed() {
    let server = start(false).await;
    let pair = Pair::of(&server).await;
    let profile = own("strict", &json!({"parameters": [{"name": "to", "is": "receiver"}]}));
    let profile = pair.by(&profile).await;
    pair.is(&pair.signed(&profile, BODY), "ok").await;
    let header = detached::header(&pair.agent.key, Payload::Unencoded, None);
    let bare = detached::sign(&header, BODY, &pair.agent.key).unwrap();
    assert_eq!(pair.is(&pair.sent(bare, BODY), "claim_missing").await, "The header has no \"to\"");
}

#[tokio::test]
async fn a_profile_that_nobody_may_define_any_more_still_judges_whom_it_judged() {
    let server = start(false).await;
    let pair = Pair::of(&server).await;
    let times = json!({"time": "x", "request_id": null, "trace_id": null});
    let profile = pair.by(&own("strict", &json!({"version": 0, "times": times}))).await;
    pair.is(&pair.signed(&profile, BODY), "ok").await;
    // Nor does it stand in the way of other changes, or of the realm's own file.
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    let attributes = realm.doc.object("attributes").cloned().unwrap();
    let own = &attributes["countersign.signing-profiles"];
    assert!(domain::network::attributes::check("countersign.signing-profiles", own.as_str().unwrap()).is_err());
    assert!(domain::network::attributes::check_kept("countersign.signing-profiles", own.as_str().unwrap()).is_ok());
}
