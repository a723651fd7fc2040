//! Fills a realm's ledger for measuring: records as verdicts leave them, which nobody's signature was checked for, and their
//! indexes by the sequencer.
//!
//!     cargo run --profile fast -p countersign --example fill_ledger -- --data-dir DIR [--db-url URL] --realm NAME --role ROLE \
//!         --entries N [--ids FILE [--sample 20000]]
//!
//! Stop the server first: the store has one owner, and a ledger one sequencer. The role must be there, with an approved
//! client; its messages have bodies of 256 octets and signatures as long as RSA-2048's. `--entries`: until the ledger has that
//! many; `--ids`: where to write the ids of some of those that were made.

#![expect(clippy::print_stderr, reason = "progress for whoever waits at the terminal")]

use std::sync::Arc;
use std::time::Instant;

use domain::network::entry::Entry;
use domain::network::ledger::Open;
use domain::{Core, Fresh, Plan, ids};
use ledger::Kind;
use ledger::record::{self, Asked, Asker, BodyDigest, MessageRecord, ProfileName, Version};
use ledger::text::{Digest, UtcTime};
use registry::Role;
use store::Batch;
use tokio::sync::mpsc;

use self::filled::{Done, Options, said};

mod filled;

/// Entries of one batch.
const CHUNK: i64 = 2048;
/// Octets of a body.
const BODY: usize = 256;
/// Octets of a signature.
const SIGNATURE: usize = 256;
/// Messages of a conversation.
const CONVERSATION: i64 = 4;

#[tokio::main]
async fn main() -> Done<()> {
    let given = Options::read()?;
    let core = given.core().await?;
    let filling = Filling::new(Arc::clone(&core), given.text("realm")?, given.text("role")?).await?;
    let wanted: i64 = given.text("entries")?.parse()?;
    let sample = i64::from(given.number("sample", 20_000)?.max(1));
    let made = filling.until(wanted, (wanted / sample).max(1)).await?;
    core.release_ledgers().await.map_err(said)?;
    if let Some(file) = given.find("ids") {
        std::fs::write(file, made.join("\n") + "\n")?;
    }
    Ok(())
}

/// A ledger to fill, and whose messages with.
struct Filling {
    core: Arc<Core>,
    ledger: Open,
    sender: Arc<Sender>,
}

/// What all messages have in common.
struct Sender {
    role: Arc<Role>,
    profile: ProfileName,
    head: Digest,
}

/// Entries of one batch, and their ids.
type Made = (Batch, Vec<String>);

impl Filling {
    async fn new(core: Arc<Core>, realm: &str, role: &str) -> Done<Self> {
        let plan = plan(&core, realm).await?;
        let network = plan.network.as_ref().ok_or("the realm has no participants")?;
        let role = core.participant_role(&plan.realm.id, role).await.map_err(said)?.ok_or("there is no such role")?;
        let (profile, digest) = network.profiles.judging(&role.settings.profile).map_err(said)?;
        let ledger = core.ledger(&plan).await.map_err(said)?.clone();
        core.enter_policy(&plan, &ledger).await.map_err(said)?;
        core.enter_profile(&ledger, profile, digest).await.map_err(said)?;
        let head = jose::b64::decode(&role.head.digest, "head")?;
        let sender = Sender {
            profile: ProfileName { name: profile.name.clone(), version: profile.version, digest },
            head: Digest(head.as_slice().try_into()?),
            role,
        };
        Ok(Self { core, ledger, sender: Arc::new(sender) })
    }

    /// Fills until the ledger has so many entries; the ids of each so-manieth.
    async fn until(&self, wanted: i64, each: i64) -> Done<Vec<String>> {
        let began = Instant::now();
        let (first, mut ids, mut told) = (self.size().await?, Vec::new(), 0);
        let mut batches = self.make(each);
        let mut size = first;
        while size < wanted {
            let (batch, some) = batches.recv().await.ok_or("no more messages are made")?;
            self.core.store.db().commit(batch).await?;
            ids.extend(some);
            while store::ledger::count_waiting(&self.core.store, &self.ledger.id).await? > 0 {
                self.core.sequence(&self.ledger.id).await.map_err(said)?;
            }
            size = self.size().await?;
            if size / 100_000 > told {
                told = size / 100_000;
                let (seconds, count) = (began.elapsed().as_secs_f64(), size - first);
                eprintln!("{size} of {wanted} entries, {:.1} µs each", seconds * 1e6 / count as f64);
            }
        }
        Ok(ids)
    }

    async fn size(&self) -> Done<i64> {
        let row = store::ledger::find(&self.core.store, &self.ledger.id).await?;
        Ok(row.ok_or("the ledger is gone")?.size)
    }

    /// Makes batches on a thread of its own, as long as somebody takes them.
    fn make(&self, each: i64) -> mpsc::Receiver<Made> {
        let (give, take) = mpsc::channel(2);
        let (core, ledger, sender) = (Arc::clone(&self.core), self.ledger.clone(), Arc::clone(&self.sender));
        std::thread::spawn(move || {
            let mut n = 0;
            while let Ok(made) = sender.batch(&core, &ledger, n, each) {
                n += CHUNK;
                if give.blocking_send(made).is_err() {
                    return;
                }
            }
        });
        take
    }
}

/// The realm with its ledger open.
async fn plan(core: &Core, realm: &str) -> Done<Arc<Plan>> {
    loop {
        let plan = core.plan(realm, Fresh::Now).await.map_err(said)?.ok_or("there is no such realm")?;
        match core.ledger(&plan).await {
            Ok(_) => return Ok(plan),
            Err(domain::Error::Lost(_)) => {}
            Err(error) => return Err(said(error)),
        }
    }
}

impl Sender {
    fn batch(&self, core: &Core, ledger: &Open, first: i64, each: i64) -> Done<Made> {
        let (mut batch, mut ids) = (Batch::new(), Vec::new());
        let mut trace = String::new();
        for n in first..first + CHUNK {
            if n % CONVERSATION == 0 {
                trace = uuid()?;
            }
            let now_ms = core.clock.now_ms();
            let (record, body) = self.message(now_ms, &trace)?;
            let entry = Entry::new(Kind::Message, now_ms, record::write(&record)?).map_err(said)?;
            entry.append_with(&mut batch, ledger, Some(&body));
            if n % each == 0 {
                ids.push(entry.id());
            }
        }
        Ok((batch, ids))
    }

    fn message(&self, now_ms: i64, trace: &str) -> Done<(MessageRecord, Vec<u8>)> {
        let (request, role) = (uuid()?, &self.role);
        let body = format!(r#"{{"metadata":{{"requestId":"{request}","traceId":"{trace}"}},"pad":""#);
        let body = format!("{body:x<width$}\"}}", width = BODY - 2).into_bytes();
        let kid = role.keys.first().map(|key| key.kid.clone()).unwrap_or_default();
        let head = format!(r#"{{"alg":"RS256","kid":"{kid}","b64":false,"crit":["b64"]}}"#);
        let signature = jose::random::bytes(SIGNATURE)?;
        let record = MessageRecord {
            v: Version,
            kind: Asked::Message,
            recorded_at: UtcTime(u64::try_from(now_ms)?),
            participant_role_id: role.id.clone(),
            participant_id: role.participant_id.clone(),
            kid,
            profile: self.profile.clone(),
            registry_head: self.head,
            method: "POST".to_owned(),
            target: "/v4.0.0alpha/loanApplications/createLoanRequest".to_owned(),
            target_stated_by: "caller".to_owned(),
            body: BodyDigest { sha256: Digest(ledger::hash::sha256(&body)), length: body.len() as u64 },
            jws: format!("{}..{}", jose::b64::encode(head), jose::b64::encode(signature)),
            token: None,
            request_id: Some(request),
            trace_id: Some(trace.to_owned()),
            verdict: "ok".to_owned(),
            signed: true,
            first: None,
            asked_by: Asker { client_id: role.settings.client_id.clone(), participant_role_id: Some(role.id.clone()) },
            seen_at: None,
            answers: None,
        };
        Ok((record, body))
    }
}

fn uuid() -> Done<String> {
    ids::uuid().map_err(|fault| format!("{fault:?}").into())
}
