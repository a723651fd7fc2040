//! Participants.

pub(crate) mod switch;
