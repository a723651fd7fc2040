//! Witnesses of a ledger: others who sign its checkpoints when each goes on from the one they signed before
//! [C2SP-tlog-witness].

use ledger::note::SignatureLine;
use ledger::witness::{self, Request};
use ledger::{Checkpoint, KeyType, Note, VerifierKey};

use crate::network::standing::consistency;
use crate::{Core, Fault, Result};

/// A witness of a realm's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The key that its lines are verified with.
    pub key: VerifierKey,
    /// What its requests' URLs begin with, without a slash at the end.
    pub url: String,
}

/// What a witness said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It cosigned the checkpoint, at a second since 1970.
    Cosigned(SignatureLine, u64),
    /// It has cosigned a larger tree, or another one of that size.
    Conflict(u64),
    /// It holds that this tree doesn't go on from the one that it cosigned.
    Inconsistent,
    /// It takes no checkpoints of this log, or none by these keys: a sentence for whoever looks after this node.
    Refused(String),
    /// Nothing that helps, and why.
    Nothing(String),
}

/// Reads a realm's list: lines, or a JSON list, of `VKEY URL`.
///
/// # Errors
/// With the reason, for whoever sets the attribute.
pub fn witnesses(text: &str) -> Result<Vec<Witness>, String> {
    let lines: Vec<String> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).map_err(|error| format!("not a JSON list of texts: {error}"))?,
        false => text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
    };
    let read = |line: &String| {
        let (key, url) = line.split_once(' ').ok_or_else(|| format!("{line:?} is not VKEY URL"))?;
        let key = VerifierKey::parse(key).map_err(|error| format!("{key}: {error}"))?;
        match key.kind() {
            KeyType::Cosignature | KeyType::MlDsaCosignature => {}
            KeyType::Ed25519 => return Err(format!("{key} is a log's key, not a witness's")),
        }
        Ok(Witness { key, url: url.trim().trim_end_matches('/').to_owned() })
    };
    lines.iter().map(read).collect()
}

/// Seconds that a witness's clock may differ from ours.
pub const DRIFT: u64 = 300;

impl Core {
    /// Asks a witness to cosign a checkpoint of a ledger; `old` is the size that it is believed to have cosigned last. It is
    /// asked again where it says another one.
    ///
    /// # Errors
    /// When the store can't be read. Whatever the witness does is no error.
    pub async fn ask_witness(&self, ledger_id: &str, witness: &Witness, note: &Note, old: u64) -> Result<Said> {
        let checkpoint = Checkpoint::parse(&note.text).map_err(Fault::new)?;
        let mut old = old.min(checkpoint.size);
        for _ in 0..2 {
            let proof = consistency(self, ledger_id, old, checkpoint.size).await?;
            let body = Request::body(old, &proof, note).into_bytes();
            let url = format!("{}/add-checkpoint", witness.url);
            let posted = match self.outbound.post(&url, "text/plain; charset=utf-8", body).await {
                Ok(posted) => posted,
                Err(why) => return Ok(Said::Nothing(why)),
            };
            match posted.status {
                200 => return Ok(self.cosigned(witness, note, &posted.body)),
                409 => match size_of(&posted.body) {
                    Some(size) if size < checkpoint.size && size != old => old = size,
                    // Of the same size, with another root; or of a tree that isn't ours.
                    Some(size) if size > checkpoint.size || size == old => return Ok(Said::Conflict(size)),
                    Some(size) => old = size,
                    None => return Ok(Said::Nothing("a conflict that names no size".to_owned())),
                },
                422 => return Ok(Said::Inconsistent),
                status @ 400..500 => {
                    return Ok(Said::Refused(refusal(witness.key.name(), &checkpoint.origin, status)));
                }
                status => return Ok(Said::Nothing(format!("answered with status {status}"))),
            }
        }
        Ok(Said::Nothing("it named two different sizes".to_owned()))
    }

    /// Believes an answer only where its line is the witness's own, over this checkpoint, and from now.
    fn cosigned(&self, witness: &Witness, note: &Note, answer: &[u8]) -> Said {
        let Ok(lines) = witness::parse_answer(answer) else {
            return Said::Nothing("an answer that can't be read".to_owned());
        };
        let Some(line) = lines.into_iter().find(|line| line.is_of(&witness.key)) else {
            return Said::Nothing("an answer without a line of its key".to_owned());
        };
        let signed = Note { text: note.text.clone(), lines: vec![line.clone()] };
        match signed.verify_one(&witness.key) {
            Ok(Some(time)) if time.abs_diff(self.now().unsigned_abs()) <= DRIFT => Said::Cosigned(line, time),
            Ok(_) => Said::Nothing("its clock is more than five minutes off".to_owned()),
            Err(error) => Said::Nothing(error.to_string()),
        }
    }
}

/// What a witness's refusal means.
fn refusal(name: &str, origin: &str, status: u16) -> String {
    let why = match status {
        403 => "it knows none of the keys that sign it by now, and needs their lines",
        404 => "it does not know the ledger, and needs its lines",
        _ => "nothing says why",
    };
    format!("The witness {name} refuses the ledger {origin} with status {status}: {why}")
}

fn size_of(body: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
    text.parse().ok().filter(|size: &u64| size.to_string() == text)
}

/// What the attribute of a realm says, and nothing where it can't be read.
pub(super) fn read(text: Option<&str>) -> Vec<Witness> {
    match text.map(witnesses) {
        Some(Ok(list)) => list,
        Some(Err(why)) => {
            tracing::error!(why, "the realm's witnesses can't be read: none is asked");
            Vec::new()
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{size_of, witnesses};

    const KEY: &str = "w.example+a9a0b0d6+BKfR6r7U3LtZ0BfO8JqW1w9tzqvGL3X8mQqz1o7yq0mV";

    #[test]
    fn a_list_is_lines_or_json_and_names_what_is_wrong() {
        assert_eq!(witnesses(""), Ok(vec![]));
        assert_eq!(witnesses("[]"), Ok(vec![]));
        assert!(witnesses("nothing").unwrap_err().contains("VKEY URL"));
        assert!(witnesses("[1]").unwrap_err().contains("JSON list"));
        assert!(witnesses(&format!("{KEY} https://w.example")).is_err(), "a key whose id is another's");
    }

    #[test]
    fn a_size_has_one_spelling() {
        assert_eq!(size_of(b"7\n"), Some(7));
        for odd in [&b"7"[..], b"07\n", b"+7\n", b"-1\n", b"\n", b"7\n\n"] {
            assert_eq!(size_of(odd), None);
        }
    }
}
