//! What a witness signs: a checkpoint and when it was seen [C2SP-tlog-cosignature].

use crate::checkpoint::Checkpoint;
use crate::key::KeyType;
use crate::note::{Note, SignatureLine};
use crate::signer::Signer;
use crate::{Error, Result};

/// The octets under a cosignature of a checkpoint's text, by a key of that type and name.
pub(crate) fn signed(kind: KeyType, name: &str, text: &str, time: u64) -> Result<Vec<u8>> {
    match kind {
        KeyType::MlDsaCosignature => {
            let Checkpoint { origin, size, root, .. } = Checkpoint::parse(text)?;
            let start: u64 = 0;
            let mut octets = b"subtree/v1\n\0".to_vec();
            octets.extend(prefixed(name)?);
            octets.extend(time.to_be_bytes());
            octets.extend(prefixed(&origin)?);
            octets.extend(start.to_be_bytes());
            octets.extend(size.to_be_bytes());
            octets.extend(root);
            Ok(octets)
        }
        KeyType::Ed25519 | KeyType::Cosignature => Ok(format!("cosignature/v1\ntime {time}\n{text}").into_bytes()),
    }
}

/// A name with its length in one octet before it.
fn prefixed(name: &str) -> Result<Vec<u8>> {
    let length = u8::try_from(name.len()).map_err(|_| Error::TooLong("name"))?;
    Ok([&[length], name.as_bytes()].concat())
}

/// Cosigns a checkpoint at a second since 1970. Whether it is consistent with what was cosigned before must have been
/// found out already: [`crate::witness::Request::judge`] does.
///
/// # Errors
/// [`Error::Malformed`] when the note is no checkpoint, [`Error::Key`] when the library fails.
pub fn cosign(witness: &Signer, checkpoint: &Note, time: u64) -> Result<SignatureLine> {
    Checkpoint::parse(&checkpoint.text)?;
    witness.sign(&checkpoint.text, time)
}
