//! `verify receipt`: whether a receipt is sound, and whether the ledger has honoured it.

use std::path::PathBuf;

use ::evidence::report::plain;
use ledger::record::{self, MessageRecord, Record as _};
use ledger::text::{Digest, UtcTime};
use ledger::{Leaf, Receipt};
use serde_json::Value;

use super::following::Lines;
use super::held::Held;
use super::honour::Question;
use super::tiled::{Head, Tiled};
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
pub(super) struct Findings {
    lines: Vec<String>,
    is_lacking: bool,
    /// Whether a log was asked.
    is_asked: bool,
}

impl Findings {
    pub(super) fn good(&mut self, line: String) {
        self.lines.push(line);
    }

    pub(super) fn lack(&mut self, line: String) {
        self.lines.push(line);
        self.is_lacking = true;
    }

    /// What came out, or why nothing did.
    pub(super) fn or_lack<T>(&mut self, outcome: Result<T, Failure>) -> Option<T> {
        outcome.map_err(|why| self.lack(why.to_string())).ok()
    }

    fn found(self) -> Found {
        // Nothing is honoured by a log that was not asked.
        match (self.is_lacking, self.is_asked) {
            (true, _) => self.under("NOT PROVED", 1),
            (false, true) => self.under("GOOD", 0),
            (false, false) => self.under("CONSISTENT IN ITSELF, AND NOT SHOWN TO BE HONOURED", 1),
        }
    }

    /// All lines under a heading.
    pub(super) fn under(self, head: &str, status: u8) -> Found {
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

/// What is found of one receipt of an answer.
pub(super) async fn one(
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
    let signed = signed(request, (held, receipt), ledger.as_ref(), trust).await?;
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
        (Some(note), None) => Head::carried(note.as_bytes(), policy(trust)).map(Some),
        (Some(note), Some(log)) => match Head::read(note.as_bytes()) {
            Ok(head) => log.trusted(head, policy(trust), Lines::Short).await.map(Some),
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
            question.honoured(old.as_ref(), &mut findings).await;
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
    (held, receipt): (&Held, &Receipt),
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
        // What signed then may sign no more since the log was left.
        (None, Some(log)) => match keys_at(log, &receipt.origin).await {
            Ok(keys) => keys,
            Err(why) => return Ok(Some(Err(format!("whether the answer's signature counts can't be told: {why}")))),
        },
        (None, None) => None,
    };
    let listed: Value = listed.and_then(|octets| serde_json::from_slice(&octets).ok()).unwrap_or_default();
    Ok(Some(reply::verify(&held.answer, signature, &reply::keys_of(&listed), &trust.policy)))
}

/// What a log says of the keys that sign replies.
async fn keys_at(log: &Tiled, origin: &str) -> Result<Option<Vec<u8>>, Failure> {
    // What signed then may sign no more since the log was left.
    match log.of(origin).read("keys", LONGEST).await? {
        Some(keys) => Ok(Some(keys)),
        None => log.read("keys", LONGEST).await,
    }
}
