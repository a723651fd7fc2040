//! Keys of a ledger's checkpoints: those that sign, one that is to follow, and those that signed before.

use zeroize::Zeroizing;

use crate::db::{Batch, Row};
use crate::{Store, StoreError, params};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It signs each checkpoint.
    Signs,
    /// It will, from the checkpoint on that first holds its entry.
    Waits,
    /// It did, up to the checkpoint by which another took over.
    Signed,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Signs => "signs",
            Self::Waits => "waits",
            Self::Signed => "signed",
        }
    }

    fn of_name(name: &str) -> Result<Self, StoreError> {
        let all = [Self::Signs, Self::Waits, Self::Signed];
        all.into_iter()
            .find(|state| state.name() == name)
            .ok_or(StoreError::Broken("a ledger key of an unknown state".to_owned()))
    }
}

/// A key.
#[derive(Clone, Debug)]
pub struct LedgerKey {
    /// The public key in its text form.
    pub verifier: String,
    /// What it does.
    pub state: State,
    /// The private key as PKCS#8, until it signs no more.
    pub private: Option<Zeroizing<Vec<u8>>>,
    /// The checkpoint by which it took over, with the line of the key before too; none for a ledger's first.
    pub handover: Option<String>,
}

/// Every key of a ledger, in the order in which they came.
pub async fn list(store: &Store, ledger_id: &str) -> Result<Vec<LedgerKey>, StoreError> {
    const SQL: &str = "SELECT n, verifier, state, key, handover FROM ledger_key WHERE ledger_id = $1 ORDER BY n";
    let read = |row: &Row| {
        let sealed = row.bytes_opt(3)?;
        let private = sealed.map(|key| store.vault().open(&place(ledger_id, row.int(0)?), key)).transpose()?;
        let (verifier, handover) = (row.text(1)?.to_owned(), row.text_opt(4)?.map(str::to_owned));
        Ok(LedgerKey { verifier, state: State::of_name(row.text(2)?)?, private, handover })
    };
    store.db().read(SQL, params![ledger_id]).await?.iter().map(read).collect()
}

/// Adds a ledger's key number `n`, of which there must be none yet.
pub fn insert(
    store: &Store,
    batch: &mut Batch,
    ledger_id: &str,
    n: i64,
    (verifier, key): (&str, &[u8]),
    state: State,
) -> Result<(), StoreError> {
    let sealed = store.vault().seal(&place(ledger_id, n), key)?;
    batch.expect(
        "INSERT INTO ledger_key (ledger_id, n, verifier, state, key) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (ledger_id, n) DO NOTHING",
        params![ledger_id, n, verifier, state.name(), sealed],
        1,
        "ledger key",
    );
    Ok(())
}

/// Lets a key that waits sign instead of the one of its type before, whose private part goes.
pub fn hand_over(batch: &mut Batch, ledger_id: &str, (old, new): (&str, &str), handover: &str) {
    batch.expect(
        "UPDATE ledger_key SET state = 'signed', key = NULL WHERE ledger_id = $1 AND verifier = $2 AND state = 'signs'",
        params![ledger_id, old],
        1,
        "ledger key",
    );
    batch.expect(
        "UPDATE ledger_key SET state = 'signs', handover = $3 WHERE ledger_id = $1 AND verifier = $2 AND state = 'waits'",
        params![ledger_id, new, handover],
        1,
        "ledger key",
    );
}

/// Names the key by which all readers know a ledger.
pub fn name(batch: &mut Batch, ledger_id: &str, verifier: &str) {
    batch.expect("UPDATE ledger SET verifier = $2 WHERE id = $1", params![ledger_id, verifier], 1, "ledger");
}

fn place(ledger_id: &str, n: i64) -> String {
    format!("ledger/{ledger_id}/{n}")
}
