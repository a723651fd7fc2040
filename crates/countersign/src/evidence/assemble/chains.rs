//! The registry's chains in a bundle: those of the senders, of receivers whose address a profile signs, and of organisations.

use std::collections::BTreeSet;

use ::evidence::bundle::Entry;
use ::evidence::parts::{Gap, Shown};
use ledger::Hash;
use ledger::text::Digest;

use super::{Assembling, Contents, place};
use crate::commands::Failure;
use crate::evidence::receipt::Findings;

impl Assembling<'_> {
    /// The chains of roles, and those of organisations.
    pub(super) async fn chains(
        &self,
        of: &Contents<'_>,
        findings: &mut Findings,
    ) -> Result<(Vec<Vec<Entry>>, Vec<Vec<Entry>>), Failure> {
        let mut chains = Vec::new();
        for role in of.needs.roles() {
            let head = head_of(of, role);
            match of.parts.chain(role, head.as_ref()) {
                Ok(shown) => chains.extend(self.chain(of, role, &shown, findings).await?),
                Err(gap) if head.is_some() => findings.good(missing(role, &gap, head.as_ref())),
                // Where the profile signs no receiver, nobody misses it; where it does, the judgement says so.
                Err(_) => findings.good(format!(
                    "the chain of {role}, which asked, is not here; only a profile that signs its receiver needs it"
                )),
            }
        }
        let mut participants = Vec::new();
        for participant in &of.needs.participants {
            if let Ok(shown) = of.parts.chain(participant, None) {
                participants.extend(self.chain(of, participant, &shown, findings).await?);
            }
        }
        Ok((chains, participants))
    }

    /// A chain as far as it is under the newest head; None where its beginning isn't.
    async fn chain(
        &self,
        of: &Contents<'_>,
        subject: &str,
        Shown { ids, gap }: &Shown,
        findings: &mut Findings,
    ) -> Result<Option<Vec<Entry>>, Failure> {
        if let Some(gap) = gap {
            let which = which(gap, None);
            findings.good(format!(
                "the chain of {subject} lacks {which}, and a later one is here: it is shown up to record {}, and what came \
                 behind that is left out",
                ids.len()
            ));
        }
        let wanted: BTreeSet<Hash> = ids.iter().copied().collect();
        let found = place::places(&self.log, &of.served.checkpoint, of.parts, &wanted).await?;
        let size = of.around.newest.size;
        let shown = ids.iter().map_while(|id| found.get(id).filter(|index| **index < size).map(|index| (*index, *id)));
        let shown: Vec<(u64, Hash)> = shown.collect();
        let is_in_log = shown.len() == ids.len() || found.len() == ids.len();
        if !is_in_log {
            findings.good(format!(
                "record {} of the chain of {subject} is not in what {} shows: keep what it came in",
                shown.len() + 1,
                self.log
            ));
        }
        let chain = self.proved(of, &shown).await?;
        Ok((!chain.is_empty()).then_some(chain))
    }
}

/// The newest record of a sender that its messages name.
fn head_of(of: &Contents<'_>, role: &str) -> Option<Digest> {
    let newest = of.messages.iter().rev().find(|message| message.record.participant_role_id == role);
    newest.map(|message| message.record.registry_head)
}

/// Which records of a chain are missing.
fn which(gap: &Gap, head: Option<&Digest>) -> String {
    let Gap { from, to } = gap;
    match (to, head) {
        (Some(to), _) if to == from => format!("record {from}"),
        (Some(to), _) => format!("records {from} to {to}"),
        (None, Some(head)) => format!("the records from {from} to the one with the digest {head}"),
        (None, None) => format!("the records from {from} on"),
    }
}

/// The same, and who has them.
fn missing(role: &str, gap: &Gap, head: Option<&Digest>) -> String {
    let which = which(gap, head);
    format!(
        "the chain of {role} lacks {which}: without that nothing of it is proved. A newer bundle with messages of {role} holds \
         them (--with), so do the answers to those changes (--receipts), and every participant may read them in the registry \
         (--client-id or --token-file)"
    )
}
