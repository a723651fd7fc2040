//! Values go in and come back alike on both engines.

use store::{StoreError, Value, params};

use crate::support::{each, ids, make_table, write};

const INSERT: &str = "INSERT INTO thing (id, n, flag, raw) VALUES ($1, $2, $3, $4)";

#[tokio::test]
async fn every_kind_comes_back_as_it_went_in() {
    each(async |db| {
        make_table(db).await;
        let bytes = (0..=255).collect::<Vec<u8>>();
        write(db, INSERT, params!["ä\u{1F511}", i64::MIN, true, bytes.clone()]).await.unwrap();
        write(db, INSERT, params!["123", i64::MAX, false, Vec::new()]).await.unwrap();
        write(db, INSERT, params!["", None::<i64>, None::<bool>, None::<Vec<u8>>]).await.unwrap();
        let rows = db.read("SELECT id, n, flag, raw FROM thing ORDER BY id", params![]).await.unwrap();
        let [empty, digits, key] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((key.text(0), key.int(1), key.bool(2)), (Ok("ä\u{1F511}"), Ok(i64::MIN), Ok(true)));
        assert_eq!(key.bytes(3), Ok(bytes.as_slice()));
        assert_eq!((digits.text(0), digits.int(1), digits.bool(2)), (Ok("123"), Ok(i64::MAX), Ok(false)));
        assert_eq!(digits.bytes_opt(3), Ok(Some(&[][..])));
        assert_eq!((empty.text_opt(0), empty.int_opt(1)), (Ok(Some("")), Ok(None)));
        assert_eq!((empty.bool_opt(2), empty.bytes_opt(3)), (Ok(None), Ok(None)));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_kind_or_place_is_an_error_and_not_a_panic() {
    each(async |db| {
        make_table(db).await;
        write(db, INSERT, params!["a", 7, true, None::<Vec<u8>>]).await.unwrap();
        let row = db.read_one("SELECT id, n, raw FROM thing", params![]).await.unwrap().unwrap();
        for result in [row.int(0).map(drop), row.bool(1).map(drop), row.text(2).map(drop), row.int(3).map(drop)] {
            assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
        }
    })
    .await;
}

/// SQLite numbers named parameters by first appearance.
#[tokio::test]
async fn parameters_are_bound_by_their_number() {
    each(async |db| {
        make_table(db).await;
        write(db, INSERT, params!["a", 1, true, None::<Vec<u8>>]).await.unwrap();
        let sql = "UPDATE thing SET flag = $3, n = $2 WHERE id = $1 AND n < $2";
        assert_eq!(write(db, sql, params!["a", 5, false]).await.unwrap().rows(0), 1);
        let row = db.read_one("SELECT flag, n FROM thing WHERE n = $2 AND id = $1", params!["a", 5]).await.unwrap();
        let row = row.unwrap();
        assert_eq!((row.bool(0), row.int(1)), (Ok(false), Ok(5)));
    })
    .await;
}

#[tokio::test]
async fn too_few_or_too_many_parameters_are_an_error() {
    each(async |db| {
        make_table(db).await;
        for params in [params![], params!["a", 1]] {
            let result = db.read("SELECT n FROM thing WHERE id = $1", params).await;
            assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_list_of_any_length_is_one_parameter() {
    each(async |db| {
        make_table(db).await;
        for id in ["a", "b", "c\"]", "d'"] {
            write(db, INSERT, params![id, 1, true, None::<Vec<u8>>]).await.unwrap();
        }
        let find = async |list: &[&str]| {
            let sql = "SELECT id FROM thing WHERE n = $2 AND id {in:$1} ORDER BY id{C}";
            let rows = db.read(sql, params![Value::list(list), 1]).await.unwrap();
            rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(find(&["d'", "a", "c\"]", "x"]).await, ["a", "c\"]", "d'"]);
        assert!(find(&[]).await.is_empty());
        let many: Vec<String> = (0..40_000).map(|i| format!("id-{i}")).chain(["b".to_owned()]).collect();
        assert_eq!(find(&many.iter().map(String::as_str).collect::<Vec<_>>()).await, ["b"]);
        let sql = "DELETE FROM thing WHERE id {in:$1}";
        assert_eq!(write(db, sql, params![Value::list(["a", "b"])]).await.unwrap().rows(0), 2);
    })
    .await;
}

#[tokio::test]
async fn texts_are_ordered_by_code_points() {
    each(async |db| {
        make_table(db).await;
        for id in ["a", "B", "_", "é", "Z", "z", "1"] {
            write(db, INSERT, params![id, 1, true, None::<Vec<u8>>]).await.unwrap();
        }
        assert_eq!(ids(db).await, ["1", "B", "Z", "_", "a", "z", "é"]);
    })
    .await;
}

#[tokio::test]
async fn a_nul_character_is_refused_alike() {
    each(async |db| {
        make_table(db).await;
        let written = write(db, INSERT, params!["a\0b", 1, true, None::<Vec<u8>>]).await;
        assert_eq!(written.unwrap_err(), StoreError::NulCharacter);
        let read = db.read("SELECT n FROM thing WHERE id = $1", params!["a\0b"]).await;
        assert_eq!(read.unwrap_err(), StoreError::NulCharacter);
    })
    .await;
}

#[tokio::test]
async fn portable_sql_means_the_same() {
    each(async |db| {
        make_table(db).await;
        let upsert = "INSERT INTO thing (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = excluded.n + 1 \
                      RETURNING n, id";
        for (n, expected) in [(1, 1), (5, 6)] {
            let committed = write(db, upsert, params!["a", n]).await.unwrap();
            assert_eq!(committed.returned(0)[0].int(0), Ok(expected));
            assert_eq!(committed.rows(0), 1);
        }
        let sql = "SELECT count(*), CAST(sum(n) AS BIGINT), max(id), EXISTS (SELECT 1 FROM thing WHERE n = 6) \
                   FROM thing WHERE lower(id) LIKE $1 ESCAPE '\\' AND flag IS NOT DISTINCT FROM $2 \
                   AND (n, id) > ($3, $4) LIMIT $5 OFFSET $6";
        let params = params!["a%", None::<bool>, 5, "", 10, 0];
        let row = db.read_one(sql, params).await.unwrap().unwrap();
        assert_eq!((row.int(0), row.int(1), row.text(2), row.bool(3)), (Ok(1), Ok(6), Ok("a"), Ok(true)));
    })
    .await;
}
