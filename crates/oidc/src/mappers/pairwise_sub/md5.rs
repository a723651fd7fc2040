//! MD5 [RFC1321], for the names of UUIDs of version 3 and for nothing that must be secure.

/// The digest of some octets.
pub(super) fn digest(message: &[u8]) -> [u8; 16] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(message.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.as_chunks::<64>().0 {
        let round = compress(state, block);
        for (word, added) in state.iter_mut().zip(round) {
            *word = u32::wrapping_add(*word, added);
        }
    }
    let mut out = [0; 16];
    for (place, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *place = word.to_le_bytes();
    }
    out
}

fn compress([mut a, mut b, mut c, mut d]: [u32; 4], block: &[u8; 64]) -> [u32; 4] {
    let mut words = [0_u32; 16];
    for (word, octets) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*octets);
    }
    for step in 0..64_usize {
        let (mixed, place) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let word = words.get(place % 16).copied().unwrap_or_default();
        let shift = SHIFTS.get(step / 16).and_then(|row| row.get(step % 4)).copied().unwrap_or_default();
        let sum = a.wrapping_add(mixed).wrapping_add(sine(step)).wrapping_add(word);
        (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
    }
    [a, b, c, d]
}

/// The integer part of 2³² times the sine of a step, counted from one.
fn sine(step: usize) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is below two to the 32nd")]
    #[expect(clippy::cast_precision_loss, reason = "steps are below 64")]
    let value = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
    value
}

const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

#[cfg(test)]
mod tests {
    /// The test suite of [RFC1321-A.5].
    #[test]
    fn digests_are_the_published_ones() {
        let long = "1234567890".repeat(8);
        for (message, hex) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            (long.as_str(), "57edf4a22be3c955ac49da2e2107b67a"),
        ] {
            let digest: String = super::digest(message.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(digest, hex, "{message}");
        }
    }
}
