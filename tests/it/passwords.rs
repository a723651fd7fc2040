//! Every password that is stored can be used again.

use domain::credentials::{HashChoice, PasswordHash, Scratch};

#[test]
fn every_hash_survives_being_stored_whatever_octets_it_has() {
    let choice = HashChoice::find(Some("pbkdf2-sha256"), Some(1)).expect("a scheme");
    let mut scratch = Scratch::default();
    for n in 0_u16..2000 {
        let mut salt = [0; 16];
        salt[..2].copy_from_slice(&n.to_le_bytes());
        let hash = PasswordHash::make("pw", choice, salt, &mut scratch).expect("hashes");
        let stored = hash.to_stored();
        let again = PasswordHash::parse(&stored).map(|read| read.verify("pw", &mut scratch));
        assert!(matches!(again, Ok(Ok(true))), "salt {n}: {}", stored.secret_data);
    }
}
