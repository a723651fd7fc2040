//! Client scopes.

use admin::client_scopes;
use admin::clients::default_scopes::How;
use admin::permit::{ManageClients, ManageRealm, Permit, ViewClients, ViewRealm};
use admin::rep::CLIENT_SCOPE;
use model::AdminOperation;

use crate::answer::{Answer, Done, done, ok};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, ViewClients>, _: &Call) -> Done {
    ok(client_scopes::list(&permit).await?)
}

pub(crate) async fn read(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(client_scopes::read(&permit, call.part("scope")).await?)
}

pub(crate) async fn create(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let (id, writes) = client_scopes::create(&permit, &call.object(&CLIENT_SCOPE)?)?;
    Ok((Answer::created(format!("{}/client-scopes/{id}", call.realm())).no_cache(), writes))
}

pub(crate) async fn update(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    done(client_scopes::update(&permit, call.part("scope"), &call.object(&CLIENT_SCOPE)?).await?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let writes = client_scopes::delete(&permit, call.part("scope")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn defaults(permit: Permit<'_, ViewRealm>, _: &Call) -> Done {
    ok(client_scopes::defaults(&permit, How::Default))
}

pub(crate) async fn optionals(permit: Permit<'_, ViewRealm>, _: &Call) -> Done {
    ok(client_scopes::defaults(&permit, How::Optional))
}

pub(crate) async fn add_default(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    Ok((
        Answer::no_content().no_cache(),
        client_scopes::change_defaults(&permit, call.part("scope"), How::Default, AdminOperation::Create)?,
    ))
}

pub(crate) async fn remove_default(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    Ok((
        Answer::no_content().no_cache(),
        client_scopes::change_defaults(&permit, call.part("scope"), How::Default, AdminOperation::Delete)?,
    ))
}

pub(crate) async fn add_optional(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    Ok((
        Answer::no_content().no_cache(),
        client_scopes::change_defaults(&permit, call.part("scope"), How::Optional, AdminOperation::Create)?,
    ))
}

pub(crate) async fn remove_optional(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    Ok((
        Answer::no_content().no_cache(),
        client_scopes::change_defaults(&permit, call.part("scope"), How::Optional, AdminOperation::Delete)?,
    ))
}
