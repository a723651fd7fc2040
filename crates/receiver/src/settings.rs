//! What a receiver is told: who it is, whom it asks, and how much it takes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jose::SigningKey;
use ledger::VerifierKey;
use rustls::RootCertStore;
use signing::Profile;
use zeroize::Zeroizing;

use crate::clock::{Clock, system_clock};
use crate::keep::{Keep, Seen};

/// Who judges a message's token and signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The receiver, by keys that it keeps for a while; the server records the verdict.
    #[default]
    Local,
    /// The server, by `/signing/check`.
    Server,
}

/// From where messages may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addresses {
    /// From the addresses that the registry has for the sender; from anywhere where it has none.
    Registered,
    /// From anywhere: what is before the receiver looks at addresses, or nobody does.
    #[default]
    Any,
}

/// How a receiver signs.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Keys under the names that the registry has for them, each with the second since 1970 from which it signs.
    pub keys: Vec<(i64, SigningKey)>,
    /// The profile of the receiver's own role.
    pub profile: Profile,
    /// What it calls itself in signatures, for profiles that sign that.
    pub issuer: Option<String>,
    /// The trust anchor of its keys, for profiles that sign that.
    pub anchor: Option<String>,
}

impl Signer {
    /// Signs with one key, by a profile.
    pub fn new(key: SigningKey, profile: Profile) -> Self {
        Self { keys: vec![(i64::MIN, key)], profile, issuer: None, anchor: None }
    }

    /// The key that signs at a second: the one whose time came last.
    pub fn key(&self, now: i64) -> Option<&SigningKey> {
        let begun = self.keys.iter().filter(|(from, _)| *from <= now);
        begun.max_by_key(|(from, _)| *from).map(|(_, key)| key)
    }
}

/// What a receiver is told. [`Settings::new`] has the usual bounds.
#[derive(Clone)]
pub struct Settings {
    /// The realm's address: `https://auth.example/realms/network`.
    pub realm: String,
    /// The `iss` of its tokens, where that is not the realm's address.
    pub issuer: Option<String>,
    /// The id of the receiver's own participant role.
    pub role: String,
    /// The origin of its registered base URL: `https://lender.example`.
    pub origin: String,
    /// The client of the role.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Zeroizing<String>,
    /// Signs replies and requests of its own; without it they are not signed.
    pub signer: Option<Signer>,
    /// What a token's `aud` must name, where it must name something.
    pub audience: Option<String>,
    /// The scope of the receiver's own tokens, with which it asks the server.
    pub own_scope: Option<String>,
    /// The scope of the tokens that go to other participants, who could use them in the receiver's name.
    pub peer_scope: Option<String>,
    /// Who judges.
    pub mode: Mode,
    /// From where messages may come.
    pub addresses: Addresses,
    /// The most octets of a body, of a reply and of a request; of that never more than [`signing::LONGEST_BODY`].
    pub body_bound: usize,
    /// How long a request's body may take.
    pub body_time: Duration,
    /// How long a call to the server may take.
    pub server_time: Duration,
    /// How long a participant role counts as read.
    pub fresh: Duration,
    /// How much longer it counts while the server is away.
    pub stale: Duration,
    /// How long the realm's keys count while the server is away.
    pub keys_kept: Duration,
    /// RFC 7638 thumbprints of the keys that may sign the server's replies; empty for each of the realm's.
    pub reply_keys: Vec<String>,
    /// Keys of the server's log. Empty for those of the log that is there at first use. No other log is believed, and no
    /// other key but one to which these hand the log over. Of keys of one type for one log the one that signs the first head
    /// counts, and the others when the log is handed over to them.
    pub logs: Vec<VerifierKey>,
    /// Authorities for TLS, where not the system's.
    pub roots: Option<RootCertStore>,
    /// What was seen of the log in an earlier life.
    pub seen: Seen,
    /// Where receipts and what the server has not heard yet are kept.
    pub keep: Option<Arc<dyn Keep>>,
    /// Tells the time.
    pub clock: Clock,
}

impl Settings {
    /// Settings with the usual bounds, of a receiver that does not sign.
    pub fn new(realm: &str, role: &str, origin: &str, client_id: &str, client_secret: &str) -> Self {
        Self {
            realm: realm.trim_end_matches('/').to_owned(),
            issuer: None,
            role: role.to_owned(),
            origin: origin.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: Zeroizing::new(client_secret.to_owned()),
            signer: None,
            audience: None,
            own_scope: None,
            peer_scope: None,
            mode: Mode::default(),
            addresses: Addresses::default(),
            body_bound: 1024 * 1024,
            body_time: Duration::from_secs(20),
            server_time: Duration::from_secs(5),
            fresh: Duration::from_secs(30),
            stale: Duration::ZERO,
            keys_kept: Duration::from_secs(3600),
            reply_keys: Vec::new(),
            logs: Vec::new(),
            roots: None,
            seen: Seen::default(),
            keep: None,
            clock: system_clock(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Settings({} at {})", self.role, self.realm)
    }
}

#[cfg(test)]
mod tests {
    use super::Signer;
    use jose::{Algorithm, SigningKey, generate};
    use signing::Profile;

    #[test]
    fn a_key_signs_from_its_time_until_that_of_the_next() {
        let key = SigningKey::from_der(Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap();
        let mut signer = Signer::new(key.clone().with_kid("first"), Profile::find("strict").unwrap().clone());
        signer.keys.push((200, key.clone().with_kid("third")));
        signer.keys.push((100, key.with_kid("second")));
        for (now, kid) in [(99, "first"), (100, "second"), (199, "second"), (200, "third")] {
            assert_eq!(signer.key(now).unwrap().kid(), kid);
        }
        signer.keys.remove(0);
        assert!(signer.key(99).is_none());
    }
}
