//! What SQLite answered survives `kill -9`, and the file belongs to one process.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use store::db::Config;
use store::{Batch, Db, StoreError, params};

use crate::support::{Place, ids, make_table, write};

const PATH: &str = "STORE_IT_PATH";

#[tokio::test]
async fn all_that_was_answered_is_there_after_kill_9() {
    let place = Place::sqlite();
    make_table(&place.open().await).await;
    let Config::Sqlite { path } = &place.config else { panic!("SQLite") };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "durability::writer_that_is_killed", "--nocapture"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answered = Vec::new();
    // Lines that were written before the kill are still read after it.
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        answered.extend(line.unwrap().strip_prefix("committed ").map(str::to_owned));
        if answered.len() == 500 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(answered.len() >= 500, "{}", answered.len());
    let db = place.open().await;
    let kept = ids(&db).await;
    for id in &answered {
        assert!(kept.binary_search(id).is_ok(), "{id} was answered and is lost");
        assert!(kept.binary_search(&format!("{id} second")).is_ok(), "half of {id} is lost");
    }
    assert_eq!(kept.len() % 2, 0, "half a batch was kept");
    drop(db);
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writer_that_is_killed() {
    // No test of its own: the process that the test above starts and kills, which alone gets a path.
    let Some(path) = std::env::var_os(PATH).map(PathBuf::from) else { return };
    let db = Db::open(&Config::Sqlite { path }).await.unwrap();
    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let db = db.clone();
            tokio::spawn(async move {
                for i in 0..100_000 {
                    let id = format!("{writer}-{i}");
                    let mut batch = Batch::new();
                    batch.push("INSERT INTO thing (id) VALUES ($1)", params![&id]);
                    batch.push("INSERT INTO thing (id) VALUES ($1)", params![format!("{id} second")]);
                    db.commit(batch).await.unwrap();
                    writeln!(std::io::stdout(), "committed {id}").unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn a_second_server_on_the_file_is_refused_until_the_first_has_ended() {
    let place = Place::sqlite();
    let first = place.open().await;
    let error = Db::open(&place.config).await.unwrap_err();
    assert!(matches!(&error, StoreError::Setup(why) if why.contains("in use")), "{error:?}");
    let clone = first.clone();
    drop(first);
    assert!(Db::open(&place.config).await.is_err(), "a clone still holds it");
    drop(clone);
    drop(place.open().await);
    place.remove().await;
}

#[tokio::test]
async fn what_is_queued_when_the_last_handle_goes_is_committed() {
    let place = Place::sqlite();
    let db = place.open().await;
    make_table(&db).await;
    let mut batch = Batch::new();
    batch.push("INSERT INTO thing (id) VALUES ($1)", params!["a"]);
    let _ = tokio::time::timeout(std::time::Duration::ZERO, db.commit(batch)).await;
    drop(db);
    assert_eq!(ids(&place.open().await).await, ["a"]);
    place.remove().await;
}

#[tokio::test]
async fn the_files_belong_to_the_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::sqlite();
    let db = place.open().await;
    make_table(&db).await;
    write(&db, "INSERT INTO thing (id) VALUES ('a')", params![]).await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.directory), 0o700);
    for entry in std::fs::read_dir(&place.directory).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(db);
    place.remove().await;
}

#[tokio::test]
async fn what_cannot_be_opened_is_named() {
    let place = Place::sqlite();
    let Config::Sqlite { path } = &place.config else { panic!("SQLite") };
    std::fs::create_dir_all(&place.directory).unwrap();
    std::fs::write(path, "this is a text that is surely not a database of SQLite").unwrap();
    let error = Db::open(&place.config).await.unwrap_err();
    assert!(matches!(&error, StoreError::Setup(why) if why.contains("not a database")), "{error:?}");
    let below_a_file = Config::Sqlite { path: path.join("x.db") };
    let error = Db::open(&below_a_file).await.unwrap_err();
    assert!(matches!(&error, StoreError::Setup(why) if why.contains(path.to_str().unwrap())), "{error:?}");
    place.remove().await;
}
