//! What a witness signs: a checkpoint and when it was seen [C2SP-tlog-cosignature].

use crate::Result;
use crate::checkpoint::Checkpoint;
use crate::key::Signer;
use crate::note::{Note, SignatureLine};

/// The octets under a cosignature of a checkpoint's text.
pub(crate) fn signed(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// Cosigns a checkpoint at a second since 1970. Whether it is consistent with what was cosigned before must have been
/// found out already: [`crate::witness::Request::judge`] does.
///
/// # Errors
/// [`crate::Error::Malformed`] when the note is no checkpoint, [`crate::Error::Key`] when the library fails.
pub fn cosign(witness: &Signer, checkpoint: &Note, time: u64) -> Result<SignatureLine> {
    Checkpoint::parse(&checkpoint.text)?;
    witness.sign(&checkpoint.text, time)
}
