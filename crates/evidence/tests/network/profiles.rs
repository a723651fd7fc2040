//! Messages judged by profiles of a network's own: what they say of messages without a body, of age, and of codings.

use evidence::bundle::Claim;
use serde_json::{Value, json};
use signing::Profile;

use super::{Attempt, proved, refused};
use crate::network::{ASK, Network, Sent, es256};

/// A profile like one that every network has, with these members, whether or not anybody would take it.
fn own(like: &str, members: &Value) -> Profile {
    let mut whole = serde_json::to_value(Profile::find(like).unwrap()).unwrap();
    whole["name"] = "own".into();
    whole.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

/// A message that was signed by one profile so many seconds ago, and judged by another.
fn sent(body: &[u8], signed_by: Profile, judged_by: &Profile, ago: u64) -> (evidence::bundle::Bundle, String) {
    let (mut network, key) = (Network::new(), es256("k"));
    network.profiles = vec![signed_by];
    network.join("agent-1", "own", &key);
    network.join("lender-1", "bound", &es256("l"));
    let sent = Sent {
        role: "agent-1",
        key: &key,
        profile: "own",
        method: "POST",
        target: "/v4/loans",
        body,
        receiver: "lender-1",
    };
    network.now -= ago * 1000;
    let jws = network.signature(&sent);
    network.now += ago * 1000;
    network.profiles = vec![judged_by.clone()];
    let record = network.record_of(&sent, judged_by, jws);
    let index = network.record(&record, body);
    network.checkpoint();
    (network.bundle(Claim::Messages, &[index], &["agent-1", "lender-1"]), network.policy(&network.pin("agent-1", &key)))
}

pub fn all() -> Vec<Attempt> {
    let good = |name, body, profile: Profile, ago, says| {
        let (bundle, trust) = sent(body, profile.clone(), &profile, ago);
        proved(name, bundle, &trust, says)
    };
    let bad = |name, body, [signed_by, judged_by]: [Profile; 2], ago, says| {
        let (bundle, trust) = sent(body, signed_by, &judged_by, ago);
        refused(name, bundle, &trust, says)
    };
    let same = |profile: Profile| [profile.clone(), profile];
    let timed = |is: &str, age: u32| own("strict", &json!({"parameters": [{"name": "t", "is": is}], "age": age}));
    let usual = own("strict", &json!({"parameters": [{"name": "t", "is": "now"}]}));
    let (target, empty) = (own("bound", &json!({})), own("bound", &json!({"no_body": "empty"})));
    let (strict, none) = (own("strict", &json!({})), own("strict", &json!({"no_body": "refused"})));
    let (invalid, old) = ("judged anew it is signature_invalid", "judged anew it is too_old");
    let unfit = "is not what its record says";
    let over_nothing = own("strict", &json!({"no_body": "empty"}));
    let of_no_time = own("strict", &json!({"age": 60}));
    let times = json!({"times": {"time": "x", "request_id": null, "trace_id": null}, "version": 0});
    vec![
        good("no-body-and-no-octets", b"", empty.clone(), 0, "that it has no body is signed by the key"),
        good("no-body-and-its-target", b"", target.clone(), 0, "its target is signed by the key"),
        bad("no-body-and-no-octets-for-the-target", b"", [empty.clone(), target.clone()], 0, invalid),
        bad("no-body-and-its-target-for-no-octets", b"", [target, empty], 0, invalid),
        good("a-body-where-there-must-be-one", ASK, none.clone(), 0, "its body of 51 octets is signed"),
        bad("no-body-where-there-must-be-one", b"", [strict, none], 0, invalid),
        good("within-a-longer-age", ASK, timed("now", 3600), 3600, "verdict ok"),
        bad("beyond-a-longer-age", ASK, same(timed("now", 3600)), 3601, old),
        bad("beyond-a-shorter-age", ASK, same(timed("now", 60)), 61, old),
        bad("beyond-the-usual-age", ASK, same(usual), 301, old),
        good("within-the-age-of-what-was", ASK, timed("past", 60), 60, "verdict ok"),
        bad("beyond-the-age-of-what-was", ASK, same(timed("past", 60)), 61, old),
        good("a-body-with-a-coding", ASK, own("strict", &json!({"coding": "any"})), 0, "not the content coding"),
        bad("a-profile-that-signs-nothing", b"", same(over_nothing), 0, unfit),
        bad("a-profile-with-an-age-of-no-time", ASK, same(of_no_time), 0, unfit),
        bad("a-profile-with-too-long-an-age", ASK, same(timed("now", 86_401)), 0, unfit),
        good("a-profile-that-nobody-defines-any-more", ASK, own("strict", &times), 0, "verdict ok"),
    ]
}
