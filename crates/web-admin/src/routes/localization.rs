//! Texts of the realm's own.

use admin::localization;
use admin::permit::{AnyAdministrator, ManageRealm, Permit};
use admin::refusals::WRONG_TYPE;
use domain::Writes;
use serde_json::{Map, Value};

use crate::answer::{Answer, Done, done};
use crate::call::Call;

pub(crate) async fn locales(permit: Permit<'_, AnyAdministrator>, _: &Call) -> Done {
    Ok((Answer::result(localization::locales(&permit)), Writes::default()))
}

pub(crate) async fn read(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    Ok((Answer::result(localization::read(&permit, call.part("locale"))), Writes::default()))
}

pub(crate) async fn add(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let Value::Object(texts) = call.json()? else { return Err(WRONG_TYPE.into()) };
    done(localization::add(&permit, call.part("locale"), texts)?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(localization::delete(&permit, call.part("locale"))?)
}

pub(crate) async fn read_text(permit: Permit<'_, AnyAdministrator>, call: &Call) -> Done {
    let text = localization::read_text(&permit, call.part("locale"), call.part("key"))?;
    Ok((Answer::plain(text), Writes::default()))
}

pub(crate) async fn set_text(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let mut texts = Map::new();
    texts.insert(call.part("key").to_owned(), call.plain()?.into());
    done(localization::add(&permit, call.part("locale"), texts)?)
}

pub(crate) async fn delete_text(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    done(localization::delete_text(&permit, call.part("locale"), call.part("key"))?)
}
