//! Mails that ask a user to do something. No mail is sent yet: whoever asks is told so.

use domain::{Error, Result, Writes};
use model::User;

use crate::permit::{ManageUsers, Permit};
use crate::refusals;

/// Asks a user to do some required actions.
pub async fn execute_actions(permit: &Permit<'_, ManageUsers>, user_id: &str) -> Result<Writes> {
    addressee(permit, user_id).await?;
    Err(refusals::MAIL_NOT_SENT.into())
}

/// Asks a user to prove their address.
pub async fn verify(permit: &Permit<'_, ManageUsers>, user_id: &str) -> Result<Writes> {
    addressee(permit, user_id).await?;
    Err(refusals::VERIFY_NOT_SENT.into())
}

async fn addressee(permit: &Permit<'_, ManageUsers>, user_id: &str) -> Result<User> {
    let user = super::find(permit, user_id).await?;
    if user.email.is_none() {
        return Err(Error::from(refusals::USER_WITHOUT_MAIL));
    }
    if !user.enabled {
        return Err(refusals::USER_IS_DISABLED.into());
    }
    Ok(user)
}
