//! Administrators: the first one, made at the start, and those of the command `bootstrap-admin`.

use std::sync::Arc;

use admin::bootstrap::{self, Bootstrapped};
use domain::{Core, Error, Fresh};

use super::sentence;
use crate::commands::{Administrator, Failure};
use crate::config::{Config, Secret};
use crate::wire;

/// A person who was made an administrator at the start.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct First {
    pub(super) username: String,
    /// Given only where it was made up here.
    pub(super) password: Option<Secret>,
}

pub(super) async fn command(config: Config, administrator: Administrator) -> Result<(), Failure> {
    let core = wire::core(&config).await?;
    let (what, name, made) = match &administrator {
        Administrator::User { username, password } => {
            ("user", username, bootstrap::user(&core, username, password.reveal()).await)
        }
        Administrator::Service { client_id, secret } => {
            ("client", client_id, bootstrap::service(&core, client_id, secret.reveal()).await)
        }
    };
    match made.map_err(|error| sentence(&error))? {
        Bootstrapped::Made => {
            tracing::info!(name, "the {what} is made, and may administer all realms");
            Ok(())
        }
        Bootstrapped::WasThere => {
            Err(format!("the realm master has a {what} {name} already; take another name").into())
        }
    }
}

/// Makes the realm `master` if there is none.
pub(super) async fn ensure_master(core: &Arc<Core>) -> Result<(), Failure> {
    match bootstrap::master_realm(core).await {
        Ok(true) => tracing::info!("the realm master is made"),
        // Refused where another node made it at the same moment.
        Ok(false) | Err(Error::Refused(_)) => {}
        Err(error) => return Err(sentence(&error).into()),
    }
    Ok(())
}

/// Makes the first administrator, as long as nobody is in the realm `master`.
pub(super) async fn at_start(config: &Config, core: &Arc<Core>) -> Result<Option<First>, Failure> {
    let made = first(config, core).await.map_err(|error| sentence(&error))?;
    if let Some(first) = &made {
        tracing::info!(username = first.username, "the first administrator is made");
    }
    Ok(made)
}

/// The administrator that was made here, if one was.
async fn first(config: &Config, core: &Arc<Core>) -> Result<Option<First>, Error> {
    let Some(master) = core.plan(admin::MASTER, Fresh::Now).await? else { return Ok(None) };
    if !store::users::page_after(&core.store, &master.realm.id, "", 1).await?.is_empty() {
        return Ok(None);
    }
    let wanted = &config.bootstrap;
    if let Some(client) = &wanted.service {
        bootstrap::service(core, &client.client_id, client.secret.reveal()).await?;
        tracing::info!(client = client.client_id, "a client is made that may administer all realms");
    }
    match (&wanted.user, &wanted.service) {
        (Some((username, password)), _) => {
            let made = bootstrap::user(core, username, password.reveal()).await?;
            Ok((made == Bootstrapped::Made).then(|| First { username: username.clone(), password: None }))
        }
        (None, None) if config.development => {
            let password = Secret::new(jose::random::base64url_id(12)?);
            let made = bootstrap::user(core, USUAL_NAME, password.reveal()).await?;
            // Another node's password is not ours to show.
            Ok((made == Bootstrapped::Made)
                .then(|| First { username: USUAL_NAME.to_owned(), password: Some(password) }))
        }
        (None, Some(_)) => Ok(None),
        (None, None) => {
            tracing::warn!("nobody may administer this server yet: run `countersign bootstrap-admin user`");
            Ok(None)
        }
    }
}

const USUAL_NAME: &str = "admin";
