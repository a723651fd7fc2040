//! Events and administrators' events.

use admin::permit::{ManageEvents, Permit, ViewEvents};
use admin::rep::EVENTS_CONFIG;
use domain::Result;
use store::events::Query;

use crate::answer::{Done, done, ok};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, ViewEvents>, call: &Call) -> Done {
    let (first, max) = call.page(USUAL_PAGE)?;
    let query = Query { kinds: call.texts("type"), ..query(call)? };
    ok(admin::events::list(&permit, &query, first, max).await?)
}

pub(crate) async fn list_admin(permit: Permit<'_, ViewEvents>, call: &Call) -> Done {
    let (first, max) = call.page(USUAL_PAGE)?;
    let query = Query {
        kinds: call.texts("operationTypes"),
        resource_types: call.texts("resourceTypes"),
        resource_path: call.text("resourcePath").map(|path| store::like(path).replace('*', "%")),
        ..query(call)?
    };
    ok(admin::events::list_admin(&permit, &query, first, max).await?)
}

fn query(call: &Call) -> Result<Query> {
    let owned = |name: &str| call.text(name).map(str::to_owned);
    Ok(Query {
        client_id: owned("client"),
        user_id: owned("user"),
        ip: owned("ipAddress"),
        from_ms: moment(call, "dateFrom", 0)?,
        to_ms: moment(call, "dateTo", admin::events::DAY_MS)?,
        ascending: call.text("direction") == Some("asc"),
        ..Query::default()
    })
}

/// A moment in milliseconds, or a day; `whole` is added to a day.
fn moment(call: &Call, name: &str, whole: i64) -> Result<Option<i64>> {
    call.text(name).map(|text| admin::events::moment(name, text, whole)).transpose()
}

pub(crate) async fn clear(permit: Permit<'_, ManageEvents>, _: &Call) -> Done {
    done(admin::events::clear(&permit))
}

pub(crate) async fn clear_admin(permit: Permit<'_, ManageEvents>, _: &Call) -> Done {
    done(admin::events::clear_admin(&permit))
}

pub(crate) async fn config(permit: Permit<'_, ViewEvents>, _: &Call) -> Done {
    ok(admin::events::config(&permit))
}

pub(crate) async fn update_config(permit: Permit<'_, ManageEvents>, call: &Call) -> Done {
    done(admin::events::update_config(&permit, &call.object(&EVENTS_CONFIG)?)?)
}

/// Events on a page whose length isn't said.
const USUAL_PAGE: i64 = 100;
