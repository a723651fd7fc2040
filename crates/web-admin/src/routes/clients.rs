//! Clients.

use admin::clients::default_scopes::{self, How};
use admin::clients::evaluate_scopes::{self, Example};
use admin::clients::{self, Search, secret, service_account, sessions};
use admin::permit::{CreateClients, ManageClients, Permit, QueryClients, ViewClients};
use admin::rep::CLIENT;
use model::AdminOperation;

use crate::answer::{Answer, Done, done, ok};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, QueryClients>, call: &Call) -> Done {
    let (first, max) = call.page(-1)?;
    let search =
        Search { client_id: call.text("clientId").map(str::to_owned), infix: call.flag("search").unwrap_or(false) };
    ok(clients::list(&permit, &search, first, max).await?)
}

pub(crate) async fn create(permit: Permit<'_, CreateClients>, call: &Call) -> Done {
    let (id, writes) = clients::create(&permit, &call.object(&CLIENT)?).await?;
    Ok((Answer::created(format!("{}/clients/{id}", call.realm())), writes))
}

pub(crate) async fn read(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(clients::read(&permit, call.part("client")).await?)
}

pub(crate) async fn update(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    done(clients::update(&permit, call.part("client"), &call.object(&CLIENT)?).await?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let writes = clients::delete(&permit, call.part("client")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn secret(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(secret::read(&permit, call.part("client")).await?)
}

pub(crate) async fn renew_secret(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let (fresh, writes) = secret::renew(&permit, call.part("client")).await?;
    Ok((Answer::result(fresh), writes))
}

pub(crate) async fn rotated_secret(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(secret::rotated(&permit, call.part("client")).await?)
}

pub(crate) async fn end_rotated_secret(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let writes = secret::end(&permit, call.part("client")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn service_account(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(service_account::read(&permit, call.part("client")).await?)
}

pub(crate) async fn session_count(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(sessions::count(&permit, call.part("client"), false).await?)
}

pub(crate) async fn offline_session_count(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(sessions::count(&permit, call.part("client"), true).await?)
}

pub(crate) async fn sessions(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    let (first, max) = call.page(USUAL_PAGE)?;
    ok(sessions::list(&permit, call.part("client"), false, first, max).await?)
}

pub(crate) async fn offline_sessions(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    let (first, max) = call.page(USUAL_PAGE)?;
    ok(sessions::list(&permit, call.part("client"), true, first, max).await?)
}

pub(crate) async fn default_scopes(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(default_scopes::list(&permit, call.part("client"), How::Default).await?)
}

pub(crate) async fn optional_scopes(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(default_scopes::list(&permit, call.part("client"), How::Optional).await?)
}

pub(crate) async fn add_default_scope(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    change_scope(permit, call, How::Default, AdminOperation::Create).await
}

pub(crate) async fn remove_default_scope(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    change_scope(permit, call, How::Default, AdminOperation::Delete).await
}

pub(crate) async fn add_optional_scope(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    change_scope(permit, call, How::Optional, AdminOperation::Create).await
}

pub(crate) async fn remove_optional_scope(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    change_scope(permit, call, How::Optional, AdminOperation::Delete).await
}

async fn change_scope(permit: Permit<'_, ManageClients>, call: &Call, how: How, operation: AdminOperation) -> Done {
    let writes = default_scopes::change(&permit, call.part("client"), call.part("scope"), how, operation).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn example_access_token(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    example(permit, call, Example::Access).await
}

pub(crate) async fn example_id_token(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    example(permit, call, Example::Id).await
}

async fn example(permit: Permit<'_, ViewClients>, call: &Call, example: Example) -> Done {
    let (user, scope) = (call.text("userId").unwrap_or_default(), call.text("scope").unwrap_or_default());
    ok(evaluate_scopes::example(&permit, call.part("client"), user, scope, example).await?)
}

/// Sessions on a page whose length isn't said.
const USUAL_PAGE: i64 = 100;
