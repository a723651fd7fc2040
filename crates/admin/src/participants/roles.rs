//! Participant roles: applied for, read, changed, approved, ended.

use std::sync::Arc;

use domain::network::Network;
use domain::{Error, Fault, Result, Writes, ids};
use jose::Algorithm;
use model::{AdminOperation, Client, Document};
use registry::{Change, Moment, Role, Settings, Status};
use serde_json::{Value, json};

use super::recording::{Done, Recording};
use super::{Members, Past, ROLE, as_seen, check, history, new_id, sent, shown};
use crate::clients;
use crate::permit::{
    ApproveParticipants, ChangeRoles, CreateClients, ManageClients, ManageParticipants, Permission, Permit,
    ViewParticipants,
};
use crate::refusals::{FORBIDDEN, PARTICIPANT_ROLE_NOT_FOUND};

/// Lists a participant's roles.
pub async fn list_roles(permit: &Permit<'_, ViewParticipants>, participant: &str) -> Result<Value> {
    super::find(permit, participant).await?;
    let rows = store::participants::list_roles(permit.store(), permit.realm_id(), participant).await?;
    let mut out = Vec::new();
    for row in &rows {
        out.push(shown::role(&*permit.cx.oidc.core.role_of_row(permit.realm_id(), row).await?));
    }
    Ok(out.into())
}

/// Reads a role, as it is or as it was.
pub async fn read_role(
    permit: &Permit<'_, ViewParticipants>,
    participant: &str,
    id: &str,
    past: Past,
) -> Result<Value> {
    let role = history::role(permit, participant, id, past.as_of).await?;
    let Some(at) = past.at else { return Ok(shown::role(&role)) };
    // Settings hold from their record on.
    let by_then = Some(past.as_of.map_or(at, |as_of| as_of.min(at)));
    let mut then = Role::clone(&role);
    then.settings = history::role(permit, participant, id, by_then).await?.settings.clone();
    Ok(shown::role_at(&then, at))
}

/// Reads the addresses that a role's messages may come from.
pub async fn addresses(permit: &Permit<'_, ViewParticipants>, participant: &str, id: &str) -> Result<Value> {
    Ok(json!(find(permit, participant, id).await?.settings.addresses))
}

/// Registers a role: it is `APPLIED`. Its id, and what there is now, with the secret of a client that was made for it.
pub async fn create_role(
    permit: &Permit<'_, ManageParticipants>,
    participant: &str,
    mut sent: Members,
) -> Result<(String, Value, Writes)> {
    super::find(permit, participant).await?;
    let said = Value::Object(sent.clone());
    let id = new_id(permit, sent::take_text(&mut sent, "id")?).await?;
    if id == participant {
        return Err(check::taken("id: is the participant's own"));
    }
    let creates = sent::take_flag(&mut sent, "createClient")?;
    let settings: Settings = sent::read(sent)?;
    check::settings(network(permit)?, &settings)?;
    is_nobodys(permit, &settings.client_id).await?;
    let (secret, made) = match creates {
        true => make_client(permit, &settings.client_id).await.map(|(secret, writes)| (Some(secret), writes))?,
        false => {
            may_take(permit, &settings.client_id).await?;
            (None, Writes::default())
        }
    };
    let mut recording = Recording::begin(permit).await?;
    recording.writes.append(made);
    let role = recording.apply(&id, participant, settings)?;
    let path = path(&role);
    let done = Done { operation: AdminOperation::Create, kind: ROLE, path, sent: said };
    let (mut now, writes) = recording.finish(permit, done, shown::role(&role))?;
    if let (Some(secret), Some(members)) = (secret, now.as_object_mut()) {
        members.insert("clientSecret".to_owned(), secret.into());
    }
    Ok((id, now, writes))
}

/// Changes the members sent; settings and approval each need their own right.
pub async fn update_role(
    permit: &Permit<'_, ChangeRoles>,
    participant: &str,
    id: &str,
    mut sent: Members,
) -> Result<(Value, Writes)> {
    let seen = find(permit, participant, id).await?;
    let said = Value::Object(sent.clone());
    as_seen(&mut sent, id, &seen.head)?;
    let status = sent::take_text(&mut sent, "participantRoleStatus")?;
    let reason = sent::take_text(&mut sent, "reason")?;
    reason.as_deref().map_or(Ok(()), |reason| check::text("reason", reason))?;
    for shown in SHOWN {
        sent.shift_remove(*shown);
    }
    let settings = sent::merged(&seen.settings, sent)?;
    let status = status.map(|name| Status::parse(&name).ok_or_else(|| check::refuse(statuses()))).transpose()?;
    let status = status.filter(|status| *status != seen.status());
    if settings != seen.settings {
        let Some(manage) = permit.narrowed::<ManageParticipants>() else { return Err(FORBIDDEN.into()) };
        check_change(&manage, &seen, &settings).await?;
    }
    if let Some(next) = status {
        if !permit.also::<ApproveParticipants>() {
            return Err(FORBIDDEN.into());
        }
        if !seen.status().may_become(next) {
            let (from, to) = (seen.status().name(), next.name());
            return Err(check::refuse(format!("participantRoleStatus: {from} can't become {to}")));
        }
    }
    let mut recording = Recording::begin(permit).await?;
    let mut role = Role::clone(&seen);
    if settings != seen.settings {
        role = recording.change(&role, Change::RoleStated { role: settings })?;
    }
    if let Some(status) = status {
        if status == Status::Ended {
            role = end_credentials(permit, &mut recording, role).await?;
        }
        role = recording.change(&role, Change::StatusChanged { status, reason })?;
    }
    let done = Done { operation: AdminOperation::Update, kind: ROLE, path: path(&role), sent: said };
    let mut now = shown::role(&role);
    warn(network(permit)?, &role, Moment::from_ms(permit.cx.now_ms), &mut now);
    recording.finish(permit, done, now)
}

/// Says in an answer where no message of a role can pass: with keys, and none that its profile takes. It is no refusal,
/// since whoever goes over to another profile begins with the one or the other.
pub(super) fn warn(network: &Network, role: &Role, now: Moment, answer: &mut Value) {
    let counting: Vec<&registry::Key> =
        role.keys.iter().filter(|key| key.revoked_since.is_none() && key.until().is_none_or(|end| end > now)).collect();
    let Some(profile) = network.profiles.find(&role.settings.profile) else { return };
    let fits = |key: &&registry::Key| {
        let algorithms = profile.algorithms.iter().filter_map(|name| Algorithm::parse(name));
        algorithms.into_iter().any(|algorithm| key.verifying().serves(algorithm))
    };
    if counting.is_empty() || counting.iter().any(fits) {
        return;
    }
    let kids: Vec<&str> = counting.iter().map(|key| key.kid.as_str()).collect();
    let (kids, name, algorithms) = (kids.join(", "), &profile.name, profile.algorithms.join(", "));
    let warning =
        format!("No message can pass: the profile {name} takes {algorithms}, and no key is one for that ({kids})");
    if let Some(members) = answer.as_object_mut() {
        members.insert("warnings".to_owned(), json!([warning]));
    }
}

/// Replaces the addresses that a role's messages may come from.
pub async fn set_addresses(
    permit: &Permit<'_, ManageParticipants>,
    participant: &str,
    id: &str,
    addresses: Value,
) -> Result<(Value, Writes)> {
    let seen = find(permit, participant, id).await?;
    let sent = Members::from_iter([("addresses".to_owned(), addresses)]);
    restate(permit, &seen, sent::merged(&seen.settings, sent)?).await
}

/// Records other settings of a role, if they are others.
pub(super) async fn restate(
    permit: &Permit<'_, ManageParticipants>,
    seen: &Role,
    settings: Settings,
) -> Result<(Value, Writes)> {
    let said = json!(settings);
    check_change(permit, seen, &settings).await?;
    let mut recording = Recording::begin(permit).await?;
    let role = match settings == seen.settings {
        true => seen.clone(),
        false => recording.change(seen, Change::RoleStated { role: settings })?,
    };
    let done = Done { operation: AdminOperation::Update, kind: ROLE, path: path(&role), sent: said };
    recording.finish(permit, done, shown::role(&role))
}

/// Offboarding: the client is disabled and every key ends, at this moment; what they were stays.
async fn end_credentials(permit: &Permit<'_, ChangeRoles>, recording: &mut Recording, mut role: Role) -> Result<Role> {
    let now = Moment::from_ms(permit.cx.now_ms);
    let counts_on = |key: &&registry::Key| key.until().is_none_or(|until| until > now);
    let kids: Vec<String> = role.keys.iter().filter(counts_on).map(|key| key.kid.clone()).collect();
    for kid in kids {
        role = recording.change(&role, Change::KeyEnded { kid, at: now })?;
    }
    let (store, realm_id) = (permit.store(), permit.realm_id());
    if let Some(mut client) = store::clients::find(store, realm_id, &role.settings.client_id).await? {
        client.doc.set("enabled", false);
        // Whoever enables it again for something else brings no credentials of the participant back.
        if client.secret().is_some() {
            clients::secret::put(&mut client.doc, permit.cx.now())?;
            clients::secret::end_rotated(&mut client.doc);
        }
        let batch = &mut recording.writes.batch;
        store::clients::update(store, batch, realm_id, &client.id, &client.client_id, &client.doc)?;
        recording.writes.reconfigures = true;
    }
    Ok(role)
}

/// A participant's role.
pub(super) async fn find<P: Permission>(permit: &Permit<'_, P>, participant: &str, id: &str) -> Result<Arc<Role>> {
    let found = permit.cx.oidc.core.participant_role(permit.realm_id(), id).await?;
    let found = found.filter(|role| role.participant_id == participant);
    found.ok_or_else(|| Error::from(PARTICIPANT_ROLE_NOT_FOUND))
}

/// Refuses a change of a role that has ended.
pub(super) fn goes_on(role: &Role) -> Result<()> {
    match role.status() {
        Status::Ended => Err(check::refuse("The role has ended: nothing of it changes any more")),
        _ => Ok(()),
    }
}

/// Where a role is, below the realm.
pub(super) fn path(role: &Role) -> String {
    format!("participants/{}/roles/{}", role.participant_id, role.id)
}

async fn check_change(permit: &Permit<'_, ManageParticipants>, seen: &Role, settings: &Settings) -> Result<()> {
    goes_on(seen)?;
    check::settings(network(permit)?, settings)?;
    if settings.client_id != seen.settings.client_id {
        is_nobodys(permit, &settings.client_id).await?;
        may_take(permit, &settings.client_id).await?;
    }
    Ok(())
}

pub(super) fn network<'p, P: Permission>(permit: &'p Permit<'_, P>) -> Result<&'p Network> {
    let network = permit.cx.plan.network.as_ref();
    network.ok_or_else(|| Fault::new("a realm without participants").into())
}

/// Refuses a client that is another role's.
async fn is_nobodys<P: Permission>(permit: &Permit<'_, P>, client_id: &str) -> Result<()> {
    match store::participants::find_role_of(permit.store(), permit.realm_id(), client_id).await? {
        Some(row) => Err(check::taken(format!("The client {client_id} is that of the role {}", row.id))),
        None => Ok(()),
    }
}

/// Whether a client that is there may become a role's: then its secret can be rotated and it can be disabled, which is
/// for those who may change clients; and those of the realm itself are nobody's.
async fn may_take(permit: &Permit<'_, ManageParticipants>, client_id: &str) -> Result<Client> {
    if !permit.also::<ManageClients>() {
        let why = "Taking a client that is there already needs the role manage-clients, too";
        return Err(FORBIDDEN.describe(why).into());
    }
    let found = store::clients::find(permit.store(), permit.realm_id(), client_id).await?;
    let client = found.ok_or_else(|| check::refuse(format!("clientId: there is no client {client_id}")))?;
    match clients::check::is_the_realms(&permit.cx.plan.realm, &client) || client.doc.flag("bearerOnly") {
        true => Err(check::refuse(format!("clientId: {client_id} is no client that a participant could use"))),
        false => Ok(client),
    }
}

/// Makes a role's client: confidential, with a service account, for no other flow. Who may register a role may have its
/// client made, since of all its settings none is theirs to choose.
async fn make_client(permit: &Permit<'_, ManageParticipants>, client_id: &str) -> Result<(String, Writes)> {
    let secret = ids::client_secret()?;
    let client = Document::from_value(json!({
        "clientId": client_id,
        "secret": secret,
        "publicClient": false,
        "serviceAccountsEnabled": true,
        "standardFlowEnabled": false,
        "implicitFlowEnabled": false,
        "directAccessGrantsEnabled": false,
    }));
    let (_, writes) = clients::create(&permit.widened::<CreateClients>(), &client).await?;
    Ok((secret, writes))
}

fn statuses() -> String {
    let names: Vec<&str> = Status::ALL.iter().map(|status| status.name()).collect();
    format!("participantRoleStatus: must be one of {}", names.join(", "))
}

/// Members that are shown and follow from others.
const SHOWN: &[&str] =
    &["participantId", "isApproved", "approvedBy", "approvedOn", "createdOn", "updatedOn", "warnings"];
