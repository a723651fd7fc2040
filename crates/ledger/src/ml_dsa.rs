//! ML-DSA-44 [FIPS204-5]: signatures that are to outlive elliptic curves. JOSE has no use for them here, so they stand
//! in this crate.

use std::sync::Arc;

use aws_lc_rs::signature::{KeyPair, ML_DSA_44, ML_DSA_44_SIGNING, PqdsaKeyPair, UnparsedPublicKey};

use crate::{Error, Result};

/// Octets of a public key.
pub(crate) const PUBLIC_LEN: usize = 1312;
const SIGNATURE_LEN: usize = 2420;

/// A private key. Cloning shares it.
#[derive(Clone)]
pub struct MlDsaKey(Arc<PqdsaKeyPair>);

impl MlDsaKey {
    /// A new key as PKCS#8 DER, which holds its seed.
    ///
    /// # Errors
    /// [`Error::Key`] when the library fails.
    pub fn generate() -> Result<Vec<u8>> {
        let key = PqdsaKeyPair::generate(&ML_DSA_44_SIGNING).and_then(|key| key.to_pkcs8v1());
        Ok(key.map_err(|_| jose::Error::Broken("key generation"))?.as_ref().to_vec())
    }

    /// Reads a key in PKCS#8 DER.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let key = PqdsaKeyPair::from_pkcs8(&ML_DSA_44_SIGNING, der);
        Ok(Self(Arc::new(key.map_err(|_| Error::Malformed("ML-DSA key"))?)))
    }

    pub(crate) fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    pub(crate) fn sign(&self, octets: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; SIGNATURE_LEN];
        self.0.sign(octets, &mut signature).map_err(|_| jose::Error::Broken("signing"))?;
        Ok(signature)
    }
}

pub(crate) fn is_good(public: &[u8], octets: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ML_DSA_44, public).verify(octets, signature).is_ok()
}
