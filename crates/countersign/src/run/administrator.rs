//! Administrators: the first one, made at the start, and those of the command `bootstrap-admin`.

use std::sync::Arc;

use admin::bootstrap::{self, Bootstrapped};
use domain::{Core, Fresh};

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

/// Makes the realm `master` if there is none, and its first administrator as long as nobody is in it.
pub(super) async fn at_start(config: &Config, core: &Arc<Core>) -> Result<Option<First>, Failure> {
    first(config, core).await.map_err(|error| sentence(&error).into())
}

async fn first(config: &Config, core: &Arc<Core>) -> Result<Option<First>, domain::Error> {
    if bootstrap::master_realm(core).await? {
        tracing::info!("the realm master is made");
    }
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
            bootstrap::user(core, username, password.reveal()).await?;
            tracing::info!(username, "an administrator is made");
            Ok(Some(First { username: username.clone(), password: None }))
        }
        (None, None) if config.development => {
            let password = Secret::new(jose::random::base64url_id(12)?);
            bootstrap::user(core, USUAL_NAME, password.reveal()).await?;
            Ok(Some(First { username: USUAL_NAME.to_owned(), password: Some(password) }))
        }
        (None, Some(_)) => Ok(None),
        (None, None) => {
            tracing::warn!("nobody may administer this server yet: run `countersign bootstrap-admin user`");
            Ok(None)
        }
    }
}

const USUAL_NAME: &str = "admin";
