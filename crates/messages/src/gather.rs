//! Finding what a bundle is about, within bounds and only for whoever may have it.

use domain::network::ledger::Open;
use domain::{Core, Error, Plan, Result};
use evidence::bundle::{Claim, MOST_OTHERS};
use ledger::record::{self, MoveRecord, RangeRecord};
use ledger::{Checkpoint, Kind, Note};
use model::Right;
use store::ledger::{EntryRow, LedgerRow, Search};

use crate::bundle::Selection;
use crate::caller::Caller;
use crate::evidence::{concerns, kind};
use crate::refusals::{BAD_CALL, NO_RIGHT, NOT_FOUND};

/// Characters of an id that are shown to whoever asked for it.
const LONGEST_ID: usize = 64;

/// What was found.
pub(crate) struct Gathered {
    /// The ledger that all of it stands in.
    pub(crate) ledger: Open,
    pub(crate) claim: Claim,
    pub(crate) messages: Vec<EntryRow>,
    /// The records of a role's leaves, for a range.
    pub(crate) ranges: Vec<EntryRow>,
}

impl Gathered {
    /// The index after the last that must be under the bundle's newest head.
    pub(crate) fn end(&self) -> i64 {
        self.messages.iter().chain(&self.ranges).filter_map(|entry| entry.position).max().map_or(0, |last| last + 1)
    }
}

/// What the realm had besides the ledger that a range is of.
struct Beside {
    /// The origins of its other ledgers.
    others: Vec<String>,
    /// How many leaves the range's own had when another one went on from it.
    left_at: Option<u64>,
}

/// Who looks for what in which realm.
pub(crate) struct Looking<'l> {
    pub(crate) core: &'l Core,
    pub(crate) plan: &'l Plan,
    /// Who asks; None for the operator.
    pub(crate) caller: Option<&'l Caller>,
}

impl Looking<'_> {
    /// Finds what is selected.
    ///
    /// # Errors
    /// 403, 404, 400 for too much at once.
    pub(crate) async fn gather(&self, selection: &Selection) -> Result<Gathered> {
        if self.caller.is_some_and(|caller| !caller.has(Right::ExportEvidence) && caller.role.is_none()) {
            return Err(no_right());
        }
        let ledgers = store::ledger::of_realm(&self.core.store, &self.plan.realm.id).await?;
        let gathered = match selection {
            Selection::Messages(ids) => self.messages(&ledgers, ids).await?,
            Selection::Conversation { request_id, origin } => {
                self.conversation(&ledgers, request_id, origin.as_deref()).await?
            }
            Selection::Range { role, from, to, origin } => {
                let ledger = self.ledger(&ledgers, origin.as_deref())?;
                let beside = Beside {
                    others: self.others(&ledgers, &ledger.origin).await?,
                    left_at: self.left_at(&ledgers, &ledger.origin).await?,
                };
                self.range((ledger, beside), role, *from, *to).await?
            }
        };
        if gathered.messages.is_empty() {
            return Err(NOT_FOUND
                .describe(format!("No such message is in the ledger of {}", self.plan.realm.name))
                .into());
        }
        self.check(&gathered.messages)?;
        self.bound_octets(&gathered.messages).await?;
        Ok(gathered)
    }

    /// A bundle is no longer than its verifiers read.
    async fn bound_octets(&self, messages: &[EntryRow]) -> Result<()> {
        let octets = store::ledger::octets(&self.core.store, messages).await?;
        let written = octets / 3 * 4 + length(messages) * AROUND_A_MESSAGE;
        match written <= LONGEST_BUNDLE - AROUND_THEM {
            true => Ok(()),
            false => {
                let text = format!(
                    "These make a bundle of more than {} MiB, which no verifier reads: take less",
                    LONGEST_BUNDLE >> 20
                );
                Err(BAD_CALL.describe(text).into())
            }
        }
    }

    /// Participants have what concerns them alone.
    fn check(&self, messages: &[EntryRow]) -> Result<()> {
        if messages.iter().all(|entry| self.may_have(entry)) { Ok(()) } else { Err(no_right()) }
    }

    fn may_have(&self, entry: &EntryRow) -> bool {
        let Some(caller) = self.caller.filter(|caller| !caller.has(Right::ExportEvidence)) else { return true };
        entry.record.as_deref().is_some_and(|octets| concerns(caller, kind(entry.kind), octets))
    }

    async fn messages(&self, ledgers: &[LedgerRow], ids: &[String]) -> Result<Gathered> {
        self.bound(ids.len())?;
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let first = ids.first().ok_or(NOT_FOUND)?;
        // One bundle is of one ledger: the first message says which.
        let found = store::ledger::entry(&self.core.store, &self.plan.realm.id, first).await?;
        let (ledger_id, found) = found.ok_or_else(|| self.no_entry(first))?;
        if found.position.is_none() {
            return Err(NOT_FOUND.describe(format!("{first} waits for its index: ask again in a second")).into());
        }
        let ledger = open(ledgers.iter().find(|row| row.id == ledger_id))?;
        let messages = store::ledger::placed(&self.core.store, &ledger_id, &ids).await?;
        if let Some(other) = ids.iter().find(|id| !messages.iter().any(|message| message.id == **id)) {
            let found = store::ledger::entry(&self.core.store, &self.plan.realm.id, other).await?;
            let (other_ledger, _) = found.ok_or_else(|| self.no_entry(other))?;
            let why = match other_ledger == ledger_id {
                true => format!("{other} waits for its index: ask again in a second"),
                false => {
                    format!("{other} is in another ledger than {first}, and a bundle is of one: ask for them apart")
                }
            };
            return Err(NOT_FOUND.describe(why).into());
        }
        if let Some(other) = messages.iter().find(|entry| !is_message(entry)) {
            return Err(NOT_FOUND.describe(format!("{} is no message", other.id)).into());
        }
        Ok(Gathered { ledger, claim: Claim::Messages, messages, ranges: Vec::new() })
    }

    fn no_entry(&self, id: &str) -> Error {
        let realm = &self.plan.realm.name;
        // It may be anything that somebody pasted.
        let id: String = id.chars().take(LONGEST_ID).collect();
        let text = format!("No entry of {realm} has the id {id:?}: an id is the answer's entry.id, 43 characters");
        NOT_FOUND.describe(text).into()
    }

    /// In a ledger, or the newest that has any of it; the others that have some of it are named.
    async fn conversation(&self, ledgers: &[LedgerRow], request_id: &str, origin: Option<&str>) -> Result<Gathered> {
        if origin.is_some() {
            self.ledger(ledgers, origin)?;
        }
        let mut found = None;
        let (mut other_origins, mut is_others) = (Vec::new(), false);
        for row in ledgers {
            let is_wanted = found.is_none() && origin.is_none_or(|origin| row.origin == origin);
            let Some(messages) = self.belonging(row, request_id, is_wanted).await? else { continue };
            match messages.is_empty() {
                true => is_others = true,
                false if is_wanted => found = Some((row, messages)),
                false => other_origins.push(row.origin.clone()),
            }
        }
        if let Some((row, messages)) = found {
            other_origins.truncate(MOST_OTHERS);
            let claim = Claim::Conversation { request_id: request_id.to_owned(), other_origins };
            return Ok(Gathered { ledger: row.clone().into(), claim, messages, ranges: Vec::new() });
        }
        if is_others {
            return Err(no_right());
        }
        let realm = &self.plan.realm.name;
        let text = format!(
            "No message of {realm} has this requestId; messages have one where their profile says where in the body it is"
        );
        Err(NOT_FOUND.describe(text).into())
    }

    /// Messages of a ledger with a request id that the caller may have: all of them, or else as many as show that there are
    /// any. None where it has none. Whoever writes another's request id into messages of their own is no hindrance to that
    /// one's evidence: they are passed over.
    async fn belonging(&self, row: &LedgerRow, request_id: &str, all: bool) -> Result<Option<Vec<EntryRow>>> {
        let search = Search { request_id: Some(request_id.to_owned()), ..Search::default() };
        let most = if all { self.most() + 1 } else { 1 };
        let (mut messages, mut passed) = (Vec::new(), 0);
        while length(&messages) < most {
            let page = store::ledger::search(&self.core.store, &row.id, &search, passed, self.most() + 1).await?;
            if page.is_empty() {
                break;
            }
            passed += length(&page);
            if passed > self.most().saturating_mul(LOOKED_THROUGH) {
                let text = format!("More than {passed} messages have this requestId: ask by their ids");
                return Err(BAD_CALL.describe(text).into());
            }
            let ids: Vec<String> = page.into_iter().map(|(_, id)| id).collect();
            let mut found = store::ledger::placed(&self.core.store, &row.id, &ids).await?;
            found.retain(|entry| self.may_have(entry));
            messages.extend(found);
        }
        if all {
            self.bound(messages.len())?;
        }
        // Pages come the newest first.
        messages.sort_by_key(|message| message.position);
        Ok((passed > 0).then_some(messages))
    }

    /// The realm's ledger of an origin, and without one its newest.
    fn ledger(&self, ledgers: &[LedgerRow], origin: Option<&str>) -> Result<Open> {
        let Some(origin) = origin else { return open(ledgers.first()) };
        let named = ledgers.iter().find(|ledger| ledger.origin == origin);
        let named = named.ok_or_else(|| {
            let there: Vec<&str> = ledgers.iter().map(|ledger| ledger.origin.as_str()).collect();
            NOT_FOUND.describe(format!(
                "{} has no ledger of that origin here, but {}",
                self.plan.realm.name,
                there.join(", ")
            ))
        })?;
        Ok(named.clone().into())
    }

    /// The origins of all ledgers that the realm had but one, here or elsewhere.
    async fn others(&self, ledgers: &[LedgerRow], origin: &str) -> Result<Vec<String>> {
        let elsewhere = store::ledger::elsewhere(&self.core.store, &self.plan.realm.id).await?;
        let all = ledgers.iter().map(|ledger| &ledger.origin).chain(elsewhere.iter().map(|ledger| &ledger.origin));
        let mut others = Vec::new();
        for other in all.filter(|other| *other != origin) {
            if !others.contains(other) {
                others.push(other.clone());
            }
        }
        match others.len() <= MOST_OTHERS {
            true => Ok(others),
            false => Err(BAD_CALL
                .describe(format!("The realm has had more than {MOST_OTHERS} ledgers besides, which no bundle names"))
                .into()),
        }
    }

    /// How many leaves a ledger had when another one here went on from it.
    async fn left_at(&self, ledgers: &[LedgerRow], origin: &str) -> Result<Option<u64>> {
        for other in ledgers.iter().filter(|other| other.origin != origin) {
            let first = store::ledger::entries(&self.core.store, &other.id, 0, 1).await?.into_iter().next();
            let record = first.filter(|first| kind(first.kind) == Kind::Move).and_then(|first| first.record);
            let Some(record) = record else { continue };
            let moved: MoveRecord = record::parse(&record).map_err(domain::Fault::new)?;
            if moved.old_origin == origin {
                let head = Note::parse(moved.old_checkpoint.as_bytes()).map_err(domain::Fault::new)?;
                return Ok(Some(Checkpoint::parse(&head.text).map_err(domain::Fault::new)?.size));
            }
        }
        Ok(None)
    }

    /// Without an end, the stretch ends where the newest head with an outside time still shows it.
    async fn range(
        &self,
        (ledger, beside): (Open, Beside),
        role: &str,
        from: u64,
        to: Option<u64>,
    ) -> Result<Gathered> {
        let store = &self.core.store;
        if self.core.participant_role(&self.plan.realm.id, role).await?.is_none() {
            return Err(NOT_FOUND.describe(format!("There is no participant role {role}")).into());
        }
        let timed = store::heads::newest(store, &ledger.id).await?.map_or(0, |head| head.size);
        let end = async |before| -> Result<u64> {
            let newest = store::ledger::newest_range(store, &ledger.id, role, before).await?;
            Ok(newest.and_then(|range| u64::try_from(range.until).ok()).unwrap_or(0))
        };
        let (until, proved) = (end(i64::MAX).await?, end(timed).await?);
        let to = to.unwrap_or(if proved > from { proved } else { until });
        if to > until || from >= to {
            let text = format!("The role's leaves are told up to index {until}: leave `to` out for all so far");
            return Err(BAD_CALL.describe(text).into());
        }
        let first = i64::try_from(from).unwrap_or(i64::MAX);
        let (mut ranges, mut leaves) = (Vec::new(), Vec::new());
        let rows = store::ledger::ranges(store, &ledger.id, role, first, self.most() + 1).await?;
        for row in rows {
            // All that a record names is disclosed.
            let octets = row.record.as_deref().unwrap_or_default();
            let record: RangeRecord = record::parse(octets).map_err(domain::Fault::new)?;
            leaves.extend(record.leaves.iter().map(ToString::to_string));
            ranges.push(row);
            if record.to >= to {
                break;
            }
            self.bound(ranges.len())?;
        }
        // Some are of the role's registry, which is shown anyway.
        self.bound(leaves.len().saturating_sub(REGISTRY))?;
        let mut messages = store::ledger::placed(store, &ledger.id, &leaves).await?;
        messages.retain(|entry| is_message(entry) && entry.record.is_some());
        self.bound(messages.len())?;
        let Beside { others: other_origins, left_at } = beside;
        let claim = Claim::Range { participant_role_id: role.to_owned(), from, to, other_origins, left_at };
        Ok(Gathered { ledger, claim, messages, ranges })
    }

    fn most(&self) -> i64 {
        domain::network::most_in_bundle(&self.plan.realm)
    }

    fn bound(&self, count: usize) -> Result<()> {
        let most = self.most();
        match i64::try_from(count).is_ok_and(|count| count <= most) {
            true => Ok(()),
            false => {
                let text = format!(
                    "These are more than {most} messages or records of them: take less, or raise the realm's {}",
                    domain::network::MOST_IN_BUNDLE
                );
                Err(BAD_CALL.describe(text).into())
            }
        }
    }
}

/// Octets of the longest bundle.
const LONGEST_BUNDLE: i64 = evidence::bundle::LONGEST as i64;
/// Octets that a bundle says of each message besides record and body: leaf, proof and names.
const AROUND_A_MESSAGE: i64 = 3 * 1024;
/// Octets kept free for chains, heads and keys.
const AROUND_THEM: i64 = 8 << 20;
/// Messages of a conversation that are looked through, for each that a bundle may have.
const LOOKED_THROUGH: i64 = 20;

/// Leaves of a role's registry that a stretch may name besides messages.
const REGISTRY: usize = 1000;

fn length<T>(found: &[T]) -> i64 {
    i64::try_from(found.len()).unwrap_or(i64::MAX)
}

fn is_message(entry: &EntryRow) -> bool {
    u8::try_from(entry.kind).ok().and_then(Kind::of_number).is_some_and(Kind::is_verdict)
}

fn open(row: Option<&LedgerRow>) -> Result<Open> {
    Ok(row.cloned().ok_or(NOT_FOUND)?.into())
}

fn no_right() -> Error {
    let text = "This takes the role export-evidence, or that each message is one's own or was asked about";
    NO_RIGHT.describe(text).into()
}
