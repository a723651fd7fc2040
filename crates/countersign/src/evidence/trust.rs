//! Whom the reader of evidence believes.

use std::path::{Path, PathBuf};

use ledger::Policy;

use super::read;
use crate::commands::Failure;

/// Octets of the longest trust file.
const LONGEST: usize = 256 * 1024;

/// A trust file.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Where it is.
    pub place: PathBuf,
    /// What it says.
    pub policy: Policy,
}

impl Trust {
    /// The file that was named, or else the user's own where there is one. Nothing is looked for beside what is judged:
    /// whoever made that could have put it there.
    ///
    /// # Errors
    /// A sentence for the terminal: a file that can't be read, or a line that is none.
    pub fn find(named: Option<&Path>, of_user: Option<&Path>) -> Result<Option<Self>, Failure> {
        match named.or_else(|| of_user.filter(|place| place.exists())) {
            Some(place) => Self::open(place).map(Some),
            None => Ok(None),
        }
    }

    fn open(place: &Path) -> Result<Self, Failure> {
        let text = String::from_utf8(read(place, LONGEST)?)
            .map_err(|_| format!("{} is no trust policy: it is not UTF-8", place.display()))?;
        if text.trim_start().starts_with('{') {
            return Err(format!(
                "{} is JSON, such as a bundle or a receipt, and no trust policy: --trust takes the file with lines that begin \
                 with log, witness and quorum, and what is judged stands alone",
                place.display()
            )
            .into());
        }
        let policy = Policy::parse(&text).map_err(|error| format!("{}: {error}", place.display()))?;
        Ok(Self { place: place.to_owned(), policy })
    }
}
