//! Opening a store: schema and master key.

use std::os::unix::fs::PermissionsExt;

use store::{KeySource, MasterKey, Store, StoreError, params};

use crate::support::{Place, places, write};

fn kept(place: &Place) -> KeySource {
    KeySource::Kept(place.directory.join("master.key"))
}

#[tokio::test]
async fn a_new_database_gets_its_schema_and_a_private_key() {
    for place in places() {
        let store = Store::open(&place.config, &kept(&place)).await.unwrap();
        store.health().await.unwrap();
        let sealed = store.vault().seal("here", b"hush").unwrap();
        let mode = std::fs::metadata(place.directory.join("master.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(store);
        let again = Store::open(&place.config, &kept(&place)).await.unwrap();
        assert_eq!(again.vault().open("here", &sealed).unwrap().as_slice(), b"hush");
        drop(again);
        place.remove().await;
    }
}

/// Also the case of a second node with an empty data directory.
#[tokio::test]
async fn a_missing_master_key_is_an_error_and_never_a_new_key() {
    for place in places() {
        drop(Store::open(&place.config, &kept(&place)).await.unwrap());
        let empty = place.directory.join("other").join("master.key");
        let error = Store::open(&place.config, &KeySource::Kept(empty.clone())).await.unwrap_err();
        assert!(matches!(&error, StoreError::MasterKey(why) if why.contains(empty.to_str().unwrap())), "{error:?}");
        assert!(!empty.exists());
        place.remove().await;
    }
}

#[tokio::test]
async fn a_wrong_master_key_is_told_at_start() {
    for place in places() {
        drop(Store::open(&place.config, &kept(&place)).await.unwrap());
        let other = KeySource::Given(MasterKey::generate().unwrap());
        let error = Store::open(&place.config, &other).await.unwrap_err();
        assert!(matches!(&error, StoreError::MasterKey(why) if why.contains("the configuration")), "{error:?}");
        drop(Store::open(&place.config, &kept(&place)).await.unwrap());
        place.remove().await;
    }
}

#[tokio::test]
async fn a_database_with_a_ledger_of_an_older_build_is_refused_and_left_as_it_was() {
    for place in places() {
        drop(Store::open(&place.config, &kept(&place)).await.unwrap());
        let db = place.open().await;
        let insert = "INSERT INTO ledger (id, realm_id, origin, verifier, size, root, checkpoint, checkpoint_ms, epoch, holder, \
            lease_ms, closed) VALUES ('l', 'net', 'o', 'v', 0, $1, '', 0, 0, '', 0, FALSE)";
        write(&db, insert, params![vec![0_u8]]).await.unwrap();
        write(&db, "DELETE FROM schema_migration WHERE version >= 6", params![]).await.unwrap();
        drop(db);
        let error = Store::open(&place.config, &kept(&place)).await.unwrap_err().to_string();
        assert!(error.contains("ledgers_of_older_builds_stay_there_export_and_import_the_realm"), "{error}");
        let db = place.open().await;
        for there in ["SELECT id FROM ledger", "SELECT COUNT(*) FROM ledger_entry", "SELECT COUNT(*) FROM message_seen"]
        {
            assert!(db.read_one(there, params![]).await.unwrap().is_some(), "{there}");
        }
        drop(db);
        place.remove().await;
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_unless_it_lets_this_version_work() {
    for place in places() {
        drop(Store::open(&place.config, &kept(&place)).await.unwrap());
        let insert = "INSERT INTO schema_migration (version, name, compatible_with) VALUES ($1, 'later', $2)";
        write(&place.open().await, insert, params![998, 1]).await.unwrap();
        drop(Store::open(&place.config, &kept(&place)).await.unwrap());
        write(&place.open().await, insert, params![999, 999]).await.unwrap();
        let error = Store::open(&place.config, &kept(&place)).await.unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { database: 999, .. }), "{error:?}");
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_on_an_empty_database_agree() {
    let Some(place) = Place::postgres() else { return };
    let key = KeySource::Given(MasterKey::generate().unwrap());
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let (config, key) = (place.config.clone(), key.clone());
            tokio::spawn(async move { Store::open(&config, &key).await.map(drop) })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_nodes_that_each_made_a_key_one_goes_on_and_the_others_keep_none() {
    let Some(place) = Place::postgres() else { return };
    let nodes: Vec<_> = (0..3)
        .map(|node| {
            let path = place.directory.join(node.to_string()).join("master.key");
            let (config, key) = (place.config.clone(), KeySource::Kept(path.clone()));
            tokio::spawn(async move { (path, Store::open(&config, &key).await.map(drop)) })
        })
        .collect();
    let mut opened = 0;
    for node in nodes {
        let (path, outcome) = node.await.unwrap();
        assert_eq!(outcome.is_ok(), path.exists());
        match outcome {
            Ok(()) => opened += 1,
            Err(error) => assert!(matches!(error, StoreError::MasterKey(_)), "{error:?}"),
        }
    }
    assert_eq!(opened, 1);
    place.remove().await;
}
