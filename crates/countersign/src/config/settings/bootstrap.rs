//! The first administrator.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "First administrator",
    about: "Made in the realm master as long as nobody is in it, and never again. A lost administrator comes back with \
            the command `bootstrap-admin`.",
    settings: &[USERNAME, PASSWORD, CLIENT_ID, CLIENT_SECRET],
};

pub const USERNAME: Setting =
    Setting::new("bootstrap-admin-username", Kind::Text("NAME"), "User name of the first administrator.")
        .old_variable("KEYCLOAK_ADMIN");

pub const PASSWORD: Setting =
    Setting::new("bootstrap-admin-password", Kind::Text("PASSWORD"), "Password of the first administrator.")
        .secret()
        .old_variable("KEYCLOAK_ADMIN_PASSWORD");

pub const CLIENT_ID: Setting = Setting::new(
    "bootstrap-admin-client-id",
    Kind::Text("ID"),
    "Client id of a first administrator that is a program (service account).",
);

pub const CLIENT_SECRET: Setting =
    Setting::new("bootstrap-admin-client-secret", Kind::Text("SECRET"), "Secret of that client.").secret();
