//! What lies on disk beside the database.

use super::Group;
use crate::config::setting::{Kind, STORING, Setting};

pub const GROUP: Group = Group {
    title: "Data and master key",
    about: "The master key encrypts private keys and client secrets in the database. Without it the database cannot \
            be opened: keep a copy, and give every node the same.",
    settings: &[DATA_DIR, MASTER_KEY_FILE, MASTER_KEY],
};

pub const DATA_DIR: Setting = Setting::new(
    "data-dir",
    Kind::File,
    "Directory of the embedded database, the master key that is made there, and import/.",
)
.default("data")
.used_by(STORING);

pub const MASTER_KEY_FILE: Setting = Setting::new(
    "master-key-file",
    Kind::File,
    "File with the master key. Not set, and no master-key either: master.key in the data directory, made at the first \
     start, readable to its owner alone.",
)
.used_by(STORING);

pub const MASTER_KEY: Setting = Setting::new(
    "master-key",
    Kind::Text("KEY"),
    "The master key itself; better given as KC_MASTER_KEY than on the command line, which others can read.",
)
.secret()
.used_by(STORING);
