//! Roles of the realm, of clients, and by their ids.

use admin::permit::{AnyAdministrator, Permit};
use admin::rep::ROLE;
use admin::roles::{self, Container, OverRoles, Parts, by_id};
use model::AdminOperation;

use crate::answer::{Answer, Done, done, ok, segment};
use crate::call::Call;

async fn container<P: OverRoles>(permit: &Permit<'_, P>, call: &Call) -> domain::Result<Container> {
    Container::find(permit, Some(call.part("client")).filter(|client| !client.is_empty())).await
}

pub(crate) async fn list<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    let container = container(&permit, call).await?;
    let brief = call.flag("briefRepresentation").unwrap_or(true);
    let search = call.text("search").unwrap_or_default();
    ok(roles::list(&permit, &container, search, call.page(-1)?, brief).await?)
}

pub(crate) async fn create<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    let container = container(&permit, call).await?;
    let (name, writes) = roles::create(&permit, &container, &call.object(&ROLE)?).await?;
    let place = match call.part("client") {
        "" => call.realm(),
        client => format!("{}/clients/{client}", call.realm()),
    };
    Ok((Answer::created(format!("{place}/roles/{}", segment(&name))), writes))
}

pub(crate) async fn read<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    let container = container(&permit, call).await?;
    ok(roles::read(&permit, &container, call.part("role")).await?)
}

pub(crate) async fn update<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    let container = container(&permit, call).await?;
    done(roles::update(&permit, &container, call.part("role"), &call.object(&ROLE)?).await?)
}

pub(crate) async fn delete<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    let container = container(&permit, call).await?;
    let writes = roles::delete(&permit, &container, call.part("role")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn users<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    let container = container(&permit, call).await?;
    let brief = call.flag("briefRepresentation").unwrap_or(false);
    ok(roles::users(&permit, &container, call.part("role"), call.page(USUAL_PAGE)?, brief).await?)
}

pub(crate) async fn groups<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    let container = container(&permit, call).await?;
    ok(roles::groups(&permit, &container, call.part("role")).await?)
}

pub(crate) async fn composites<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    parts(permit, call, Parts::All).await
}

pub(crate) async fn realm_composites<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    parts(permit, call, Parts::Realm).await
}

pub(crate) async fn client_composites<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    parts(permit, call, Parts::Client(call.part("other"))).await
}

async fn parts<P: OverRoles>(permit: Permit<'_, P>, call: &Call, parts: Parts<'_>) -> Done {
    let container = container(&permit, call).await?;
    ok(roles::composites(&permit, &container, call.part("role"), parts).await?)
}

pub(crate) async fn add_composites<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    change(permit, call, AdminOperation::Create).await
}

pub(crate) async fn remove_composites<P: OverRoles>(permit: Permit<'_, P>, call: &Call) -> Done {
    change(permit, call, AdminOperation::Delete).await
}

async fn change<P: OverRoles>(permit: Permit<'_, P>, call: &Call, operation: AdminOperation) -> Done {
    let container = container(&permit, call).await?;
    let sent = call.list(&ROLE)?;
    done(roles::change_composites(&permit, &container, call.part("role"), &sent, operation).await?)
}

pub(crate) async fn read_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    ok(by_id::read(&permit, call.part("role")).await?)
}

pub(crate) async fn update_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    done(by_id::update(&permit, call.part("role"), &call.object(&ROLE)?).await?)
}

pub(crate) async fn delete_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    Ok((Answer::no_content().no_cache(), by_id::delete(&permit, call.part("role")).await?))
}

pub(crate) async fn composites_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    ok(by_id::composites(&permit, call.part("role"), Parts::All).await?)
}

pub(crate) async fn realm_composites_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    ok(by_id::composites(&permit, call.part("role"), Parts::Realm).await?)
}

pub(crate) async fn client_composites_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    ok(by_id::composites(&permit, call.part("role"), Parts::Client(call.part("other"))).await?)
}

pub(crate) async fn add_composites_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    let sent = call.list(&ROLE)?;
    done(by_id::change_composites(&permit, call.part("role"), &sent, AdminOperation::Create).await?)
}

pub(crate) async fn remove_composites_by_id(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    let sent = call.list(&ROLE)?;
    done(by_id::change_composites(&permit, call.part("role"), &sent, AdminOperation::Delete).await?)
}

/// Users on a page whose length isn't said.
const USUAL_PAGE: i64 = 100;
