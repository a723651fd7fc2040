//! The protocol mappers of clients and client scopes.

use admin::permit::{ManageClients, Permit, ViewClients};
use admin::protocol_mappers::{self, Of};
use admin::rep::PROTOCOL_MAPPER;

use crate::answer::{Answer, Done, ok};
use crate::call::Call;

fn of(call: &Call) -> Of<'_> {
    match call.part("client") {
        "" => Of::Scope(call.part("scope")),
        client => Of::Client(client),
    }
}

pub(crate) async fn list(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    let protocol = Some(call.part("protocol")).filter(|protocol| !protocol.is_empty());
    ok(protocol_mappers::list(&permit, of(call), protocol).await?)
}

pub(crate) async fn read(permit: Permit<'_, ViewClients>, call: &Call) -> Done {
    ok(protocol_mappers::read(&permit, of(call), call.part("mapper")).await?)
}

pub(crate) async fn create(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let sent = [call.object(&PROTOCOL_MAPPER)?];
    let (ids, writes) = protocol_mappers::create(&permit, of(call), &sent).await?;
    let place = match of(call) {
        Of::Client(id) => format!("clients/{id}"),
        Of::Scope(id) => format!("client-scopes/{id}"),
    };
    let at = format!("{}/{place}/protocol-mappers/models/{}", call.realm(), ids.concat());
    Ok((Answer::created(at).no_cache(), writes))
}

pub(crate) async fn create_all(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let (_, writes) = protocol_mappers::create(&permit, of(call), &call.list(&PROTOCOL_MAPPER)?).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn update(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let sent = call.object(&PROTOCOL_MAPPER)?;
    let writes = protocol_mappers::update(&permit, of(call), call.part("mapper"), &sent).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn delete(permit: Permit<'_, ManageClients>, call: &Call) -> Done {
    let writes = protocol_mappers::delete(&permit, of(call), call.part("mapper")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}
