//! Times that aren't the operator's: which count under the reader's trust, and what each bounds.

use ledger::hash::{Hash, sha256};
use ledger::note::{SignatureLine, Verified};
use ledger::record::{RenewalRecord, TimeForm, TimeRecord};
use ledger::text::UtcTime;
use ledger::{Kind, Leaf, Note, Policy};

use crate::bundle::{Bundle, Entry, Head};
use crate::log::Log;
use crate::log_keys::Opened;
use crate::report::Report;
use crate::timestamp;

/// Seconds by which clocks may differ.
pub(crate) const DRIFT: u64 = 300;

/// A time that isn't the operator's.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    /// Seconds since 1970.
    pub(crate) seconds: u64,
    /// Whose.
    pub(crate) by: String,
    /// For a timestamp of an authority that aged: the second at which it did, and SHA-256 of the timestamp.
    aged: Option<(u64, Hash)>,
}

/// The outside times of a log.
#[derive(Default)]
pub(crate) struct Times {
    /// What was in the log before a time: all below a size.
    pub(crate) before: Vec<(u64, Outside)>,
    /// What came into the log after a time: all above an index.
    pub(crate) after: Vec<(u64, Outside)>,
}

/// A time that an entry brought into the log.
pub(crate) struct Entered {
    index: u64,
    /// SHA-256 of what shows it, whoever it is of.
    token: Hash,
    /// None where it is of nobody in this trust.
    time: Option<Outside>,
}

impl Outside {
    pub(crate) fn text(&self) -> String {
        format!("{} by {}", UtcTime(self.seconds.saturating_mul(1000)), self.by)
    }

    /// The time of a witness's line.
    pub(crate) fn cosigned(line: &Verified<'_>) -> Option<Self> {
        Some(Self { seconds: line.time?, by: format!("the witness {}", line.key.name()), aged: None })
    }

    /// The time of a timestamp over a note's text.
    fn stamped(token: &[u8], note: &Note, policy: &Policy) -> Result<Self, String> {
        let (seconds, name) = timestamp::verify(token, &sha256(note.text.as_bytes()), &policy.tsas)?;
        let aged = policy.aged.iter().filter(|aged| aged.name == name).map(|aged| aged.at.0 / 1000).min();
        let by = format!("the timestamp authority {name}");
        Ok(Self { seconds, by, aged: aged.map(|second| (second, sha256(token))) })
    }
}

impl Times {
    /// Takes the times of a head: its witnesses', and those of its timestamps. One of an authority that isn't trusted is no
    /// fault: it is only no time.
    pub(crate) fn take_head(
        &mut self,
        head: &Opened,
        witnessed: Vec<Outside>,
        given: &Head,
        policy: &Policy,
        report: &mut Report,
    ) {
        let size = head.checkpoint.size;
        self.before.extend(witnessed.into_iter().map(|time| (size, time)));
        for stamp in &given.timestamps {
            match Outside::stamped(&stamp.0, &head.note, policy) {
                Ok(time) => self.before.push((size, time)),
                Err(why) => report.state("time", format!("a timestamp that does not count under this trust: {why}")),
            }
        }
    }

    /// Takes what entries brought, and drops what does not count: times that aren't there yet, and those of an authority that
    /// aged unless a time that counts shows that they were in the log before. Those may be shown so by others in turn.
    pub(crate) fn settle(&mut self, entered: Vec<Entered>, at: UtcTime, report: &mut Report) {
        let places: Vec<(u64, Hash)> = entered.iter().map(|entry| (entry.index, entry.token)).collect();
        self.after = entered.into_iter().filter_map(|entry| Some((entry.index, entry.time?))).collect();
        let latest = at.0 / 1000 + DRIFT;
        for times in [&mut self.before, &mut self.after] {
            for (_, time) in times.extract_if(.., |(_, time)| time.seconds > latest) {
                report.refute("time", format!("{} is later than the moment of judging", time.text()));
            }
        }
        let mut aged: Vec<(u64, Outside)> = self.before.extract_if(.., |(_, time)| time.aged.is_some()).collect();
        loop {
            let is_shown = |(_, time): &mut (u64, Outside)| shown_by(&self.before, time, &places).is_some();
            let more: Vec<(u64, Outside)> = aged.extract_if(.., is_shown).collect();
            if more.is_empty() {
                break;
            }
            for (_, time) in &more {
                let by = shown_by(&self.before, time, &places).map(Outside::text).unwrap_or_default();
                report.prove(
                    "time",
                    format!("{}, who aged since: its timestamp was in the log before {by}", time.text()),
                );
            }
            self.before.extend(more);
        }
        let before = &self.before;
        let dropped =
            self.after.extract_if(.., |(_, time)| time.aged.is_some() && shown_by(before, time, &places).is_none());
        for (_, time) in dropped.chain(aged) {
            let text =
                format!("{} does not count: nothing shows that it was there before its authority aged", time.text());
            report.state("time", text);
        }
    }
}

/// A time that counts and under which a timestamp was in the log, before its authority aged.
fn shown_by<'t>(counting: &'t [(u64, Outside)], time: &Outside, places: &[(u64, Hash)]) -> Option<&'t Outside> {
    let (aged, token) = time.aged?;
    let index = places.iter().filter(|(_, of)| *of == token).map(|(index, _)| *index).min()?;
    counting.iter().find(|(size, shown)| *size > index && shown.seconds < aged).map(|(_, shown)| shown)
}

/// The times that entries brought into the log: whatever came after them is later. One of somebody who isn't trusted is no
/// fault: it is only no time.
pub(crate) fn entered(log: &Log, bundle: &Bundle, policy: &Policy, report: &mut Report) -> Vec<Entered> {
    let mut found = Vec::new();
    for entry in &bundle.times {
        match open(log, entry, policy) {
            Ok((token, time)) => {
                if let Err(why) = &time {
                    report.state("time", format!("entry {} does not count under this trust: {why}", entry.index));
                }
                found.push(Entered { index: entry.index, token, time: time.ok() });
            }
            Err(why) => report.refute("time", format!("entry {}: {why}", entry.index)),
        }
    }
    found
}

/// What shows a time, and the time; the inner error is that it is of nobody in this trust.
fn open(log: &Log, entry: &Entry, policy: &Policy) -> Result<(Hash, Result<Outside, String>), String> {
    let read = |note: &str| Note::parse(note.as_bytes()).map_err(|error| error.to_string());
    if Leaf::parse(&entry.leaf.0).is_ok_and(|leaf| leaf.kind == Kind::Renewal) {
        let (_, record) = log.read::<RenewalRecord>(entry)?;
        let time = Outside::stamped(&record.token.0, &read(&record.checkpoint)?, policy);
        return Ok((sha256(&record.token.0), time));
    }
    let (_, record) = log.read::<TimeRecord>(entry)?;
    let mut note = read(&record.checkpoint)?;
    let token = &record.token.0;
    let time = match record.form {
        TimeForm::Rfc3161 => Outside::stamped(token, &note, policy),
        TimeForm::Cosignature => {
            let line = std::str::from_utf8(token).map_err(|error| error.to_string())?;
            note.lines = vec![SignatureLine::parse(line).map_err(|error| error.to_string())?];
            let lines = note.verify(policy.witnesses.iter().map(|witness| &witness.key));
            let lines = lines.map_err(|error| error.to_string())?;
            lines.iter().find_map(Outside::cosigned).ok_or_else(|| "its witness is none of this trust".to_owned())
        }
    };
    Ok((sha256(token), time))
}

#[cfg(test)]
mod tests {
    use ledger::text::UtcTime;

    use super::{Entered, Outside, Times};
    use crate::report::Report;

    const FIRST: [u8; 32] = [1; 32];
    const SECOND: [u8; 32] = [2; 32];

    /// The heads of aged authorities that count beside one of 20 leaves, which was there at 1000. Entries at 5 and 15 hold the
    /// two timestamps.
    fn counting(aged: &[(u64, [u8; 32], u64, u64)]) -> Vec<u64> {
        let time = |seconds, aged| Outside { seconds, by: String::new(), aged };
        let mut times = Times { before: vec![(20, time(1000, None))], after: Vec::new() };
        times.before.extend(aged.iter().map(|(at, token, size, seconds)| (*size, time(*seconds, Some((*at, *token))))));
        let entered = [(5, FIRST), (15, SECOND)].map(|(index, token)| Entered { index, token, time: None });
        times.settle(entered.into(), UtcTime(1_000_000), &mut Report::new(UtcTime(0)));
        times.before.iter().skip(1).map(|(size, _)| *size).collect()
    }

    #[test]
    fn a_timestamp_of_an_aged_authority_counts_where_times_show_that_it_was_there_before() {
        assert_eq!(counting(&[(1001, FIRST, 4, 300)]), [4]);
        assert!(counting(&[(1000, FIRST, 4, 300)]).is_empty());
        assert!(counting(&[(1001, [3; 32], 4, 300)]).is_empty());
        // The second renews the first, and is itself renewed.
        assert_eq!(counting(&[(700, FIRST, 4, 300), (1001, SECOND, 10, 600)]), [10, 4]);
        assert!(counting(&[(700, FIRST, 4, 300), (900, SECOND, 10, 600)]).is_empty());
    }
}
