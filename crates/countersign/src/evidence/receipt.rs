//! `verify receipt`: whether a receipt is sound, and whether the ledger has honoured it.

use std::path::PathBuf;

use ::evidence::report::plain;
use ledger::record::{self, MessageRecord, Record as _};
use ledger::text::{Digest, UtcTime};
use ledger::{Checkpoint, Hash, Leaf, Receipt};
use serde_json::Value;

use super::following::Source;
use super::held::Held;
use super::tiled::{Head, Scan, Tiled};
use super::{Found, Trust, read, reply};
use crate::commands::Failure;

/// Octets of the longest answer with a receipt.
const LONGEST: usize = 4 * 1024 * 1024;

/// What is verified, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiptRequest {
    /// The receipt, the whole answer that it came in, or a line of a gateway's receipts.
    pub file: PathBuf,
    /// Where the ledger is: a URL, or a folder with its files.
    pub ledger: Option<String>,
    /// The trust file, if it isn't the user's own.
    pub trust: Option<PathBuf>,
    /// The answer's `x-jws-signature`.
    pub signature: Option<String>,
    /// A file with the keys of replies.
    pub keys: Option<PathBuf>,
    /// PEM files of authorities beside the system's, for the call to the ledger.
    pub authorities: Vec<PathBuf>,
}

/// What was found so far, line by line.
#[derive(Default)]
struct Findings {
    lines: Vec<String>,
    is_lacking: bool,
    /// Whether a log was asked.
    is_asked: bool,
}

impl Findings {
    fn good(&mut self, line: String) {
        self.lines.push(line);
    }

    fn lack(&mut self, line: String) {
        self.lines.push(line);
        self.is_lacking = true;
    }

    fn found(self) -> Found {
        let (head, status) = match (self.is_lacking, self.is_asked) {
            (true, _) => ("NOT PROVED", 1),
            (false, true) => ("GOOD", 0),
            (false, false) => ("CONSISTENT IN ITSELF", 0),
        };
        let lines: Vec<String> = self.lines.iter().map(|line| plain(line)).collect();
        Found { text: format!("{head}\n  {}\n", lines.join("\n  ")), status }
    }
}

/// Verifies. `of_user` is the user's own trust file.
///
/// # Errors
/// A sentence for the terminal, where there is nothing to judge.
pub async fn verify_receipt(
    request: &ReceiptRequest,
    of_user: Option<PathBuf>,
    now: UtcTime,
) -> Result<Found, Failure> {
    let trust = Trust::find(request.trust.as_deref(), of_user.as_deref())?;
    let held = Held::read(read(&request.file, LONGEST)?);
    let held = held.map_err(|why| format!("{}: {why}", request.file.display()))?;
    let mut found = Found { text: String::new(), status: 0 };
    for receipt in &held.receipts {
        let one = one(request, &held, receipt, trust.as_ref(), now).await?;
        found.text.push_str(&one.text);
        found.status = found.status.max(one.status);
    }
    Ok(found)
}

async fn one(
    request: &ReceiptRequest,
    held: &Held,
    receipt: &Receipt,
    trust: Option<&Trust>,
    now: UtcTime,
) -> Result<Found, Failure> {
    let mut findings = Findings { is_asked: request.ledger.is_some(), ..Findings::default() };
    let Ok(leaf) = receipt.verify() else {
        findings
            .lack("its leaf is not of its time, or does not commit to its record: it was altered, or is none".into());
        return Ok(findings.found());
    };
    findings.good(about(receipt, &leaf));
    let is_of = |record: MessageRecord| record.kind() == leaf.kind && record.recorded_at.0 == leaf.at_ms;
    if leaf.kind.is_verdict() && !record::parse(&receipt.record.0).is_ok_and(is_of) {
        findings.lack("its record is no message's, or of another kind or time than its leaf".to_owned());
    }
    let ledger = request.ledger.as_deref().map(|place| Tiled::open(place, &request.authorities)).transpose()?;
    let signed = signed(request, held, ledger.as_ref(), trust).await?;
    let is_signed = match signed {
        Some(Ok(kid)) => {
            findings.good(format!("the answer is signed by the operator's reply key {kid:?}, which this trust pins"));
            true
        }
        Some(Err(why)) => {
            findings.lack(why);
            false
        }
        None => false,
    };
    let old = match (receipt.checkpoint.as_deref(), &ledger) {
        (None, _) => Ok(None),
        (Some(note), None) => Head::open(note.as_bytes(), policy(trust)).map(Some),
        (Some(note), Some(log)) => match Head::read(note.as_bytes()) {
            Ok(head) => log.trusted(head, policy(trust), Source::Earlier).await.map(Some),
            Err(why) => Err(why),
        },
    };
    let old = match old {
        Ok(old) if old.as_ref().is_none_or(|head| head.checkpoint.origin == receipt.origin) => old,
        Ok(_) => {
            findings.lack("its checkpoint is another log's".to_owned());
            None
        }
        Err(why) => {
            findings.lack(format!("its checkpoint: {why}"));
            None
        }
    };
    match &ledger {
        Some(log) => {
            let question = Question { log, receipt, id: leaf.id(), trust, is_signed, now };
            question.honoured(old.as_ref(), &mut findings).await?;
        }
        None => findings.good("whether the log has it was not asked: name the log with --ledger".to_owned()),
    }
    Ok(findings.found())
}

fn policy(trust: Option<&Trust>) -> Option<&ledger::Policy> {
    trust.map(|trust| &trust.policy)
}

fn about(receipt: &Receipt, leaf: &Leaf) -> String {
    let id = Digest(leaf.id());
    let message = record::parse::<MessageRecord>(&receipt.record.0).ok().filter(|_| leaf.kind.is_verdict());
    let what = match message {
        Some(record) => {
            let seen =
                record.seen_at.map(|seen| format!(", reported by its receiver, who states to have had it at {seen}"));
            format!(
                "a message of {} by its key {:?}, verdict {}{}",
                record.participant_role_id,
                record.kid,
                record.verdict,
                seen.unwrap_or_default()
            )
        }
        None => format!("a record of kind {}", leaf.kind.name()),
    };
    format!("leaf {id} of {} commits to {what}, received at {}", receipt.origin, receipt.received_at)
}

/// Whether the answer's signature is one that counts; None where none was given.
async fn signed(
    request: &ReceiptRequest,
    held: &Held,
    ledger: Option<&Tiled>,
    trust: Option<&Trust>,
) -> Result<Option<Result<String, String>>, Failure> {
    let signature = request.signature.as_ref().or(held.signature.as_ref().filter(|_| trust.is_some()));
    let Some(signature) = signature else { return Ok(None) };
    let Some(trust) = trust else {
        return Ok(Some(Err("the answer's signature says nothing without a trust that pins its key".to_owned())));
    };
    let listed = match (&request.keys, ledger) {
        (Some(place), _) => Some(read(place, LONGEST)?),
        (None, Some(log)) => log.read("keys", LONGEST).await?,
        (None, None) => None,
    };
    let listed: Value = listed.and_then(|octets| serde_json::from_slice(&octets).ok()).unwrap_or_default();
    Ok(Some(reply::verify(&held.answer, signature, &reply::keys_of(&listed), &trust.policy)))
}

/// Whether a log has a receipt's leaf.
struct Question<'q> {
    log: &'q Tiled,
    receipt: &'q Receipt,
    id: Hash,
    trust: Option<&'q Trust>,
    /// Whether the receipt was shown to be the operator's.
    is_signed: bool,
    now: UtcTime,
}

impl Question<'_> {
    /// Looks for the leaf, and whether the log goes on from the head in the receipt.
    async fn honoured(&self, old: Option<&Head>, findings: &mut Findings) -> Result<(), Failure> {
        let log = self.log;
        let head = match log.head(policy(self.trust)).await {
            Ok(head) => head,
            Err(why) => {
                findings.lack(why.to_string());
                return Ok(());
            }
        };
        let new = &head.checkpoint;
        if new.origin != self.receipt.origin {
            findings.lack(format!("{log} is the log {}, not the receipt's", new.origin));
            return Ok(());
        }
        if self.trust.is_none() {
            findings.lack("consistent in itself, trust not given: nobody said which key is the log's".to_owned());
        }
        if let Some(since) = &head.since
            && !log.goes_on(since, new).await?
        {
            let (old_size, new_size) = (since.size, new.size);
            findings.lack(format!(
                "FORK: the newest head, of {new_size} leaves, is not shown to go on from the one of {old_size} leaves by \
                 which its key took over"
            ));
        }
        if let Some(old) = old {
            self.goes_on(&old.checkpoint, new, findings).await?;
        }
        let told = log.told_index(&self.id).await?.filter(|index| *index < new.size);
        let index = match told {
            Some(index) if log.includes(&self.id, index, new).await? => Some(index),
            // What the log says of one entry is believed as little as what it doesn't say: all leaves are looked at.
            _ => {
                let scan = log.scan(&self.id, new).await?;
                if scan.index.is_none() {
                    findings.lack(self.missing(&scan, &head));
                }
                scan.index
            }
        };
        if let Some(index) = index {
            findings.good(format!("it is in the log at index {index}, under the head of {} leaves", new.size));
        }
        Ok(())
    }

    async fn goes_on(&self, old: &Checkpoint, new: &Checkpoint, findings: &mut Findings) -> Result<(), Failure> {
        let (old_size, new_size) = (old.size, new.size);
        // A saved copy may well be older than the receipt.
        if old_size > new_size {
            let log = self.log;
            findings.lack(format!(
                "the head of {log}, of {new_size} leaves, is older than the receipt's, of {old_size}: ask a newer one"
            ));
        } else if !self.log.goes_on(old, new).await? {
            findings.lack(format!(
                "FORK: the newest head, of {new_size} leaves, is not shown to go on from the receipt's, of {old_size}. \
                 Keep both: two signed heads of one log that no proof joins speak against its operator"
            ));
        }
        Ok(())
    }

    /// What it means that a leaf isn't there.
    fn missing(&self, scan: &Scan, head: &Head) -> String {
        let (receipt, size) = (self.receipt, head.checkpoint.size);
        let delay = receipt.max_delay_seconds.saturating_mul(1000);
        let due = UtcTime(receipt.received_at.0.saturating_add(delay));
        if self.now.0 <= due.0 {
            return format!("it is not among the {size} leaves yet; it is promised for {due}: ask again then");
        }
        let cosigned = self.trust.and_then(|trust| head.newest_cosignature(&trust.policy)).unwrap_or(0);
        let shown = UtcTime(scan.newest_ms.max(cosigned.saturating_mul(1000)));
        let later = match (shown > due, self.log) {
            (true, _) => format!("as they were at {shown}"),
            (false, Tiled::Served { .. }) => "as they are served now".to_owned(),
            (false, Tiled::Saved(_)) => {
                return format!(
                    "it is not among the {size} leaves, but these may have been saved before {due}, when it was due: \
                     save them anew"
                );
            }
        };
        let whose = match self.is_signed {
            true => {
                "This receipt with its answer's signature, and the signed checkpoint, are proof against the operator: keep them"
            }
            false => {
                "Together with the signature of the answer that it came in (--signature) this is proof against the \
                 operator; without it anyone could have written the receipt"
            }
        };
        format!("BROKEN PROMISE: it was due at {due}, and is not among the {size} leaves of the log {later}. {whose}")
    }
}
