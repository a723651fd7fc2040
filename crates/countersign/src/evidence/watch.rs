//! `watch`: a participant's eye on a ledger and on its own role. It cries when the log does not go on from what it was,
//! and when a key stands under the role that the participant did not pin.

use std::path::PathBuf;
use std::time::Duration;

use ::evidence::report::plain;
use jose::Jwk;
use ledger::text::Digest;
use ledger::{Checkpoint, Policy, note};
use serde_json::Value;

use super::access::{Access, under};
use super::following::Lines;
use super::http::Http;
use super::left::Move;
use super::left::standing::Standing;
use super::tiled::{Head, Tiled};
use super::{Trust, keep, read};
use crate::commands::Failure;

/// Octets of the longest list of keys.
const LONGEST: usize = 4 * 1024 * 1024;
/// Messages that are looked through for the last of a log that was left: what waited then stands before it.
const MOST_FOUND: usize = 1000;
/// The newest head that was seen, within the state's folder.
const SEEN: &str = "checkpoint";

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchRequest {
    /// The realm's `/evidence`, by its URL.
    pub ledger: String,
    /// The participant role.
    pub role: String,
    /// The trust file, if it isn't the user's own.
    pub trust: Option<PathBuf>,
    /// Where the newest head that was seen is kept; without it each start begins anew.
    pub state: Option<PathBuf>,
    /// How the registry is asked.
    pub access: Access,
    /// PEM files of authorities beside the system's.
    pub authorities: Vec<PathBuf>,
}

/// What one look found: nothing on a good day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// What there is to cry about.
    pub alarms: Vec<String>,
    /// Why something could not be looked at.
    pub failures: Vec<String>,
}

/// Somebody who looks, again and again.
#[derive(Debug)]
pub struct Watch {
    request: WatchRequest,
    policy: Policy,
    log: Tiled,
    http: Http,
    seen: Option<Head>,
    /// What the last look saw, which counts as seen once it was told.
    next: Option<Head>,
    /// Keeps others from the state's folder.
    _lock: Option<std::fs::File>,
}

impl Watch {
    /// Begins where the state's folder says. `of_user` is the user's own trust file.
    ///
    /// # Errors
    /// A sentence for the terminal: no trust, no such ledger, or a state that can't be read.
    pub fn open(request: WatchRequest, of_user: Option<PathBuf>) -> Result<Self, Failure> {
        let trust = Trust::find(request.trust.as_deref(), of_user.as_deref())?;
        let policy = trust.ok_or("watching takes a trust file: name yours with --trust=FILE")?.policy;
        let log = Tiled::open(&request.ledger, &request.authorities)?;
        let lock = request.state.as_deref().map(keep::take_folder).transpose()?;
        let seen = match request.state.as_deref().map(|folder| folder.join(SEEN)).filter(|place| place.exists()) {
            Some(place) => {
                // Whether it counts is asked at each look, since its key may be one that followed on those of the trust.
                let head = Head::read(&read(&place, note::LONGEST)?);
                Some(head.map_err(|why| format!("{}: {why}", place.display()))?)
            }
            None => None,
        };
        let http = Http::new(&request.authorities)?;
        Ok(Self { request, policy, log, http, seen, next: None, _lock: lock })
    }

    /// Looks once, at the log and at the role's keys. What keeps it from the one must not hide the other. It begins from the
    /// same place again until [`Watch::told`] is called.
    pub async fn look(&mut self) -> Looked {
        let mut looked = Looked::default();
        for seen in [self.look_at_log().await, self.look_at_keys().await] {
            match seen {
                Ok(alarms) => looked.alarms.extend(alarms.iter().map(|alarm| plain(alarm))),
                Err(failure) => looked.failures.push(plain(&failure.to_string())),
            }
        }
        looked
    }

    /// Goes on from what the last look saw, now that its alarms were told: those of a log that was left are cried only then.
    ///
    /// # Errors
    /// A sentence for the terminal, where the state can't be written.
    pub fn told(&mut self) -> Result<(), Failure> {
        let Some(head) = self.next.take() else { return Ok(()) };
        if let Some(folder) = &self.request.state {
            keep::replace(&folder.join(SEEN), head.note.to_string().as_bytes())?;
        }
        self.seen = Some(head);
        Ok(())
    }

    /// How far the log was when it was seen last, for the terminal.
    #[must_use]
    pub fn progress(&self) -> String {
        match &self.seen {
            Some(head) => format!("{} has {} leaves", head.checkpoint.origin, head.checkpoint.size),
            None => "nothing was seen yet".to_owned(),
        }
    }

    async fn look_at_log(&mut self) -> Result<Vec<String>, Failure> {
        self.next = None;
        let head = self.log.head(Some(&self.policy)).await?;
        // What was seen had each line that the trust asked for then; what is new has each of now.
        if let Some(seen) = self.seen.clone() {
            self.log
                .trusted(seen, Some(&self.policy), Lines::Short)
                .await
                .map_err(|why| format!("the head that was seen last: {why}"))?;
        }
        let new = &head.checkpoint;
        let seen = self.seen.as_ref().map(|seen| seen.checkpoint.clone());
        let (seen, left) = match seen {
            Some(seen) if seen.origin != new.origin => (None, Some(seen)),
            seen => (seen, None),
        };
        for (old, what) in
            [(seen.as_ref(), "that was seen before"), (head.since.as_ref(), "by which its key took over")]
        {
            let Some(old) = old else { continue };
            if old.size > new.size || !self.log.goes_on(old, new).await? {
                let kept = self.keep_apart(&head)?;
                return Ok(vec![format!(
                    "the head of {} leaves is not shown to go on from the one of {} leaves {what}{kept}",
                    new.size, old.size
                )]);
            }
        }
        let alarms = match left {
            None => Vec::new(),
            Some(old) => match self.left(&old, &head).await? {
                Ok(told) => vec![told],
                Err(why) => {
                    let kept = self.keep_apart(&head)?;
                    return Ok(vec![format!("the log was {}, and is {} now: {why}{kept}", old.origin, new.origin)]);
                }
            },
        };
        self.next = Some(head);
        Ok(alarms)
    }

    /// What it means that the log was left for another, which is cried once where that other one commits to a head that does
    /// not contradict the one that was seen. The inner error says what else speaks against it.
    async fn left(&self, old: &Checkpoint, open: &Head) -> Result<Result<String, String>, Failure> {
        let policy = Some(&self.policy);
        let moves = match self.log.moves(open, &old.origin, policy).await? {
            Ok(moves) => moves,
            Err(why) => return Ok(Err(why)),
        };
        let Some(first) = moves.first() else { return Ok(Err("nothing shows how".to_owned())) };
        let log = self.log.of(&old.origin);
        let there = match log.still(&old.origin, policy).await? {
            Ok(head) => head.map(|head| head.checkpoint),
            Err(why) => return Ok(Err(why)),
        };
        if let Some(there) = &there
            && let Some(fork) = log.contradicts(there, first).await?
        {
            return Ok(Err(fork));
        }
        let size = old.size;
        let seen = match log.standing(old, there.as_ref(), &first.committed).await? {
            Standing::Fork(why) => return Ok(Err(why)),
            Standing::Shown => format!("The head of {size} leaves that was seen last is shown to be of it"),
            Standing::OfWhatIsThere => {
                format!("The head of {size} leaves that was seen last is shown to be of what is still served of it")
            }
            Standing::Lost => {
                format!("Nothing there shows that the head of {size} leaves that was seen last is of it: keep that one")
            }
        };
        let unshown = first.unshown(there.as_ref()).map(|why| format!("; {why}")).unwrap_or_default();
        let lost = self.lost(first, there.as_ref()).await;
        let kept = self.keep_left()?;
        let (was, is) = (&old.origin, &open.checkpoint.origin);
        Ok(Ok(format!(
            "the log {was} was left, and {is} goes on from it: {}{unshown}. {seen}. {lost}. This is said once{kept}",
            first.says()
        )))
    }

    /// What of a log that was left is not served any more, and up to where it has the role's messages.
    async fn lost(&self, first: &Move, there: Option<&Checkpoint>) -> String {
        let (origin, role) = (&first.committed.origin, &self.request.role);
        let Some(there) = there else {
            return format!("{origin} is not served here: ask its own server which of its leaves are there");
        };
        let Some((from, to)) = first.gone(there) else {
            return format!("None of the leaves of {origin} that had an index is lost");
        };
        let kept = match self.last_message(first).await {
            Ok(last) => format!("by what the server says, {last}"),
            Err(why) => format!("where the messages of {role} end there could not be asked ({why})"),
        };
        format!(
            "The leaves of {origin} from index {from} to {} are lost; {kept}: of later ones, receipts are what is left \
             (verify receipt)",
            to - 1
        )
    }

    /// Which the server says is the role's newest message in a log that was left.
    async fn last_message(&self, first: &Move) -> Result<String, Failure> {
        let mut url = under(&self.request.ledger, &["evidence", "messages"])?;
        url.query_pairs_mut()
            .append_pair("participantRoleId", &self.request.role)
            .append_pair("to", &first.record().recorded_at.to_string())
            .append_pair("max", &MOST_FOUND.to_string());
        let found = self.http.get(url.clone(), Some(&self.token().await?), LONGEST).await?;
        let found: Vec<Value> =
            serde_json::from_slice(&found.unwrap_or_default()).map_err(|error| format!("{url}: {error}"))?;
        let is_there = |message: &&Value| {
            message.pointer("/entry/origin").and_then(Value::as_str) == Some(first.committed.origin.as_str())
        };
        let role = &self.request.role;
        Ok(match found.iter().find(is_there) {
            Some(message) => {
                let index = message.pointer("/entry/index").and_then(Value::as_u64).unwrap_or_default();
                let at = message.get("receivedAt").and_then(Value::as_str).unwrap_or("an unknown time");
                format!("the last message of {role} that is left there is at index {index}, received at {at}")
            }
            None if found.len() < MOST_FOUND => format!("no message of {role} is left there"),
            None => format!("none of the newest {MOST_FOUND} messages of {role} is left there"),
        })
    }

    /// The last head that was seen of a log that was left stays beside those of the one that is followed now.
    fn keep_left(&self) -> Result<String, Failure> {
        let (Some(folder), Some(seen)) = (&self.request.state, &self.seen) else { return Ok(String::new()) };
        let place = folder.join(format!("left-{}-{}", seen.checkpoint.size, Digest(seen.checkpoint.root)));
        keep::replace(&place, seen.note.to_string().as_bytes())?;
        Ok(format!("; the head that was seen last is kept in {}", place.display()))
    }

    /// Two signed heads that don't agree are evidence: the other one is kept beside the one that was seen.
    fn keep_apart(&self, head: &Head) -> Result<String, Failure> {
        let Some(folder) = &self.request.state else { return Ok(String::new()) };
        let name = format!("other-{}-{}", head.checkpoint.size, Digest(head.checkpoint.root));
        let place = folder.join(name);
        keep::replace(&place, head.note.to_string().as_bytes())?;
        Ok(format!("; both are kept, here and in {}", place.display()))
    }

    async fn look_at_keys(&self) -> Result<Vec<String>, Failure> {
        let token = self.token().await?;
        let url = under(&self.request.ledger, &["registry", "roles", &self.request.role, "keys"])?;
        let listed = self.http.get(url.clone(), Some(&token), LONGEST).await?;
        let listed = listed.ok_or_else(|| format!("{url} is not there: is the role's id right?"))?;
        let listed: Value = serde_json::from_slice(&listed).map_err(|error| format!("{url}: {error}"))?;
        let keys = listed.get("keys").and_then(Value::as_array).ok_or_else(|| format!("{url} lists no keys"))?;
        Ok(keys.iter().filter_map(|key| self.stranger(key)).collect())
    }

    /// A key that the participant did not pin, told; the thumbprint is made here, since the list could say another's.
    fn stranger(&self, listed: &Value) -> Option<String> {
        let text = |name: &str| listed.get(name).and_then(Value::as_str).unwrap_or("unknown");
        let (kid, role) = (text("kid"), &self.request.role);
        let key = listed.get("jwk").and_then(|jwk| Jwk::parse_public(jwk).ok());
        let thumbprint = key.map(|key| key.thumbprint());
        let is_pinned =
            self.policy.pins.iter().any(|pin| {
                pin.role == *role && pin.kid == kid && Some(pin.thumbprint.as_str()) == thumbprint.as_deref()
            });
        let thumbprint = thumbprint.unwrap_or_else(|| "that can't be made".to_owned());
        (!is_pinned).then(|| {
            format!(
                "a key of {role} that is not pinned: {kid:?}, thumbprint {thumbprint}, added {} on the word {}, {}. If it \
                 is yours: #countersign pin {role} {kid} {thumbprint}",
                text("addedAt"),
                text("word"),
                text("status"),
            )
        })
    }

    async fn token(&self) -> Result<String, Failure> {
        self.request.access.token(&self.http, &self.request.ledger).await
    }
}

/// How long to wait between two looks, in seconds: at least one.
#[must_use]
pub fn pause(seconds: u64) -> Duration {
    Duration::from_secs(seconds.max(1))
}
