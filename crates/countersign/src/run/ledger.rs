//! `ledger status`, `ledger rotate-key`, `ledger close`, `ledger recover`.

use std::fmt::Write as _;

use domain::network::moving::Moved;
use domain::{Core, Fresh};
use store::ledger::LedgerRow;
use store::ledger_keys::LedgerKey;

use self::status::Status;
use super::sentence;
use crate::cli;
use crate::commands::{Failure, LedgerRequest, LedgerTask};
use crate::config::Config;
use crate::config::resolved::Database;
use crate::wire;

mod status;

pub(super) async fn command(config: Config, request: LedgerRequest) -> Result<(), Failure> {
    if let Database::Sqlite { file } = &config.database
        && !file.exists()
    {
        return Err(format!("{} is not there: name the server's data by --data-dir", file.display()).into());
    }
    let core = wire::core(&config).await?;
    let realm = &request.realm;
    let plan = core.plan(realm, Fresh::Now).await.map_err(|error| sentence(&error))?;
    let plan = plan.ok_or_else(|| format!("there is no realm {realm}"))?;
    let all = store::ledger::of_realm(&core.store, &plan.realm.id).await?;
    if all.is_empty() {
        return Err(match plan.network {
            Some(_) => format!("the realm {realm} has no ledger yet: it opens when it is first needed"),
            None => format!("the realm {realm} has no ledger, as it has no participants"),
        }
        .into());
    }
    match &request.task {
        LedgerTask::Status { as_json } => {
            let mut ledgers = Vec::with_capacity(all.len());
            for row in &all {
                ledgers.push(Status::of(&core, &plan, row).await?);
            }
            match as_json {
                true => cli::show(&format!("{}\n", serde_json::to_string_pretty(&ledgers)?)),
                false => cli::show(&ledgers.iter().map(Status::text).collect::<String>()),
            }
        }
        LedgerTask::Close => {
            let closed = core.close_ledger(&plan.realm.id).await.map_err(|error| sentence(&error))?;
            let closed = Status::of(&core, &plan, &closed).await?;
            cli::show(&format!("Closed, with its evidence kept.\n{}", closed.text()));
        }
        LedgerTask::RotateKey => {
            let rotated = core.rotate_ledger_key(&plan.realm.id).await.map_err(|error| sentence(&error))?;
            let lines = |keys: &[String]| keys.iter().map(|key| format!("log {key}\n")).collect::<String>();
            cli::show(&format!(
                "The ledger {} is signed by new keys. Lines of trust files, of Ed25519 and of ML-DSA-44; the old ones, for what \
                 they signed before:\n\n{}\nThe new ones:\n\n{}\nThe checkpoint that carries the signatures of all:\n\n{}",
                rotated.origin,
                lines(&rotated.old),
                lines(&rotated.new),
                rotated.handover
            ));
        }
        LedgerTask::Recover { reason, even_though_sound } => {
            let told = match all.first().filter(|_| !even_though_sound) {
                Some(newest) => stays(&core, realm, newest).await?,
                None => None,
            };
            match told {
                Some(Ok(carried)) => cli::show(&carried),
                Some(Err(why)) => {
                    core.release_ledgers().await.map_err(|error| sentence(&error))?;
                    return Err(why);
                }
                None => {
                    let moved = core.recover_ledger(&plan, reason).await.map_err(|error| sentence(&error))?;
                    cli::show(&left(&moved, &store::ledger_keys::list(&core.store, &moved.new.id).await?));
                }
            }
        }
    }
    // The server that starts next need not wait for this process's leases to end.
    core.release_ledgers().await.map_err(|error| sentence(&error).into())
}

/// Why a realm's newest ledger is not left for another; None where something speaks against it. Where it is the new one
/// already, what still waits in the one before is carried over instead.
async fn stays(core: &Core, realm: &str, newest: &LedgerRow) -> Result<Option<Result<String, Failure>>, Failure> {
    let origin = &newest.origin;
    if newest.closed {
        return Ok(Some(Err(format!(
            "nothing was done: the ledger {origin} was closed on purpose, and the realm {realm} is one without participants \
             since. Its evidence is in reach as it is. To take participants up again under a new ledger that goes on from \
             it, add --even-though-sound"
        )
        .into())));
    }
    if core.speaks_against(newest).await.map_err(|error| sentence(&error))?.is_some() {
        return Ok(None);
    }
    let carried = core.carry_rest(&newest.realm_id).await.map_err(|error| sentence(&error))?;
    if carried > 0 {
        return Ok(Some(Ok(format!(
            "{carried} entries that waited in a ledger before have their index in {origin} now."
        ))));
    }
    Ok(Some(Err(format!(
        "nothing was done: the ledger {origin} is sound. It is open, it goes on from the newest head that this node \
         remembers, and no witness that answered doubts it. Leaving it would ask everybody for another line in their trust file. If \
         its key was stolen, or another node's /health/ready says that it was set back, add --even-though-sound"
    )
    .into())))
}

fn left(moved: &Moved, keys: &[LedgerKey]) -> String {
    let mut text = format!("Closed {}, whose last known head is of {} entries.\n", moved.old.origin, moved.last);
    if moved.waiting > 0 {
        let _ = writeln!(text, "{} entries of it had no index yet, and get one in the new ledger.", moved.waiting);
    }
    let _ = match moved.missing() {
        0 if moved.waiting > 0 => writeln!(text, "Nothing that had one is missing."),
        0 => writeln!(text, "Nothing of it is missing."),
        1 => writeln!(text, "1 entry is missing, at index {}: whoever kept its receipt can show it.", moved.old.size),
        missing => writeln!(
            text,
            "{missing} entries are missing, from index {} to {}: whoever kept their receipts can show them.",
            moved.old.size,
            moved.last - 1
        ),
    };
    text + &opened(&moved.new.origin, keys)
}

/// A ledger that is new, and the lines of its keys: a trust that names but the Ed25519 key wants no line of the other.
fn opened(origin: &str, keys: &[LedgerKey]) -> String {
    let mut text = format!("Opened {origin}. Give its lines to those who keep trust files:\n\n");
    for key in keys {
        let _ = writeln!(text, "log {}", key.verifier);
    }
    text
}

#[cfg(test)]
mod tests {
    use store::ledger_keys::State;

    use super::*;

    #[test]
    fn a_new_ledger_is_told_with_the_line_of_each_of_its_keys() {
        let key =
            |text: &str| LedgerKey { verifier: text.to_owned(), state: State::Signs, private: None, handover: None };
        let text = opened("ledger.example/two", &[key("two+1+A"), key("two+2+B")]);
        assert!(text.starts_with("Opened ledger.example/two. "), "{text}");
        assert!(text.ends_with("trust files:\n\nlog two+1+A\nlog two+2+B\n"), "{text}");
    }
}
