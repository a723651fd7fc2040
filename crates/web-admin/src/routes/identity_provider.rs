//! Identity providers and their mappers.

use admin::identity_provider as providers;
use admin::permit::{ManageIdentityProviders, Permit, ViewIdentityProviders};
use admin::rep::{IDENTITY_PROVIDER, IDENTITY_PROVIDER_MAPPER};

use crate::answer::{Answer, Done, done, ok, segment};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, ViewIdentityProviders>, _: &Call) -> Done {
    ok(providers::list(&permit).await?)
}

pub(crate) async fn read(permit: Permit<'_, ViewIdentityProviders>, call: &Call) -> Done {
    ok(providers::read(&permit, call.part("alias")).await?)
}

pub(crate) async fn create(permit: Permit<'_, ManageIdentityProviders>, call: &Call) -> Done {
    let (alias, writes) = providers::create(&permit, &call.object(&IDENTITY_PROVIDER)?).await?;
    let at = format!("{}/identity-provider/instances/{}", call.realm(), segment(&alias));
    Ok((Answer::created(at), writes))
}

pub(crate) async fn update(permit: Permit<'_, ManageIdentityProviders>, call: &Call) -> Done {
    done(providers::update(&permit, call.part("alias"), &call.object(&IDENTITY_PROVIDER)?).await?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageIdentityProviders>, call: &Call) -> Done {
    done(providers::delete(&permit, call.part("alias")).await?)
}

pub(crate) async fn list_mappers(permit: Permit<'_, ViewIdentityProviders>, call: &Call) -> Done {
    ok(providers::list_mappers(&permit, call.part("alias")).await?)
}

pub(crate) async fn read_mapper(permit: Permit<'_, ViewIdentityProviders>, call: &Call) -> Done {
    ok(providers::read_mapper(&permit, call.part("alias"), call.part("mapper")).await?)
}

pub(crate) async fn create_mapper(permit: Permit<'_, ManageIdentityProviders>, call: &Call) -> Done {
    let alias = call.part("alias");
    let (id, writes) = providers::create_mapper(&permit, alias, &call.object(&IDENTITY_PROVIDER_MAPPER)?).await?;
    let at = format!("{}/identity-provider/instances/{}/mappers/{id}", call.realm(), segment(alias));
    Ok((Answer::created(at), writes))
}

pub(crate) async fn update_mapper(permit: Permit<'_, ManageIdentityProviders>, call: &Call) -> Done {
    let sent = call.object(&IDENTITY_PROVIDER_MAPPER)?;
    done(providers::update_mapper(&permit, call.part("alias"), call.part("mapper"), &sent).await?)
}

pub(crate) async fn delete_mapper(permit: Permit<'_, ManageIdentityProviders>, call: &Call) -> Done {
    done(providers::delete_mapper(&permit, call.part("alias"), call.part("mapper")).await?)
}
