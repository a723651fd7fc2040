//! Components.

use admin::components::{self, Search};
use admin::permit::{ManageRealm, Permit, ViewRealm};
use admin::rep::COMPONENT;

use crate::answer::{Answer, Done, done, ok};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, ViewRealm>, call: &Call) -> Done {
    let owned = |name: &str| call.text(name).map(str::to_owned);
    let search = Search { name: owned("name"), parent: owned("parent"), provider_type: owned("type") };
    ok(components::list(&permit, &search).await?)
}

pub(crate) async fn read(permit: Permit<'_, ViewRealm>, call: &Call) -> Done {
    ok(components::read(&permit, call.part("component")).await?)
}

pub(crate) async fn create(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let (id, writes) = components::create(&permit, &call.object(&COMPONENT)?).await?;
    Ok((Answer::created(format!("{}/components/{id}", call.realm())), writes))
}

pub(crate) async fn update(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(components::update(&permit, call.part("component"), &call.object(&COMPONENT)?).await?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(components::delete(&permit, call.part("component")).await?)
}
