//! The outcome: one code for machines, one sentence that a developer can act on.

use std::borrow::Cow;

use crate::profile::Profile;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $sentence:literal;)*) => {
        /// What a message was found to be.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, in the order of the checks.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What is to be done about it, where nothing more is known.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

codes! {
    /// Signed by the sender, over these octets.
    Ok "ok" "The signature is the sender's, over these octets";
    /// The token that came with it doesn't count.
    TokenInactive "token_inactive" "The access token doesn't count: get a new one";
    /// The token is another participant's.
    TokenParticipantMismatch "token_participant_mismatch" "The access token is another participant's than the message";
    /// Nobody of that name is registered.
    ParticipantUnknown "participant_unknown" "No participant role of that id is registered here";
    /// Registered, but not approved, suspended or ended.
    ParticipantNotApproved "participant_not_approved" "The participant role is not approved at this moment";
    /// No header of the profile is there.
    SignatureMissing "signature_missing" "The message has no signature header of its profile";
    /// Not a detached signature that can be read.
    SignatureMalformed "signature_malformed" "The signature header is not one detached JWS: BASE64URL(header)..BASE64URL(signature)";
    /// The middle part isn't empty.
    PayloadAttached "payload_attached" "The signature carries a payload: leave the part between the dots empty";
    /// Not one of the profile's.
    AlgorithmNotAllowed "algorithm_not_allowed" "The profile does not allow this algorithm";
    /// Something that must be critical isn't.
    CritMissing "crit_missing" "The header's crit does not name what the profile wants there";
    /// Something is critical that nobody here knows.
    CritUnknown "crit_unknown" "The header's crit names what the profile does not know";
    /// Encoded where raw was agreed, or the other way round.
    B64Mismatch "b64_mismatch" "The header's b64 is not as the profile wants it";
    /// No key is named.
    KidMissing "kid_missing" "The header names no key: send kid";
    /// The sender has no key of that name.
    KidUnknown "kid_unknown" "The sender has registered no key of that kid";
    /// The key doesn't count yet.
    KeyNotYetValid "key_not_yet_valid" "The key is not valid yet";
    /// The key doesn't count any more.
    KeyEnded "key_ended" "The key has ended: sign with its successor";
    /// The key is revoked.
    KeyRevoked "key_revoked" "The key is revoked: sign with another one that is registered";
    /// A signed parameter isn't there.
    ClaimMissing "claim_missing" "The header lacks a parameter that the profile wants signed";
    /// A signed parameter says something else.
    ClaimInvalid "claim_invalid" "A signed parameter of the header does not fit this message";
    /// Signed too long ago.
    TooOld "too_old" "The message was signed too long ago, or a clock is wrong";
    /// The signature doesn't match.
    SignatureInvalid "signature_invalid" "The signature does not match: these are not the octets that were signed, or another key signed them";
    /// The same message was here before.
    Replayed "replayed" "The same message was here before";
}

/// A code, and what is known besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The code.
    pub code: Code,
    /// What a developer can do about it.
    pub detail: Cow<'static, str>,
}

impl Verdict {
    /// With what is known in this case.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// That a message has none of the headers in which its profile has the signature.
    pub fn unsigned(profile: &Profile) -> Self {
        let detail =
            format!("The message has no signature: its profile has it in the header {}", profile.headers.join(" or "));
        Self::new(Code::SignatureMissing, detail)
    }

    /// Whether the message is good.
    pub fn is_ok(&self) -> bool {
        self.code == Code::Ok
    }
}

impl From<Code> for Verdict {
    fn from(code: Code) -> Self {
        Self { code, detail: Cow::Borrowed(code.sentence()) }
    }
}
