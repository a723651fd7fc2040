//! Users and all that is theirs.

use admin::permit::{AnyAdministrator, ManageRealm, ManageUsers, Permit, QueryUsers, ViewUsers};
use admin::rep::{CREDENTIAL, FEDERATED_IDENTITY, USER, USER_PROFILE};
use admin::users::{self, consents, credentials, federated_identity, groups, mail, profile, sessions};
use domain::Writes;
use serde_json::json;
use store::users::Search;

use crate::answer::{Answer, Done, done, ok};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, QueryUsers>, call: &Call) -> Done {
    let (first, max) = call.page(USUAL_PAGE)?;
    let brief = call.flag("briefRepresentation").unwrap_or(false);
    if let Some(ids) = call.text("search").and_then(|search| search.strip_prefix("id:")) {
        let ids: Vec<String> = ids.split_whitespace().map(str::to_owned).collect();
        return ok(users::list_by_id(&permit, &ids, brief).await?);
    }
    ok(users::list(&permit, &search(call), first, max, brief).await?)
}

pub(crate) async fn count(permit: Permit<'_, QueryUsers>, call: &Call) -> Done {
    ok(users::count(&permit, &search(call)).await?)
}

/// What to look for. Service accounts are found only by their name.
fn search(call: &Call) -> Search {
    let exact = call.flag("exact").unwrap_or(false);
    let pattern = |name: &str| {
        call.text(name).map(|text| {
            let text = store::like(&text.to_lowercase());
            if exact { text } else { format!("%{text}%") }
        })
    };
    Search {
        anywhere: call.text("search").map(anywhere).unwrap_or_default(),
        username: pattern("username"),
        email: pattern("email"),
        first_name: pattern("firstName"),
        last_name: pattern("lastName"),
        enabled: call.flag("enabled"),
        attributes: call.text("q").map(attributes).unwrap_or_default(),
        service_accounts: call.text("username").is_some(),
    }
}

/// The words of a search: each the beginning of a name, with stars a part of it, in quotes all of it.
fn anywhere(search: &str) -> Vec<String> {
    search
        .split_whitespace()
        .map(|word| match word.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
            Some(whole) => store::like(&whole.to_lowercase()),
            None if word.contains('*') => store::like(&word.to_lowercase()).replace('*', "%"),
            None => format!("{}%", store::like(&word.to_lowercase())),
        })
        .collect()
}

/// `name:value` pairs; a value with blanks stands in quotes.
fn attributes(q: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = q.trim();
    while let Some((name, after)) = rest.split_once(':') {
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        out.push((name.trim().trim_matches('"').to_owned(), value.to_owned()));
        rest = next.trim_start();
    }
    out
}

pub(crate) async fn create(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let (id, writes) = users::create(&permit, &call.object(&USER)?).await?;
    Ok((Answer::created(format!("{}/users/{id}", call.realm())), writes))
}

pub(crate) async fn read(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    let with_profile = call.flag("userProfileMetadata").unwrap_or(false);
    ok(users::read(&permit, call.part("user"), with_profile).await?)
}

pub(crate) async fn update(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(users::update(&permit, call.part("user"), &call.object(&USER)?).await?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let writes = users::delete(&permit, call.part("user")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn unmanaged_attributes(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(users::unmanaged_attributes(&permit, call.part("user")).await?)
}

pub(crate) async fn profile(permit: Permit<'_, AnyAdministrator>, _: &Call) -> Done {
    Ok((Answer::result(profile::read(&permit)), Writes::default()))
}

pub(crate) async fn profile_metadata(permit: Permit<'_, AnyAdministrator>, _: &Call) -> Done {
    Ok((Answer::result(profile::metadata(&permit)), Writes::default()))
}

pub(crate) async fn update_profile(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let (now, writes) = profile::update(&permit, &call.object(&USER_PROFILE)?).await?;
    Ok((Answer::result(now), writes))
}

pub(crate) async fn credentials(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(credentials::list(&permit, call.part("user")).await?)
}

pub(crate) async fn delete_credential(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let writes = credentials::delete(&permit, call.part("user"), call.part("credential")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn label_credential(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(credentials::label(&permit, call.part("user"), call.part("credential"), call.plain()?).await?)
}

pub(crate) async fn move_to_first(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(credentials::reorder(&permit, call.part("user"), call.part("credential"), None).await?)
}

pub(crate) async fn move_after(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let after = Some(call.part("after"));
    done(credentials::reorder(&permit, call.part("user"), call.part("credential"), after).await?)
}

pub(crate) async fn reset_password(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(credentials::reset_password(&permit, call.part("user"), &call.object(&CREDENTIAL)?).await?)
}

pub(crate) async fn execute_actions_email(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(mail::execute_actions(&permit, call.part("user")).await?)
}

pub(crate) async fn send_verify_email(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(mail::verify(&permit, call.part("user")).await?)
}

pub(crate) async fn disable_credentials(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let kinds = call.json()?;
    let kinds: Vec<String> =
        kinds.as_array().into_iter().flatten().filter_map(|k| k.as_str()).map(str::to_owned).collect();
    done(credentials::disable(&permit, call.part("user"), &kinds).await?)
}

/// Nothing of the kind is kept elsewhere.
pub(crate) async fn no_list(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    credentials::list(&permit, call.part("user")).await?;
    ok(json!([]))
}

pub(crate) async fn groups(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    let brief = call.flag("briefRepresentation").unwrap_or(true);
    let search = call.text("search").unwrap_or_default();
    ok(groups::list(&permit, call.part("user"), search, call.page(-1)?, brief).await?)
}

pub(crate) async fn count_groups(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(groups::count(&permit, call.part("user"), call.text("search").unwrap_or_default()).await?)
}

pub(crate) async fn join_group(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let writes = groups::join(&permit, call.part("user"), call.part("group")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn leave_group(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let writes = groups::leave(&permit, call.part("user"), call.part("group")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn sessions(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(sessions::list(&permit, call.part("user")).await?)
}

pub(crate) async fn offline_sessions(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(sessions::list_offline(&permit, call.part("user"), call.part("client")).await?)
}

pub(crate) async fn logout(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(sessions::logout(&permit, call.part("user")).await?)
}

pub(crate) async fn consents(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(consents::list(&permit, call.part("user")).await?)
}

pub(crate) async fn revoke_consent(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let writes = consents::revoke(&permit, call.part("user"), call.part("client")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn federated_identities(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(federated_identity::list(&permit, call.part("user")).await?)
}

pub(crate) async fn link(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let sent = call.object(&FEDERATED_IDENTITY)?;
    let writes = federated_identity::add(&permit, call.part("user"), call.part("provider"), &sent).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn unlink(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let writes = federated_identity::remove(&permit, call.part("user"), call.part("provider")).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

/// Users on a page whose length isn't said.
const USUAL_PAGE: i64 = 100;

#[cfg(test)]
mod tests {
    use super::{anywhere, attributes};

    #[test]
    fn a_word_is_a_beginning_stars_make_it_a_part_and_quotes_all() {
        assert_eq!(anywhere("miri *okaf* \"Tomas\" 50%"), ["miri%", "%okaf%", "tomas", "50\\%%"]);
    }

    #[test]
    fn attributes_are_pairs_whose_values_may_be_quoted() {
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        assert_eq!(attributes("a:1 b:\"x y\" c:z"), [pair("a", "1"), pair("b", "x y"), pair("c", "z")]);
    }
}
