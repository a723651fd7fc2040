//! Judging a bundle: what it claims, and whether that is proved under the reader's own trust.

use ledger::Policy;
use ledger::text::UtcTime;

use crate::bundle::{Bundle, Entry, Error};
use crate::chain::{Chain, open_participant};
use crate::claim;
use crate::log::Log;
use crate::message::{Context, Recorded};
use crate::report::{Outcome, Report};

/// Judges the octets of a bundle's file at a moment. Without a policy it can at most be consistent in itself.
#[must_use]
pub fn verify(octets: &[u8], policy: Option<&Policy>, at: UtcTime) -> Report {
    let bundle = match Bundle::read(octets) {
        Ok(bundle) => bundle,
        // A file that was altered can be read: it is only not what it says.
        Err(error @ Error::Altered) => return Report::unreadable(at, Outcome::NotProved, &error),
        Err(error) => return Report::unreadable(at, Outcome::Unreadable, &error),
    };
    let mut report = Report::new(at);
    judge(&bundle, policy, at, &mut report);
    if report.not_proved.is_empty() {
        match policy {
            Some(_) => report.outcome = Outcome::Proved,
            None => report.refute("trust", "consistent in itself, trust not given".to_owned()),
        }
    }
    report
}

/// A message may have been brought more than once, by whoever had it: that is no second signing.
fn same_signature(messages: &[Recorded], report: &mut Report) {
    for (n, message) in messages.iter().enumerate() {
        let is_same = |other: &&Recorded| other.record.jws == message.record.jws;
        if let Some(first) = messages.iter().take(n).find(is_same) {
            let text = format!("the entry at index {} has the same signature: it was signed once", first.index);
            report.state(&format!("entry {}", message.index), text);
        }
    }
}

/// One thing twice would count twice, so entries stand in the order of their indexes, each once.
fn in_order(bundle: &Bundle, report: &mut Report) {
    let of_messages = bundle.messages.iter().map(|message| &message.entry).collect();
    let lists: [(&str, Vec<&Entry>); 4] = [
        ("messages", of_messages),
        ("service keys", bundle.service_keys.iter().collect()),
        ("time", bundle.times.iter().collect()),
        ("range", bundle.ranges.iter().collect()),
    ];
    for (about, entries) in lists {
        if !entries.is_sorted_by(|one, next| one.index < next.index) {
            report.refute(about, "its entries don't stand in the order of their indexes, each once".to_owned());
        }
    }
}

fn judge(bundle: &Bundle, policy: Option<&Policy>, at: UtcTime, report: &mut Report) {
    if bundle.messages.is_empty() {
        report.refute("messages", "the bundle has none".to_owned());
    }
    in_order(bundle, report);
    let Some(log) = Log::judge(bundle, policy, at, report) else { return };
    let mut chains = Vec::new();
    for (n, entries) in bundle.chains.iter().enumerate() {
        match Chain::open(entries, &log) {
            Ok(chain) => chains.push(chain),
            Err(why) => report.refute(&format!("chain {}", n + 1), why),
        }
    }
    for (n, chain) in chains.iter().enumerate() {
        if chains.iter().take(n).any(|other| other.role.id == chain.role.id) {
            report.refute(&format!("chain {}", n + 1), format!("a second chain of {}", chain.role.id));
        }
    }
    let context = Context { bundle, log: &log, chains: &chains, policy };
    let mut messages = Vec::new();
    for (n, message) in bundle.messages.iter().enumerate() {
        messages.extend(context.judge(&format!("message {}", n + 1), message, report));
    }
    same_signature(&messages, report);
    for (n, entries) in bundle.participants.iter().enumerate() {
        let about = format!("participant {}", n + 1);
        match open_participant(entries, &log) {
            Ok(found) if !messages.iter().any(|message| message.record.participant_id == found.id) => {
                report.refute(&about, format!("no message is one of {}", found.id));
            }
            Ok(found) => {
                let (since, name) = (found.head.at, &found.statement.participant_name);
                report.state(&about, format!("by the registry since {since}: {} is {name:?}", found.id));
            }
            Err(why) => report.refute(&about, why),
        }
    }
    claim::judge(bundle, &log, &chains, &messages, report);
}
