//! Participants, their roles and keys.

use admin::participants::{self, Past};
use admin::permit::{ChangeRoles, ManageParticipants, Permit, ViewParticipants};
use admin::refusals::UNTAKEN;
use domain::{Error, Result, Writes};
use serde_json::Value;

use crate::answer::{Answer, Done, ok, segment};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    is_of_now(call, "a list of participants is of now; participants/{id} tells of each what it was")?;
    is_page(call)?;
    let (first, max) = call.page(USUAL_PAGE)?;
    ok(participants::list(&permit, call.text("search").unwrap_or_default(), first, max).await?)
}

pub(crate) async fn count(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    is_of_now(call, "they are counted as they are now")?;
    ok(participants::count(&permit, call.text("search").unwrap_or_default()).await?)
}

pub(crate) async fn create(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    let (id, made, writes) = participants::create(&permit, call.members()?).await?;
    Ok((Answer::created(format!("{}/participants/{id}", call.realm())).with(made).no_cache(), writes))
}

pub(crate) async fn read(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::read(&permit, call.part("participant"), past(call)?).await?)
}

pub(crate) async fn update(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    changed(participants::update(&permit, call.part("participant"), call.members()?).await?)
}

pub(crate) async fn expiring(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    is_of_now(call, "what ends soon is of now, within so many days")?;
    // What is no number is out of bounds, too.
    let days = call.text("days").map_or(USUAL_DAYS, |text| text.parse().unwrap_or(i64::MIN));
    ok(participants::expiring(&permit, days).await?)
}

pub(crate) async fn roles(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::list_roles(&permit, call.part("participant"), past(call)?).await?)
}

pub(crate) async fn create_role(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    let (id, made, writes) = participants::create_role(&permit, call.part("participant"), call.members()?).await?;
    Ok((Answer::created(format!("{}/roles/{id}", at(call))).with(made).no_cache(), writes))
}

pub(crate) async fn read_role(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::read_role(&permit, call.part("participant"), call.part("role"), past(call)?).await?)
}

pub(crate) async fn update_role(permit: Permit<'_, ChangeRoles>, call: &Call) -> Done {
    let (participant, role) = (call.part("participant"), call.part("role"));
    changed(participants::update_role(&permit, participant, role, call.members()?).await?)
}

pub(crate) async fn addresses(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::addresses(&permit, call.part("participant"), call.part("role"), past(call)?).await?)
}

pub(crate) async fn set_addresses(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    let (participant, role) = (call.part("participant"), call.part("role"));
    changed(participants::set_addresses(&permit, participant, role, call.json()?).await?)
}

pub(crate) async fn own_history(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    is_of_now(call, EVER)?;
    let (first, max) = page(call)?;
    ok(participants::participant_history(&permit, call.part("participant"), first, max).await?)
}

pub(crate) async fn history(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    is_of_now(call, EVER)?;
    let (first, max) = page(call)?;
    ok(participants::history(&permit, call.part("participant"), call.part("role"), first, max).await?)
}

pub(crate) async fn rotate_secret(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    let (participant, role) = (call.part("participant"), call.part("role"));
    changed(participants::rotate_secret(&permit, participant, role, call.members()?).await?)
}

pub(crate) async fn keys(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::keys(&permit, call.part("participant"), call.part("role"), past(call)?).await?)
}

pub(crate) async fn jwks(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::jwks(&permit, call.part("participant"), call.part("role"), past(call)?).await?)
}

pub(crate) async fn nonce(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    ok(participants::nonce(&permit, call.part("participant"), call.part("role")).await?)
}

pub(crate) async fn add_key(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    let role = call.part("role");
    let (name, made, writes) = participants::add_key(&permit, call.part("participant"), role, call.members()?).await?;
    let location = format!("{}/roles/{role}/keys/{}", at(call), segment(&name));
    Ok((Answer::created(location).with(made).no_cache(), writes))
}

pub(crate) async fn read_key(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::read_key(&permit, key_of(call), past(call)?).await?)
}

pub(crate) async fn update_key(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    changed(participants::update_key(&permit, key_of(call), call.members()?).await?)
}

pub(crate) async fn networks(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::list_networks(&permit, past(call)?).await?)
}

pub(crate) async fn network_roles(permit: Permit<'_, ViewParticipants>, call: &Call) -> Done {
    ok(participants::network_roles(&permit, call.part("network"), past(call)?).await?)
}

pub(crate) async fn put_into_network(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    changed(participants::put_into_network(&permit, call.part("network"), call.part("role")).await?)
}

pub(crate) async fn take_out_of_network(permit: Permit<'_, ManageParticipants>, call: &Call) -> Done {
    changed(participants::take_out_of_network(&permit, call.part("network"), call.part("role")).await?)
}

fn changed((now, writes): (Value, Writes)) -> Done {
    Ok((Answer::json(now), writes))
}

/// What isn't a number is 404 in Keycloak's own lists, and named here.
fn is_page(call: &Call) -> Result<()> {
    let is_odd = |name: &&str| call.text(name).is_some_and(|text| text.parse::<i64>().is_err());
    match ["first", "max"].iter().find(|name| is_odd(name)) {
        Some(name) => Err(UNTAKEN.describe(format!("{name}: must be a whole number")).into()),
        None => Ok(()),
    }
}

fn page(call: &Call) -> Result<(usize, usize)> {
    is_page(call)?;
    let (first, max) = call.page(USUAL_PAGE)?;
    Ok((usize::try_from(first).unwrap_or(0), usize::try_from(max).unwrap_or(usize::MAX)))
}

fn past(call: &Call) -> Result<Past> {
    let once = |name: &str| match call.all(name).as_slice() {
        [] => Ok(None),
        [""] => Err(Error::from(UNTAKEN.describe(format!("{name}: is empty")))),
        [value] => Ok(Some(*value)),
        _ => Err(Error::from(UNTAKEN.describe(format!("{name}: is there twice")))),
    };
    participants::past(once("at")?, once("asOf")?)
}

/// Refuses a question about the past where the answer wouldn't be one, with the reason.
fn is_of_now(call: &Call, why: &str) -> Result<()> {
    match ["at", "asOf"].iter().find(|name| !call.all(name).is_empty()) {
        Some(name) => Err(UNTAKEN.describe(format!("{name}: can't be asked here, {why}")).into()),
        None => Ok(()),
    }
}

/// Why a history has no past of its own.
const EVER: &str = "a history has every record, each with its time";

fn key_of(call: &Call) -> (&str, &str, &str) {
    (call.part("participant"), call.part("role"), call.part("key"))
}

/// Where the participant of a path is.
fn at(call: &Call) -> String {
    format!("{}/participants/{}", call.realm(), segment(call.part("participant")))
}

/// Things on a page whose length isn't said.
const USUAL_PAGE: i64 = 100;
/// Days looked ahead where nobody says how many.
const USUAL_DAYS: i64 = 30;
