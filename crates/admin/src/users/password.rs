//! New passwords: judged by the realm's policy, hashed as it wants, the earlier ones kept as far as it asks.

use domain::credentials::{HashError, PasswordHash};
use domain::password_policy::{Earlier, NoBlacklists, Subject, Violation};
use domain::passwords::stored_password;
use domain::{Error, Fault, Refusal, Result, Writes};
use model::{Credential, Document, User};

use crate::permit::{ManageUsers, Permit};
use crate::refusals;

/// The credentials that a new user's representation gives: passwords, plain.
pub(super) async fn of_representation(
    permit: &Permit<'_, ManageUsers>,
    user: &mut User,
    sent: &Document,
) -> Result<Vec<Credential>> {
    let mut out = Vec::new();
    for given in sent.list("credentials") {
        let given = Document::from_value(given.clone());
        let (Some(value), true) = (given.text("value"), given.text("type").is_none_or(|t| t == KIND)) else { continue };
        judge(permit, user, value)?;
        out.push(permit.cx.core().make_password(&permit.cx.plan, value).await?);
        if given.flag("temporary") && !user.required_actions.iter().any(|a| a == UPDATE_PASSWORD) {
            user.required_actions.push(UPDATE_PASSWORD.to_owned());
        }
    }
    Ok(out)
}

/// Gives a user another password.
pub(super) async fn replace(
    permit: &Permit<'_, ManageUsers>,
    user: &User,
    password: &str,
    writes: &mut Writes,
) -> Result<()> {
    judge(permit, user, password)?;
    let all = store::users::credentials(permit.store(), &user.id).await?;
    let mut earlier: Vec<&Credential> = all.iter().filter(|c| c.kind == KIND || c.kind == HISTORY).collect();
    earlier.sort_by_key(|c| (c.kind != KIND, -c.doc.int_or("createdDate", 0)));
    judge_earlier(permit, &earlier, password).await?;
    let mut fresh = permit.cx.core().make_password(&permit.cx.plan, password).await?;
    if let Some(current) = earlier.first().filter(|c| c.kind == KIND) {
        fresh.id.clone_from(&current.id);
        fresh.position = current.position;
        if let Some(label) = current.doc.text("userLabel") {
            fresh.doc.set("userLabel", label);
        }
        store::users::update_credential(permit.store(), &mut writes.batch, &fresh)?;
    } else {
        store::users::insert_credential(permit.store(), &mut writes.batch, &user.id, &fresh)?;
    }
    keep_earlier(permit, user, &earlier, writes)
}

/// Keeps the replaced password, as far as the policy compares with it, and lets go of those it no longer does.
fn keep_earlier(
    permit: &Permit<'_, ManageUsers>,
    user: &User,
    earlier: &[&Credential],
    writes: &mut Writes,
) -> Result<()> {
    let policy = &permit.cx.plan.password_policy;
    for (back, credential) in (1..).zip(earlier) {
        let keeps = read(credential).is_some_and(|e| policy.keeps(back, &e, permit.cx.now()));
        if credential.kind == KIND && keeps {
            let mut kept = (*credential).clone();
            kept.id = domain::ids::uuid()?;
            HISTORY.clone_into(&mut kept.kind);
            store::users::insert_credential(permit.store(), &mut writes.batch, &user.id, &kept)?;
        } else if credential.kind == HISTORY && !keeps {
            store::users::delete_credential(&mut writes.batch, &user.id, &credential.id);
        }
    }
    Ok(())
}

fn judge(permit: &Permit<'_, ManageUsers>, user: &User, password: &str) -> Result<()> {
    if password.trim().is_empty() {
        return Err(refusals::EMPTY_PASSWORD.into());
    }
    let subject = Subject { username: &user.username, email: user.email.as_deref(), blacklists: &NoBlacklists };
    permit.cx.plan.password_policy.check(&subject, password).map_err(|violation| refuse(&violation))
}

async fn judge_earlier(permit: &Permit<'_, ManageUsers>, earlier: &[&Credential], password: &str) -> Result<()> {
    let earlier: Vec<Earlier> = earlier.iter().filter_map(|c| read(c)).collect();
    let (policy, now) = (permit.cx.plan.clone(), permit.cx.now());
    let password = password.to_owned();
    let judged = permit.cx.core().hasher.run(move |scratch| {
        policy.password_policy.check_earlier(&earlier, now, |hash| hash.verify(&password, scratch).unwrap_or(false))
    });
    match judged.await {
        Ok(verdict) => verdict.map_err(|violation| refuse(&violation)),
        Err(error @ HashError::Busy) => Err(Fault::unavailable(error).into()),
        Err(error) => Err(Fault::new(error).into()),
    }
}

fn read(credential: &Credential) -> Option<Earlier> {
    let hash = PasswordHash::parse(&stored_password(credential)).ok()?;
    Some(Earlier { hash, set_at: credential.doc.int_or("createdDate", 0) / 1000 })
}

fn refuse(violation: &Violation) -> Error {
    Refusal::new(400, violation.message_key, "", "").describe(violation.english.clone()).into()
}

/// What a user must do whose password is temporary.
pub(super) const UPDATE_PASSWORD: &str = "UPDATE_PASSWORD";
/// The kind of the credential that counts.
pub(super) const KIND: &str = "password";
/// The kind of those that are kept for comparison.
pub(super) const HISTORY: &str = "password-history";
