//! Which RSA keys are sound, as far as their public numbers tell [NIST-SP800-89-5.3.3].

use std::sync::LazyLock;

use jose::Material;
use num_bigint::BigUint;

/// What is wrong with the numbers; nothing where they may be a key's, or there are none.
pub(crate) fn fault(key: &Material) -> Option<&'static str> {
    let Material::Rsa { n, e } = key else { return None };
    if e.last().is_none_or(|last| last % 2 == 0) {
        return Some("its exponent is even");
    }
    if e.iter().fold(0_u64, |number, octet| number.saturating_mul(256).saturating_add((*octet).into())) < LEAST_EXPONENT
    {
        return Some("its exponent is under 65537");
    }
    match has_small_factor(n) {
        true => Some("its modulus has a small prime factor: anybody could take it apart"),
        false => None,
    }
}

/// Whether a prime below [`BOUND`] divides the number, whose most significant octet comes first.
fn has_small_factor(n: &[u8]) -> bool {
    let remainder = |by: u64| n.iter().fold(0, |rest, octet| (rest << 8 | u64::from(*octet)) % by);
    PRODUCTS.iter().any(|product| gcd(*product, remainder(*product)) != 1)
}

/// The primes below [`BOUND`], multiplied together as long as eight bits more fit into a number: far fewer divisions.
static PRODUCTS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut products = vec![1];
    for prime in (2..BOUND).filter(|number| is_prime(*number)) {
        match products.last_mut() {
            Some(product) if *product < (u64::MAX >> 8) / prime => *product *= prime,
            _ => products.push(prime),
        }
    }
    products
});

/// Whether the modulus is a prime, by Fermat's test, a power of a number, or a product of two that lie close together: then
/// its secret is no secret. Takes milliseconds, at 8192 bits nearly a second.
pub(crate) fn is_open(key: &Material) -> bool {
    let Material::Rsa { n, .. } = key else { return false };
    let (n, two) = (BigUint::from_bytes_be(n), BigUint::from(2_u8));
    if n <= two {
        return true;
    }
    // A prime whose power it is has no small one, so that nine bits at least go with each.
    let longest = u32::try_from(n.bits() / 9).unwrap_or(u32::MAX);
    let is_power = (2..=longest).filter(|root| is_prime(u64::from(*root))).any(|root| n.nth_root(root).pow(root) == n);
    is_power || has_close_factors(&n) || two.modpow(&(&n - 1_u8), &n) == BigUint::from(1_u8)
}

/// Whether Fermat's way of taking numbers apart succeeds at once: `n` is the difference of two squares, the greater of which
/// lies close above it, where its factors do to each other.
fn has_close_factors(n: &BigUint) -> bool {
    let root = n.sqrt();
    let first = if &root * &root == *n { root } else { root + 1_u8 };
    (0..STEPS).map(|step| &first + step).any(|sum| {
        let square = &sum * &sum - n;
        let half = square.sqrt();
        &half * &half == square
    })
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn is_prime(number: u64) -> bool {
    (2..).take_while(|divisor| divisor * divisor <= number).all(|divisor| !number.is_multiple_of(divisor))
}

const LEAST_EXPONENT: u64 = 65537;
/// Numbers that are tried above the root of a modulus.
const STEPS: u32 = 100;
/// Of the prime factors that are looked for.
const BOUND: u64 = 752;

#[cfg(test)]
mod tests {
    use jose::Material;

    use num_bigint::BigUint;

    use super::{BOUND, is_open, is_prime};

    const GOOD_E: &[u8] = &[1, 0, 1];

    fn fault(n: &[u8], e: &[u8]) -> Option<&'static str> {
        super::fault(&Material::Rsa { n: n.to_vec(), e: e.to_vec() })
    }

    #[test]
    fn each_prime_below_the_bound_is_found_in_a_modulus() {
        // 2^127 - 1 is prime.
        let mersenne = (1_u128 << 127) - 1;
        assert_eq!(fault(&mersenne.to_be_bytes(), GOOD_E), None);
        let mut found = 0;
        for prime in (2..BOUND).filter(|number| is_prime(*number)) {
            let product = (mersenne >> 20 | 1) * u128::from(prime);
            assert!(fault(&product.to_be_bytes(), GOOD_E).is_some(), "{prime}");
            found += 1;
        }
        assert_eq!(found, 133, "primes below 752");
        assert_eq!(fault(&(757_u128 * 761).to_be_bytes(), GOOD_E), None);
    }

    #[test]
    fn a_modulus_that_is_a_prime_or_a_power_hides_nothing() {
        let is_open = |n: BigUint| is_open(&Material::Rsa { n: n.to_bytes_be(), e: GOOD_E.to_vec() });
        let mersenne = |power: u32| BigUint::from(2_u8).pow(power) - 1_u8;
        // 2^2203 - 1 is prime, and so are 2^1279 - 1 and 2^607 - 1.
        assert!(is_open(mersenne(2203)), "a prime");
        assert!(is_open(mersenne(1279).pow(2)), "a square");
        assert!(is_open(mersenne(607).pow(5)), "a power");
        assert!(!is_open(mersenne(1279) * mersenne(2203)), "two primes");
        // No two primes of that length are nearer than most neighbours, and far ones are still too near.
        let prime = mersenne(1279);
        for apart in [BigUint::from(886_u32), BigUint::from(2_u8).pow(640)] {
            assert!(is_open(&prime * (&prime + &apart)), "{apart}");
        }
        assert!(!is_open(&prime * (&prime + BigUint::from(2_u8).pow(1200))), "far apart");
    }

    #[test]
    fn an_exponent_is_odd_and_65537_at_least() {
        let n = &[0xff, 0xff, 0xff, 0xfb]; // 2^32 - 5 is prime.
        for bad in [&[][..], &[1], &[3], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 2], &[1, 0, 0, 0, 0, 2]] {
            assert!(fault(n, bad).is_some(), "{bad:?}");
        }
        for good in [&[1, 0, 1][..], &[1, 0, 3], &[1, 0, 0, 0, 1], &[0xff; 32]] {
            assert_eq!(fault(n, good), None, "{good:?}");
        }
    }
}
