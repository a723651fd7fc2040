//! `organization`: by the organization of an e-mail's domain. There are no organizations yet.

use super::{Authenticator, no_form};
use crate::flow::Outcome;

pub(super) const AUTHENTICATOR: Authenticator = Authenticator {
    id: "organization",
    configured: Some(|_| false),
    enter: |_, _| Box::pin(async { Ok(Outcome::Attempted) }),
    submit: no_form,
};
