//! Keys: brought with proof and voucher, refused with the reason, ended, revoked.

use registry::voucher;
use serde_json::{Value, json};

use super::{Network, jwk, key, lender, proof_of, receipts, thumbprint};

const KEYS: &str = "participants/bank/roles/lender/keys";

async fn nonce(network: &Network) -> String {
    let reply = network.ask("keeper", "POST", &format!("{KEYS}/nonce"), Value::Null).await.expect(200);
    assert_eq!(reply.text("expiresAt"), "2027-01-15T08:10:00.000Z");
    reply.text("nonce")
}

#[tokio::test]
async fn a_key_with_a_proof_is_added_and_its_nonce_is_used_once() {
    for network in Network::on_each().await {
        network.add_lender().await;
        let (first, second) = (key("first"), key("second"));
        let nonce = nonce(&network).await;
        let sent = json!({"jwk": jwk(&first), "proof": proof_of(&first, "lender", &nonce)});
        let reply = network.ask("keeper", "POST", KEYS, sent).await.expect(201);
        assert_eq!(reply.header("location"), format!("https://id.example/admin/realms/token/{KEYS}/first"));
        let made = reply.json();
        assert_eq!((receipts(&made), &made["isProved"]), (vec!["key-added".to_owned()], &json!(true)));
        assert_eq!((&made["status"], &made["word"]), (&json!("ACTIVE"), &json!({"grade": "operator"})));
        let again = json!({"jwk": jwk(&second), "proof": proof_of(&second, "lender", &nonce)});
        let text = network.refused("POST", KEYS, again, 400).await;
        assert!(text.contains("used before"), "{text}");
    }
}

#[tokio::test]
async fn a_proof_that_does_not_hold_is_refused_with_the_reason() {
    let network = Network::with_lender().await;
    network.post("participants/bank/roles", lender("other")).await;
    let (mine, stolen) = (key("k"), key("k"));
    let nonce = nonce(&network).await;
    let of_other = network.ask("keeper", "POST", "participants/bank/roles/other/keys/nonce", Value::Null).await;
    let of_other = of_other.expect(200).text("nonce");
    for (proof, why) in [
        (proof_of(&stolen, "lender", &nonce), "its signature is not of the key"),
        (proof_of(&mine, "other", &nonce), "its claim \"sub\""),
        (proof_of(&mine, "lender", &of_other), "not one that this server gave for this role"),
        (proof_of(&mine, "lender", "made-up"), "not one that this server gave for this role"),
        ("x".to_owned(), "not a compact JWS"),
    ] {
        let text = network.refused("POST", KEYS, json!({"jwk": jwk(&mine), "proof": proof}), 400).await;
        assert!(text.contains(why), "{text}");
    }
    network.server.wait(600);
    let late = json!({"jwk": jwk(&mine), "proof": proof_of(&mine, "lender", &nonce)});
    assert!(network.refused("POST", KEYS, late, 400).await.contains("has ended"));
}

#[tokio::test]
async fn an_operator_adds_a_key_without_proof_and_it_says_so_also_for_times_in_the_past() {
    let network = Network::with_lender().await;
    let times = json!({"validFrom": "2020-01-01T00:00:00Z", "validUntil": "2021-01-01T00:00:00+01:00"});
    let mut sent = times;
    sent["jwk"] = jwk(&key("old"));
    let made = network.post(KEYS, sent).await;
    assert_eq!((&made["isProved"], &made["status"]), (&json!(false), &json!("ENDED")));
    assert_eq!(made["validUntil"], "2020-12-31T23:00:00.000Z");
    let counting = network.get(&format!("{KEYS}/jwks?at=2020-06-01T00:00:00Z")).await;
    assert_eq!(counting["keys"][0]["kid"], "old");
    assert_eq!(network.get(&format!("{KEYS}/jwks")).await, json!({"keys": []}));
    let odd = json!({"jwk": jwk(&key("odd")), "validFrom": "soon"});
    assert!(network.refused("POST", KEYS, odd, 400).await.contains("validFrom: must be a time"));
    let turned =
        json!({"jwk": jwk(&key("odd")), "validFrom": "2027-01-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"});
    network.refused("POST", KEYS, turned, 400).await;
}

#[tokio::test]
async fn weak_and_private_keys_are_refused_with_the_reason() {
    let network = Network::with_lender().await;
    let mut private = jwk(&key("k"));
    private["d"] = json!("AQ");
    let weak = json!({"kty": "RSA", "e": "AQAB", "n": jose::b64::encode([0xAB; 128])});
    let mut wrong = jwk(&key("k"));
    wrong["use"] = json!("enc");
    let small_order = json!({"kty": "OKP", "crv": "Ed25519", "x": jose::b64::encode([0; 32])});
    let cube = json!({"kty": "RSA", "e": "Aw", "n": jose::b64::encode([0xAB; 256])});
    let smooth = json!({"kty": "RSA", "e": "AQAB", "n": jose::b64::encode([0xFF; 256])});
    let large = json!({"kty": "RSA", "e": "AQAB", "n": jose::b64::encode([0xAB; 1025])});
    for (jwk, why) in [
        (private, "private key"),
        (weak, "1024"),
        (wrong, "use is"),
        (json!("x"), "jwk: "),
        (small_order, "of small order: anybody could sign"),
        (cube, "exponent is under 65537"),
        (smooth, "small prime factor"),
        (large, "more than 8192 bits"),
    ] {
        let text = network.refused("POST", KEYS, json!({ "jwk": jwk }), 400).await;
        assert!(text.contains(why), "{text}");
    }
}

#[tokio::test]
async fn a_key_with_what_comes_with_it_is_bounded() {
    let network = Network::with_lender().await;
    let voucher = json!({"kind": "certificate", "x5c": ["A".repeat(33_000)]});
    let text = network.refused("POST", KEYS, json!({"jwk": jwk(&key("k")), "voucher": voucher}), 400).await;
    assert_eq!(text, "A key with its proof and voucher has at most 32768 octets");
}

#[tokio::test]
async fn a_name_comes_once_and_a_key_is_one_roles() {
    let network = Network::with_lender().await;
    let (mine, other) = (key("k"), key("k"));
    network.post(KEYS, json!({"jwk": jwk(&mine)})).await;
    network.refused("POST", KEYS, json!({"jwk": jwk(&other)}), 409).await;
    let mut renamed = jwk(&mine);
    renamed["kid"] = json!("k2");
    network.refused("POST", KEYS, json!({"jwk": renamed}), 409).await;
    network.post("participants", json!({"id": "rival", "participantName": "Rival"})).await;
    network.post("participants/rival/roles", lender("rival-lender")).await;
    network.post("participants/bank/roles", lender("second")).await;
    for keys in ["participants/rival/roles/rival-lender/keys", "participants/bank/roles/second/keys"] {
        let taken = network.refused("POST", keys, json!({"jwk": renamed}), 409).await;
        assert_eq!(taken, "The key is another role's, and a key stands for one role");
    }
}

#[tokio::test]
async fn a_previous_key_vouches_for_the_next() {
    let network = Network::with_lender().await;
    let (old, new) = (key("old"), key("new"));
    network.post(KEYS, json!({"jwk": jwk(&old)})).await;
    let with = |jws: String| json!({"jwk": jwk(&new), "voucher": {"kind": "previous-key", "jws": jws}});
    let by_itself = voucher::make(&new, "lender", &thumbprint(&new)).expect("a voucher");
    assert!(network.refused("POST", KEYS, with(by_itself), 400).await.contains("voucher: "));
    let odd = json!({"jwk": jwk(&new), "voucher": {"kind": "hearsay"}});
    assert!(network.refused("POST", KEYS, odd, 400).await.contains("hearsay"));
    let good = voucher::make(&old, "lender", &thumbprint(&new)).expect("a voucher");
    let made = network.post(KEYS, with(good)).await;
    assert_eq!((&made["word"]["grade"], &made["word"]["kid"]), (&json!("previous-key"), &json!("old")));
}

#[tokio::test]
async fn a_key_ends_or_is_revoked_since_a_moment_for_a_reason() {
    let network = Network::with_lender().await;
    for kid in ["a", "b"] {
        network.post(KEYS, json!({"jwk": jwk(&key(kid)), "validFrom": "2026-01-01T00:00:00Z"})).await;
    }
    let (a, b) = (format!("{KEYS}/a"), format!("{KEYS}/b"));
    let ended = network.put(&a, json!({"status": "ENDED", "at": "2027-02-01T00:00:00Z"})).await;
    assert_eq!((receipts(&ended), &ended["status"]), (vec!["key-ended".to_owned()], &json!("ACTIVE")));
    network.refused("PUT", &a, json!({"status": "ENDED", "at": "2027-03-01T00:00:00Z"}), 400).await;
    assert_eq!(network.put(&a, json!({"status": "ENDED"})).await["status"], "ENDED", "sooner than was said");
    for (body, why) in [
        (json!({"status": "REVOKED"}), "reason: "),
        (json!({"status": "REVOKED", "reason": "x", "revokedSince": "2028-01-01T00:00:00Z"}), "in the future"),
        (json!({"status": "REVOKED", "reason": "x", "at": "2026-01-01T00:00:00Z"}), "at: goes with ENDED"),
        (json!({"status": "ENDED", "revokedSince": "2026-01-01T00:00:00Z"}), "goes with REVOKED"),
        (json!({"status": "ACTIVE"}), "ENDED or REVOKED"),
    ] {
        let text = network.refused("PUT", &b, body, 400).await;
        assert!(text.contains(why), "{text}");
    }
    let revoke = json!({"status": "REVOKED", "revokedSince": "2026-12-01T00:00:00Z", "reason": "theft"});
    let revoked = network.put(&b, revoke).await;
    assert_eq!((receipts(&revoked), &revoked["status"]), (vec!["key-revoked".to_owned()], &json!("REVOKED")));
    let jwks = |at: &str| format!("{KEYS}/jwks?at={at}");
    let then = network.get(&jwks("2026-11-30T00:00:00Z")).await["keys"].as_array().map(Vec::len);
    assert_eq!(then, Some(2));
    assert_eq!(network.get(&jwks("2026-12-02T00:00:00Z")).await["keys"][0]["kid"], "a");
    network.refused("PUT", &format!("{KEYS}/c"), json!({"status": "ENDED"}), 404).await;
}

#[tokio::test]
async fn a_role_whose_profile_takes_none_of_its_keys_is_warned_of_and_changes_in_either_order() {
    let network = Network::with_lender().await;
    let role = "participants/bank/roles/lender";
    let none = |answer: &Value| assert!(answer["warnings"].is_null(), "{answer}");
    none(&network.put(role, json!({"profile": "ocen"})).await);
    let added = network.post(KEYS, json!({"jwk": jwk(&key("first"))})).await;
    let warning = added["warnings"][0].as_str().expect("a warning");
    assert!(["ocen takes RS256", "first"].iter().all(|word| warning.contains(word)), "{warning}");
    none(&network.put(role, json!({"profile": "strict"})).await);
    let mut changed = network.put(role, json!({"profile": "ocen"})).await;
    assert_eq!(changed["warnings"][0].as_str(), Some(warning));
    let der = jose::generate::rsa(2048).expect("a key");
    let rsa = jose::SigningKey::from_der(jose::Algorithm::RS256, &der).expect("a key").with_kid("rsa");
    none(&network.post(KEYS, json!({"jwk": jwk(&rsa)})).await);
    changed["head"].take();
    changed["seq"].take();
    let members = changed.as_object_mut().expect("an object");
    members.retain(|_, value| !value.is_null());
    none(&network.put(role, changed).await);
}

#[tokio::test]
async fn an_rsa_modulus_is_one_roles_whatever_the_exponent() {
    let network = Network::with_lender().await;
    network.post("participants", json!({"id": "shop", "participantName": "Shop"})).await;
    network.post("participants/shop/roles", lender("second")).await;
    let der = jose::generate::rsa(2048).expect("a key");
    let rsa = jose::SigningKey::from_der(jose::Algorithm::RS256, &der).expect("a key").with_kid("rsa");
    let mut key = jwk(&rsa);
    network.post(KEYS, json!({"jwk": key})).await;
    key["e"] = json!("AQAD");
    key["kid"] = json!("other");
    let text = network.refused("POST", KEYS, json!({"jwk": key}), 409).await;
    assert_eq!(text, "The role has, or had, a key of this modulus under the name rsa");
    let text = network.refused("POST", "participants/shop/roles/second/keys", json!({"jwk": key}), 409).await;
    assert_eq!(text, "The key is another role's, and a key stands for one role");
}

#[tokio::test]
async fn a_key_is_ended_and_revoked_whatever_its_name_by_name_or_thumbprint() {
    let network = Network::with_lender().await;
    for kid in ["b64/kid+1=", "a\\b", "https://x.example/y#z", ".", "..", "a%2Fb", "a;b?c"] {
        let made = key(kid);
        let reply = network.ask("keeper", "POST", KEYS, json!({"jwk": jwk(&made)})).await.expect(201);
        let path = reply.header("location").split_once("/token/").expect("a path").1.to_owned();
        assert_eq!(network.get(&path).await["kid"], kid);
        let by_thumbprint = format!("{KEYS}/{}", thumbprint(&made));
        assert_eq!(network.put(&by_thumbprint, json!({"status": "ENDED"})).await["status"], "ENDED", "{kid}");
        let revoke = json!({"status": "REVOKED", "reason": "stolen"});
        assert_eq!(network.put(&path, revoke).await["status"], "REVOKED", "{kid}");
    }
    let (one, other) = (key("one"), key("other"));
    network.post(KEYS, json!({"jwk": jwk(&one)})).await;
    let other = json!({"jwk": jwk(&other.with_kid(&thumbprint(&one)))});
    let text = network.refused("POST", KEYS, other, 409).await;
    assert!(text.starts_with("The role has, or had, a key whose thumbprint is "), "{text}");
}

#[tokio::test]
async fn a_key_is_revoked_and_a_role_suspended_also_while_a_realm_takes_no_messages_for_want_of_times() {
    let setup = Network::setup().with(|realm| {
        realm["attributes"]["countersign.time-at-least-every"] = json!("300");
        realm["attributes"]["countersign.refuse-without-time"] = json!("true");
    });
    let network = Network { server: setup.start().await };
    network.add_lender().await;
    network.post(KEYS, json!({"jwk": jwk(&key("k"))})).await;
    network.put("participants/bank/roles/lender", json!({"participantRoleStatus": "APPROVED"})).await;
    network.server.core.sequence_all().await.expect("indexes");
    network.server.wait(3600);
    network.put(&format!("{KEYS}/k"), json!({"status": "REVOKED", "reason": "stolen"})).await;
    let suspend = json!({"participantRoleStatus": "SUSPENDED", "reason": "a stolen key"});
    network.put("participants/bank/roles/lender", suspend).await;
}
