//! `evidence assemble`: a bundle by whoever kept the parts, with no right at the server and no store. Receipts say what was
//! promised, the log's public files prove it, and what neither holds comes from older bundles and from the registry.
//!
//! It ends with 0 where what it wrote is proved, 1 where it isn't or nothing was written, 2 where what was named can't be
//! read.

mod asked;
mod bodies;
mod chains;
mod heads;
mod kept;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ::evidence::bundle::{Claim, Entry, Message};
use ::evidence::needs::Needs;
use ::evidence::parts::{Part, Parts};
use ::evidence::{Bundle, Outcome, bundle, verify};
use ledger::record::MessageRecord;
use ledger::text::{Digest, UtcTime};
use ledger::{Checkpoint, Hash, Kind};

use self::asked::Registry;
use self::bodies::Bodies;
use self::heads::{Around, Heads};
use self::kept::{Chosen, Kept};
use super::access::Access;
use super::http::Http;
use super::receipt::{self, Findings, ReceiptRequest};
use super::tiled::{Head, Tiled};
use super::{Found, Trust, Unread, keep};
use crate::commands::Failure;

/// What is put together, and from what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssembleRequest {
    /// Files with receipts, and folders of a gateway's.
    pub receipts: Vec<PathBuf>,
    /// Messages by their entries' ids; without any, all of the receipts, or else of the bundles.
    pub entries: Vec<Digest>,
    /// Of those the ones with this request id, as a conversation.
    pub request_id: Option<String>,
    /// Bundles of before.
    pub with: Vec<PathBuf>,
    /// Bodies, and folders of them.
    pub bodies: Vec<PathBuf>,
    /// Where the log is: a URL, or a folder with its files.
    pub ledger: Option<String>,
    /// The log's name, if it isn't the one that the receipts name.
    pub origin: Option<String>,
    /// How the registry is asked.
    pub access: Option<Access>,
    /// The trust file, if it isn't the user's own.
    pub trust: Option<PathBuf>,
    /// The bundle's file.
    pub out: PathBuf,
    /// Whether it may be there already.
    pub replaces: bool,
    /// PEM files of authorities beside the system's.
    pub authorities: Vec<PathBuf>,
}

/// Puts a bundle together, writes it, and judges it. `of_user` is the user's own trust file.
///
/// # Errors
/// A sentence for the terminal, where something that was named can't be read, or the log can't be asked.
pub async fn assemble(request: &AssembleRequest, of_user: Option<PathBuf>, now: UtcTime) -> Result<Found, Failure> {
    if !request.replaces && request.out.exists() {
        let place = request.out.display();
        return Err(format!("{place} is there already, and may be evidence: name another file, or say --force").into());
    }
    let trust = Trust::find(request.trust.as_deref(), of_user.as_deref())?;
    let mut kept = Kept::read(request)?;
    let bodies = Bodies::read(&request.bodies)?;
    let mut findings = Findings::default();
    kept.notes.drain(..).for_each(|note| findings.good(note));
    let made = match &request.ledger {
        None => completed(&bodies, alone(request, kept)?),
        Some(ledger) => {
            let open = Tiled::open(ledger, &request.authorities)?;
            let registry = registry(request, ledger, &open).await?;
            let asked = match &registry {
                Some(registry) => kept.ask(request, registry).await,
                None => Ok(()),
            };
            let chosen = kept.choose(request).map_err(|why| match asked {
                Ok(()) => why,
                Err(untold) => format!("{why}; {untold}").into(),
            })?;
            let (log, trust) = (open.of(&chosen.origin), trust.as_ref());
            let assembling =
                Assembling { request, bodies: &bodies, ledger, log, registry: registry.as_ref(), trust, chosen };
            assembling.make(kept, &mut findings, now).await
        }
    };
    let bundle = match made {
        Ok(bundle) => bundle,
        Err(why) if why.is::<Unread>() => return Err(why),
        Err(why) => {
            findings.lack(why.to_string());
            return Ok(findings.under("NOT PUT TOGETHER", 1));
        }
    };
    let octets = bundle.write()?;
    if octets.len() > bundle::LONGEST {
        return Err("the bundle would be longer than the 64 MiB that are read: take less, by --entry".into());
    }
    keep::replace(&request.out, &octets)?;
    let report = verify(&octets, trust.as_ref().map(|trust| &trust.policy), now);
    findings.good(format!("{} holds {} message(s) of {}", request.out.display(), bundle.messages.len(), bundle.origin));
    for finding in &report.not_proved {
        findings.lack(format!("not proved, {}: {}", finding.about, finding.text));
    }
    let heading = if report.outcome == Outcome::Proved { "PROVED" } else { "NOT PROVED" };
    Ok(findings.under(heading, report.outcome.status()))
}

/// The realm, for who may ask it.
async fn registry<'r>(
    request: &AssembleRequest,
    ledger: &'r str,
    log: &'r Tiled,
) -> Result<Option<Registry<'r>>, Failure> {
    let Some(access) = &request.access else { return Ok(None) };
    Registry::open(Http::new(&request.authorities)?, access, ledger, log).await.map(Some)
}

/// The one bundle that is given its bodies without a log.
fn alone(request: &AssembleRequest, mut kept: Kept) -> Result<Bundle, Failure> {
    let is_all = request.receipts.is_empty() && request.entries.is_empty() && request.request_id.is_none();
    match (kept.bundles.pop(), kept.bundles.is_empty() && is_all) {
        (Some(one), true) => Ok(one.bundle),
        _ => Err(
            "without --ledger one bundle is given its bodies, and nothing else is put together: name the log, such as \
                  --ledger=https://id.example/realms/net/evidence, or a folder with its files"
                .into(),
        ),
    }
}

/// A bundle with the bodies that it lacks.
fn completed(bodies: &Bodies, mut bundle: Bundle) -> Result<Bundle, Failure> {
    let parts = bundle.messages.iter().map(|message| part_of(&message.entry));
    let parts = parts.collect::<Result<Vec<Part>, String>>()?;
    let records: Vec<MessageRecord> = parts.iter().filter_map(Part::message).collect();
    for body in bodies.of(records.iter())? {
        bundle.disclose(&body.0);
    }
    Ok(bundle)
}

fn part_of(entry: &Entry) -> Result<Part, String> {
    Part::new(&entry.leaf.0, entry.salt, entry.record.clone(), Some(entry.index))
}

/// What is put together by a log.
struct Assembling<'a> {
    request: &'a AssembleRequest,
    bodies: &'a Bodies,
    ledger: &'a str,
    log: Tiled,
    registry: Option<&'a Registry<'a>>,
    trust: Option<&'a Trust>,
    chosen: Chosen,
}

/// A message that is put in.
struct Placed {
    id: Hash,
    index: u64,
    record: MessageRecord,
}

impl Assembling<'_> {
    /// The bundle.
    async fn make(&self, mut kept: Kept, findings: &mut Findings, now: UtcTime) -> Result<Bundle, Failure> {
        let policy = self.trust.map(|trust| &trust.policy);
        let claim = self.claim(&kept);
        let mut parts = kept.parts(&self.chosen)?;
        let served = self.log.head(policy).await?;
        if served.checkpoint.origin != self.chosen.origin {
            return Err(format!("{} is not {}, which the messages are of", self.log, self.chosen.origin).into());
        }
        let told = self.log.told().await?;
        for handover in &told.handovers {
            parts.add(part_of(&handover.entry).map_err(|why| format!("what {} says of its keys: {why}", self.log))?);
        }
        let messages = self.messages((&parts, &kept), &served.checkpoint, now).await?;
        let records: Vec<MessageRecord> = messages.iter().map(|message| message.record.clone()).collect();
        for body in self.bodies.of(records.iter())? {
            parts.add_body(body);
        }
        let needs = Needs::of(&records);
        self.ask(&needs, &mut parts, findings).await;
        let ranges = if matches!(claim, Claim::Range { .. }) { vec![Kind::Range] } else { Vec::new() };
        let ranges = self.entries_of(&parts, &ranges, &served.checkpoint).await?;
        let heads = Heads { log: &self.log, served: &served, told: &told, policy };
        let indexes = messages.iter().map(|message| message.index).chain(ranges.iter().map(|(index, _)| *index));
        let around = heads.around(&parts, &indexes.collect::<Vec<_>>()).await?;
        if !around.is_timed {
            findings.good(
                "no head with an outside time is over all of the messages yet: ask again when witnesses or an authority had \
                 their turn"
                    .to_owned(),
            );
        }
        self.write(Contents { claim, parts: &parts, messages, records, needs, ranges, served, around }, findings).await
    }

    fn claim(&self, kept: &Kept) -> Claim {
        let is_whole = self.request.receipts.is_empty() && self.request.entries.is_empty();
        match (&self.request.request_id, kept.bundles.as_slice()) {
            (Some(request_id), _) => {
                let other_origins = self.chosen.others.clone();
                Claim::Conversation { request_id: request_id.clone(), other_origins }
            }
            (None, [one]) if is_whole && self.request.origin.is_none() => one.bundle.claim.clone(),
            (None, _) => Claim::Messages,
        }
    }

    /// The chosen messages in the order of the log.
    ///
    /// # Errors
    /// A sentence that says which are not in it, and what that means.
    async fn messages(
        &self,
        (parts, kept): (&Parts, &Kept),
        served: &Checkpoint,
        now: UtcTime,
    ) -> Result<Vec<Placed>, Failure> {
        let places = place::places(&self.log, served, parts, &self.chosen.ids).await?;
        let (mut messages, mut missing) = (Vec::new(), Vec::new());
        for id in &self.chosen.ids {
            let record = parts.get(id).and_then(Part::message);
            match (places.get(id), record) {
                (Some(index), Some(record)) => messages.push(Placed { id: *id, index: *index, record }),
                _ => missing.push(self.missing(id, kept, now).await?),
            }
        }
        messages.sort_by_key(|message| message.index);
        if missing.is_empty() { Ok(messages) } else { Err(missing.join("; ").into()) }
    }

    /// What it means that the log doesn't show a message.
    async fn missing(&self, id: &Hash, kept: &Kept, now: UtcTime) -> Result<String, Failure> {
        let (id_text, origin) = (Digest(*id), &self.chosen.origin);
        let Some(carried) = kept.receipts.get(id) else {
            return Ok(format!(
                "the entry {id_text} of an older bundle is not in what {} shows of {origin}: keep that bundle. If `countersign \
                 verify bundle` finds it proved, it and the signed checkpoint speak against the operator",
                self.log
            ));
        };
        let asked = ReceiptRequest {
            ledger: Some(self.ledger.to_owned()),
            authorities: self.request.authorities.clone(),
            ..ReceiptRequest::default()
        };
        let found = receipt::one(&asked, &carried.held, &carried.receipt, self.trust, now).await?;
        let lines: Vec<&str> = found.text.lines().map(str::trim).collect();
        let told = self.log.told_entry(&id_text.to_string()).await.unwrap_or_default();
        let other = told.as_ref().and_then(|told| told.get("origin")?.as_str()).filter(|other| other != origin);
        let hint = other.map(|other| format!(". Ask for it with --origin={other}")).unwrap_or_default();
        Ok(format!("the entry {id_text} is not in {origin}; verify receipt says of it: {}{hint}", lines.join(": ")))
    }

    /// Asks the registry for the chains of all roles, and for profiles that nobody has.
    async fn ask(&self, needs: &Needs, parts: &mut Parts, findings: &mut Findings) {
        let Some(registry) = self.registry else { return };
        let mut told = |why: Failure| findings.good(format!("the registry does not tell: {why}"));
        for role in needs.roles() {
            registry.history(role, parts).await.unwrap_or_else(&mut told);
        }
        for (digest, name) in &needs.profiles {
            if parts.profile(name, digest).is_none() {
                registry.profile(name, parts).await.unwrap_or_else(&mut told);
            }
        }
    }

    /// Parts of these kinds that are in the log, in its order.
    async fn entries_of(&self, parts: &Parts, kinds: &[Kind], head: &Checkpoint) -> Result<Vec<(u64, Hash)>, Failure> {
        let ids: BTreeSet<Hash> = parts.of_kinds(kinds).map(|(id, _)| id).collect();
        let places = place::places(&self.log, head, parts, &ids).await?;
        let in_order: BTreeMap<u64, Hash> = places.into_iter().map(|(id, index)| (index, id)).collect();
        Ok(in_order.into_iter().collect())
    }

    /// The entries, proved under the newest head; what comes after it is left out.
    async fn proved(&self, of: &Contents<'_>, places: &[(u64, Hash)]) -> Result<Vec<Entry>, Failure> {
        let (head, parts) = (&of.around.newest, of.parts);
        let mut entries = Vec::with_capacity(places.len());
        for (index, id) in places.iter().filter(|(index, _)| *index < head.size) {
            let part = parts.get(id).ok_or("a part is gone")?;
            let hashes = self.log.inclusion(id, *index, head, &of.served.checkpoint).await?;
            let hashes = hashes.ok_or_else(|| format!("{} does not show the leaf at index {index}", self.log))?;
            entries.push(part.proved(*index, hashes));
        }
        Ok(entries)
    }

    async fn write(&self, of: Contents<'_>, findings: &mut Findings) -> Result<Bundle, Failure> {
        let places: Vec<(u64, Hash)> = of.messages.iter().map(|message| (message.index, message.id)).collect();
        let mut messages = Vec::with_capacity(places.len());
        for (entry, message) in self.proved(&of, &places).await?.into_iter().zip(&of.messages) {
            let body = of.parts.body(&message.record);
            if body.is_none() {
                let told = &message.record.body;
                findings.good(format!(
                    "of the entry {} the body of {} octets with SHA-256 {} is not here: whoever has it adds it, with \
                     --with={} --body=FILE",
                    Digest(message.id),
                    told.length,
                    told.sha256,
                    self.request.out.display()
                ));
            }
            messages.push(Message { entry, body, headers: of.parts.headers(&message.id) });
        }
        let (chains, participants) = self.chains(&of, findings).await?;
        let mut profiles = Vec::with_capacity(of.needs.profiles.len());
        for (digest, name) in &of.needs.profiles {
            match of.parts.profile(name, digest) {
                Some(text) => profiles.push(text),
                None => findings.good(format!(
                    "the profile {name} with the digest {digest} is not here: older bundles of messages that were judged by it \
                     hold it (--with), and the registry while it is the newest of its name (--client-id)"
                )),
            }
        }
        let served = &of.served.checkpoint;
        let service_keys = self.entries_of(of.parts, &[Kind::ServiceKey], served).await?;
        let times = self.entries_of(of.parts, &[Kind::Time, Kind::Renewal], served).await?;
        let (service_keys, times) = (self.proved(&of, &service_keys).await?, self.proved(&of, &times).await?);
        let ranges = self.proved(&of, &of.ranges).await?;
        Ok(Bundle {
            claim: of.claim,
            origin: self.chosen.origin.clone(),
            messages,
            chains,
            participants,
            profiles,
            service_keys,
            tokens: of.parts.tokens(&of.records),
            times,
            ranges,
            checkpoints: of.around.heads,
        })
    }
}

/// What goes into a bundle.
struct Contents<'c> {
    claim: Claim,
    parts: &'c Parts,
    messages: Vec<Placed>,
    records: Vec<MessageRecord>,
    needs: Needs,
    ranges: Vec<(u64, Hash)>,
    served: Head,
    around: Around,
}
