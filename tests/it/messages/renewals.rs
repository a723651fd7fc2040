//! What keeps evidence good while what it rests on changes: timestamps that are renewed, and policies that are told.

use domain::clock::{Clock as _, SystemClock};
use evidence::{Bundle, Outcome};
use ledger::Kind;
use ledger::record::{self, PolicyRecord, RenewalRecord};
use ledger::text::UtcTime;
use wire_tests::{NOW, Server};

use super::times::{Authority, export, introduce, judge, set, start};
use super::{BODY, network};

async fn records(server: &Server, kind: Kind) -> Vec<Vec<u8>> {
    server.core.sequence_all().await.unwrap();
    let realm = store::realms::find(&server.core.store, "net").await.unwrap().unwrap();
    let ledger = store::ledger::find_open(&server.core.store, &realm.id).await.unwrap().unwrap();
    let kind = i64::from(kind.number());
    let rows = store::ledger::first_of_kind(&server.core.store, &ledger.id, kind, 0, 100).await.unwrap();
    rows.into_iter().map(|row| row.record.unwrap()).collect()
}

async fn ask(server: &Server) -> u64 {
    server.core.sequence_all().await.unwrap();
    let got = messages::times::ask_all(&server.core).await.unwrap();
    server.core.sequence_all().await.unwrap();
    got
}

#[tokio::test]
async fn a_timestamp_is_renewed_before_its_authoritys_certificate_ends_and_outlives_its_trust() {
    let server = start(true).await;
    // The authority's clock is the machine's.
    server.wait(SystemClock.now_ms() / 1000 - NOW);
    let (agent, bank) = network(&server).await;
    let log = introduce(&server).await;
    let (aging, young) = (Authority::lasting(&server, "old", 30), Authority::lasting(&server, "new", 3650));
    set(&server, &[("countersign.timestamp-url", aging.stands(&server))]).await;
    let id = bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json()["entry"]["id"].clone();
    assert_eq!(ask(&server).await, 1);
    assert_eq!(ask(&server).await, 0, "the same authority's would renew nothing");
    young.stands(&server);
    assert_eq!(ask(&server).await, 0, "an authority is asked for that once an hour");
    assert!(records(&server, Kind::Renewal).await.is_empty());
    // A node that starts anew need not wait for that hour, only for the lease.
    let server = server.restarted();
    server.wait(9);
    let at = server.clock.now_ms().unsigned_abs();
    assert_eq!(ask(&server).await, 1);
    assert_eq!(ask(&server).await, 0, "it is renewed");
    let renewals = records(&server, Kind::Renewal).await;
    let renewal: RenewalRecord = record::parse(&renewals[0]).unwrap();
    assert!(renewals.len() == 1 && renewal.ends < renewal.until);
    let octets = export(&server, id.as_str().unwrap()).await;
    let aged = |ms: u64| format!("#countersign aged old {}\n", UtcTime(ms));
    let policy = format!("log {log}\nquorum none\n#countersign grade operator\n");
    let both = policy.clone() + &aging.line_of("old") + &young.line_of("new");
    let report = judge(&server, &octets, &(both.clone() + &aged(at + 1_000_000)));
    assert_eq!(report.outcome, Outcome::Proved, "{}", report.to_text());
    let text = report.to_text();
    assert!(
        text.contains("by the timestamp authority old, who aged since: its timestamp was in the log before"),
        "{text}"
    );
    let late = judge(&server, &octets, &(both.clone() + &aged(at - 1_000_000))).to_text();
    assert!(late.contains("nothing shows that it was there before its authority aged"), "{late}");
    let alone = judge(&server, &octets, &(policy + &aging.line_of("old") + &aged(at + 1_000_000)));
    assert!(alone.to_text().contains("no head has an outside time"), "{}", alone.to_text());
    let mut hidden = Bundle::read(&octets).unwrap();
    hidden.times.clear();
    let hidden = judge(&server, &hidden.write().unwrap(), &(both + &aged(at + 1_000_000))).to_text();
    assert!(hidden.contains("nothing shows that it was there before its authority aged"), "{hidden}");
}

#[tokio::test]
async fn what_a_realm_says_of_its_evidence_is_an_entry_before_anything_is_judged_by_it() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    let told = async || -> Vec<PolicyRecord> {
        let records = records(&server, Kind::Policy).await;
        records.iter().map(|octets| record::parse(octets).unwrap()).collect()
    };
    for _ in 0..2 {
        assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
    }
    let first = told().await;
    assert_eq!(first.len(), 1, "what did not change is not told again");
    assert_eq!(first[0].settings["countersign.participants"], "true");
    set(&server, &[("countersign.erase-after-days", "30")]).await;
    assert_eq!(bank.code(&agent.sign("bank", "/loans", BODY)).await, "ok");
    let then = told().await;
    assert_eq!((then.len(), then[1].settings["countersign.erase-after-days"].as_str()), (2, "30"));
    // Without a message it is told by the next round of the job.
    set(&server, &[("countersign.erase-after-days", "60")]).await;
    messages::times::ask_all(&server.core).await.unwrap();
    let last = told().await;
    assert_eq!((last.len(), last[2].settings["countersign.erase-after-days"].as_str()), (3, "60"));
}
