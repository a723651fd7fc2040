//! `participants`: the registry of a realm, kept by the operations of the Admin API.

use std::sync::Arc;

use admin::participants::{self, Past};
use admin::permit::{Administrator, ChangeRoles, ManageParticipants, Permission, Permit, ViewParticipants};
use domain::{RequestFacts, Writes};
use oidc::Cx;
use serde_json::Value;

use crate::commands::{Failure, RegistryRequest, RegistryWish, Then};
use crate::config::Config;
use crate::{cli, wire};

pub(super) async fn command(config: Config, request: RegistryRequest) -> Result<(), Failure> {
    let core = wire::core(&config).await?;
    let app = wire::app(&config, Arc::clone(&core));
    let facts = RequestFacts {
        base: String::new(),
        ip: String::new(),
        secure: true,
        id: "command-line".to_owned(),
        certificate: None,
    };
    let who = &Administrator::at_the_command_line();
    let wish = &request.wish;
    let done = app.work(&request.realm, &facts, |cx| Box::pin(answer(cx, who, wish))).await;
    // The server that starts next need not wait for this process's leases to end.
    core.release_ledgers().await.map_err(|error| super::sentence(&error))?;
    let told = done.map_err(|failure| sentence(failure, &request.realm))?;
    cli::show(&format!("{told:#}\n"));
    Ok(())
}

fn sentence(failure: web::Failure, realm: &str) -> String {
    match failure {
        web::Failure::NoRealm => format!("there is no realm {realm}"),
        web::Failure::Refused(refusal) if refusal.status == 404 && refusal.description.starts_with("HTTP") => {
            format!("the realm {realm} has no participants: its attribute countersign.participants is not true")
        }
        web::Failure::Refused(refusal) => refusal.description.into_owned(),
        web::Failure::Unavailable => "the database is away, or others changed the same at the same moment".to_owned(),
        web::Failure::Broken => "this went wrong; the log says why".to_owned(),
    }
}

async fn answer(cx: Cx<'_>, who: &Administrator, wish: &RegistryWish) -> domain::Result<(Value, Writes)> {
    let read = |value| (value, Writes::default());
    let view = permit::<ViewParticipants>(&cx, who)?;
    let manage = permit::<ManageParticipants>(&cx, who)?;
    match wish {
        RegistryWish::List(search, first, max) => participants::list(&view, search, *first, *max).await.map(read),
        RegistryWish::Show(id, then) => {
            let past = past(then)?;
            let shown = participants::read(&view, id, past).await?;
            Ok(read(with(shown, "roles", participants::list_roles(&view, id, past).await?)))
        }
        RegistryWish::Create(sent) => {
            let (_, now, writes) = participants::create(&manage, sent.clone()).await?;
            Ok((now, writes))
        }
        RegistryWish::Update(id, sent) => participants::update(&manage, id, sent.clone()).await,
        RegistryWish::Expiring(days) => participants::expiring(&view, *days).await.map(read),
        RegistryWish::Networks(then) => participants::list_networks(&view, past(then)?).await.map(read),
        RegistryWish::Roles(id, then) => participants::list_roles(&view, id, past(then)?).await.map(read),
        RegistryWish::ShowRole(of, then) => {
            let past = past(then)?;
            let shown = participants::read_role(&view, &of.participant, &of.role, past).await?;
            let keys = participants::keys(&view, &of.participant, &of.role, past).await?;
            Ok(read(with(shown, "keys", keys)))
        }
        RegistryWish::AddRole(id, sent) => {
            let (_, now, writes) = participants::create_role(&manage, id, sent.clone()).await?;
            Ok((now, writes))
        }
        RegistryWish::UpdateRole(of, sent) => {
            let change = permit::<ChangeRoles>(&cx, who)?;
            participants::update_role(&change, &of.participant, &of.role, sent.clone()).await
        }
        RegistryWish::History(id, None) => participants::participant_history(&view, id, 0, usize::MAX).await.map(read),
        RegistryWish::History(id, Some(role)) => participants::history(&view, id, role, 0, usize::MAX).await.map(read),
        RegistryWish::NetworkRoles(network, then) => {
            participants::network_roles(&view, network, past(then)?).await.map(read)
        }
        RegistryWish::Network(network, role, true) => participants::put_into_network(&manage, network, role).await,
        RegistryWish::Network(network, role, false) => participants::take_out_of_network(&manage, network, role).await,
        RegistryWish::Jwks(of, then) => {
            participants::jwks(&view, &of.participant, &of.role, past(then)?).await.map(read)
        }
        RegistryWish::RotateSecret(of, sent) => {
            participants::rotate_secret(&manage, &of.participant, &of.role, sent.clone()).await
        }
        RegistryWish::Keys(of, then) => {
            participants::keys(&view, &of.participant, &of.role, past(then)?).await.map(read)
        }
        RegistryWish::Nonce(of) => participants::nonce(&manage, &of.participant, &of.role).await.map(read),
        RegistryWish::AddKey(of, sent) => {
            let (_, now, writes) = participants::add_key(&manage, &of.participant, &of.role, sent.clone()).await?;
            Ok((now, writes))
        }
        RegistryWish::UpdateKey(of, kid, sent) => {
            participants::update_key(&manage, (&of.participant, &of.role, kid), sent.clone()).await
        }
    }
}

fn past(then: &Then) -> domain::Result<Past> {
    participants::past(then.at.as_deref(), then.as_of.as_deref())
}

/// What is shown, with a member more.
fn with(mut shown: Value, member: &str, value: Value) -> Value {
    if let Some(members) = shown.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
    shown
}

fn permit<'a, P: Permission>(cx: &Cx<'a>, who: &'a Administrator) -> domain::Result<Permit<'a, P>> {
    Permit::check(cx.clone(), who)
}
