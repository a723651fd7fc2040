//! What `ledger status` tells of a ledger: as text for people, whose long lines are cut, or whole as JSON.

use std::fmt::Write as _;

use ::ledger::text::UtcTime;
use ::ledger::{KeyType, VerifierKey};
use domain::{Core, Plan};
use serde::Serialize;
use store::ledger::LedgerRow;
use store::ledger_keys::{LedgerKey, State};

use super::sentence;
use crate::commands::Failure;

/// A ledger.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    origin: String,
    closed: bool,
    /// As `/health/ready` tells of it.
    standing: String,
    keys: Vec<Key>,
    entries: i64,
    waiting: i64,
    newest_checkpoint_at: UtcTime,
    newest_outside_time: Option<OutsideTime>,
    /// The note.
    checkpoint: String,
}

#[derive(Debug, Clone, Serialize)]
struct Key {
    state: &'static str,
    verifier: String,
}

#[derive(Debug, Clone, Serialize)]
struct OutsideTime {
    at: UtcTime,
    entries: i64,
}

/// Characters of a line that are shown of one that is longer than any of Ed25519 can be: of ML-DSA-44.
const SHOWN: usize = 80;
const LONGEST: usize = 600;

impl Status {
    pub(super) async fn of(core: &Core, plan: &Plan, row: &LedgerRow) -> Result<Self, Failure> {
        let outside = store::heads::newest(&core.store, &row.id).await?;
        let keys = store::ledger_keys::list(&core.store, &row.id).await?;
        Ok(Self {
            origin: row.origin.clone(),
            closed: row.closed,
            standing: standing(core, plan, row).await?,
            keys: keys.into_iter().map(Key::of).collect(),
            entries: row.size,
            waiting: store::ledger::count_waiting(&core.store, &row.id).await?,
            newest_checkpoint_at: time(row.checkpoint_ms),
            newest_outside_time: outside.map(|head| OutsideTime { at: time(head.time_ms), entries: head.size }),
            checkpoint: row.checkpoint.clone(),
        })
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let outside = match &self.newest_outside_time {
            Some(outside) => format!("{}, of {} entries", outside.at, outside.entries),
            None => "none".to_owned(),
        };
        let mut keys = String::new();
        for key in &self.keys {
            let _ = writeln!(keys, "{:21}{}", key.state, key.verifier);
        }
        let whole = format!(
            "origin               {}{}\nstanding             {}\n{keys}entries              {}, and {} that wait\n\
             newest checkpoint    {}\nnewest outside time  {outside}\n\n{}\n",
            self.origin,
            if self.closed { " (closed)" } else { "" },
            self.standing,
            self.entries,
            self.waiting,
            self.newest_checkpoint_at,
            self.checkpoint,
        );
        whole.lines().fold(String::with_capacity(whole.len()), |text, line| text + &shown(line) + "\n")
    }
}

/// A line as people want to see it.
fn shown(line: &str) -> String {
    match line.chars().count() {
        ..=LONGEST => line.to_owned(),
        count => {
            let begin: String = line.chars().take(SHOWN).collect();
            format!("{begin}… ({} characters more: --json)", count - SHOWN)
        }
    }
}

impl Key {
    fn of(key: LedgerKey) -> Self {
        let is_ml_dsa = VerifierKey::parse(&key.verifier).is_ok_and(|key| key.kind() == KeyType::MlDsaCosignature);
        let state = match key.state {
            State::Signs if is_ml_dsa => "key of ML-DSA-44",
            State::Signs => "key",
            State::Waits => "key to follow",
            State::Signed => "key before",
        };
        Self { state, verifier: key.verifier }
    }
}

async fn standing(core: &Core, plan: &Plan, row: &LedgerRow) -> Result<String, Failure> {
    if row.closed {
        return Ok("closed; its evidence stays in reach".to_owned());
    }
    if let Some(why) = core.speaks_against(row).await.map_err(|error| sentence(&error))? {
        return Ok(why);
    }
    let late = match &plan.network {
        Some(network) => core.late(network, row).await.map_err(|error| sentence(&error))?,
        None => None,
    };
    Ok(late.unwrap_or_else(|| "sound".to_owned()))
}

fn time(ms: i64) -> UtcTime {
    UtcTime(u64::try_from(ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_ml_dsa_are_cut_in_the_text_and_whole_in_json() {
        let short = format!("ledger.example/net+34fbdee7+{}", "A".repeat(44));
        let long = format!("ledger.example/net+0a1b2c3d+{}", "B".repeat(1752));
        let note = format!("ledger.example/net\n7\nroot=\n\n— ledger.example/net {}\n", "C".repeat(3244));
        let key = |state, verifier: &String| Key { state, verifier: verifier.clone() };
        let status = Status {
            origin: "ledger.example/net".to_owned(),
            closed: false,
            standing: "sound".to_owned(),
            keys: vec![key("key", &short), key("key of ML-DSA-44", &long)],
            entries: 7,
            waiting: 0,
            newest_checkpoint_at: UtcTime(0),
            newest_outside_time: None,
            checkpoint: note.clone(),
        };
        let text = status.text();
        assert!(text.contains(&format!("\nkey                  {short}\n")), "{text}");
        assert!(text.contains("\nkey of ML-DSA-44     ledger.example/net+0a1b2c3d+BBB"), "{text}");
        assert!(text.contains("CC… ("), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 130), "{text}");
        let json = serde_json::to_value(&status).unwrap();
        assert_eq!(json.pointer("/keys/1/verifier").unwrap(), long.as_str());
        assert_eq!(json.pointer("/checkpoint").unwrap(), note.as_str());
    }
}
