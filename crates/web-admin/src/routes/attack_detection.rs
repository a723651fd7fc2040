//! Attack detection.

use admin::permit::{ManageUsers, Permit, ViewUsers};

use crate::answer::{Done, done, ok};
use crate::call::Call;

pub(crate) async fn status(permit: Permit<'_, ViewUsers>, call: &Call) -> Done {
    ok(admin::attack_detection::status(&permit, call.part("user")).await?)
}

pub(crate) async fn clear(permit: Permit<'_, ManageUsers>, call: &Call) -> Done {
    done(admin::attack_detection::clear(&permit, call.part("user")).await?)
}

pub(crate) async fn clear_all(permit: Permit<'_, ManageUsers>, _: &Call) -> Done {
    done(admin::attack_detection::clear_all(&permit))
}
