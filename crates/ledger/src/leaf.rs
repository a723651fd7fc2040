//! What the log's tree is made of: small public leaves that tell nothing, each committing to a record kept elsewhere.

use crate::hash::{Hash, leaf_hash, sha256};
use crate::{Error, Result};

/// Octets of a leaf.
pub const LEAF_LEN: usize = 58;
/// Octets of a salt, always.
pub const SALT_LEN: usize = 32;
/// The only version there is.
const VERSION: u8 = 0x01;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $number:literal $name:literal;)*) => {
        /// What a leaf's record is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $variant,)* }

        impl Kind {
            /// Every kind, by number.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its octet in a leaf.
            #[must_use]
            pub fn number(self) -> u8 {
                match self { $(Self::$variant => $number,)* }
            }

            /// Its name in a record.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// A verdict on a message.
    Message 1 "message";
    /// A change of a participant's state or keys.
    Registry 2 "registry";
    /// A key of the server itself.
    ServiceKey 3 "service-key";
    /// A signing profile as it was defined.
    Profile 4 "profile";
    /// What is kept, for how long, and who may see it.
    Policy 5 "policy";
    /// The leaves of one participant role within a stretch of the log.
    Range 6 "range";
    /// An outside time of a checkpoint.
    Time 7 "time";
    /// The log goes on from another's head.
    Move 8 "move";
    /// A verdict on a message that was reported after its receiver had had it.
    Report 9 "report";
    /// Failures that anyone could have caused, counted.
    Summary 10 "summary";
    /// Heads and timestamps, stamped anew before an algorithm ages.
    Renewal 11 "renewal";
    /// A record that was erased by policy.
    Erasure 12 "erasure";
}

impl Kind {
    /// The kind of a number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// The kind of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether its record is a verdict on a message, at once or after a report.
    #[must_use]
    pub fn is_verdict(self) -> bool {
        matches!(self, Self::Message | Self::Report)
    }
}

/// A leaf: public, and silent about its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// What its record is about.
    pub kind: Kind,
    /// When it was recorded, in milliseconds since 1970.
    pub at_ms: u64,
    /// Random, so that equal events stay apart.
    pub nonce: [u8; 16],
    /// The salted digest of its record, by [`commit`].
    pub commitment: Hash,
}

impl Leaf {
    /// Its octets: version, kind, time (big-endian), nonce, commitment.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; LEAF_LEN] {
        let fields = [VERSION, self.kind.number()]
            .into_iter()
            .chain(self.at_ms.to_be_bytes())
            .chain(self.nonce)
            .chain(self.commitment);
        let mut octets = [0; LEAF_LEN];
        octets.iter_mut().zip(fields).for_each(|(octet, field)| *octet = field);
        octets
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`Error::Malformed`] for another length, version or kind.
    pub fn parse(octets: &[u8]) -> Result<Self> {
        Self::read(octets).ok_or(Error::Malformed("leaf"))
    }

    fn read(octets: &[u8]) -> Option<Self> {
        let (&[version, kind], rest) = octets.split_first_chunk::<2>()?;
        let (at_ms, rest) = rest.split_first_chunk::<8>()?;
        let (&nonce, rest) = rest.split_first_chunk::<16>()?;
        let commitment = rest.try_into().ok()?;
        let kind = Kind::of_number(kind).filter(|_| version == VERSION)?;
        Some(Self { kind, at_ms: u64::from_be_bytes(*at_ms), nonce, commitment })
    }

    /// Its hash in the tree, which is also its name everywhere.
    #[must_use]
    pub fn id(&self) -> Hash {
        leaf_hash(&self.to_bytes())
    }
}

/// What a leaf says of its record: SHA-256 over the salt and the record's octets. The salt's length is fixed, so no part
/// of a record can pass for one.
#[must_use]
pub fn commit(salt: &[u8; SALT_LEN], record: &[u8]) -> Hash {
    sha256(&[salt, record].concat())
}

#[cfg(test)]
mod tests {
    use super::{Kind, LEAF_LEN, Leaf, commit};

    #[test]
    fn a_leaf_is_58_octets_in_their_order() {
        let commitment = commit(&[7; 32], b"{}");
        let leaf = Leaf { kind: Kind::Range, at_ms: 0x0102_0304_0506_0708, nonce: [9; 16], commitment };
        let octets = leaf.to_bytes();
        assert_eq!(octets[..10], [1, 6, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(octets[10..26], [9; 16]);
        assert_eq!(octets[26..], commitment);
        assert_eq!(Leaf::parse(&octets), Ok(leaf));
    }

    #[test]
    fn another_length_version_or_kind_is_no_leaf() {
        let leaf = Leaf { kind: Kind::Message, at_ms: 1, nonce: [0; 16], commitment: [0; 32] };
        let octets = leaf.to_bytes();
        assert!(Leaf::parse(&octets[..LEAF_LEN - 1]).is_err());
        assert!(Leaf::parse(&[octets.as_slice(), &[0]].concat()).is_err());
        for (at, value) in [(0, 2), (1, 0), (1, 13)] {
            let mut octets = octets;
            octets[at] = value;
            assert!(Leaf::parse(&octets).is_err());
        }
    }

    #[test]
    fn kinds_have_a_number_and_a_name_each() {
        for (n, kind) in Kind::ALL.iter().enumerate() {
            assert_eq!(usize::from(kind.number()), n + 1);
            assert_eq!(Kind::of_name(kind.name()), Some(*kind));
        }
    }
}
