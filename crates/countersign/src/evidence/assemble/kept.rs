//! What somebody kept: receipts, bundles of before, and bodies.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::evidence::Bundle;
use ::evidence::bundle;
use ::evidence::parts::{Part, Parts};
use ledger::hash::leaf_hash;
use ledger::record::{self, MessageRecord};
use ledger::text::{Digest, Octets};
use ledger::{Hash, Kind, Leaf, Receipt};

use super::AssembleRequest;
use super::asked::Registry;
use super::bodies::files;
use crate::commands::Failure;
use crate::evidence::held::Held;
use crate::evidence::read;

/// Octets of the longest answer with a receipt.
const LONGEST: usize = 4 * 1024 * 1024;
/// Messages that are put into one bundle, at most.
const MOST: usize = 1000;
/// How each line of a gateway's receipts begins.
const LINE: &[u8] = b"{\"keptAt\"";

/// A receipt, and the answer that it came in.
pub(super) struct Carried {
    pub(super) held: Arc<Held>,
    pub(super) receipt: Receipt,
}

/// A bundle of before, and its file.
pub(super) struct Before {
    pub(super) place: PathBuf,
    pub(super) bundle: Bundle,
}

/// What was kept.
#[derive(Default)]
pub(super) struct Kept {
    /// Receipts of the wanted messages and of all else, by their leaves' ids.
    pub(super) receipts: BTreeMap<Hash, Carried>,
    pub(super) bundles: Vec<Before>,
    /// What the realm told of wanted messages beside these, and in which log they are.
    told: Vec<(Part, String)>,
    /// What could not be read, for the terminal.
    pub(super) notes: Vec<String>,
}

/// The messages that a bundle is made of.
pub(super) struct Chosen {
    pub(super) ids: BTreeSet<Hash>,
    /// The log that they are in.
    pub(super) origin: String,
    /// Other logs that have messages of the same request id.
    pub(super) others: Vec<String>,
}

impl Kept {
    /// Reads receipts and bundles. Of the receipts, those of messages that nobody wants are left out.
    pub(super) fn read(request: &AssembleRequest) -> Result<Self, Failure> {
        let mut kept = Self::default();
        for place in &request.receipts {
            match place.is_dir() {
                true => kept.folder(place, request)?,
                false if kept.file(place, request)? == 0 => {
                    return Err(format!("{} holds no receipt", place.display()).into());
                }
                false => {}
            }
        }
        for place in &request.with {
            let bundle = Bundle::read(&read(place, bundle::LONGEST)?);
            let bundle = bundle.map_err(|why| format!("{}: {why}", place.display()))?;
            kept.bundles.push(Before { place: place.clone(), bundle });
        }
        Ok(kept)
    }

    /// All files of a folder, as gateways keep them, by their names.
    fn folder(&mut self, folder: &Path, request: &AssembleRequest) -> Result<(), Failure> {
        for place in files(folder)? {
            let is_of_receipts = place.extension().is_some_and(|of| of == "jsonl" || of == "json");
            if is_of_receipts && let Err(why) = self.file(&place, request) {
                self.notes.push(format!("left out: {why}"));
            }
        }
        Ok(())
    }

    /// A file with one answer or receipt, or with a line for each; how many receipts it holds.
    fn file(&mut self, place: &Path, request: &AssembleRequest) -> Result<usize, Failure> {
        let named = |why: &dyn std::fmt::Display| format!("{}: {why}", place.display());
        let mut file = BufReader::new(File::open(place).map_err(|why| named(&why))?);
        if !file.fill_buf().map_err(|why| named(&why))?.starts_with(LINE) {
            let held = Held::read(read(place, LONGEST)?).map_err(|why| named(&why))?;
            return self.take(held, request);
        }
        let mut count = 0;
        for number in 1.. {
            let mut line = Vec::new();
            let longest = LONGEST as u64 + 1;
            file.by_ref().take(longest).read_until(b'\n', &mut line).map_err(|why| named(&why))?;
            if line.is_empty() {
                break;
            }
            if line.len() > LONGEST {
                return Err(named(&format!("line {number} is longer than the {LONGEST} octets that are read")).into());
            }
            // One that a power cut left in the middle hides no other.
            match Held::read(line) {
                Ok(held) => count += self.take(held, request)?,
                Err(why) => self.notes.push(format!("left out: {}", named(&format!("line {number}: {why}")))),
            }
        }
        Ok(count)
    }

    fn take(&mut self, held: Held, request: &AssembleRequest) -> Result<usize, Failure> {
        let held = Arc::new(held);
        for receipt in &held.receipts {
            let id = leaf_hash(&receipt.leaf.0);
            let is_wanted = match verdict(&receipt.leaf, &receipt.record) {
                Some(record) => request.wants(&id, &record),
                None => true,
            };
            if is_wanted {
                self.receipts.insert(id, Carried { held: Arc::clone(&held), receipt: receipt.clone() });
            }
            if self.receipts.len() > MOST * 2 {
                return Err(
                    format!("these are more than {MOST} receipts: say which with --entry or --request-id").into()
                );
            }
        }
        Ok(held.receipts.len())
    }

    /// Asks for the wanted messages that are neither in receipts nor in bundles.
    pub(super) async fn ask(&mut self, request: &AssembleRequest, registry: &Registry<'_>) -> Result<(), Failure> {
        let of_bundles = self.bundles.iter().flat_map(|before| &before.bundle.messages);
        let here: BTreeSet<Hash> = of_bundles.map(|message| leaf_hash(&message.entry.leaf.0)).collect();
        for id in request.entries.iter().filter(|id| !here.contains(&id.0) && !self.receipts.contains_key(&id.0)) {
            self.told.push(registry.record(&id.to_string()).await?);
        }
        Ok(())
    }

    /// The wanted messages: those of the receipts, or else those of the bundles.
    pub(super) fn choose(&self, request: &AssembleRequest) -> Result<Chosen, Failure> {
        let mut found: BTreeMap<Hash, &str> = BTreeMap::new();
        if request.receipts.is_empty() || !request.entries.is_empty() || request.request_id.is_some() {
            for Before { bundle, .. } in &self.bundles {
                for entry in bundle.messages.iter().map(|message| &message.entry) {
                    let id = leaf_hash(&entry.leaf.0);
                    if verdict(&entry.leaf, &entry.record).is_some_and(|record| request.wants(&id, &record)) {
                        found.insert(id, &bundle.origin);
                    }
                }
            }
        }
        for (id, Carried { receipt, .. }) in &self.receipts {
            if verdict(&receipt.leaf, &receipt.record).is_some() {
                found.insert(*id, &receipt.origin);
            }
        }
        for (part, origin) in &self.told {
            if part.message().is_some_and(|record| request.wants(&part.leaf.id(), &record)) {
                found.insert(part.leaf.id(), origin);
            }
        }
        if let Some(missing) = request.entries.iter().find(|id| !found.contains_key(&id.0)) {
            return Err(format!("no receipt and no bundle here holds the entry {missing}").into());
        }
        let origins: BTreeSet<&str> = found.values().copied().collect();
        let origin = match (&request.origin, origins.len()) {
            (Some(origin), _) => origin.clone(),
            (None, 1) => origins.first().copied().unwrap_or_default().to_owned(),
            (None, 0) => return Err("no receipt and no bundle here holds such a message".into()),
            (None, _) => {
                let all: Vec<&str> = origins.into_iter().collect();
                return Err(format!(
                    "these messages are in several logs ({}), and a bundle is of one: say which with --origin",
                    all.join(", ")
                )
                .into());
            }
        };
        // What waited when a log was left is in the one after it, so an entry by its name is looked for in any.
        let ids = found.iter().filter(|(id, of)| **of == origin || request.entries.contains(&Digest(**id)));
        let ids: BTreeSet<Hash> = ids.map(|(id, _)| *id).collect();
        if ids.is_empty() || ids.len() > MOST {
            return Err(format!(
                "these are {} messages of {origin}, and a bundle is made of 1 to {MOST}: say which with --entry",
                ids.len()
            )
            .into());
        }
        let others = origins.into_iter().filter(|other| *other != origin).map(str::to_owned).collect();
        Ok(Chosen { ids, origin, others })
    }

    /// All parts that may be of the chosen messages' log.
    pub(super) fn parts(&mut self, chosen: &Chosen) -> Result<Parts, Failure> {
        let mut parts = Parts::default();
        for Before { place, bundle } in self.bundles.drain(..) {
            if bundle.origin == chosen.origin {
                parts.add_bundle(bundle).map_err(|why| format!("{}: {why}", place.display()))?;
            } else {
                let bodies = bundle.messages.into_iter().filter_map(|message| message.body);
                bodies.for_each(|body| parts.add_body(body));
                bundle.profiles.into_iter().for_each(|text| parts.add_profile(text));
            }
        }
        for (part, _) in self.told.drain(..).filter(|(part, _)| chosen.ids.contains(&part.leaf.id())) {
            parts.add(part);
        }
        for (id, Carried { receipt, .. }) in &self.receipts {
            if receipt.origin == chosen.origin || chosen.ids.contains(id) {
                let Receipt { leaf, salt, record, .. } = receipt.clone();
                let part = Part::new(&leaf.0, salt, record, None);
                parts.add(part.map_err(|why| format!("the receipt of {}: {why}", Digest(*id)))?);
            }
        }
        Ok(parts)
    }
}

impl AssembleRequest {
    fn wants(&self, id: &Hash, record: &MessageRecord) -> bool {
        let is_named = self.entries.is_empty() || self.entries.contains(&Digest(*id));
        is_named && (self.request_id.is_none() || self.request_id == record.request_id)
    }
}

/// The verdict that a leaf says its record is.
fn verdict(leaf: &Octets, record: &Octets) -> Option<MessageRecord> {
    let kind: Option<Kind> = Leaf::parse(&leaf.0).ok().map(|leaf| leaf.kind);
    kind.filter(|kind| kind.is_verdict()).and_then(|_| record::parse(&record.0).ok())
}
