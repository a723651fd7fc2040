//! `identity-provider-redirector`: on to another provider. None is brokered yet, so there is nowhere to go.

use super::{Authenticator, no_form};
use crate::flow::Outcome;

pub(super) const AUTHENTICATOR: Authenticator = Authenticator {
    id: "identity-provider-redirector",
    configured: None,
    enter: |_, _| Box::pin(async { Ok(Outcome::Attempted) }),
    submit: no_form,
};
