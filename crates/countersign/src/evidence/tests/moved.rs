//! A realm whose log was left for another.

use std::fs;
use std::path::PathBuf;

use ledger::text::UtcTime;
use ledger::{Note, Receipt};
use serde_json::json;

use super::Desk;
use super::network::START;
use super::saved::{ORIGIN, Saved};
use super::served::{Realm, Serving, TOKEN, serve};
use crate::evidence::Found;
use crate::evidence::access::Access;
use crate::evidence::receipt::{ReceiptRequest, verify_receipt};
use crate::evidence::watch::{Looked, Watch, WatchRequest};

pub(super) const AT: u64 = START + 1_000_000;
pub(super) const LATER: UtcTime = UtcTime(AT + 3_600_000);
pub(super) const NEXT: &str = "ledger.example/next";

/// A realm whose log had 300 leaves and four messages behind them when it was left.
pub(super) struct Case {
    pub(super) desk: Desk,
    /// The log as it was.
    pub(super) log: Saved,
    pub(super) receipts: Vec<Receipt>,
    pub(super) realm: Realm,
    serving: Serving,
}

impl Case {
    pub(super) async fn new() -> Self {
        let (desk, mut log) = (Desk::new(), Saved::new());
        log.fill(300);
        let mut receipts = Vec::new();
        for n in 0..4 {
            let (receipt, leaf) = log.receipt(AT + n);
            log.append(&leaf);
            receipts.push(receipt);
        }
        let realm = Realm::of(desk.0.join("log"));
        log.save(&realm.evidence, &log.note());
        let serving = serve(realm.clone().router()).await;
        Self { desk, log, receipts, realm, serving }
    }

    /// Leaves the log, of which so many leaves are there, for one that commits to a head; that one.
    pub(super) fn leave(&self, there: usize, committed: &Note) -> Saved {
        let old = self.log.as_of(there);
        self.leave_as(&old, committed)
    }

    pub(super) fn leave_as(&self, old: &Saved, committed: &Note) -> Saved {
        let (mut new, told) = Saved::go_on(NEXT, committed, AT + 5_000);
        new.witness = self.log.witness.clone();
        new.fill(20);
        let _ = fs::remove_dir_all(&self.realm.evidence);
        new.save(&self.realm.evidence, &new.note());
        old.save(&self.realm.left(ORIGIN), &cosigned(old));
        fs::write(self.realm.evidence.join("keys"), told.to_string()).unwrap();
        new
    }

    /// Leaves the log that is open, of which so many leaves are there, for another that commits to all of it.
    pub(super) fn go_on(&self, open: &Saved, there: &Saved, origin: &str) -> Saved {
        let (mut new, told) = Saved::go_on(origin, &open.note(), AT + 9_000);
        new.witness = self.log.witness.clone();
        let (folder, between) = (&self.realm.evidence, self.realm.left(open.origin()));
        there.save(&between, &cosigned(there));
        fs::copy(folder.join("keys"), between.join("keys")).unwrap();
        new.save(folder, &new.note());
        fs::write(folder.join("keys"), told.to_string()).unwrap();
        new
    }

    /// The trust of before, with the lines of these logs beside.
    pub(super) fn trust(&self, others: &[&Saved]) -> PathBuf {
        let lines: String = others.iter().map(|log| format!("log {}\n", log.log.verifier())).collect();
        let policy = self.log.policy().replace("quorum none", "quorum w");
        self.desk.file("trust.policy", format!("{lines}{policy}"))
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/realms/net/evidence", self.serving.address)
    }

    pub(super) async fn check(&self, receipt: &Receipt, trust: PathBuf) -> Found {
        self.check_at(receipt, trust, LATER).await
    }

    pub(super) async fn check_at(&self, receipt: &Receipt, trust: PathBuf, now: UtcTime) -> Found {
        self.check_signed(receipt, trust, now, None).await
    }

    /// The same with a signature of the answer.
    pub(super) async fn check_signed(
        &self,
        receipt: &Receipt,
        trust: PathBuf,
        now: UtcTime,
        signature: Option<&str>,
    ) -> Found {
        let answer = json!({"valid": true, "code": "ok", "receipt": receipt}).to_string();
        let request = ReceiptRequest {
            file: self.desk.file("answer.json", answer),
            ledger: Some(self.url()),
            trust: Some(trust),
            signature: signature.map(str::to_owned),
            ..ReceiptRequest::default()
        };
        verify_receipt(&request, None, now).await.unwrap()
    }

    pub(super) fn watching(&self, trust: PathBuf) -> WatchRequest {
        *self.realm.keys.lock().unwrap() = json!({"keys": []});
        WatchRequest {
            ledger: self.url(),
            role: "agent-1".to_owned(),
            trust: Some(trust),
            state: Some(self.desk.0.join("state")),
            access: Access::TokenFile(self.desk.file("token", TOKEN)),
            authorities: Vec::new(),
        }
    }

    /// The files in the state's folder that begin so.
    pub(super) fn kept(&self, beginning: &str) -> usize {
        let files = fs::read_dir(self.desk.0.join("state")).unwrap().flatten();
        files.filter(|file| file.file_name().to_string_lossy().starts_with(beginning)).count()
    }
}

/// A log's head with the witness's line.
pub(super) fn cosigned(log: &Saved) -> Note {
    let mut note = log.note();
    note.lines.push(log.witness.sign(&note.text, AT / 1000).unwrap());
    note
}

pub(super) async fn look(request: &WatchRequest) -> Looked {
    let mut watch = Watch::open(request.clone(), None).unwrap();
    let looked = watch.look().await;
    watch.told().unwrap();
    looked
}

pub(super) async fn alarms(request: &WatchRequest) -> Vec<String> {
    let looked = look(request).await;
    assert_eq!(looked.failures, Vec::<String>::new());
    looked.alarms
}
