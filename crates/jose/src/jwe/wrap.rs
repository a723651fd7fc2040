//! AES Key Wrap with its default initial value [RFC3394-2.2] [RFC7518-4.4].
//!
//! The library wraps with 128 and 256 bits but not with the 192 that `ECDH-ES+A192KW` needs, so the six rounds are
//! here, over the library's block cipher, for all three.

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey,
};
use zeroize::Zeroizing;

use crate::{Error, Result, equal_secret};

/// Wraps a content key of 16 to 64 octets, a multiple of eight. `wrapping` has 16, 24 or 32 octets.
pub(super) fn wrap(wrapping: &[u8], content_key: &[u8]) -> Result<Vec<u8>> {
    let broken = |_| Error::Broken("key wrapping");
    let cipher = EncryptingKey::ecb(block_key(wrapping)?).map_err(broken)?;
    let mut check = INITIAL;
    let mut wrapped = content_key.to_vec();
    let mut step = 0_u64;
    for _ in 0..ROUNDS {
        for register in wrapped.chunks_exact_mut(REGISTER) {
            step += 1;
            let mut block = Zeroizing::new([check, array(register)?].concat());
            cipher.encrypt(&mut block).map_err(broken)?;
            let (high, low) = block.split_at(REGISTER);
            check = (u64::from_be_bytes(array(high)?) ^ step).to_be_bytes();
            register.copy_from_slice(low);
        }
    }
    wrapped.splice(..0, check);
    Ok(wrapped)
}

/// Unwraps what [`wrap`] made, or says [`Error::DecryptionFailed`].
pub(super) fn unwrap(wrapping: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let failed = |_| Error::DecryptionFailed;
    let registers = (wrapped.len() / REGISTER).saturating_sub(1);
    if !wrapped.len().is_multiple_of(REGISTER) || !(MIN_REGISTERS..=MAX_REGISTERS).contains(&registers) {
        return Err(Error::DecryptionFailed);
    }
    let cipher = DecryptingKey::ecb(block_key(wrapping)?).map_err(failed)?;
    let (check, rest) = wrapped.split_at(REGISTER);
    let mut check: [u8; REGISTER] = array(check)?;
    let mut content_key = Zeroizing::new(rest.to_vec());
    let mut step = (ROUNDS * registers) as u64;
    for _ in 0..ROUNDS {
        for register in content_key.chunks_exact_mut(REGISTER).rev() {
            let high = (u64::from_be_bytes(check) ^ step).to_be_bytes();
            let mut block = Zeroizing::new([high, array(register)?].concat());
            cipher.decrypt(&mut block, DecryptionContext::None).map_err(failed)?;
            let (high, low) = block.split_at(REGISTER);
            check = array(high)?;
            register.copy_from_slice(low);
            step -= 1;
        }
    }
    if equal_secret(check, INITIAL) { Ok(content_key) } else { Err(Error::DecryptionFailed) }
}

fn block_key(wrapping: &[u8]) -> Result<UnboundCipherKey> {
    let algorithm: &'static Algorithm = match wrapping.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return Err(Error::MalformedKey("wrapping key")),
    };
    UnboundCipherKey::new(algorithm, wrapping).map_err(|_| Error::MalformedKey("wrapping key"))
}

fn array(octets: &[u8]) -> Result<[u8; REGISTER]> {
    octets.try_into().map_err(|_| Error::Broken("key wrapping"))
}

const REGISTER: usize = 8;
const ROUNDS: usize = 6;
const INITIAL: [u8; REGISTER] = [0xa6; REGISTER];
/// Content keys have 16 to 64 octets.
const MIN_REGISTERS: usize = 2;
const MAX_REGISTERS: usize = 8;

#[cfg(test)]
mod tests {
    use super::{unwrap, wrap};

    /// [RFC3394-4.1], 4.3 and 4.6: the first `key` octets 00 01 02 … wrap the first `data` octets 00 11 22 ….
    #[test]
    fn wrapping_gives_the_published_values() {
        let data: Vec<u8> = (0_u8..16).map(|n| n * 0x11).chain(0..16).collect();
        let cases = [
            (16, 16, "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
            (24, 16, "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"),
            (32, 32, "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"),
        ];
        for (key, length, expected) in cases {
            let key: Vec<u8> = (0..key).collect();
            let wrapped = wrap(&key, &data[..length]).unwrap();
            let hex: String = wrapped.iter().map(|octet| format!("{octet:02X}")).collect();
            assert_eq!(hex, expected);
            assert_eq!(unwrap(&key, &wrapped).unwrap().as_slice(), &data[..length]);
        }
    }

    #[test]
    fn altered_or_shortened_wrapping_is_refused() {
        let key = [7; 24];
        let wrapped = wrap(&key, &[1; 32]).unwrap();
        for at in 0..wrapped.len() {
            let mut altered = wrapped.clone();
            altered[at] ^= 1;
            assert!(unwrap(&key, &altered).is_err());
            assert!(unwrap(&key, &wrapped[..at]).is_err());
        }
    }
}
