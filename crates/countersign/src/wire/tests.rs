use std::path::PathBuf;
use std::time::Duration;

use store::KeySource;
use store::db::{self, Config as StoreConfig};

use super::store::{database, key_source};
use crate::config::Secret;
use crate::config::resolved::{Database, DatabaseTls, MasterKey, Postgres, TlsMode};

#[test]
fn nothing_of_the_configured_database_is_lost_on_the_way_to_the_store() {
    let given = Database::Postgres(Box::new(Postgres {
        hosts: vec![("db1".to_owned(), 5432), ("db2".to_owned(), 5433)],
        database: "realms".to_owned(),
        username: Some("kc".to_owned()),
        password: Some(Secret::new("hush")),
        schema: "identity".to_owned(),
        max_connections: 7,
        connect_timeout: Duration::from_secs(3),
        application_name: "node-1".to_owned(),
        options: Some("-c a=b".to_owned()),
        tls: DatabaseTls {
            mode: TlsMode::VerifyCa,
            authorities: Some(PathBuf::from("ca.pem")),
            identity: Some((PathBuf::from("c.pem"), PathBuf::from("k.pem"))),
        },
    }));
    let StoreConfig::Postgres(config) = database(&given) else { panic!("not PostgreSQL") };
    assert_eq!(config.place(), "db1:5432,db2:5433/realms");
    assert_eq!(config.user.as_deref(), Some("kc"));
    assert_eq!(config.password.as_ref().map(|p| p.as_str()), Some("hush"));
    assert_eq!(config.schema.as_deref(), Some("identity"));
    assert_eq!((config.pool_max, config.connect_timeout), (7, Duration::from_secs(3)));
    assert_eq!(config.application_name, "node-1");
    assert_eq!(config.options.as_deref(), Some("-c a=b"));
    assert_eq!(config.tls.mode, db::TlsMode::VerifyCa);
    assert_eq!(config.tls.root_cert, Some(PathBuf::from("ca.pem")));
    assert_eq!(config.tls.client_cert, Some((PathBuf::from("c.pem"), PathBuf::from("k.pem"))));
}

#[test]
fn master_key_that_is_none_is_refused_before_the_store_is_touched() {
    assert!(key_source(&MasterKey::Given(Secret::new("short"))).is_err());
    let kept = key_source(&MasterKey::InDataDir(PathBuf::from("data/master.key")));
    assert!(matches!(kept, Ok(KeySource::Kept(path)) if path.ends_with("master.key")));
}
