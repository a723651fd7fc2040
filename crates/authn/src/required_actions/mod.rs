//! Required actions: what a user must do after the proof and before the way back to the client [KC 6.2].
//!
//! One file with one [`Action`] and one line in [`ACTIONS`]. An action that a user must do and that isn't there ends the
//! login with a page that says so: nobody slips past one.

mod consent;
mod update_password;
mod update_profile;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::{Person, Result};
use oidc::{Cx, Form};

use crate::face::Challenge;
use crate::flow::Attempt;

/// How a form of an action ended.
pub enum Done {
    /// The user may go on.
    Yes,
    /// The page again.
    Again(Box<Challenge>),
    /// The user said no: the client is told.
    Denied,
}

/// An action's boxed future.
pub type Acting<'a> = Pin<Box<dyn Future<Output = Result<Done>> + Send + 'a>>;

/// A required action.
pub struct Action {
    /// Keycloak's alias.
    pub alias: &'static str,
    /// Whether it comes up for a user by itself, besides being on their list.
    pub due: fn(&Cx<'_>, &Attempt<'_>, &Person) -> bool,
    /// Its page.
    pub ask: fn(&Cx<'_>, &Attempt<'_>, &Person) -> Challenge,
    /// On the form that its page sent.
    pub submit: for<'a> fn(&'a Cx<'a>, &'a mut Attempt<'_>, Arc<Person>, &'a Form) -> Acting<'a>,
}

/// Every action.
pub const ACTIONS: &[&Action] = &[&update_password::ACTION, &update_profile::UPDATE, &update_profile::VERIFY];

/// The action of an alias.
pub fn find(alias: &str) -> Option<&'static Action> {
    if alias == consent::ACTION.alias {
        return Some(&consent::ACTION);
    }
    ACTIONS.iter().copied().find(|a| a.alias == alias)
}

/// What comes next for a user.
pub enum Next {
    /// Nothing.
    Nothing,
    /// An action of ours.
    Action(&'static Action),
    /// One that isn't there.
    Unknown(String),
}

/// The first thing that a user must still do; consent comes last.
pub async fn next(cx: &Cx<'_>, attempt: &mut Attempt<'_>, person: &Person) -> Result<Next> {
    for configured in cx.plan.required_actions.iter().filter(|a| a.enabled) {
        let listed = person.user.required_actions.contains(&configured.alias);
        match find(&configured.alias) {
            Some(action) if listed || (action.due)(cx, attempt, person) => return Ok(Next::Action(action)),
            None if listed => return Ok(Next::Unknown(configured.alias.clone())),
            _ => {}
        }
    }
    if cx.plan.realm.verify_email && !person.user.email_verified {
        return Ok(Next::Unknown("VERIFY_EMAIL".to_owned()));
    }
    match consent::is_due(cx, attempt, person).await? {
        true => Ok(Next::Action(&consent::ACTION)),
        false => Ok(Next::Nothing),
    }
}
