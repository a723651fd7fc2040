//! Which Ed25519 points are keys: those in their one spelling, and not of the eight for which anybody can make
//! signatures that verify. The library checks neither, as [RFC8032-5.1.7] doesn't ask for the second.

use crate::jwk::ED25519_LEN;
use crate::{Error, Result};

/// Looks at an encoded point: 32 octets, y with the sign of x in the last bit [RFC8032-5.1.2].
pub(super) fn check(point: &[u8]) -> Result<()> {
    let mut y: [u8; ED25519_LEN] = point.try_into().map_err(|_| Error::MalformedKey("Ed25519 key"))?;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    // Compared from the most significant octet on.
    if y.iter().rev().ge(P.iter().rev()) {
        return Err(Error::WeakKey("its Ed25519 point is not in its one spelling"));
    }
    match SMALL_ORDER.contains(&y) {
        true => Err(Error::WeakKey("its Ed25519 point is of small order: anybody could sign")),
        false => Ok(()),
    }
}

/// The field's prime, 2^255 - 19, least octet first.
const P: [u8; ED25519_LEN] = of_ends(0xed, 0xff, 0x7f);

/// y of the points of order 1, 2, 4 and 8; each but the first two is that of two points.
const SMALL_ORDER: [[u8; ED25519_LEN]; 5] = [
    of_ends(0x01, 0x00, 0x00),
    of_ends(0xec, 0xff, 0x7f),
    of_ends(0x00, 0x00, 0x00),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// A number by its first octet, its last, and all between.
const fn of_ends(first: u8, between: u8, last: u8) -> [u8; ED25519_LEN] {
    let mut out = [between; ED25519_LEN];
    out[0] = first;
    out[ED25519_LEN - 1] = last;
    out
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::{P, SMALL_ORDER};
    use crate::{Error, Jwk, Material, SigningKey, VerifyingKey, generate};

    fn prepare(x: &[u8]) -> crate::Result<VerifyingKey> {
        VerifyingKey::from_jwk(&Jwk::new(Material::Ed25519 { x: x.to_vec() }))
    }

    fn with_sign(mut y: [u8; 32]) -> [u8; 32] {
        y[31] |= 0x80;
        y
    }

    /// R = 1 and S = 0 fulfil S·B = R + k·A whenever k·A = 1: always for order 1, and for one message in eight at worst.
    #[test]
    fn a_point_for_which_anybody_can_sign_is_no_key() {
        let forged = [&SMALL_ORDER[0][..], &[0; 32]].concat();
        for y in SMALL_ORDER {
            for point in [y, with_sign(y)] {
                assert!(matches!(prepare(&point), Err(Error::WeakKey(_))), "{point:02x?}");
            }
            let raw = UnparsedPublicKey::new(&ED25519, y);
            let messages = (0_u8..=255).filter(|n| raw.verify(&[*n], &forged).is_ok()).count();
            assert!(messages >= 8, "the library itself takes it: {y:02x?}");
        }
    }

    #[test]
    fn a_point_has_one_spelling() {
        for above in 0..19 {
            let mut y = P;
            y[0] += above;
            for point in [y, with_sign(y)] {
                assert!(matches!(prepare(&point), Err(Error::WeakKey(_))), "{point:02x?}");
            }
        }
        assert!(prepare(&[0x7f; 31]).is_err());
    }

    #[test]
    fn keys_that_are_made_are_taken() {
        for _ in 0..64 {
            let key = SigningKey::from_der(crate::Algorithm::EdDSA, &generate::ed25519().unwrap()).unwrap();
            assert!(VerifyingKey::from_jwk(&key.public_jwk().unwrap()).is_ok());
        }
    }
}
