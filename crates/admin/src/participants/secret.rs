//! The secret of a role's client: changed while the one before still counts for a while, and what ends soon.

use domain::{Error, Result, Writes};
use model::{AdminOperation, Client};
use registry::{Change, Moment, Role, Status};
use serde::Deserialize;
use serde_json::{Value, json};

use super::recording::{Done, Recording};
use super::{Members, ROLE, check, roles, sent};
use crate::clients::secret::{EXPIRES, ROTATED, ROTATED_CREATED, ROTATED_EXPIRES};
use crate::clients::{self, service_account};
use crate::permit::{ManageClients, ManageParticipants, Permit, ViewParticipants};
use crate::refusals::FORBIDDEN;

/// How a secret is changed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// Seconds that the secret before still counts.
    #[serde(default = "a_day")]
    grace_seconds: i64,
    /// Days after which the new one ends.
    #[serde(default = "half_a_year")]
    expires_in_days: i64,
}

fn a_day() -> i64 {
    DAY
}

fn half_a_year() -> i64 {
    180
}

/// Changes the secret of a role's client. The answer has the new one, this once.
pub async fn rotate_secret(
    permit: &Permit<'_, ManageParticipants>,
    participant: &str,
    id: &str,
    sent: Members,
) -> Result<(Value, Writes)> {
    let role = roles::find(permit, participant, id).await?;
    let said = Value::Object(sent.clone());
    let rotation: Rotation = sent::read(sent)?;
    if !(0..=LONGEST_GRACE).contains(&rotation.grace_seconds) {
        return Err(check::refuse(format!("graceSeconds: must be 0 to {LONGEST_GRACE}")));
    }
    if !(1..=MOST_DAYS).contains(&rotation.expires_in_days) {
        return Err(check::refuse(format!("expiresInDays: must be 1 to {MOST_DAYS}")));
    }
    roles::goes_on(&role)?;
    let mut client = its_client(permit, &role).await?;
    let (previous_until, expires) = renew(permit, &mut client, &rotation)?;
    let secret = client.doc.string("secret");
    let mut recording = Recording::begin(permit).await?;
    let (store, realm_id) = (permit.store(), permit.realm_id());
    let batch = &mut recording.writes.batch;
    store::clients::update(store, batch, realm_id, &client.id, &client.client_id, &client.doc)?;
    recording.writes.reconfigures = true;
    let moment = |seconds: i64| Moment::from_ms(seconds * 1000);
    let (previous_until, expires) = (previous_until.map(moment), Some(moment(expires)));
    let role = recording.change(&role, Change::SecretRotated { previous_until, expires })?;
    let path = format!("{}/client-secret", roles::path(&role));
    let done = Done { operation: AdminOperation::Action, kind: ROLE, path, sent: said };
    let now = json!({
        "type": "secret",
        "clientId": client.client_id,
        "value": secret,
        "expiresOn": expires,
        "previousUntil": previous_until,
        "head": role.head.digest,
    });
    recording.finish(permit, done, now)
}

/// The role's client, if it has a secret that its bearer may change: who may not change clients changes none by which
/// somebody administers.
async fn its_client(permit: &Permit<'_, ManageParticipants>, role: &Role) -> Result<Client> {
    let found = store::clients::find(permit.store(), permit.realm_id(), &role.settings.client_id).await?;
    let client = found.ok_or_else(|| check::refuse("The role's client isn't there any more"))?;
    clients::check::is_free_to_change(&permit.cx.plan.realm, &client)?;
    if client.public || client.secret().is_none() {
        return Err(check::refuse("The role's client has no secret"));
    }
    match permit.also::<ManageClients>() || service_account::may_be_given(permit, &client).await? {
        true => Ok(client),
        false => Err(Error::from(FORBIDDEN)),
    }
}

/// Gives a client another secret; until which second the one before counts, and the second when the new one ends.
fn renew(
    permit: &Permit<'_, ManageParticipants>,
    client: &mut Client,
    rotation: &Rotation,
) -> Result<(Option<i64>, i64)> {
    let now = permit.cx.now();
    let expired = client.number("client.secret.expiration.time").filter(|until| *until != 0);
    // A secret doesn't count for longer by being changed.
    let grace_end = (now + rotation.grace_seconds).min(expired.unwrap_or(i64::MAX));
    let previous = client.secret().filter(|_| grace_end > now).map(str::to_owned);
    let expires = now + rotation.expires_in_days * DAY;
    clients::secret::put(&mut client.doc, now)?;
    clients::secret::end_rotated(&mut client.doc);
    let mut attributes = client.doc.object("attributes").cloned().unwrap_or_default();
    attributes.insert(EXPIRES.to_owned(), expires.to_string().into());
    let previous_until = previous.map(|previous| {
        attributes.insert(ROTATED.to_owned(), previous.into());
        attributes.insert(ROTATED_CREATED.to_owned(), now.to_string().into());
        attributes.insert(ROTATED_EXPIRES.to_owned(), grace_end.to_string().into());
        grace_end
    });
    client.doc.set("attributes", attributes);
    Ok((previous_until, expires))
}

/// Lists the keys and secrets of roles that end within some days, the soonest first.
pub async fn expiring(permit: &Permit<'_, ViewParticipants>, days: i64) -> Result<Value> {
    if !(0..=MOST_DAYS).contains(&days) {
        return Err(check::refuse(format!("days: must be a number from 0 to {MOST_DAYS}")));
    }
    let (store, realm_id) = (permit.store(), permit.realm_id());
    let now = Moment::from_ms(permit.cx.now_ms);
    let end = Moment::from_ms(permit.cx.now_ms + days * DAY * 1000);
    let mut found: Vec<(Moment, Value)> = Vec::new();
    for row in store::participants::list_all_roles(store, realm_id).await? {
        if row.status == Status::Ended.name() {
            continue;
        }
        let role = permit.cx.oidc.core.role_of_row(realm_id, &row).await?;
        let of = |what: &str, name: &str, value: &str, until: Moment| {
            let ids = json!({"what": what, "participantId": role.participant_id, "roleId": role.id});
            let mut out = ids.as_object().cloned().unwrap_or_default();
            out.insert(name.to_owned(), value.into());
            out.insert("expiresOn".to_owned(), json!(until));
            (until, Value::Object(out))
        };
        let soon = |until: &Moment| *until > now && *until <= end;
        for key in role.keys.iter().filter(|key| key.revoked_since.is_none()) {
            found.extend(key.until().filter(soon).map(|until| of("key", "kid", &key.kid, until)));
        }
        let Some(client) = store::clients::find(store, realm_id, &role.settings.client_id).await? else { continue };
        for (what, name) in [("secret", EXPIRES), ("previous-secret", ROTATED_EXPIRES)] {
            let until = client.number(name).map(|seconds| Moment::from_ms(seconds.saturating_mul(1000)));
            found.extend(until.filter(soon).map(|until| of(what, "clientId", &client.client_id, until)));
        }
    }
    found.sort_by_key(|(until, _)| *until);
    Ok(found.into_iter().map(|(_, one)| one).collect())
}

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Seconds that a secret may count after another took its place, at most.
const LONGEST_GRACE: i64 = 90 * DAY;
/// Days of a secret, and days looked ahead, at most.
const MOST_DAYS: i64 = 3660;
