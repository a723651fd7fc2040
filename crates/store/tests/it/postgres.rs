//! What only PostgreSQL can do to us: lose connections, refuse to serialize, stay away.

use std::time::Duration;

use store::db::Config;
use store::{Batch, Db, StoreError, params};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::{Place, ids, make_table, write};

/// Ends all sessions of the place's nodes, as a restart of the server does.
async fn end_sessions(place: &mut Place, admin: &Db) {
    let name = place.postgres_config().application_name.clone();
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
    assert!(!admin.read(sql, params![name]).await.unwrap().is_empty());
}

async fn admin(place: &mut Place) -> Db {
    let mut config = place.postgres_config().clone();
    config.application_name = "admin".to_owned();
    Db::open(&Config::Postgres(Box::new(config))).await.unwrap()
}

#[tokio::test]
async fn lost_connections_are_replaced_without_a_restart() {
    let Some(mut place) = Place::postgres() else { return };
    let (db, admin) = (place.open().await, admin(&mut place).await);
    make_table(&db).await;
    for round in 0..5 {
        for _ in 0..8 {
            db.read("SELECT id FROM thing", params![]).await.unwrap();
        }
        end_sessions(&mut place, &admin).await;
        // At once, so that the loss may not have been noticed yet.
        db.read("SELECT id FROM thing", params![]).await.unwrap();
        let mut batch = Batch::new();
        batch.expect("INSERT INTO thing (id) VALUES ($1)", params![format!("{round}")], 1, "inserted");
        db.commit(batch).await.unwrap();
    }
    drop((db, admin));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_could_not_be_serialized_is_given_again() {
    let Some(mut place) = Place::postgres() else { return };
    place.postgres_config().options = Some("-c default_transaction_isolation=serializable".to_owned());
    let db = place.open().await;
    make_table(&db).await;
    write(&db, "INSERT INTO thing (id, n) VALUES ('counter', 0)", params![]).await.unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    let mut batch = Batch::new();
                    batch.expect("UPDATE thing SET n = n + 1 WHERE id = $1", params!["counter"], 1, "counted");
                    db.commit(batch).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let row = db.read_one("SELECT n FROM thing", params![]).await.unwrap().unwrap();
    assert_eq!(row.int(0), Ok(40));
    drop(db);
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_given_again() {
    let Some(place) = Place::postgres() else { return };
    let db = place.open().await;
    make_table(&db).await;
    for id in ["a", "b"] {
        write(&db, "INSERT INTO thing (id, n) VALUES ($1, 0)", params![id]).await.unwrap();
    }
    let tasks = [["a", "b"], ["b", "a"]].map(|order| {
        let db = db.clone();
        tokio::spawn(async move {
            for _ in 0..2 {
                let mut batch = Batch::new();
                for id in order {
                    batch.push("UPDATE thing SET n = n + 1 WHERE id = $1", params![id]);
                    batch.push("SELECT pg_sleep(0.01) IS NULL", params![]);
                }
                db.commit(batch).await.unwrap();
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    let rows = db.read("SELECT n FROM thing", params![]).await.unwrap();
    assert!(rows.iter().all(|row| row.int(0) == Ok(4)));
    drop(db);
    place.remove().await;
}

/// The road to the server, which can be closed and opened again.
struct Road {
    port: u16,
    server: (String, u16),
    traffic: JoinSet<()>,
}

impl Road {
    async fn open(port: u16, server: (String, u16)) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut traffic = JoinSet::new();
        let to = server.clone();
        traffic.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                connections.spawn(async move {
                    let mut far = TcpStream::connect(to).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { port, server, traffic }
    }

    async fn close(mut self) -> (u16, (String, u16)) {
        self.traffic.shutdown().await;
        (self.port, self.server)
    }
}

#[tokio::test]
async fn while_the_server_is_away_all_is_unavailable_and_after_it_all_is_well() {
    let Some(mut place) = Place::postgres() else { return };
    let road = Road::open(0, place.postgres_config().hosts[0].clone()).await;
    place.postgres_config().hosts = vec![("127.0.0.1".to_owned(), road.port)];
    let db = place.open().await;
    make_table(&db).await;
    let insert = "INSERT INTO thing (id) VALUES ($1)";
    write(&db, insert, params!["before"]).await.unwrap();
    db.read("SELECT id FROM thing", params![]).await.unwrap();
    let (port, server) = road.close().await;
    for _ in 0..3 {
        let read = db.read("SELECT id FROM thing", params![]).await.unwrap_err();
        let written = write(&db, insert, params!["while"]).await.unwrap_err();
        assert!(read.is_temporary() && written.is_temporary(), "{read:?} {written:?}");
    }
    let road = Road::open(port, server).await;
    db.read("SELECT id FROM thing", params![]).await.unwrap();
    write(&db, insert, params!["after"]).await.unwrap();
    assert_eq!(ids(&db).await, ["after", "before"]);
    drop(db);
    place.remove().await;
    road.close().await;
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable_and_named() {
    // Bound and not listening: the address refuses connections for as long as it is held.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let config = Config::parse_url(&format!("postgres://u:hush@127.0.0.1:{port}/d?sslmode=disable")).unwrap();
    let error = Db::open(&config).await.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{port}/d")) && !text.contains("hush"), "{text}");
}

#[tokio::test]
async fn with_the_least_pool_reads_and_writes_have_a_connection_each() {
    let Some(mut place) = Place::postgres() else { return };
    place.postgres_config().pool_max = 2;
    let db = place.open().await;
    let work = async {
        db.read("SELECT 1", params![]).await.unwrap();
        db.scan("SELECT 1", params![]).await.unwrap();
        write(&db, "SELECT 1", params![]).await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(4), work).await.expect("in time");
    drop(db);
    place.remove().await;
}

#[tokio::test]
async fn a_value_that_does_not_fit_the_inferred_type_is_refused_without_quoting_it() {
    let Some(place) = Place::postgres() else { return };
    let db = place.open().await;
    make_table(&db).await;
    let error = db.read("SELECT id FROM thing WHERE n = $1", params!["hush"]).await.unwrap_err();
    assert!(matches!(&error, StoreError::Broken(why) if why.contains("int8") && !why.contains("hush")), "{error:?}");
    let mut batch = Batch::new();
    batch.push("INSERT INTO thing (id) VALUES ($1)", params!["a"]);
    batch.push("INSERT INTO thing (id, n) VALUES ('b', $1)", params!["hush"]);
    assert!(matches!(db.commit(batch).await, Err(StoreError::Broken(_))));
    assert!(ids(&db).await.is_empty(), "half a batch was kept");
    drop(db);
    place.remove().await;
}
