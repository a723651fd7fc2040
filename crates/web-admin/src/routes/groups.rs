//! Groups.

use admin::groups::{self, Search};
use admin::permit::{ManageRealm, ManageUsers, Permit, QueryGroups, ViewRealm, ViewUsers};
use admin::rep::GROUP;
use domain::Result;

use crate::answer::{Answer, Done, done, ok};
use crate::call::Call;

pub(crate) async fn list(permit: Permit<'_, QueryGroups>, call: &Call) -> Done {
    ok(groups::list(&permit, &search(call)?).await?)
}

fn search(call: &Call) -> Result<Search> {
    let (first, max) = call.page(-1)?;
    Ok(Search {
        text: call.text("search").unwrap_or_default().to_owned(),
        exact: call.flag("exact").unwrap_or(false),
        first: usize::try_from(first).unwrap_or(0),
        max: usize::try_from(max).unwrap_or(usize::MAX),
        brief: call.flag("briefRepresentation").unwrap_or(true),
    })
}

pub(crate) async fn count(permit: Permit<'_, QueryGroups>, call: &Call) -> Done {
    let top = call.flag("top").unwrap_or(false);
    ok(groups::count(&permit, call.text("search").unwrap_or_default(), top))
}

pub(crate) async fn read(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(groups::read(&permit, call.part("group")).await?)
}

pub(crate) async fn by_path(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(groups::by_path(&permit, &format!("/{}", call.part("path"))).await?)
}

pub(crate) async fn children(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    let brief = call.flag("briefRepresentation").unwrap_or(false);
    ok(groups::list_children(&permit, call.part("group"), &Search { brief, ..search(call)? }).await?)
}

pub(crate) async fn members(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    let (first, max) = call.page(USUAL_PAGE)?;
    let brief = call.flag("briefRepresentation").unwrap_or(false);
    ok(groups::members(&permit, call.part("group"), first, max, brief).await?)
}

pub(crate) async fn create(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let sent = call.object(&GROUP)?;
    // A group that has an id is there: it comes to the top.
    if let Some(id) = sent.text("id")
        && permit.cx.plan.groups.find(id).is_some()
    {
        return done(groups::place(&permit, id, None).await?);
    }
    let (id, writes) = groups::create(&permit, None, &sent)?;
    Ok((Answer::created(format!("{}/groups/{id}", call.realm())), writes))
}

pub(crate) async fn create_child(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    let sent = call.object(&GROUP)?;
    let parent = Some(call.part("group"));
    if let Some(id) = sent.text("id")
        && permit.cx.plan.groups.find(id).is_some()
    {
        return Ok((Answer::no_content().no_cache(), groups::place(&permit, id, parent).await?));
    }
    let (id, writes) = groups::create(&permit, parent, &sent)?;
    let made = groups::made(&permit, &id, call.part("group"), &sent);
    let answer = Answer::created(format!("{}/groups/{id}", call.realm()));
    Ok((answer.with(made).no_cache(), writes))
}

pub(crate) async fn update(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(groups::update(&permit, call.part("group"), &call.object(&GROUP)?).await?)
}

pub(crate) async fn delete(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(groups::delete(&permit, call.part("group"))?)
}

pub(crate) async fn defaults(permit: Permit<'_, ViewRealm>, _: &Call) -> Done {
    ok(groups::defaults(&permit))
}

pub(crate) async fn add_default(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let writes = groups::set_default(&permit, call.part("group"), true).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

pub(crate) async fn remove_default(permit: Permit<'_, ManageRealm>, call: &Call) -> Done {
    let writes = groups::set_default(&permit, call.part("group"), false).await?;
    Ok((Answer::no_content().no_cache(), writes))
}

/// Members on a page whose length isn't said.
const USUAL_PAGE: i64 = 100;
