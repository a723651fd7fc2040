//! The store that is to be filled, and with how much: options in the form `--name value` or `--name=value`.

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use domain::Core;
use domain::clock::SystemClock;
use domain::ports::NoOutbound;
use store::db::Config;
use store::{KeySource, Store};

pub(crate) type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Where the server remembers heads in its data directory.
const HEADS: &str = "ledger-heads";

/// What was given.
pub(crate) struct Options(HashMap<String, String>);

impl Options {
    pub(crate) fn read() -> Done<Self> {
        let mut out = HashMap::new();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or_else(|| format!("{word:?} is no option"))?;
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (name.to_owned(), words.next().ok_or_else(|| format!("--{name} wants a value"))?),
            };
            out.insert(name, value);
        }
        Ok(Self(out))
    }

    /// An option that may be left out.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn text(&self, name: &str) -> Done<&str> {
        Ok(self.find(name).ok_or_else(|| format!("--{name} is missing"))?)
    }

    /// A number that may be left out for another.
    pub(crate) fn number(&self, name: &str, usual: u32) -> Done<u32> {
        Ok(self.find(name).map_or(Ok(usual), str::parse)?)
    }

    /// The core over the store in `--data-dir`, or at `--db-url`.
    pub(crate) async fn core(&self) -> Done<Arc<Core>> {
        let folder = PathBuf::from(self.text("data-dir")?);
        let config = match self.find("db-url") {
            Some(url) => Config::parse_url(url)?,
            None => Config::Sqlite { path: folder.join("countersign.db") },
        };
        let store = Store::open(&config, &KeySource::Kept(folder.join("master.key"))).await?;
        let core = Core::new(store, Arc::new(SystemClock), Arc::new(NoOutbound)).map_err(said)?;
        Ok(Arc::new(core.remembering(folder.join(HEADS))))
    }
}

pub(crate) fn said(error: domain::Error) -> Box<dyn Error + Send + Sync> {
    format!("{error:?}").into()
}
