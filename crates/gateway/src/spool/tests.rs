use super::Spool;
use receiver::keep::Envelope;

fn envelope(body: &str) -> Envelope {
    Envelope {
        participant_id: "agent".to_owned(),
        method: "POST".to_owned(),
        target: "/loans".to_owned(),
        headers: serde_json::Map::new(),
        body: body.to_owned(),
        answers: None,
        seen_at: "2027-01-15T08:00:00.000Z".to_owned(),
    }
}

fn bodies(spool: &Spool, most: usize, octets: u64) -> Vec<String> {
    spool.oldest(most, octets).unwrap().into_iter().map(|waiting| waiting.envelope.body).collect()
}

#[test]
fn messages_wait_in_their_order_until_they_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(folder.path(), 10, 10_000).unwrap();
    for (at, body) in [(30, "c"), (10, "a"), (20, "b")] {
        spool.keep(at, &envelope(body)).unwrap();
    }
    assert_eq!(bodies(&spool, 2, 10_000), ["a", "b"]);
    assert_eq!(bodies(&spool, 3, 1), ["a"], "one at least");
    let first = spool.oldest(1, 1).unwrap().remove(0);
    spool.remove(&first).unwrap();
    let again = Spool::open(folder.path(), 10, 10_000).unwrap();
    assert_eq!(again.len(), 2);
    assert_eq!(bodies(&again, 9, 10_000), ["b", "c"]);
}

#[test]
fn no_more_wait_than_there_is_room_for() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(folder.path(), 2, 10_000).unwrap();
    spool.keep(1, &envelope("a")).unwrap();
    spool.keep(2, &envelope("b")).unwrap();
    assert!(spool.keep(3, &envelope("c")).is_err());
    let first = spool.oldest(1, 1).unwrap().remove(0);
    spool.set_aside(&first).unwrap();
    spool.keep(3, &envelope("c")).unwrap();
    assert_eq!(bodies(&spool, 9, 10_000), ["b", "c"]);
    let narrow = Spool::open(&folder.path().join("narrow"), 10, 100).unwrap();
    assert!(narrow.keep(1, &envelope(&"x".repeat(100))).is_err());
    assert_eq!(narrow.len(), 0);
}

#[test]
fn what_was_half_written_is_gone_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("000000000000001-x.half"), b"{").unwrap();
    std::fs::write(folder.path().join("000000000000002-x.json"), b"{").unwrap();
    let spool = Spool::open(folder.path(), 10, 10_000).unwrap();
    assert!(bodies(&spool, 9, 10_000).is_empty());
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(names, ["000000000000002-x.refused"]);
    assert_eq!(spool.len(), 0);
}
