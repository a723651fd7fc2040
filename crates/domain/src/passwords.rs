//! A user's own proof: their password, their one-time password, and what must still be done.

use model::{Credential, User};

use crate::credentials::{HashError, PasswordHash, StoredPassword};
use crate::password_policy::{Earlier, NoBlacklists, PasswordPolicy, Subject, Violation};
use crate::user_profile::{By, Problem};
use crate::{Core, Fault, Person, Plan, Result, Writes, ids};

/// Whether a password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was.
    Right,
    /// It wasn't, or the user has none.
    Wrong,
}

/// Longer passwords are refused unhashed: hashing is what an attacker would make us do.
const LONGEST: usize = 4096;

impl Core {
    /// Checks a user's password, always at the cost of one hash. A right one whose hash the realm's policy would make
    /// otherwise is hashed anew.
    pub async fn verify_password(
        &self,
        plan: &Plan,
        person: &Person,
        password: &str,
        writes: &mut Writes,
    ) -> Result<Verdict> {
        let credentials = store::users::credentials(&self.store, &person.user.id).await?;
        let stored = credentials.iter().find(|c| c.kind == "password");
        let (Some(credential), true) = (stored, !password.is_empty() && password.len() <= LONGEST) else {
            self.verify_nobody(plan, password).await?;
            return Ok(Verdict::Wrong);
        };
        let hash = stored_password(credential);
        match self.hasher.verify(&hash, password).await {
            Ok(true) => {}
            Ok(false) => return Ok(Verdict::Wrong),
            Err(HashError::Unreadable(error)) => {
                tracing::warn!(user = %person.user.id, %error, "a stored password can't be read");
                return Ok(Verdict::Wrong);
            }
            Err(error) => return Err(hash_fault(error)),
        }
        let choice = plan.password_policy.hash_choice();
        if PasswordHash::parse(&hash).is_ok_and(|h| h.needs_rehash(choice)) {
            let fresh = self.hasher.make(choice, password).await.map_err(hash_fault)?;
            let mut renewed = credential.clone();
            put(&mut renewed, &fresh);
            store::users::renew_credential(&self.store, &mut writes.batch, credential, &renewed)?;
        }
        Ok(Verdict::Right)
    }

    /// Costs what [`Core::verify_password`] costs: for users that there aren't.
    pub async fn verify_nobody(&self, plan: &Plan, password: &str) -> Result<()> {
        let password = password.get(..LONGEST.min(password.len())).unwrap_or_default();
        self.hasher.verify_nobody(plan.password_policy.hash_choice(), password).await.map_err(hash_fault)
    }

    /// A new password credential, hashed as the realm wants it.
    pub async fn make_password(&self, plan: &Plan, password: &str) -> Result<Credential> {
        let fresh = self.hasher.make(plan.password_policy.hash_choice(), password).await.map_err(hash_fault)?;
        let mut credential =
            Credential { id: ids::uuid()?, kind: "password".to_owned(), position: 10, doc: model::Document::default() };
        credential.doc.set("createdDate", self.clock.now_ms());
        put(&mut credential, &fresh);
        Ok(credential)
    }
}

/// The hash of a password credential.
pub fn stored_password(credential: &Credential) -> StoredPassword {
    let text = |name| credential.doc.text(name).unwrap_or_default().to_owned();
    StoredPassword { secret_data: text("secretData"), credential_data: text("credentialData") }
}

fn put(credential: &mut Credential, fresh: &StoredPassword) {
    credential.doc.set("secretData", fresh.secret_data.as_str());
    credential.doc.set("credentialData", fresh.credential_data.as_str());
}

fn hash_fault(error: HashError) -> crate::Error {
    match error {
        HashError::Busy => Fault::unavailable(error).into(),
        other => Fault::new(other).into(),
    }
}

/// What is missing or wrong in a user's profile, as the user must mend it.
pub fn profile_problems(plan: &Plan, user: &User) -> Vec<Problem> {
    let values = plan.profile.attributes.iter().map(|a| (a.name.clone(), user.attribute(&a.name))).collect();
    plan.profile.validate(&values, By::User, true)
}

/// Whether something must be done in a browser before the user may have tokens: a required action, an e-mail to be
/// verified, or a profile that lacks what it must have [KC 1.6].
pub fn not_set_up(plan: &Plan, user: &User) -> bool {
    let pending =
        user.required_actions.iter().any(|alias| plan.required_actions.iter().any(|a| a.enabled && a.alias == *alias));
    let unverified = plan.realm.verify_email && !user.email_verified;
    let incomplete = plan.required_actions.iter().any(|a| a.enabled && a.alias == "VERIFY_PROFILE")
        && !profile_problems(plan, user).is_empty();
    pending || unverified || incomplete
}

impl Core {
    /// Gives a user a new password, if the realm's policy allows it; the one before is kept for comparison as long as
    /// the policy wants.
    pub async fn set_password(
        &self,
        plan: &Plan,
        user: &User,
        password: &str,
        writes: &mut Writes,
    ) -> Result<std::result::Result<(), Violation>> {
        let policy = &plan.password_policy;
        let subject = Subject { username: &user.username, email: user.email.as_deref(), blacklists: &NoBlacklists };
        if let Err(violation) = policy.check(&subject, password) {
            return Ok(Err(violation));
        }
        let credentials = store::users::credentials(&self.store, &user.id).await?;
        let of = |kind: &'static str| credentials.iter().filter(move |c| c.kind == kind);
        let before: Vec<(&Credential, Earlier)> =
            of("password").chain(of(HISTORY)).filter_map(|c| Some((c, earlier(c)?))).collect();
        if let Some(violation) = self.used_earlier(plan, &before, password).await? {
            return Ok(Err(violation));
        }
        let fresh = self.make_password(plan, password).await?;
        for (back, (credential, earlier)) in before.iter().enumerate() {
            if policy.keeps(back + 1, earlier, self.now()) {
                if credential.kind == "password" {
                    store::users::delete_credential(&mut writes.batch, &user.id, &credential.id);
                    let kept = Credential { kind: HISTORY.to_owned(), position: 1000, ..(*credential).clone() };
                    store::users::insert_credential(&self.store, &mut writes.batch, &user.id, &kept)?;
                }
            } else {
                store::users::delete_credential(&mut writes.batch, &user.id, &credential.id);
            }
        }
        store::users::insert_credential(&self.store, &mut writes.batch, &user.id, &fresh)?;
        Ok(Ok(()))
    }

    async fn used_earlier(
        &self,
        plan: &Plan,
        before: &[(&Credential, Earlier)],
        password: &str,
    ) -> Result<Option<Violation>> {
        let earlier: Vec<Earlier> = before.iter().map(|(_, e)| e.clone()).collect();
        if earlier.is_empty() || !plan.password_policy.compares_earlier() {
            return Ok(None);
        }
        let (text, now) = (plan.realm.password_policy.clone(), self.now());
        let password = zeroize::Zeroizing::new(password.to_owned());
        let checked = self.hasher.run(move |scratch| {
            let policy = PasswordPolicy::parse(&text).unwrap_or_default();
            policy.check_earlier(&earlier, now, |hash| hash.verify(&password, scratch).unwrap_or(false)).err()
        });
        checked.await.map_err(hash_fault)
    }
}

fn earlier(credential: &Credential) -> Option<Earlier> {
    let hash = PasswordHash::parse(&stored_password(credential)).ok()?;
    Some(Earlier { hash, set_at: credential.doc.int_or("createdDate", 0) / 1000 })
}

/// The kind of credential that only serves for comparison.
const HISTORY: &str = "password-history";
