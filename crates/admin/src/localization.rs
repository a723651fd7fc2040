//! Texts of the realm's own, by locale: kept in the realm's document.

use domain::{Result, Writes};
use model::AdminOperation;
use serde_json::{Map, Value};

use crate::permit::{AnyAdministrator, ManageRealm, Permit};
use crate::realms::{rewrite, row_of};
use crate::refusals;

/// Lists the locales that have texts.
pub fn locales(permit: &Permit<'_, AnyAdministrator>) -> Value {
    let texts = permit.cx.plan.realm.doc.object(MEMBER);
    texts.into_iter().flatten().map(|(locale, _)| Value::from(locale.as_str())).collect()
}

/// Reads a locale's texts.
pub fn read(permit: &Permit<'_, AnyAdministrator>, locale: &str) -> Value {
    permit.cx.plan.realm.doc.object(MEMBER).and_then(|t| t.get(locale)).cloned().unwrap_or(Value::Object(Map::new()))
}

/// Reads one text.
pub fn read_text(permit: &Permit<'_, AnyAdministrator>, locale: &str, key: &str) -> Result<String> {
    let texts = read(permit, locale);
    let text = texts.get(key).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| refusals::TEXT_NOT_FOUND.into())
}

/// Puts texts over those of a locale.
pub fn add(permit: &Permit<'_, ManageRealm>, locale: &str, texts: Map<String, Value>) -> Result<Writes> {
    change(permit, locale, |own| own.extend(texts))
}

/// Takes one text away.
pub fn delete_text(permit: &Permit<'_, ManageRealm>, locale: &str, key: &str) -> Result<Writes> {
    let known = permit.cx.plan.realm.doc.object(MEMBER).and_then(|t| t.get(locale)?.get(key));
    if known.is_none() {
        return Err(refusals::TEXT_NOT_FOUND.into());
    }
    change(permit, locale, |own| {
        own.shift_remove(key);
    })
}

/// Takes a locale's texts away.
pub fn delete(permit: &Permit<'_, ManageRealm>, locale: &str) -> Result<Writes> {
    change(permit, locale, Map::clear)
}

fn change(
    permit: &Permit<'_, ManageRealm>,
    locale: &str,
    edit: impl FnOnce(&mut Map<String, Value>),
) -> Result<Writes> {
    let row = row_of(&permit.cx);
    let mut doc = row.doc.clone();
    let mut all = doc.object(MEMBER).cloned().unwrap_or_default();
    let mut own = all.get(locale).and_then(Value::as_object).cloned().unwrap_or_default();
    edit(&mut own);
    match own.is_empty() {
        true => all.shift_remove(locale),
        false => all.insert(locale.to_owned(), own.into()),
    };
    doc.set(MEMBER, all);
    let mut writes = Writes::default();
    rewrite(permit, &mut writes, &row.name, &doc)?;
    let path = format!("localization/{locale}");
    writes.admin_events.push(permit.event(AdminOperation::Update, "REALM", path, None));
    Ok(writes)
}

const MEMBER: &str = "localizationTexts";
