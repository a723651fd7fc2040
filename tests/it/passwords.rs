//! Passwords: every one that is stored can be used again, and none tells by its cost whether there is such a user.

use domain::credentials::{HashChoice, PasswordHash, Scratch};
use wire_tests::Server;

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

/// What takes time in a login is hashing; so this counts hashes and needs no clock.
#[tokio::test]
async fn a_login_costs_one_hash_whether_or_not_there_is_such_a_user() {
    let server = Server::start("browser").await;
    server.hands().enable_user("bob", false).await;
    for (username, password) in [("ada", "wrong"), ("nobody", "wrong"), ("bob", "wrong"), ("bob", "pw"), ("ada", "pw")]
    {
        let before = server.core.hasher.runs();
        server.client("app").password_reply(username, password, "openid").await;
        assert_eq!(server.core.hasher.runs() - before, 1, "grant: {username} {password}");
        let mut browser = server.browser();
        let page = browser.authorize("app", &[]).await;
        let before = server.core.hasher.runs();
        browser.submit(&page, &[("username", username), ("password", password)]).await;
        assert_eq!(server.core.hasher.runs() - before, 1, "browser: {username} {password}");
    }
}
