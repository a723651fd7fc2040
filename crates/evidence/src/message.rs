//! One message: whether it was signed by whom its record names, and received when it says.

use jose::detached::{Parts, Payload};
use ledger::hash::sha256;
use ledger::record::MessageRecord;
use ledger::text::{Digest, Octets};
use ledger::{Hash, Policy};
use registry::{Key, Moment, Role};
use serde_json::Value;
use signing::address::origin;
use signing::profile::{Coding, NoBody};
use signing::{Code, Profile, Receiver, judge, profile};

use crate::bundle::{self, Bundle};
use crate::chain::{Chain, later_doubt, vouchers, word};
use crate::log::Log;
use crate::report::Report;

/// Verdicts that rest on what only the server knew: its sessions, and the messages before.
const SERVERS_OWN: [Code; 4] = [Code::TokenInactive, Code::TokenParticipantMismatch, Code::TooOld, Code::Replayed];

/// What messages are judged by.
pub(crate) struct Context<'b> {
    pub(crate) bundle: &'b Bundle,
    pub(crate) log: &'b Log,
    pub(crate) chains: &'b [Chain<'b>],
    pub(crate) policy: Option<&'b Policy>,
}

/// A message that is in the log.
pub(crate) struct Recorded {
    pub(crate) id: Hash,
    pub(crate) index: u64,
    pub(crate) record: MessageRecord,
}

/// What a message's good signature covers besides its octets.
#[derive(Clone, Copy)]
struct Signed {
    /// Method and target.
    is_address_signed: bool,
    /// All that its profile wants.
    is_ok: bool,
}

impl Context<'_> {
    /// Judges one message; None where it isn't in the log.
    pub(crate) fn judge(&self, about: &str, message: &bundle::Message, report: &mut Report) -> Option<Recorded> {
        let entry = &message.entry;
        let recorded = match self.log.read(entry) {
            Ok((leaf, record)) => Recorded { id: leaf.id(), index: entry.index, record },
            Err(why) => {
                report.refute(about, why);
                return None;
            }
        };
        let record = &recorded.record;
        let (role, kid, id) = (&record.participant_role_id, &record.kid, Digest(recorded.id));
        report.claim(about, format!("{role} signed it with its key {kid:?}, and the log has that as its entry {id}"));
        let signed = match self.signed(about, message, &recorded, report) {
            Ok(signed) => Some(signed),
            Err(why) => {
                report.refute(about, why);
                None
            }
        };
        self.timed(about, &recorded, report);
        self.stated(about, message, record, signed, report);
        Some(recorded)
    }

    fn signed(
        &self,
        about: &str,
        message: &bundle::Message,
        of: &Recorded,
        report: &mut Report,
    ) -> Result<Signed, String> {
        let record = &of.record;
        let body = disclosed(message, record)?;
        let chain = self.chain(&record.participant_role_id).ok_or("the bundle lacks its signer's chain")?;
        let role = chain.role_at(&record.registry_head.0, of.index)?;
        if role.participant_id != record.participant_id {
            return Err(format!("the role is {}'s, not {}'s", role.participant_id, record.participant_id));
        }
        // Neither the message nor whoever asked chooses how it is judged.
        if role.settings.profile != record.profile.name {
            let (name, own) = (&record.profile.name, &role.settings.profile);
            return Err(format!("it was judged by the profile {name}, and its signer's is {own}"));
        }
        let profile = self.profile(record)?;
        let at = record.recorded_at;
        let moment = Moment::from_ms(i64::try_from(at.0).unwrap_or(i64::MAX));
        // Else a revocation that the verdict knew of would count for nothing.
        if moment < role.head.at {
            let head = role.head.at;
            return Err(format!("it is dated at {at}, before the record of its signer that it counts, of {head}"));
        }
        let name = profile.headers.first().map(String::as_str).unwrap_or_default();
        let headers = [(name, record.jws.as_bytes())];
        let answers = record.answers.map(|digest| digest.to_string());
        let wire = signing::Message {
            headers: &headers,
            method: &record.method,
            target: &record.target,
            body,
            answers: answers.as_deref(),
        };
        let receiver = self.receiver(of);
        let receiver = receiver.as_ref().map(|(id, origin)| Receiver { id, origin });
        let judged = judge(&profile, Some(&role.sender(moment)), &wire, receiver.as_ref(), at.seconds());
        let is_servers_own = SERVERS_OWN.iter().any(|code| code.name() == record.verdict);
        // What fails before a good signature is nobody's message, and no server records it.
        if record.verdict != Code::Ok.name() && !is_servers_own {
            return Err(format!("its record says {}: of such a message nothing is recorded", record.verdict));
        }
        match judged.verdict.code.name() {
            code if code == record.verdict => {}
            _ if judged.verdict.is_ok() && is_servers_own => {
                report.state(
                    about,
                    format!("the operator found it {}, for which it had its own reasons", record.verdict),
                );
            }
            code => return Err(format!("its record says {}, and judged anew it is {code}", record.verdict)),
        }
        if judged.kid.is_some_and(|kid| kid != record.kid) {
            return Err("its record names another key than the one that signed it".to_owned());
        }
        let is_address_signed = profile.signs(profile::Rule::Address);
        if record.target_stated_by != if is_address_signed { "signature" } else { "caller" } {
            return Err("its record does not say who stated its target as its profile does".to_owned());
        }
        let key = role.key(&record.kid).ok_or("its key is not the role's")?;
        let is_good = is_signed(&profile, &wire, &record.jws, key.verifying());
        if is_good != record.signed {
            return Err("its record does not say whether the signature is good as it is".to_owned());
        }
        if !is_good {
            return Err(format!("its signature is not the sender's ({})", record.verdict));
        }
        let what = what_is_signed(&profile, body);
        let word = self.word(&role, &record.kid)?;
        let since = self.since(chain, key);
        let (name, thumbprint, verdict) = (&role.id, &key.thumbprint, &record.verdict);
        report.prove(
            about,
            format!(
                "{what} is signed by the key {:?} (thumbprint {thumbprint}) of {name}, {since}, on {word}; verdict {verdict} \
                 by the profile {} {} ({})",
                record.kid, profile.name, profile.version, record.profile.digest,
            ),
        );
        // Where no request without a body passes, or one of no octets, no signature is good for both.
        if body.starts_with(b"/") && !is_address_signed && profile.no_body == NoBody::Target {
            let text = "its body begins as a target does, which this profile does not sign apart: the same signature is good \
                for a request without a body to that target, and nothing signed says which of the two it was";
            report.state(about, text.to_owned());
        }
        if Profile::find(&profile.name).is_some_and(|own| own.digest() != record.profile.digest.0) {
            let text = format!("by the operator: its {} has other rules than the profile of that name", profile.name);
            report.state(about, text);
        }
        report.state(
            about,
            format!(
                "by whoever made the bundle: of {name} there are {}; one more before it would refute it",
                chain.shown()
            ),
        );
        let used = vouchers(&role, &record.kid).into_iter().chain([(record.kid.clone(), moment)]);
        for doubt in used.filter_map(|(kid, at)| later_doubt(&chain.role, &kid, at)) {
            report.state(about, doubt);
        }
        Ok(Signed { is_address_signed: is_address_signed && judged.verdict.is_ok(), is_ok: judged.verdict.is_ok() })
    }

    /// Since when a key is known: the registry's word, and the outside time that keeps it from dating back.
    fn since(&self, chain: &Chain<'_>, key: &Key) -> String {
        let before = chain.index_of(&key.kid).and_then(|index| self.log.interval(index).1);
        match before {
            Some(before) => format!("registered as of {}, in the log before {}", key.added, before.text()),
            None => format!("registered as of {}", key.added),
        }
    }

    /// Without trust there is no word to weigh.
    fn word(&self, role: &Role, kid: &str) -> Result<String, String> {
        let key = role.key(kid).ok_or("its key is not the role's")?;
        match self.policy {
            Some(policy) => word(role, key, policy).map_err(|why| format!("the key {kid:?}: {why}")),
            None => Ok(format!("a word of grade {}, which nobody weighed", key.word.grade())),
        }
    }

    fn timed(&self, about: &str, of: &Recorded, report: &mut Report) {
        let (after, before) = self.log.interval(of.index);
        if let Some(before) = before {
            let from = after.map_or("an unknown time".to_owned(), crate::times::Outside::text);
            let text = format!("it came into the log, at index {}, between {from} and {}", of.index, before.text());
            report.prove(about, text);
        } else if self.policy.is_some() {
            report.refute(about, "no outside time shows until when it was in the log".to_owned());
        }
        if let Err(why) = self.log.may_be_from(of.index, of.record.recorded_at.0) {
            report.refute(about, why);
        }
        report.state(about, format!("by the operator: received at {}", of.record.recorded_at));
    }

    /// What is said of it besides. Where its signature isn't shown, nothing is said to be by it.
    fn stated(
        &self,
        about: &str,
        message: &bundle::Message,
        record: &MessageRecord,
        signed: Option<Signed>,
        report: &mut Report,
    ) {
        let by = |is_signed: bool| if is_signed { "by the signature" } else { "by whoever asked for the verdict" };
        let is_judged_ok = signed.is_some_and(|signed| signed.is_ok);
        let by_target = by(signed.is_some_and(|signed| signed.is_address_signed));
        report.state(about, format!("{by_target}: it was {} {}", record.method, record.target));
        report.state(about, format!("by the operator: {} asked for the verdict", record.asked_by.client_id));
        if let Some(seen) = record.seen_at {
            let text = format!("reported later by the receiver, who states to have had it at {seen}");
            report.state(about, text);
        }
        if let Some(request) = &record.answers {
            let is_named = is_judged_ok && names_its_request(&record.jws);
            report.state(about, format!("{}: it answers the request with the digest {request}", by(is_named)));
        }
        if let Some(first) = &record.first {
            report.state(about, format!("by the operator: the same message came before, as the entry {first}"));
        }
        if let Some(token) = &record.token {
            report.state(about, format!("by the operator: the access token {:?} came with it", token.jti));
        }
        for (name, value) in &message.headers {
            report.state(about, format!("by whoever made the bundle: header {name}: {value}"));
        }
        for (name, value, pointer) in self.identifiers(record) {
            let in_body =
                pointer.filter(|_| signed.is_some()).and_then(|pointer| pointed(message.body.as_ref(), &pointer));
            if in_body.as_deref() == Some(value) {
                report.prove(about, format!("its {name} is {value:?}, within what was signed"));
            } else {
                report.state(about, format!("by the operator: its {name} is {value:?}"));
            }
        }
    }

    fn identifiers<'r>(&self, record: &'r MessageRecord) -> Vec<(&'static str, &'r str, Option<String>)> {
        let times = self.profile(record).ok().and_then(|profile| profile.times);
        let of = |pick: fn(profile::Pointers) -> Option<String>| times.clone().and_then(pick);
        let request = record.request_id.as_deref().map(|id| ("request id", id, of(|p| p.request_id)));
        let trace = record.trace_id.as_deref().map(|id| ("trace id", id, of(|p| p.trace_id)));
        request.into_iter().chain(trace).collect()
    }

    fn chain(&self, role: &str) -> Option<&Chain<'_>> {
        self.chains.iter().find(|chain| chain.role.id == role)
    }

    /// The profile that the record names, as its digest fixes it: no reader's own definitions count.
    fn profile(&self, record: &MessageRecord) -> Result<Profile, String> {
        let named = &record.profile;
        let text = self.bundle.profiles.iter().find(|text| sha256(&text.0) == named.digest.0);
        let text = text.ok_or_else(|| format!("the bundle does not define the profile {}", named.name))?;
        let profile = std::str::from_utf8(&text.0).ok().and_then(|text| Profile::recorded(text).ok());
        let same = profile.filter(|profile| (&profile.name, profile.version) == (&named.name, named.version));
        same.ok_or_else(|| format!("the profile {} is not what its record says", named.name))
    }

    /// Whoever asked, as a receiver: role and origin of its base URL, as the registry had it when the message came.
    fn receiver(&self, of: &Recorded) -> Option<(String, String)> {
        let id = of.record.asked_by.participant_role_id.as_ref()?;
        let base = self.chain(id)?.before(of.index)?.settings.base_url?;
        Some((id.clone(), origin(&base).to_owned()))
    }
}

/// The body, once it was found to be the one that the record tells of.
fn disclosed<'m>(message: &'m bundle::Message, record: &MessageRecord) -> Result<&'m [u8], String> {
    let body = message.body.as_ref().ok_or("its body is not disclosed")?;
    let is_same =
        sha256(&body.0) == record.body.sha256.0 && u64::try_from(body.0.len()).ok() == Some(record.body.length);
    if is_same { Ok(&body.0) } else { Err("its body is not the one that its record tells of".to_owned()) }
}

/// Whether the signature is good, whatever the verdict on the key or the header.
fn is_signed(profile: &Profile, wire: &signing::Message<'_>, jws: &str, key: &jose::VerifyingKey) -> bool {
    let payload = match profile.payload {
        profile::Payload::Encoded => Payload::Encoded,
        profile::Payload::Unencoded => Payload::Unencoded,
    };
    let Some(octets) = wire.octets(profile) else { return false };
    Parts::parse(jws).is_ok_and(|parts| parts.verify(octets, payload, key).is_ok())
}

/// What the octets of a signature are.
fn what_is_signed(profile: &Profile, body: &[u8]) -> String {
    match (profile.no_body, profile.coding) {
        (NoBody::Target, _) if body.is_empty() => "its target".to_owned(),
        _ if body.is_empty() => "that it has no body".to_owned(),
        (_, Coding::None) => format!("its body of {} octets", body.len()),
        (_, Coding::Any) => {
            format!("its body of {} octets as sent, and not the content coding that they may have,", body.len())
        }
    }
}

/// Whether an answer's signature covers which request it answers; where the profile asks for less, its caller says it.
fn names_its_request(jws: &str) -> bool {
    Parts::parse(jws).is_ok_and(|parts| parts.header.member("typ").is_some_and(|typ| typ == signing::ANSWER))
}

fn pointed(body: Option<&Octets>, pointer: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(&body?.0).ok()?;
    value.pointer(pointer)?.as_str().map(str::to_owned)
}
