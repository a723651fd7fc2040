//! Ledgers: what is added, closed, carried over, looked for and erased.

use std::sync::Arc;

use store::ledger::{self, EntryRow, Growth, LedgerRow, MessageRow, RangeRow, STRETCHES_OF_A_TIME, Search};
use store::{Batch, KeySource, MasterKey, Store, StoreError, erasure, params};

use crate::support::places;

async fn each(case: impl AsyncFn(&Arc<Store>)) {
    for place in places() {
        let key = KeySource::Given(MasterKey::from_bytes(&[7; 32]).unwrap());
        let store = Arc::new(Store::open(&place.config, &key).await.unwrap());
        case(&store).await;
        drop(store);
        place.remove().await;
    }
}

async fn open(store: &Store, id: &str) {
    let row = LedgerRow {
        n: 0,
        id: id.to_owned(),
        realm_id: "net".to_owned(),
        origin: format!("ledger.example/{id}"),
        verifier: "key".to_owned(),
        size: 0,
        root: vec![0; 32],
        checkpoint: format!("note of {id}"),
        checkpoint_ms: 1,
        epoch: 0,
        closed: false,
    };
    let mut batch = Batch::new();
    ledger::insert(&mut batch, &row);
    store.db().commit(batch).await.unwrap();
}

async fn ledger(store: &Store, id: &str) -> LedgerRow {
    ledger::find(store, id).await.unwrap().unwrap()
}

/// The id of an entry that is called so: as long as a real one.
fn id(name: &str) -> String {
    format!("{:A<42}A", name.replace('-', "_"))
}

fn entry(name: &str, kind: i64) -> EntryRow {
    let octets = || name.as_bytes().to_vec();
    EntryRow { arrival: 0, id: id(name), position: None, kind, leaf: octets(), salt: octets(), record: Some(octets()) }
}

async fn append(store: &Store, ledger_id: &str, id: &str, kind: i64) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    ledger::append(&mut batch, ledger_id, &entry(id, kind), Some(b"body"));
    store.db().commit(batch).await.map(drop)
}

async fn commit(store: &Store, fill: impl FnOnce(&mut Batch)) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    fill(&mut batch);
    store.db().commit(batch).await.map(drop)
}

/// Gives the entries their indexes in the order in which they came.
async fn place_all(store: &Store, ledger_id: &str) {
    let row = ledger(store, ledger_id).await;
    let size = row.size;
    assert!(ledger::take_lease(store, ledger_id, "here", 10, 20).await.unwrap());
    let pending = ledger::pending(store, ledger_id, 1000).await.unwrap();
    let grown = async |batch: &mut Batch| {
        ledger::place(batch, &row, size, &pending);
        let to = size + pending.len() as i64;
        let growth =
            Growth { from: size, to, root: &[1; 32], checkpoint: "note", now_ms: 2, holder: "here", lease_ms: 99 };
        ledger::grow(batch, ledger_id, &growth);
    };
    let mut batch = Batch::new();
    grown(&mut batch).await;
    store.db().commit(batch).await.unwrap();
}

#[tokio::test]
async fn a_closed_ledger_takes_no_entry_and_one_in_which_any_waits_is_not_closed() {
    each(async |store| {
        open(store, "l").await;
        append(store, "l", "a", 1).await.unwrap();
        let closing = commit(store, |batch| ledger::close_settled(batch, "l")).await;
        assert!(matches!(closing, Err(StoreError::Unmet(ledger::WAITING))), "{closing:?}");
        place_all(store, "l").await;
        commit(store, |batch| ledger::close_settled(batch, "l")).await.unwrap();
        let late = append(store, "l", "b", 1).await;
        assert!(matches!(late, Err(StoreError::Unmet(ledger::CLOSED))), "{late:?}");
        assert!(ledger::entry(store, "net", &id("b")).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn who_adds_while_a_ledger_is_closed_is_before_it_or_fails() {
    each(async |store| {
        for round in 0..12 {
            let id = format!("l{round}");
            open(store, &id).await;
            let mut adding = tokio::task::JoinSet::new();
            for n in 0..6 {
                let (store, id) = (Arc::clone(store), id.clone());
                adding.spawn(async move { append(&store, &id, &format!("{id}-{n}"), 1).await.is_ok() });
            }
            let is_closed = commit(store, |batch| ledger::close_settled(batch, &id)).await.is_ok();
            let added = adding.join_all().await.into_iter().filter(|added| *added).count();
            let waiting = ledger::count_waiting(store, &id).await.unwrap();
            assert_eq!(waiting, added as i64, "what was answered for is there");
            assert!(!is_closed || added == 0, "nothing waits in a closed ledger");
        }
    })
    .await;
}

#[tokio::test]
async fn what_waited_in_a_ledger_that_was_left_is_carried_behind_the_new_ones_beginning() {
    each(async |store| {
        open(store, "old").await;
        append(store, "old", "waits", 1).await.unwrap();
        append(store, "old", "time", 7).await.unwrap();
        let carry = async || {
            let mut batch = Batch::new();
            let carried = ledger::carry(&mut batch, "net", "new", 1);
            store.db().commit(batch).await.map(|done| done.rows(carried))
        };
        commit(store, |batch| ledger::close(batch, "old")).await.unwrap();
        open(store, "new").await;
        append(store, "new", "move", 8).await.unwrap();
        let early = carry().await;
        assert!(matches!(early, Err(StoreError::Unmet(ledger::CLOSED))), "the move comes first: {early:?}");
        place_all(store, "new").await;
        assert_eq!(carry().await.unwrap(), 1);
        place_all(store, "new").await;
        let entries = ledger::entries(store, "new", 0, 9).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>(), [id("move"), id("waits")]);
        let (found_in, _) = ledger::entry(store, "net", &id("time")).await.unwrap().unwrap();
        assert_eq!(found_in, "old", "a time is of the old one's head");
    })
    .await;
}

#[tokio::test]
async fn a_record_is_found_in_each_ledger_that_it_was_entered_in() {
    each(async |store| {
        for ledger_id in ["one", "two"] {
            open(store, ledger_id).await;
            for seq in 1..3 {
                let name = format!("{ledger_id}-{seq}");
                append(store, ledger_id, &name, 2).await.unwrap();
                commit(store, |batch| ledger::enter_record(batch, ledger_id, "bank", seq, &id(&name))).await.unwrap();
                if seq == 1 {
                    place_all(store, ledger_id).await;
                }
            }
            commit(store, |batch| ledger::close(batch, ledger_id)).await.unwrap();
        }
        for ledger_id in ["one", "two"] {
            let chain = ledger::chain(store, ledger_id, "bank").await.unwrap();
            let found: Vec<_> = chain.iter().map(|entry| (entry.id.clone(), entry.position)).collect();
            let wanted = [1, 2].map(|seq| id(&format!("{ledger_id}-{seq}")));
            assert_eq!(found, [(wanted[0].clone(), Some(0)), (wanted[1].clone(), None)]);
        }
        let leaf = ledger::leaf(store, "net", &id("one-2")).await.unwrap().unwrap();
        assert_eq!((leaf.ledger_id.as_str(), leaf.checkpoint.as_str()), ("one", "note"));
        assert!(ledger::leaf(store, "another realm", &id("one-2")).await.unwrap().is_none());
    })
    .await;
}

/// The index of the first message: some are of one stretch of words, and some of the next.
const FIRST: i64 = 4000;

fn message(n: i64) -> MessageRow {
    MessageRow {
        position: FIRST + n,
        role_id: format!("role-{}", n % 40),
        time_ms: 1000 + n,
        kid: Some(format!("kid-{}", n % 40)),
        digest: format!("digest-{n}"),
        request_id: Some(format!("request-{n}")),
        trace_id: Some(format!("trace-{}", n / 2)),
        verdict: if n % 50 == 7 { "replayed" } else { "ok" }.to_owned(),
    }
}

async fn fill(store: &Store, count: i64) {
    open(store, "l").await;
    let row = ledger(store, "l").await;
    let mut batch = Batch::new();
    for n in 0..count {
        let entry = EntryRow { position: Some(FIRST + n), ..entry(&format!("e-{n}"), 1) };
        ledger::append_placed(&mut batch, &row, &entry);
        ledger::index_message(&mut batch, &row, &message(n));
    }
    batch.push("UPDATE ledger SET size = $1 WHERE id = 'l'", params![FIRST + count]);
    store.db().commit(batch).await.unwrap();
    if store.db().engine() == "postgres" {
        let analyze = |batch: &mut Batch| {
            batch.push("ANALYZE", params![]);
        };
        commit(store, analyze).await.unwrap();
    }
}

#[tokio::test]
async fn each_search_looks_by_its_index_and_finds_the_newest_first() {
    each(async |store| {
        fill(store, 2000).await;
        let row = ledger(store, "l").await;
        let text = |text: &str| Some(text.to_owned());
        let searches = [
            ("word", Search { digest: text("digest-77"), ..Search::default() }, vec![77]),
            ("word", Search { request_id: text("request-95"), ..Search::default() }, vec![95]),
            ("word", Search { request_id: text("request-96"), ..Search::default() }, vec![96]),
            ("word", Search { trace_id: text("trace-39"), role_id: text("role-38"), ..Search::default() }, vec![78]),
            ("verdict", Search { verdict: text("replayed"), to_ms: Some(1060), ..Search::default() }, vec![57, 7]),
            ("kid", Search { kid: text("kid-3"), from_ms: Some(2900), ..Search::default() }, vec![1963, 1923]),
            ("role", Search { role_id: text("role-3"), to_ms: Some(1050), ..Search::default() }, vec![43, 3]),
            ("time", Search { from_ms: Some(1500), to_ms: Some(1502), ..Search::default() }, vec![501, 500]),
        ];
        for (name, search, wanted) in searches {
            let found = ledger::search(store, "l", &search, 0, 100).await.unwrap();
            assert_eq!(found.iter().map(|(row, _)| row.position - FIRST).collect::<Vec<_>>(), wanted, "{name}");
            let explain = match store.db().engine() {
                "sqlite" => format!("EXPLAIN QUERY PLAN {}", search.statements()[0]),
                _ => format!("EXPLAIN {}", search.statements()[0]),
            };
            let column = if store.db().engine() == "sqlite" { 3 } else { 0 };
            let stretches = search.stretches(store, &row).await.unwrap();
            let rows = store.db().read(explain.leak(), search.params(&row, stretches, 0, 100)).await.unwrap();
            let plan: Vec<&str> = rows.iter().map(|row| row.text(column).unwrap()).collect();
            let index = match (name, store.db().engine()) {
                ("word", "sqlite") => "SEARCH w USING PRIMARY KEY (ledger=? AND stretch=? AND word=?)".to_owned(),
                ("word", _) => "ledger_word_pkey".to_owned(),
                _ => format!("ix_ledger_message_{name}"),
            };
            assert!(plan.join("\n").contains(&index), "{name}: {plan:#?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_word_is_looked_for_only_where_messages_of_the_time_are() {
    each(async |store| {
        // From 4000 to 8999, so in the stretches 0 to 2, one a millisecond from 1000 on.
        fill(store, 5000).await;
        let row = ledger(store, "l").await;
        let between = |from_ms, to_ms| Search { digest: Some("digest-77".to_owned()), from_ms, to_ms, ..Search::default() };
        for (from, to, wanted, is_found) in [
            (None, None, vec![0, 1, 2], true),
            (None, Some(1010), vec![0], false),
            (Some(1077), Some(1078), vec![0], true),
            (Some(1085), Some(1105), vec![0, 1], false),
            (Some(1096), Some(1097), vec![1], false),
            (Some(5992), None, vec![2], false),
            (Some(9000), None, vec![], false),
            // Too many to be looked at each.
            (Some(1070), Some(1100), vec![0, 1, 2], true),
            (Some(1078), None, vec![0, 1, 2], false),
        ] {
            let search = between(from, to);
            assert_eq!(search.stretches(store, &row).await.unwrap(), wanted, "{from:?} {to:?}");
            let found = ledger::search(store, "l", &search, 0, 100).await.unwrap();
            assert_eq!(found.len(), usize::from(is_found), "{from:?} {to:?}");
        }
        // Whose clock went wrong is found by that clock.
        let early = MessageRow { time_ms: 1077, digest: "digest-77".to_owned(), ..message(5000) };
        let entry = EntryRow { position: Some(early.position), ..entry("e-5000", 1) };
        let mut batch = Batch::new();
        ledger::append_placed(&mut batch, &row, &entry);
        ledger::index_message(&mut batch, &row, &early);
        batch.push("UPDATE ledger SET size = $1 WHERE id = 'l'", params![early.position + 1]);
        store.db().commit(batch).await.unwrap();
        let found = ledger::search(store, "l", &between(Some(1077), Some(1078)), 0, 100).await.unwrap();
        assert_eq!(found.iter().map(|(row, _)| row.position - FIRST).collect::<Vec<_>>(), [5000, 77]);
        let (explain, column, wanted) = match store.db().engine() {
            "sqlite" => (
                format!("EXPLAIN QUERY PLAN {STRETCHES_OF_A_TIME}"),
                3,
                "SEARCH ledger_message USING COVERING INDEX ix_ledger_message_time (ledger=? AND time_ms>? AND time_ms<?)",
            ),
            _ => (format!("EXPLAIN {STRETCHES_OF_A_TIME}"), 0, "ix_ledger_message_time"),
        };
        let rows = store.db().read(explain.leak(), params![row.n, 1000, 1050, 4096, 4096]).await.unwrap();
        let plan: Vec<&str> = rows.iter().map(|row| row.text(column).unwrap()).collect();
        assert!(plan.join("\n").contains(wanted), "{plan:#?}");
    })
    .await;
}

#[tokio::test]
async fn entries_of_a_kind_are_found_without_going_through_all_others() {
    each(async |store| {
        fill(store, 10).await;
        for statement in ledger::OF_KIND {
            let explain = match store.db().engine() {
                "sqlite" => format!("EXPLAIN QUERY PLAN {statement}"),
                // Of a small table it reads everything; what it could go by is not asked.
                _ => continue,
            };
            let rows = store.db().read(explain.leak(), params!["l", 7, 5000, 1]).await.unwrap();
            let plan: Vec<&str> = rows.iter().map(|row| row.text(3).unwrap()).collect();
            let wanted = "SEARCH k USING COVERING INDEX ix_ledger_place_kind (ledger=? AND kind=? AND position";
            assert!(plan[0].starts_with(wanted), "{plan:#?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_erased_was_there_and_the_oldest_goes_first() {
    each(async |store| {
        fill(store, 10).await;
        let old = erasure::old_messages(store, "l", 1005, 3).await.unwrap();
        assert_eq!(old.iter().map(|message| message.position - FIRST).collect::<Vec<_>>(), [0, 1, 2]);
        let row = ledger(store, "l").await;
        let erase = async || commit(store, |batch| erasure::erase_message(batch, &row, &old[0])).await;
        erase().await.unwrap();
        assert!(matches!(erase().await, Err(StoreError::Unmet(erasure::ERASED))));
        assert!(ledger::entry(store, "net", &id("e-0")).await.unwrap().unwrap().1.record.is_none());
        assert_eq!(erasure::old_messages(store, "l", 1005, 9).await.unwrap().len(), 4);
        let words = store.db().read("SELECT 1 FROM ledger_word WHERE position = $1", params![FIRST]).await.unwrap();
        assert!(words.is_empty(), "nothing tells what it was found by");
    })
    .await;
}

#[tokio::test]
async fn a_roles_leaves_are_told_by_records_in_their_order() {
    each(async |store| {
        open(store, "l").await;
        for (until, position) in [(3, 3), (7, 8), (12, 12)] {
            let row = EntryRow { position: Some(position), ..entry(&format!("r-{until}"), 6) };
            let range = RangeRow { until, position, digest: vec![1] };
            let of = ledger(store, "l").await;
            let add = |batch: &mut Batch| {
                ledger::append_placed(batch, &of, &row);
                ledger::add_range(batch, "l", "bank", &range);
            };
            commit(store, add).await.unwrap();
        }
        let newest = async |before| ledger::newest_range(store, "l", "bank", before).await.unwrap().map(|r| r.until);
        assert_eq!((newest(i64::MAX).await, newest(12).await, newest(3).await), (Some(12), Some(7), None));
        let rows = ledger::ranges(store, "l", "bank", 3, 9).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>(), [id("r-7"), id("r-12")]);
    })
    .await;
}

#[tokio::test]
async fn an_entry_is_added_without_a_look_at_those_that_are_there() {
    each(async |store| {
        open(store, "l").await;
        if store.db().engine() != "postgres" {
            return;
        }
        append(store, "l", "a", 1).await.unwrap();
        let mut batch = Batch::new();
        ledger::append(&mut batch, "l", &entry("b", 1), None);
        const NONE: &str = "SELECT 1 FROM pg_stat_xact_user_tables WHERE schemaname = current_schema() \
            AND relname IN ('ledger_entry', 'ledger_record', 'ledger_place') AND seq_tup_read > 0";
        batch.expect(NONE, params![], 0, "a table is read from end to end");
        store.db().commit(batch).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_entries_with_the_same_word_each_is_found_by_its_own_id() {
    each(async |store| {
        open(store, "l").await;
        // Eight octets, which the word is, are the first eleven characters.
        for name in ["same_words_a", "same_words_b"] {
            append(store, "l", name, 2).await.unwrap();
        }
        let found = async |name: &str| ledger::entry(store, "net", &id(name)).await.unwrap().map(|(_, row)| row.leaf);
        for _ in 0..2 {
            assert_eq!(found("same_words_a").await.unwrap(), b"same_words_a");
            assert_eq!(found("same_words_b").await.unwrap(), b"same_words_b");
            assert!(found("same_words_c").await.is_none());
            place_all(store, "l").await;
        }
        let placed = ledger::placed(store, "l", &[id("same_words_b"), id("same_words_c")]).await.unwrap();
        assert_eq!(placed.iter().map(|row| row.position).collect::<Vec<_>>(), [Some(1)]);
    })
    .await;
}
