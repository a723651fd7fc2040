//! Every setting there is, in reading order.
//!
//! A new one: its row in the file of its group, and its name in that file's list. Arguments, variables, file keys,
//! `show-config` and the reference page follow from here; what the value means is decided in `config::resolved`.

pub mod bootstrap;
pub mod data;
pub mod database;
pub mod hostname;
pub mod http;
pub mod https;
pub mod import;
pub mod log;
pub mod management;
pub mod outbound;
pub mod proxy;

use super::setting::Setting;

/// Settings that are read together.
#[derive(Debug)]
pub struct Group {
    pub title: &'static str,
    /// What the group decides, for the reference page.
    pub about: &'static str,
    pub settings: &'static [Setting],
}

/// The groups in reading order.
pub const GROUPS: &[Group] = &[
    hostname::GROUP,
    http::GROUP,
    https::GROUP,
    proxy::GROUP,
    database::GROUP,
    data::GROUP,
    bootstrap::GROUP,
    import::GROUP,
    management::GROUP,
    log::GROUP,
    outbound::GROUP,
];

/// All settings, in reading order.
pub fn all() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.name == name)
}
