//! What the commands do: their bodies, as [`Commands`] wants them.

mod administrator;
mod evidence;
mod export;
mod import;
mod ledger;
mod participants;
mod serve;

use domain::Error;

use crate::commands::Commands;

/// All commands.
pub const COMMANDS: Commands = Commands {
    serve: |config| Box::pin(serve::serve(config)),
    import: |config, request| Box::pin(import::command(config, request)),
    export: |config, request| Box::pin(export::command(config, request)),
    bootstrap_admin: |config, administrator| Box::pin(administrator::command(config, administrator)),
    export_evidence: |config, request| Box::pin(evidence::export(config, request)),
    ledger: |config, request| Box::pin(ledger::command(config, request)),
    participants: |config, request| Box::pin(participants::command(config, request)),
};

/// What went wrong, for the operator.
fn sentence(error: &Error) -> String {
    match error {
        Error::Refused(refused) if refused.refusal.description.is_empty() => refused.refusal.error.to_owned(),
        Error::Refused(refused) => refused.refusal.description.clone().into_owned(),
        Error::Fault(fault) => fault.to_string(),
        Error::Lost(what) => format!("another node changed this at the same moment ({what})"),
        Error::MissingKey(algorithm) => format!("the realm has no key for {algorithm}"),
    }
}
