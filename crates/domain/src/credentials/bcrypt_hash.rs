//! bcrypt, as realms with a bcrypt extension export it: the value is bcrypt's own text (`$2a$10$…`), which carries
//! salt and cost. Only read: at the next login the password is hashed by the realm's own scheme.

use super::scheme::{Scheme, Scratch};
use super::stored::{PasswordHash, Unreadable};

/// The scheme itself.
pub(super) const BCRYPT: Bcrypt = Bcrypt;

/// See [`BCRYPT`].
pub(super) struct Bcrypt;

impl Scheme for Bcrypt {
    fn id(&self) -> &'static str {
        "bcrypt"
    }

    fn is_text(&self) -> bool {
        true
    }

    fn usual_iterations(&self) -> Option<u32> {
        None
    }

    fn usual_length(&self) -> usize {
        0
    }

    fn check(&self, hash: &PasswordHash) -> Result<(), Unreadable> {
        let text = text(hash)?;
        let cost = text.split('$').nth(2).and_then(|cost| cost.parse().ok());
        let bearable = cost.is_some_and(|cost: u32| (4..=MAX_COST).contains(&cost));
        if text.len() == LENGTH && bearable { Ok(()) } else { Err(Unreadable("value")) }
    }

    fn derive(&self, _: &PasswordHash, _: &[u8], _: &mut Scratch) -> Result<Vec<u8>, Unreadable> {
        Err(Unreadable("bcrypt is only read"))
    }

    fn verify(&self, hash: &PasswordHash, password: &[u8], _: &mut Scratch) -> Result<bool, Unreadable> {
        // A zero byte would end the password early, so such a password is nobody's.
        if password.contains(&0) {
            return Ok(false);
        }
        bcrypt::verify(password, text(hash)?).map_err(|_| Unreadable("value"))
    }
}

fn text(hash: &PasswordHash) -> Result<&str, Unreadable> {
    std::str::from_utf8(hash.value()).map_err(|_| Unreadable("value"))
}

/// Each step doubles; this is about two seconds of one core.
const MAX_COST: u32 = 15;
const LENGTH: usize = 60;
