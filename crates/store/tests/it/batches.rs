//! Batches are kept whole or not at all, and say exactly who won.

use store::{Batch, StoreError, params};

use crate::support::{each, ids, make_table, write};

const INSERT: &str = "INSERT INTO thing (id, n) VALUES ($1, $2)";

#[tokio::test]
async fn an_empty_batch_is_committed() {
    each(async |db| assert_eq!(db.commit(Batch::new()).await.unwrap().rows(0), 0)).await;
}

#[tokio::test]
async fn rows_are_counted_for_each_statement() {
    each(async |db| {
        make_table(db).await;
        let mut batch = Batch::new();
        for id in ["a", "b", "c"] {
            batch.push(INSERT, params![id, 1]);
        }
        let updated = batch.push("UPDATE thing SET n = 2 WHERE id <> $1", params!["a"]);
        let deleted = batch.expect("DELETE FROM thing WHERE n = $1", params![2], 2, "two to delete");
        let committed = db.commit(batch).await.unwrap();
        assert_eq!((committed.rows(0), committed.rows(updated), committed.rows(deleted)), (1, 2, 2));
        assert_eq!(ids(db).await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn an_unmet_expectation_undoes_the_whole_batch() {
    each(async |db| {
        make_table(db).await;
        write(db, INSERT, params!["code", 0]).await.unwrap();
        let redeem = |id: &str| {
            let mut batch = Batch::new();
            batch.push(INSERT, params![id, 1]);
            batch.expect("UPDATE thing SET n = 1 WHERE id = $1 AND n = 0", params!["code"], 1, "code is unused");
            batch.push(INSERT, params![format!("{id} after"), 1]);
            batch
        };
        db.commit(redeem("first")).await.unwrap();
        assert_eq!(db.commit(redeem("second")).await.unwrap_err(), StoreError::Unmet("code is unused"));
        assert_eq!(ids(db).await, ["code", "first", "first after"]);
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_cannot_be_sent_undoes_those_before_it() {
    each(async |db| {
        make_table(db).await;
        let mut batch = Batch::new();
        batch.push(INSERT, params!["a", 1]);
        batch.push(INSERT, params!["b"]);
        batch.push(INSERT, params!["c", 1]);
        assert!(matches!(db.commit(batch).await, Err(StoreError::Broken(_))));
        assert!(ids(db).await.is_empty());
        write(db, INSERT, params!["d", 1]).await.unwrap();
        assert_eq!(ids(db).await, ["d"]);
    })
    .await;
}

#[tokio::test]
async fn a_select_can_be_a_condition() {
    each(async |db| {
        make_table(db).await;
        let mut batch = Batch::new();
        batch.push(INSERT, params!["a", 1]);
        batch.expect("SELECT id FROM thing WHERE id = $1", params!["b"], 1, "b is there");
        assert_eq!(db.commit(batch).await.unwrap_err(), StoreError::Unmet("b is there"));
        assert!(ids(db).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_taken_key_is_a_conflict_that_names_it_without_the_value() {
    each(async |db| {
        make_table(db).await;
        write(db, INSERT, params!["secret-name", 1]).await.unwrap();
        let mut batch = Batch::new();
        batch.push(INSERT, params!["before", 1]);
        batch.push(INSERT, params!["secret-name", 1]);
        let error = db.commit(batch).await.unwrap_err();
        assert!(matches!(&error, StoreError::Conflict { constraint } if constraint.contains("thing")), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("secret-name"));
        assert_eq!(ids(db).await, ["secret-name"]);
    })
    .await;
}

#[tokio::test]
async fn a_reference_to_nothing_is_refused() {
    each(async |db| {
        make_table(db).await;
        write(db, "CREATE TABLE part (id TEXT NOT NULL REFERENCES thing (id) ON DELETE CASCADE)", params![])
            .await
            .unwrap();
        let error = write(db, "INSERT INTO part (id) VALUES ($1)", params!["x"]).await.unwrap_err();
        assert!(matches!(error, StoreError::Reference { .. }), "{error:?}");
        write(db, INSERT, params!["x", 1]).await.unwrap();
        write(db, "INSERT INTO part (id) VALUES ($1)", params!["x"]).await.unwrap();
        write(db, "DELETE FROM thing", params![]).await.unwrap();
        assert!(db.read("SELECT id FROM part", params![]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn no_error_quotes_a_parameter() {
    each(async |db| {
        write(db, "CREATE TABLE checked (n BIGINT NOT NULL CHECK (n < 10), t TEXT NOT NULL)", params![]).await.unwrap();
        let sql = "INSERT INTO checked (n, t) VALUES (CAST($1 AS BIGINT), $2)";
        for params in [params![11, "hush"], params![1, None::<String>]] {
            let error = write(db, sql, params).await.unwrap_err();
            assert!(matches!(error, StoreError::Broken(_)), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hush"), "{error}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_at_once_each_gets_its_own_answer() {
    each(async |db| {
        make_table(db).await;
        write(db, INSERT, params!["counter", 0]).await.unwrap();
        let tasks: Vec<_> = (0..64)
            .map(|i| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut batch = Batch::new();
                    batch.push("UPDATE thing SET n = n + 1 WHERE id = $1", params!["counter"]);
                    // Every fourth fails after it has changed something.
                    let id = if i % 4 == 0 { "counter".to_owned() } else { format!("t{i:02}") };
                    batch.push(INSERT, params![id, i]);
                    (i, db.commit(batch).await)
                })
            })
            .collect();
        for task in tasks {
            match task.await.unwrap() {
                (i, Err(StoreError::Conflict { .. })) if i % 4 == 0 => {}
                (i, Ok(committed)) if i % 4 != 0 => assert_eq!(committed.rows(1), 1),
                other => panic!("{other:?}"),
            }
        }
        let row = db.read_one("SELECT n FROM thing WHERE id = $1", params!["counter"]).await.unwrap().unwrap();
        assert_eq!(row.int(0), Ok(48));
        assert_eq!(ids(db).await.len(), 49);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_uses_of_a_code_one_wins() {
    each(async |db| {
        make_table(db).await;
        for round in 0..20 {
            write(db, INSERT, params![format!("code {round}"), 0]).await.unwrap();
            let uses: Vec<_> = (0..4)
                .map(|_| {
                    let mut batch = Batch::new();
                    let sql = "UPDATE thing SET n = 1 WHERE id = $1 AND n = 0";
                    batch.expect(sql, params![format!("code {round}")], 1, "unused");
                    let db = db.clone();
                    tokio::spawn(async move { db.commit(batch).await })
                })
                .collect();
            let mut won = 0;
            for answer in uses {
                match answer.await.unwrap() {
                    Ok(_) => won += 1,
                    Err(error) => assert_eq!(error, StoreError::Unmet("unused")),
                }
            }
            assert_eq!(won, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_whose_caller_went_away_leaves_no_open_transaction() {
    each(async |db| {
        make_table(db).await;
        for i in 0..20 {
            let mut batch = Batch::new();
            batch.push(INSERT, params![format!("gone {i}"), 1]);
            batch.expect(INSERT, params![format!("gone too {i}"), 1], 1, "inserted");
            let commit = db.commit(batch);
            // Polled once and dropped.
            let _ = tokio::time::timeout(std::time::Duration::ZERO, commit).await;
        }
        for i in 0..20 {
            write(db, INSERT, params![format!("here {i:02}"), 1]).await.unwrap();
        }
        let here = ids(db).await;
        assert_eq!(here.iter().filter(|id| id.starts_with("here")).count(), 20);
        for i in 0..20 {
            let both = [format!("gone {i}"), format!("gone too {i}")].map(|id| here.contains(&id));
            assert_eq!(both[0], both[1], "half a batch");
        }
    })
    .await;
}

#[tokio::test]
async fn a_kept_answer_shows_every_write_that_was_answered() {
    const READ: &str = "SELECT n FROM thing WHERE id = $1";
    each(async |db| {
        make_table(db).await;
        assert!(db.read_kept(READ, params!["a"]).await.unwrap().is_none());
        write(db, INSERT, params!["a", 0]).await.unwrap();
        for n in 1..200 {
            let mut batch = Batch::new();
            batch.expect("UPDATE thing SET n = $2 WHERE id = $1 AND n = $2 - 1", params!["a", n], 1, "the one before");
            db.commit(batch).await.unwrap();
            let row = db.read_kept(READ, params!["a"]).await.unwrap().unwrap();
            assert_eq!(row.int(0).unwrap(), n);
        }
        assert_eq!(db.commit(unmet()).await.unwrap_err(), StoreError::Unmet("no such thing"));
        assert_eq!(db.read_kept(READ, params!["a"]).await.unwrap().unwrap().int(0).unwrap(), 199);
    })
    .await;
}

/// A batch that writes and is then undone.
fn unmet() -> Batch {
    let mut batch = Batch::new();
    batch.push("UPDATE thing SET n = 0", params![]);
    batch.expect("DELETE FROM thing WHERE id = $1", params!["b"], 1, "no such thing");
    batch
}
