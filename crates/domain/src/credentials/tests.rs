use serde_json::json;

use super::{HashChoice, HashError, Hasher, PasswordHash, Scratch, StoredPassword, UnknownScheme, Unreadable};

fn stored(value: &str, salt: &str, algorithm: &str, iterations: i64, parameters: serde_json::Value) -> StoredPassword {
    StoredPassword {
        secret_data: json!({"value": value, "salt": salt, "additionalParameters": {}}).to_string(),
        credential_data:
            json!({"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": parameters})
                .to_string(),
    }
}

fn by_keycloak(value: &str, salt: &str) -> StoredPassword {
    let parameters = json!({"hashLength":["32"],"memory":["7168"],"type":["id"],"version":["1.3"],"parallelism":["1"]});
    stored(value, salt, "argon2", 5, parameters)
}

fn argon(value_hex: &str, variant: &str, version: &str, lanes: &str) -> StoredPassword {
    let parameters =
        json!({"hashLength":["32"],"memory":["256"],"type":[variant],"version":[version],"parallelism":[lanes]});
    let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&value_hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    use base64::Engine;
    let value = base64::engine::general_purpose::STANDARD.encode(bytes);
    stored(&value, "c29tZXNhbHQ=", "argon2", 2, parameters)
}

fn verifies(stored: &StoredPassword, password: &str) -> Result<bool, Unreadable> {
    PasswordHash::parse(stored)?.verify(password, &mut Scratch::default())
}

#[test]
fn a_hash_exported_by_keycloak_verifies() {
    let exported = [
        ("miriam", "ICjzcEM/HgnAEbcROgdGsGaj7mtXeZI4moaX6mgt99E=", "IN+PApS+aSx7LuJaOpsQRA=="),
        ("tomas", "uefP/CtKeG4xFbPMzCczeUTb31wrjcO4XtaaY04o9K0=", "6b6SBOKRMsRCJvvY7K5uEw=="),
        ("newcomer", "ZxzBNCVf0LleAjdPykYgp+bNwgssbuknvvQouiJELFk=", "yAaolpbBMw5iIaNRgSCCIw=="),
        ("former", "ycxBVzDs5sDKfpamR02JFKc4THiFAlHmraiId/cD2Ww=", "LwyyprB8ks2xN6mxisqoLw=="),
        ("asha", "sFa+Ruw7UxGicoZQaqMBeLEO3AbZp6pLJtF1ZCXuy1E=", "rDFUco6y1IKK0i503q5jOg=="),
    ];
    for (user, value, salt) in exported {
        let stored = by_keycloak(value, salt);
        assert_eq!(verifies(&stored, &format!("{user}-password")), Ok(true), "{user}");
        assert_eq!(verifies(&stored, "another-password"), Ok(false), "{user}");
        let hash = PasswordHash::parse(&stored).unwrap();
        assert_eq!(hash.to_stored(), stored, "written back as it was read");
        assert!(!hash.needs_rehash(HashChoice::default()));
    }
}

/// Vectors of the reference implementation (phc-winner-argon2, src/test.c), password "password", salt "somesalt".
#[test]
fn every_variant_and_version_of_argon2_verifies() {
    let old = argon("fd4dd83d762c49bdeaf57c47bdcd0c2f1babf863fdeb490df63ede9975fccf06", "i", "1.0", "1");
    let old_lanes = argon("b6c11560a6a9d61eac706b79a2f97d68b4463aa3ad87e00c07e2b01e90c564fb", "i", "1.0", "2");
    let new = argon("89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f", "i", "1.3", "1");
    let id = argon("9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe", "id", "1.3", "1");
    for stored in [old, old_lanes, new, id] {
        assert_eq!(verifies(&stored, "password"), Ok(true), "{stored:?}");
    }
}

/// Hashes a Keycloak 26.7.4 made under the policies hashAlgorithm(…) and hashIterations(1000).
#[test]
fn pbkdf2_hashes_of_keycloak_verify() {
    for (algorithm, value, salt) in PBKDF2_BY_KEYCLOAK {
        let stored = stored(value, salt, algorithm, 1000, json!({}));
        assert_eq!(verifies(&stored, &format!("pass-of-{algorithm}")), Ok(true), "{algorithm}");
        assert_eq!(verifies(&stored, "pass-of"), Ok(false), "{algorithm}");
        let hash = PasswordHash::parse(&stored).unwrap();
        assert!(!hash.needs_rehash(HashChoice::find(Some(algorithm), Some(1000)).unwrap()));
        assert!(hash.needs_rehash(HashChoice::find(Some(algorithm), None).unwrap()));
        assert!(hash.needs_rehash(HashChoice::default()));
    }
}

#[test]
fn a_bcrypt_hash_verifies_and_is_due_for_rehashing() {
    // The example of Wikipedia's article on bcrypt, and one with the prefix PHP writes.
    let example = "$2a$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
    let stored = stored(example, "", "bcrypt", 12, json!({}));
    assert_eq!(verifies(&stored, "abc123xyz"), Ok(true));
    assert_eq!(verifies(&stored, "abc123xyy"), Ok(false));
    assert_eq!(verifies(&stored, "abc123xyz\0"), Ok(false));
    let hash = PasswordHash::parse(&stored).unwrap();
    assert!(hash.needs_rehash(HashChoice::default()));
    assert_eq!(hash.to_stored(), stored);
}

#[test]
fn a_stored_hash_that_costs_too_much_is_unreadable() {
    let value = "ICjzcEM/HgnAEbcROgdGsGaj7mtXeZI4moaX6mgt99E=";
    let salt = "IN+PApS+aSx7LuJaOpsQRA==";
    let argon = |memory: &str, lanes: &str, length: &str| json!({"hashLength":[length],"memory":[memory],"type":["id"],"version":["1.3"],"parallelism":[lanes]});
    let refused = [
        stored(value, salt, "argon2", 5, argon("4194304", "1", "32")),
        stored(value, salt, "argon2", 2_000_000_000, argon("7168", "1", "32")),
        stored(value, salt, "argon2", -5, argon("7168", "1", "32")),
        stored(value, salt, "argon2", 5, argon("7168", "100000", "32")),
        stored(value, salt, "argon2", 5, argon("7168", "0", "32")),
        stored(value, salt, "argon2", 5, argon("7168", "1", "4000000000")),
        stored(value, "YQ==", "argon2", 5, argon("7168", "1", "32")),
        stored("", salt, "argon2", 5, argon("7168", "1", "32")),
        stored(value, salt, "pbkdf2-sha512", 2_000_000_000, json!({})),
        stored(value, salt, "pbkdf2-sha512", 0, json!({})),
        stored(&"AAAA".repeat(10_000), salt, "pbkdf2-sha512", 1000, json!({})),
        stored("$2a$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "", "bcrypt", 31, json!({})),
        stored("$2a$", "", "bcrypt", 10, json!({})),
        stored(value, "", "bcrypt", 10, json!({})),
        stored(value, salt, "md5", 1, json!({})),
        stored("not base64", salt, "pbkdf2", 1, json!({})),
        StoredPassword { secret_data: "{}".into(), credential_data: "{}".into() },
        StoredPassword { secret_data: String::new(), credential_data: "[]".into() },
    ];
    for stored in refused {
        assert!(PasswordHash::parse(&stored).is_err(), "{stored:?}");
    }
}

#[test]
fn a_policy_chooses_among_the_schemes_that_make_hashes() {
    assert_eq!(HashChoice::find(None, None).unwrap(), HashChoice::default());
    assert_eq!(HashChoice::find(Some("pbkdf2-sha256"), None).unwrap().iterations(), 600_000);
    assert_eq!(HashChoice::find(None, Some(3)).unwrap().iterations(), 3);
    assert_eq!(HashChoice::find(Some("bcrypt"), None), Err(UnknownScheme::Name));
    assert_eq!(HashChoice::find(Some(""), None), Err(UnknownScheme::Name));
    assert_eq!(HashChoice::find(None, Some(0)), Err(UnknownScheme::Iterations));
    assert_eq!(HashChoice::find(None, Some(u32::MAX)), Err(UnknownScheme::Iterations));
}

#[test]
fn debug_output_shows_no_hash() {
    let stored = by_keycloak("ICjzcEM/HgnAEbcROgdGsGaj7mtXeZI4moaX6mgt99E=", "IN+PApS+aSx7LuJaOpsQRA==");
    let shown = format!("{stored:?} {:?}", PasswordHash::parse(&stored).unwrap());
    assert!(!shown.contains("ICjz") && !shown.contains("IN+P"), "{shown}");
}

#[tokio::test]
async fn a_new_hash_reads_as_keycloak_writes_it_and_verifies() {
    let hasher = Hasher::new(2, 2);
    let made = hasher.make(HashChoice::default(), "correct horse").await.unwrap();
    let expected = "{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":{\"hashLength\":[\"32\"],\
                    \"memory\":[\"7168\"],\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}";
    assert_eq!(made.credential_data, expected);
    assert!(
        made.secret_data.starts_with("{\"value\":\"") && made.secret_data.contains("==\",\"additionalParameters\":{}}")
    );
    assert!(hasher.verify(&made, "correct horse").await.unwrap());
    assert!(!hasher.verify(&made, "correct horse ").await.unwrap());
    let again = hasher.make(HashChoice::default(), "correct horse").await.unwrap();
    assert_ne!(made.secret_data, again.secret_data, "the salt is fresh");
    let quick = HashChoice::find(Some("pbkdf2-sha256"), Some(10)).unwrap();
    let other = hasher.make(quick, "correct horse").await.unwrap();
    assert!(hasher.verify(&other, "correct horse").await.unwrap());
}

#[tokio::test]
async fn nobodys_password_takes_a_hash_too() {
    let hasher = Hasher::new(1, 0);
    hasher.verify_nobody(HashChoice::default(), "anything").await.unwrap();
    hasher.verify_nobody(HashChoice::find(Some("pbkdf2"), Some(10)).unwrap(), "anything").await.unwrap();
}

#[tokio::test]
async fn a_full_queue_refuses_and_a_finished_hash_makes_room() {
    let hasher = Hasher::new(1, 1);
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (started, mut running) = tokio::sync::mpsc::unbounded_channel();
    let first = tokio::spawn({
        let hasher = hasher.clone();
        async move {
            let wait = move |_: &mut Scratch| {
                started.send(()).unwrap();
                gate.recv().is_ok()
            };
            hasher.run(wait).await
        }
    });
    running.recv().await.unwrap();
    let second = hasher.run(|_| 2);
    tokio::pin!(second);
    assert!(futures_pending(second.as_mut()).await, "waits for the one core");
    assert_eq!(hasher.run(|_| 3).await, Err(HashError::Busy));
    go.send(()).unwrap();
    assert_eq!(first.await.unwrap(), Ok(true));
    assert_eq!(second.await, Ok(2));
    assert_eq!(hasher.run(|_| 4).await, Ok(4));
}

#[tokio::test]
async fn a_panic_in_a_hash_frees_its_place() {
    let hasher = Hasher::new(1, 0);
    assert_eq!(hasher.run(|_| panic!("on purpose")).await.map(|()| 0), Err(HashError::Failed));
    assert_eq!(hasher.run(|_| 1).await, Ok(1));
}

/// Polls once: true when the future isn't done.
async fn futures_pending<F: Future + Unpin>(mut future: F) -> bool {
    std::future::poll_fn(|cx| std::task::Poll::Ready(std::pin::Pin::new(&mut future).poll(cx).is_pending())).await
}

const PBKDF2_BY_KEYCLOAK: [(&str, &str, &str); 3] = [
    (
        "pbkdf2",
        "iqcrvUxze02PTzUfCXDDMmL0OnCg9cJF9o7bm+BvECBrfUdwkJUqpfNPKSSQIVTH5mzxGfAe8HEOaSONNL3iAA==",
        "OWDcG9BbFr64js2Yk9RMpA==",
    ),
    ("pbkdf2-sha256", "L678YKUPqDsM4t0V6euV21bfOBuZSyRzvLQTIbNO1Y4=", "m8o9kdjMB9QNnhdUiET5wQ=="),
    (
        "pbkdf2-sha512",
        "U057uTflp1ZqP3AGjAPLYaaIVvHtlZYK4adAijTlIpmsWhO9YPOgDLS3+c//ZqbM4OZCXiwHYq4Evl8jgAweag==",
        "nhVqmZHzGOfSaUZMxDnblA==",
    ),
];
