//! ECDH-ES [RFC7518-4.6]: agreeing on a key between an ephemeral pair and the recipient's.

use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::kdf::{SskdfDigestAlgorithmId, get_sskdf_digest_algorithm, sskdf_digest};
use zeroize::Zeroizing;

use super::{ContentEncryption, KeyManagement};
use crate::curve::Curve;
use crate::header::Header;
use crate::{Error, Result, b64};

/// What the derived key is bound to.
pub(super) struct Derivation {
    info: Vec<u8>,
    length: usize,
}

impl Derivation {
    /// For `ECDH-ES` the content key itself is derived, under the name of `enc`; otherwise a wrapping key, under that of
    /// `alg`. `PartyUInfo` and `PartyVInfo` come from `apu` and `apv` of a received header.
    pub(super) fn new(alg: KeyManagement, enc: ContentEncryption, header: Option<&Header>) -> Result<Self> {
        let (name, length) = match alg.wrapping_key_len() {
            Some(length) => (alg.name(), length),
            None => (enc.name(), enc.key_len()),
        };
        let party = |member: &'static str| match header.and_then(|header| header.member(member)) {
            None => Ok(Vec::new()),
            Some(value) => b64::decode(value.as_str().ok_or(Error::InvalidMember(member))?, member),
        };
        let mut info = Vec::new();
        for part in [name.as_bytes(), &party("apu")?, &party("apv")?] {
            info.extend_from_slice(&(part.len() as u32).to_be_bytes());
            info.extend_from_slice(part);
        }
        info.extend_from_slice(&(length as u32 * 8).to_be_bytes());
        Ok(Self { info, length })
    }

    /// Agrees and derives. The library refuses a point that isn't on the curve.
    pub(super) fn derive(&self, private: &PrivateKey, curve: Curve, point: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let peer = UnparsedPublicKey::new(curve.agreement(), point);
        agree(private, peer, Error::DecryptionFailed, |secret| {
            let sha256 =
                get_sskdf_digest_algorithm(SskdfDigestAlgorithmId::Sha256).ok_or(Error::Broken("key derivation"))?;
            let mut key = Zeroizing::new(vec![0; self.length]);
            sskdf_digest(sha256, secret, &self.info, &mut key).map_err(|_| Error::Broken("key derivation"))?;
            Ok(key)
        })
    }
}
