//! Keys that clients publish: by value in `jwks.string`, or behind `jwks.url`.

/// Keys fetched from clients' `jwks.url`, kept for a while.
#[derive(Default)]
pub struct ForeignKeys {}
