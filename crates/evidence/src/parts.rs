//! Parts of evidence, from wherever somebody kept them: receipts, older bundles, answers of the registry.
//!
//! Where one was found says nothing for it. A part is a record whose leaf commits to it, and it counts once the log is shown
//! to have the leaf.

use std::collections::BTreeMap;

use ledger::hash::{Hash, sha256};
use ledger::leaf::{Kind, Leaf, commit};
use ledger::record::{self, MessageRecord, ProfileRecord};
use ledger::text::{Digest, Octets};
use registry::Record;
use signing::Profile;

use crate::bundle::{Bundle, Entry, Head, Message, Token};

/// A record, the salt of its commitment, and its leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The leaf.
    pub leaf: Leaf,
    /// The salt of its commitment.
    pub salt: Digest,
    /// The record's octets.
    pub record: Octets,
    /// Where the leaf is said to be.
    pub said: Option<u64>,
}

impl Part {
    /// Takes a part.
    ///
    /// # Errors
    /// A sentence, where the octets are no leaf, or the leaf commits to another record.
    pub fn new(leaf: &[u8], salt: Digest, record: Octets, said: Option<u64>) -> Result<Self, String> {
        let leaf = Leaf::parse(leaf).map_err(|error| error.to_string())?;
        match leaf.commitment == commit(&salt.0, &record.0) {
            true => Ok(Self { leaf, salt, record, said }),
            false => Err("its leaf commits to another record".to_owned()),
        }
    }

    /// The entry as bundles hold it, proved at an index by these hashes.
    #[must_use]
    pub fn proved(&self, index: u64, inclusion: Vec<Hash>) -> Entry {
        Entry {
            leaf: Octets(self.leaf.to_bytes().to_vec()),
            salt: self.salt,
            record: self.record.clone(),
            index,
            inclusion: inclusion.into_iter().map(Digest).collect(),
        }
    }

    /// The verdict that it is; None where it is none.
    #[must_use]
    pub fn message(&self) -> Option<MessageRecord> {
        record::parse(&self.record.0).ok().filter(|_| self.leaf.kind.is_verdict())
    }

    fn registered(&self) -> Option<Record> {
        Record::parse(&self.record.0).ok().filter(|_| self.leaf.kind == Kind::Registry)
    }
}

/// Records of a chain that are among no parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first of them, by its place in the chain, from 1.
    pub from: u64,
    /// The last of them, where a record behind it is there.
    pub to: Option<u64>,
}

/// A chain as far as it is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its leaves' ids, from the first record on.
    pub ids: Vec<Hash>,
    /// What is missing behind them, where a later record is here: that one counts for nothing then.
    pub gap: Option<Gap>,
}

/// What somebody kept.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    entries: BTreeMap<Hash, Part>,
    bodies: BTreeMap<Hash, Octets>,
    profiles: BTreeMap<Hash, Octets>,
    headers: BTreeMap<Hash, Vec<(String, String)>>,
    tokens: Vec<Token>,
    heads: Vec<Head>,
}

impl Parts {
    /// Puts a part to the others; its leaf's id.
    pub fn add(&mut self, part: Part) -> Hash {
        let id = part.leaf.id();
        if part.leaf.kind == Kind::Profile
            && let Ok(record) = record::parse::<ProfileRecord>(&part.record.0)
        {
            self.add_profile(Octets(record.definition.into_bytes()));
        }
        let said = self.entries.get(&id).and_then(|before| before.said);
        self.entries.insert(id, Part { said: said.or(part.said), ..part });
        id
    }

    /// Takes all that a bundle holds; the ids of its messages.
    ///
    /// # Errors
    /// A sentence, where a leaf commits to another record.
    pub fn add_bundle(&mut self, bundle: Bundle) -> Result<Vec<Hash>, String> {
        let mut add = |entry: Entry| -> Result<Hash, String> {
            let Entry { leaf, salt, record, index, inclusion: _ } = entry;
            Part::new(&leaf.0, salt, record, Some(index)).map(|part| self.add(part))
        };
        let lists = bundle.chains.into_iter().chain(bundle.participants);
        let lists = lists.chain([bundle.service_keys, bundle.times, bundle.ranges]);
        lists.flatten().try_for_each(|entry| add(entry).map(drop))?;
        let mut messages = Vec::with_capacity(bundle.messages.len());
        for Message { entry, body, headers } in bundle.messages {
            let id = add(entry)?;
            messages.push((id, body, headers));
        }
        let ids = messages.iter().map(|(id, ..)| *id).collect();
        for (id, body, headers) in messages {
            body.into_iter().for_each(|body| self.add_body(body));
            self.headers.insert(id, headers);
        }
        bundle.profiles.into_iter().for_each(|text| self.add_profile(text));
        self.tokens.extend(bundle.tokens);
        self.heads.extend(bundle.checkpoints);
        Ok(ids)
    }

    /// Takes a body.
    pub fn add_body(&mut self, body: Octets) {
        self.bodies.insert(sha256(&body.0), body);
    }

    /// Takes a profile's definition.
    pub fn add_profile(&mut self, text: Octets) {
        self.profiles.insert(sha256(&text.0), text);
    }

    /// The part of a leaf.
    #[must_use]
    pub fn get(&self, id: &Hash) -> Option<&Part> {
        self.entries.get(id)
    }

    /// The parts of these kinds, by their leaves' ids.
    pub fn of_kinds<'p>(&'p self, kinds: &'p [Kind]) -> impl Iterator<Item = (Hash, &'p Part)> {
        self.entries.iter().filter(|(_, part)| kinds.contains(&part.leaf.kind)).map(|(id, part)| (*id, part))
    }

    /// Heads of the bundles.
    #[must_use]
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// A message's body: an empty one needs nobody to keep it.
    #[must_use]
    pub fn body(&self, record: &MessageRecord) -> Option<Octets> {
        match record.body.length {
            0 => Some(Octets::default()),
            _ => self.bodies.get(&record.body.sha256.0).cloned(),
        }
    }

    /// The headers that a bundle gave to a message.
    #[must_use]
    pub fn headers(&self, id: &Hash) -> Vec<(String, String)> {
        self.headers.get(id).cloned().unwrap_or_default()
    }

    /// The definition of a profile with a digest, which may also be one that everybody has.
    #[must_use]
    pub fn profile(&self, name: &str, digest: &Digest) -> Option<Octets> {
        let own = || Profile::find(name).filter(|own| own.digest() == digest.0);
        let own = || own().and_then(|own| serde_json::to_vec(own).ok()).map(Octets);
        self.profiles.get(&digest.0).cloned().or_else(own)
    }

    /// Tokens that one of these records names, each once.
    #[must_use]
    pub fn tokens(&self, records: &[MessageRecord]) -> Vec<Token> {
        let mut found: Vec<Token> = Vec::new();
        for token in &self.tokens {
            let digest = Digest(sha256(token.signing_input.as_bytes()));
            let is_named =
                records.iter().filter_map(|record| record.token.as_ref()).any(|named| named.payload_sha256 == digest);
            if is_named && !found.iter().any(|other| other.signing_input == token.signing_input) {
                found.push(token.clone());
            }
        }
        found
    }

    /// The chain of a participant or role: from its first record through the one with the digest `head`, and on from there as
    /// far as it is here.
    ///
    /// # Errors
    /// The records that are missing for that.
    pub fn chain(&self, subject: &str, head: Option<&Digest>) -> Result<Shown, Gap> {
        let registered = self.entries.iter().filter_map(|(id, part)| Some((id, part, part.registered()?)));
        let own: BTreeMap<String, (Hash, Record)> = registered
            .filter(|(.., record)| record.subject == subject)
            .map(|(id, part, record)| (registry::record::digest(&part.record.0), (*id, record)))
            .collect();
        let on = |mut chain: Vec<String>| {
            while let Some((digest, _)) = own.iter().find(|(_, (_, record))| record.prev.as_ref() == chain.last()) {
                chain.push(digest.clone());
            }
            chain
        };
        let Some(head) = head else {
            let chain = on(Vec::new());
            return if chain.is_empty() { Err(Gap { from: 1, to: None }) } else { Ok(shown(&own, &chain)) };
        };
        let (mut back, mut wanted) = (Vec::new(), Some(head.to_string()));
        while let Some(digest) = wanted {
            let Some((_, record)) = own.get(&digest) else {
                let before = back.last().and_then(|digest| own.get(digest)).map(|(_, record)| record.seq);
                let from = on(Vec::new()).len() as u64 + 1;
                return Err(Gap { from, to: before.map(|seq| seq.saturating_sub(1)) });
            };
            wanted = record.prev.clone();
            back.push(digest);
        }
        back.reverse();
        Ok(shown(&own, &on(back)))
    }
}

fn shown(own: &BTreeMap<String, (Hash, Record)>, chain: &[String]) -> Shown {
    let ids: Vec<Hash> = chain.iter().filter_map(|digest| own.get(digest)).map(|(id, _)| *id).collect();
    let from = ids.len() as u64 + 1;
    // One of that place itself is here where it names another record before it, and is missing no less.
    let later = own.values().map(|(_, record)| record.seq).filter(|seq| *seq > from).min();
    Shown { ids, gap: later.map(|seq| Gap { from, to: Some(seq - 1) }) }
}

#[cfg(test)]
mod tests {
    use ledger::record::{Named, Version, write};
    use ledger::text::UtcTime;

    use super::*;

    #[test]
    fn a_part_is_one_whose_leaf_commits_to_its_record() {
        let leaf = Leaf { kind: Kind::Policy, at_ms: 5, nonce: [1; 16], commitment: commit(&[3; 32], b"{}") };
        let octets = leaf.to_bytes();
        let part = |salt, record: &[u8]| Part::new(&octets, Digest(salt), Octets(record.to_vec()), None);
        assert!(part([4; 32], b"{}").is_err() && part([3; 32], b"[]").is_err());
        let mut parts = Parts::default();
        let id = parts.add(part([3; 32], b"{}").unwrap());
        // Where it is may be said by another.
        parts.add(Part { said: Some(7), ..part([3; 32], b"{}").unwrap() });
        parts.add(part([3; 32], b"{}").unwrap());
        assert_eq!((id, parts.get(&id).unwrap().said), (leaf.id(), Some(7)));
        assert_eq!(parts.chain("agent", None), Err(Gap { from: 1, to: None }));
    }

    #[test]
    fn a_chain_with_a_gap_is_shown_up_to_it_and_the_gap_is_told() {
        let actor = registry::record::Actor { realm: "net".to_owned(), client_id: "r".to_owned(), user_id: None };
        let (mut records, mut prev) = (Vec::new(), None);
        for seq in 1..=5 {
            let record = Record {
                v: 1,
                kind: registry::record::Kind::Registry,
                subject: "agent".to_owned(),
                seq,
                recorded_at: registry::Moment::from_ms(5),
                actor: actor.clone(),
                change: registry::Change::KeyEnded { kid: "k".to_owned(), at: registry::Moment::from_ms(5) },
                prev,
            };
            prev = Some(registry::record::digest(&record.to_bytes()));
            records.push(record.to_bytes());
        }
        let told = |places: &[usize], head: Option<usize>| {
            let mut parts = Parts::default();
            for record in places.iter().map(|place| &records[place - 1]) {
                let leaf =
                    Leaf { kind: Kind::Registry, at_ms: 5, nonce: [1; 16], commitment: commit(&[3; 32], record) };
                parts.add(Part::new(&leaf.to_bytes(), Digest([3; 32]), Octets(record.clone()), None).unwrap());
            }
            let head = head.map(|place| Digest(sha256(&records[place - 1])));
            parts.chain("agent", head.as_ref()).map(|shown| (shown.ids.len(), shown.gap))
        };
        let gap = |from, to| Gap { from, to: Some(to) };
        assert_eq!(told(&[1, 2, 3], None), Ok((3, None)));
        assert_eq!(told(&[1, 2, 4], None), Ok((2, Some(gap(3, 3)))));
        assert_eq!(told(&[1, 2, 5], Some(2)), Ok((2, Some(gap(3, 4)))));
        assert_eq!(told(&[1, 2, 4], Some(4)), Err(gap(3, 3)));
    }

    #[test]
    fn a_profile_is_one_that_everybody_has_or_that_an_entry_defines() {
        let mut parts = Parts::default();
        let strict = Profile::find("strict").unwrap();
        let digest = Digest(strict.digest().try_into().unwrap());
        assert_eq!(parts.profile("strict", &digest), Some(Octets(serde_json::to_vec(strict).unwrap())));
        let definition = "{}".to_owned();
        let own = Digest(sha256(definition.as_bytes()));
        assert_eq!(parts.profile("strict", &own), None);
        let (v, kind, recorded_at, name) = (Version, Named, UtcTime(5), "own".to_owned());
        let record = ProfileRecord { v, kind, recorded_at, name, version: 1, digest: own, definition };
        let record = write(&record).unwrap();
        let leaf = Leaf { kind: Kind::Profile, at_ms: 5, nonce: [1; 16], commitment: commit(&[3; 32], &record) };
        parts.add(Part::new(&leaf.to_bytes(), Digest([3; 32]), Octets(record), None).unwrap());
        assert_eq!(parts.profile("own", &own), Some(Octets(b"{}".to_vec())));
    }
}
