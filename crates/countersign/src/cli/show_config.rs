//! The listing of `show-config`.

use std::fmt::Write as _;

use crate::config::Values;
use crate::config::setting::Setting;
use crate::config::settings::GROUPS;

/// One line for each setting: value, and where it came from.
pub(super) fn render(values: &Values) -> String {
    let mut out = format!("Configuration of `{}`:\n", values.command().name());
    for group in GROUPS {
        let _ = writeln!(out, "\n{}", group.title);
        for setting in group.settings {
            let _ = writeln!(out, "  {}", line(values, setting));
        }
    }
    out
}

fn line(values: &Values, setting: &Setting) -> String {
    match values.find(setting) {
        Some(_) if setting.secret && values.is_given(setting) => {
            let origin = values.find(setting).map(|(_, origin)| origin.to_string()).unwrap_or_default();
            format!("{} = {MASK}  ({origin})", setting.name)
        }
        Some((value, origin)) => format!("{} = {value}  ({origin})", setting.name),
        None => format!("{} is not set", setting.name),
    }
}

const MASK: &str = "*******";
