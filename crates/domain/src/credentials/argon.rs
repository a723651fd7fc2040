//! Argon2 (`[RFC9106]`), all three variants and both versions; new hashes are Argon2id 1.3 with 7 MiB and 5 passes.

use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::{Map, Value, json};

use super::scheme::{Scheme, Scratch};
use super::stored::{PasswordHash, Unreadable};

/// The scheme itself.
pub(super) const ARGON2: Argon = Argon;

/// Passes over the memory of a new hash.
pub(super) const USUAL_ITERATIONS: u32 = 5;

/// See [`ARGON2`].
pub(super) struct Argon;

impl Scheme for Argon {
    fn id(&self) -> &'static str {
        "argon2"
    }

    fn usual_iterations(&self) -> Option<u32> {
        Some(USUAL_ITERATIONS)
    }

    fn usual_length(&self) -> usize {
        32
    }

    fn usual_parameters(&self) -> Map<String, Value> {
        let one = |name: &str, value: &str| (name.to_owned(), json!([value]));
        Map::from_iter([
            one("hashLength", "32"),
            one("memory", "7168"),
            one("type", "id"),
            one("version", "1.3"),
            one("parallelism", "1"),
        ])
    }

    fn check(&self, hash: &PasswordHash) -> Result<(), Unreadable> {
        context(hash).map(|_| ())
    }

    fn derive(&self, hash: &PasswordHash, password: &[u8], scratch: &mut Scratch) -> Result<Vec<u8>, Unreadable> {
        let argon = context(hash)?;
        let memory = scratch.blocks(argon.params().block_count());
        let mut derived = vec![0; hash.value().len()];
        argon
            .hash_password_into_with_memory(password, hash.salt(), &mut derived, memory)
            .map_err(|_| Unreadable("argon2"))?;
        Ok(derived)
    }
}

/// The stored parameters, within bounds.
fn context(hash: &PasswordHash) -> Result<Argon2<'static>, Unreadable> {
    let variant = match hash.parameter("type") {
        Some("id") | None => Algorithm::Argon2id,
        Some("i") => Algorithm::Argon2i,
        Some("d") => Algorithm::Argon2d,
        Some(_) => return Err(Unreadable("type")),
    };
    let version = match hash.parameter("version") {
        Some("1.3") | None => Version::V0x13,
        Some("1.0") => Version::V0x10,
        Some(_) => return Err(Unreadable("version")),
    };
    let memory = number(hash, "memory", MAX_MEMORY)?;
    let lanes = number(hash, "parallelism", MAX_LANES)?;
    let passes = hash.iterations();
    if u64::from(memory) * u64::from(passes) > MAX_WORK {
        return Err(Unreadable("hashIterations"));
    }
    let length = hash.value().len();
    let told = hash.parameter("hashLength").map_or(Ok(length), str::parse);
    if length > MAX_LENGTH || told != Ok(length) {
        return Err(Unreadable("hashLength"));
    }
    if hash.salt().len() < argon2::MIN_SALT_LEN {
        return Err(Unreadable("salt"));
    }
    let params = Params::new(memory, passes, lanes, Some(length)).map_err(|_| Unreadable("argon2"))?;
    Ok(Argon2::new(variant, version, params))
}

fn number(hash: &PasswordHash, name: &'static str, most: u32) -> Result<u32, Unreadable> {
    let told = hash.parameter(name).and_then(|text| text.parse().ok());
    told.filter(|n| (1..=most).contains(n)).ok_or(Unreadable(name))
}

/// KiB. More than any published advice for logins, and bearable times the number of cores.
const MAX_MEMORY: u32 = 262_144;
const MAX_LANES: u32 = 64;
const MAX_LENGTH: usize = 128;
/// KiB times passes: about 1.5 seconds of one core.
const MAX_WORK: u64 = 4_194_304;
