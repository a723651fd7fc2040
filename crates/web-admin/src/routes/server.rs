//! The server, and the console's user.

use admin::permit::{Anybody, Permit};

use crate::answer::{Done, ok};
use crate::call::Call;

pub(crate) async fn info(permit: Permit<'_, Anybody>, _: &Call) -> Done {
    ok(admin::server_info::read(&permit)?)
}

pub(crate) async fn whoami(permit: Permit<'_, Anybody>, call: &Call) -> Done {
    ok(admin::console::whoami(&permit, call.text("currentRealm"))?)
}
