//! Authentication flows and required actions.

use admin::authentication::{config, executions, flows, required_actions};
use admin::permit::{ManageRealm, Permit, ViewRealm};
use admin::refusals::WRONG_TYPE;
use admin::rep::{AUTHENTICATOR_CONFIG, FLOW, REQUIRED_ACTION};
use model::Document;
use serde_json::Value;

use crate::answer::{Answer, Done, done, ok, segment};
use crate::call::Call;

pub(crate) async fn flows(permit: Permit<'_, ViewRealm>, _: &Call) -> Done {
    ok(flows::list(&permit).await?)
}

pub(crate) async fn read_flow(permit: Permit<'_, ViewRealm>, call: &Call) -> Done {
    ok(flows::read(&permit, call.part("flow")).await?)
}

pub(crate) async fn create_flow(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let (id, writes) = flows::create(&permit, &call.object(&FLOW)?).await?;
    Ok((Answer::created(format!("{}/authentication/flows/{id}", call.realm())).no_cache(), writes))
}

pub(crate) async fn update_flow(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(flows::update(&permit, call.part("flow"), &call.object(&FLOW)?).await?)
}

pub(crate) async fn delete_flow(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(flows::delete(&permit, call.part("flow")).await?)
}

pub(crate) async fn copy_flow(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let alias = call.part("flow");
    let (id, writes) = flows::copy(&permit, alias, &any_object(call)?).await?;
    let at = format!("{}/authentication/flows/{}/copy/{id}", call.realm(), segment(alias));
    Ok((Answer::created(at).no_cache(), writes))
}

pub(crate) async fn executions(permit: Permit<'_, ViewRealm>, call: &Call) -> Done {
    ok(executions::list(&permit, call.part("flow")).await?)
}

pub(crate) async fn update_execution(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(executions::update(&permit, call.part("flow"), &any_object(call)?).await?)
}

pub(crate) async fn read_config(permit: Permit<'_, ViewRealm>, call: &Call) -> Done {
    ok(config::read(&permit, call.part("config")).await?)
}

pub(crate) async fn update_config(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(config::update(&permit, call.part("config"), &call.object(&AUTHENTICATOR_CONFIG)?).await?)
}

pub(crate) async fn required_actions(permit: Permit<'_, ViewRealm>, _: &Call) -> Done {
    ok(required_actions::list(&permit).await?)
}

pub(crate) async fn read_action(permit: Permit<'_, ViewRealm>, call: &Call) -> Done {
    ok(required_actions::read(&permit, call.part("action")).await?)
}

pub(crate) async fn update_action(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(required_actions::update(&permit, call.part("action"), &call.object(&REQUIRED_ACTION)?).await?)
}

pub(crate) async fn delete_action(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(required_actions::delete(&permit, call.part("action")).await?)
}

pub(crate) async fn raise_action(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(required_actions::shift(&permit, call.part("action"), true).await?)
}

pub(crate) async fn lower_action(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(required_actions::shift(&permit, call.part("action"), false).await?)
}

fn any_object(call: &Call) -> domain::Result<Document> {
    match call.json()? {
        Value::Object(map) => Ok(Document(map)),
        _ => Err(WRONG_TYPE.into()),
    }
}
