//! Up to where others saw a ledger, as it tells everybody.

use domain::clock::{Clock as _, SystemClock};
use ledger::{Checkpoint, Note};
use wire_tests::{Ask, NOW};

use super::network;
use super::times::{Authority, Witness, introduce, set, start};

#[tokio::test]
async fn the_newest_head_of_all_witnesses_of_some_and_of_an_authority_are_each_shown() {
    let server = start(false).await;
    server.wait(SystemClock.now_ms() / 1000 - NOW);
    let (agent, bank) = network(&server).await;
    introduce(&server).await;
    let authority = Authority::new(&server);
    let url = authority.stands(&server);
    let (first, second) = (Witness::new("w.example", &server), Witness::new("v.example", &server));
    let lines = format!("{}\n{}", first.stands(&server), second.stands(&server));
    // The authority's clock goes on by itself.
    let every = ("countersign.time-every", "60");
    set(&server, &[("countersign.timestamp-url", url), ("countersign.witnesses", &lines), every]).await;
    // From round to round there is one witness less.
    for (n, gone) in [None, Some("v.example"), Some("w.example")].into_iter().enumerate() {
        if let Some(gone) = gone {
            server.outside.answer(&format!("https://{gone}/add-checkpoint"), |_| (500, Vec::new()));
        }
        assert_eq!(bank.code(&agent.sign("bank", "/loans", format!("{n}").as_bytes())).await, "ok");
        server.core.sequence_all().await.unwrap();
        assert_eq!(messages::times::ask_all(&server.core).await.unwrap(), 1, "round {n}");
        server.core.sequence_all().await.unwrap();
        server.wait(90);
    }
    let told = server.ask(Ask::get("/realms/net/evidence/keys")).await.expect(200).json();
    let head = |place: &str| {
        let note = Note::parse(told.pointer(place).and_then(|note| note.as_str()).expect("a note").as_bytes()).unwrap();
        let others = note.lines.iter().map(|line| line.name.as_str()).filter(|name| name.ends_with(".example"));
        (Checkpoint::parse(&note.text).unwrap().size, others.map(str::to_owned).collect::<Vec<_>>())
    };
    let (some, all, stamped) = (head("/cosigned"), head("/cosignedBefore/0"), head("/stamped/checkpoint"));
    assert_eq!((some.1, all.1.len(), stamped.1.len()), (vec!["w.example".to_owned()], 2, 0), "{told}");
    assert!(all.0 < some.0 && some.0 < stamped.0, "{told}");
    assert_eq!(told["cosignedBefore"].as_array().unwrap().len(), 1);
    assert!(told["stamped"]["timestamp"].as_str().unwrap().len() > 500, "{told}");
}
