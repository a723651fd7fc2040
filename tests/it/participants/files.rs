//! Realm files: the registry goes out and comes in with its realm, each chain whole.

use domain::Error;
use model::Document;
use registry::participant::Statement;
use registry::{Actor, Change, Moment, Record, Settings};
use serde_json::{Value, json};

use super::{LENDER, Network, jwk, key};

/// The file of a realm with a participant, an approved role and a key.
async fn exported() -> (Network, Value) {
    let network = Network::with_lender().await;
    network.put(LENDER, json!({"participantRoleStatus": "APPROVED", "productNetworks": ["gst"]})).await;
    network.post(&format!("{LENDER}/keys"), json!({"jwk": jwk(&key("k"))})).await;
    let file = admin::export::whole(&network.server.core, "token").await.expect("exports").expect("a realm");
    (network, file.into_value())
}

/// Imports a file under another name, as another realm.
async fn import(network: &Network, file: &Value) -> Result<(), String> {
    let mut file = file.clone();
    file["realm"] = json!("copy");
    file["id"] = json!("00000000-0000-4000-8000-000000000001");
    let text = file.to_string().replace("token-realm", "copy-realm");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let place = wire_tests::Setup::empty().master().start().await;
    let done = admin::import::realm(&place.core, Document::from_value(file)).await;
    match done {
        Ok(_) => {
            let plan = place.core.plan("copy", domain::Fresh::Now).await.expect("reads").expect("a realm");
            let role = place.core.participant_role(&plan.realm.id, "lender").await.expect("reads").expect("a role");
            let before = network.get(LENDER).await;
            assert_eq!(role.head.digest, before["head"].as_str().expect("a digest"));
            assert_eq!(role.status().name(), "APPROVED");
            let store = &place.core.store;
            let owner = store::participants::owner_of_key(store, &plan.realm.id, &role.keys[0].thumbprint).await;
            assert_eq!(owner.expect("reads").as_deref(), Some("lender"));
            assert_eq!(
                store::participants::list_networks(store, &plan.realm.id).await.expect("reads"),
                [("gst".to_owned(), 1)]
            );
            let of_client = place.core.role_of_client(&plan.realm.id, "lender-client").await.expect("reads");
            assert_eq!(of_client.map(|role| role.id.clone()).as_deref(), Some("lender"));
            let again =
                admin::export::whole(&place.core, "copy").await.expect("exports").expect("a realm").into_value();
            let ended = wire_tests::Ask::new("PUT", "/admin/realms/copy/participants/bank/roles/lender")
                .bearer(&place.admin_token().await)
                .body("application/json", r#"{"participantRoleStatus": "SUSPENDED"}"#);
            assert_eq!(place.ask(ended).await.expect(200).json()["seq"], 5, "the chain goes on");
            let plan = place.core.plan("copy", domain::Fresh::Now).await.expect("reads").expect("a realm");
            let ledger = plan.network.as_ref().and_then(|network| network.ledger.clone()).expect("a ledger");
            for record in store::participants::records(store, &plan.realm.id, "lender").await.expect("reads") {
                let entry = store::ledger::entry(store, &plan.realm.id, &record.entry_id).await.expect("reads");
                let (ledger_id, entry) = entry.expect("the new ledger has it");
                assert_eq!((ledger_id, entry.record), (ledger.id.clone(), Some(record.octets)));
            }
            assert_eq!(again["countersign"], serde_json::from_str::<Value>(&text).expect("JSON")["countersign"]);
            Ok(())
        }
        Err(Error::Refused(refused)) => Err(refused.refusal.description.into_owned()),
        Err(error) => panic!("{error:?}"),
    }
}

fn record(subject: &str, seq: u64, change: Change, prev: Option<String>) -> Vec<u8> {
    record_at(subject, seq, change, prev, 0)
}

fn record_at(subject: &str, seq: u64, change: Change, prev: Option<String>, at_ms: i64) -> Vec<u8> {
    let actor = Actor { realm: "token".to_owned(), client_id: "admin-cli".to_owned(), user_id: None };
    let (kind, at) = (registry::record::Kind::Registry, Moment::from_ms(at_ms));
    Record { v: 1, kind, subject: subject.to_owned(), seq, recorded_at: at, actor, change, prev }.to_bytes()
}

fn chain_of_a_participant(id: &str) -> String {
    let participant = Statement { participant_name: id.to_owned(), ..Statement::default() };
    jose::b64::encode(record(id, 1, Change::ParticipantStated { participant }, None))
}

/// A file with one more role, of its participant `rival`, by its chain: of these settings, with a key if there is one.
fn with_role(file: &Value, settings: Settings, key: Option<&Value>, at_ms: i64) -> Value {
    let apply = Change::RoleApplied { participant_id: "rival".to_owned(), role: settings };
    let mut records = vec![record_at("second", 1, apply, None, at_ms)];
    if let Some(jwk) = key {
        let (kid, valid_from) = (jwk["kid"].as_str().expect("a kid").to_owned(), Moment::from_ms(0));
        let (jwk, word) = (jwk.clone(), registry::Word::Operator);
        let added = Change::KeyAdded { kid, jwk, valid_from, valid_until: None, proof: None, word };
        let prev = registry::record::digest(&records[0]);
        records.push(record_at("second", 2, added, Some(prev), at_ms));
    }
    let mut file = file.clone();
    let registry = &mut file["countersign"];
    let rival = json!({"id": "rival", "records": [chain_of_a_participant("rival")]});
    registry["participants"].as_array_mut().expect("a list").push(rival);
    let records: Vec<String> = records.iter().map(jose::b64::encode).collect();
    registry["roles"].as_array_mut().expect("a list").push(json!({"id": "second", "records": records}));
    file
}

/// The chain of a role of `rival` that has the key which the file's first role has.
fn chain_with_the_key(file: &Value) -> Vec<String> {
    let added = file["countersign"]["roles"][0]["records"][3].as_str().expect("a record");
    let added = Record::parse(&jose::b64::decode(added, "record").expect("octets")).expect("a record");
    let role = Settings {
        participant_role: "LENDER".to_owned(),
        client_id: "app".to_owned(),
        profile: "ocen".to_owned(),
        ..Settings::default()
    };
    let first = record("second", 1, Change::RoleApplied { participant_id: "rival".to_owned(), role }, None);
    let second = record("second", 2, added.change, Some(registry::record::digest(&first)));
    vec![jose::b64::encode(first), jose::b64::encode(second)]
}

#[tokio::test]
async fn a_registry_goes_out_and_comes_in_with_its_realm() {
    let (network, file) = exported().await;
    assert_eq!(file["countersign"]["participants"][0]["id"], "bank");
    assert_eq!(file["countersign"]["roles"][0]["records"].as_array().map(Vec::len), Some(4));
    assert_eq!(import(&network, &file).await, Ok(()));
}

#[tokio::test]
async fn a_chain_that_does_not_hang_together_is_refused_by_its_place() {
    let (network, file) = exported().await;
    let refusal = async |change: &dyn Fn(&mut Value)| {
        let mut changed = file.clone();
        change(&mut changed["countersign"]);
        import(&network, &changed).await.expect_err("refused")
    };
    let records = |registry: &mut Value, change: &dyn Fn(&mut Vec<Value>)| {
        change(registry["roles"][0]["records"].as_array_mut().expect("records"));
    };
    let gap = refusal(&|registry| records(registry, &|list| drop(list.remove(1)))).await;
    assert!(gap.starts_with("countersign.roles[0]: record 3 stands where 2 belongs"), "{gap}");
    let odd = refusal(&|registry| records(registry, &|list| list[0] = json!("%%"))).await;
    assert_eq!(odd, "countersign.roles[0]: a record that is not in base64url");
    let renamed = refusal(&|registry| registry["roles"][0]["id"] = json!("other")).await;
    assert_eq!(renamed, "countersign.roles[0]: not the chain of that id");
    let alone = refusal(&|registry| registry["participants"] = json!([])).await;
    assert_eq!(alone, "countersign.roles[0]: no participant with id \"bank\"");
    let shared = refusal(&|registry| {
        let other = json!({"id": "rival", "records": [chain_of_a_participant("rival")]});
        registry["participants"].as_array_mut().expect("a list").push(other);
        registry["roles"]
            .as_array_mut()
            .expect("a list")
            .push(json!({"id": "second", "records": chain_with_the_key(&file)}));
    })
    .await;
    assert_eq!(shared, "countersign.roles[1]: the key k is there before, and a key stands for one role");
    let more = refusal(&|registry| registry["colour"] = json!(1)).await;
    assert!(more.contains("`colour`"), "{more}");
}

#[tokio::test]
async fn a_realm_without_participants_has_no_registry_in_its_file_and_takes_none() {
    let server = wire_tests::Setup::of("token").start().await;
    let file = admin::export::whole(&server.core, "token").await.expect("exports").expect("a realm");
    assert!(!file.0.contains_key("countersign"));
    let (network, mut file) = exported().await;
    file["attributes"]["countersign.participants"] = json!("false");
    let refused = import(&network, &file).await.expect_err("refused");
    assert_eq!(refused, "countersign: a realm without participants has no registry");
}

#[tokio::test]
async fn a_role_that_could_not_be_registered_is_not_imported_and_the_refusal_names_it() {
    let (network, file) = exported().await;
    let good = Settings {
        participant_role: "LENDER".to_owned(),
        client_id: "app".to_owned(),
        profile: "ocen".to_owned(),
        ..Settings::default()
    };
    let refusal = async |settings: Settings, key: Option<&Value>, at_ms: i64| {
        import(&network, &with_role(&file, settings, key, at_ms)).await.expect_err("refused")
    };
    let unknown = Settings { profile: "mine".to_owned(), ..good.clone() };
    let why = refusal(unknown, None, 0).await;
    let named = "countersign.roles[1]: the role \"second\": profile: the realm has no signing profile \"mine\"";
    assert!(why.starts_with(named), "{why}");
    let unknown = Settings { participant_role: "KING".to_owned(), ..good.clone() };
    let why = refusal(unknown, None, 0).await;
    assert!(
        why.starts_with("countersign.roles[1]: the role \"second\": participantRole: must be one of LENDER"),
        "{why}"
    );
    let twice = Settings { product_networks: vec!["gst".to_owned(), "gst".to_owned()], ..good.clone() };
    let why = refusal(twice, None, 0).await;
    assert_eq!(why, "countersign.roles[1]: the role \"second\": productNetworks: gst is there twice");
    let ahead = network.server.core.clock.now_ms() + 3_600_000;
    let why = refusal(good.clone(), None, ahead).await;
    assert!(why.starts_with("countersign.roles[1]: a record of 2") && why.ends_with("which is to come"), "{why}");
    // 2^2203 - 1 is prime.
    let mut prime = vec![0xff; 276];
    prime[0] = 0x07;
    let prime = registry::PublicKey::read(
        &json!({"kty": "RSA", "kid": "prime", "use": "sig", "e": "AQAB", "n": jose::b64::encode(prime)}),
    );
    let why = refusal(good.clone(), Some(&prime.expect("a key").jwk), 0).await;
    assert!(why.starts_with("countersign.roles[1]: the key prime: the RSA key is not safe: its modulus is"), "{why}");
    let why = refusal(good, Some(&jwk(&key("jwks"))), 0).await;
    assert_eq!(why, "countersign.roles[1]: no key can have the name jwks");
}
