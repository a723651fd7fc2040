//! Realms that come in at the start.

use super::Group;
use crate::config::setting::{Kind, Setting};

pub const GROUP: Group = Group {
    title: "Import",
    about: "Realms that exist already are left alone; the command `import` can overwrite.",
    settings: &[IMPORT_REALM],
};

pub const IMPORT_REALM: Setting = Setting::new(
    "import-realm",
    Kind::FlagOrPath,
    "Import realm files at the start: from import/ in the data directory, or from the file or folder named.",
);
