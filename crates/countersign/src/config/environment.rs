//! The process environment, read once.

use std::collections::BTreeMap;

use super::ignored::{JVM_VARIABLES, find_ignored, note};
use super::setting::Setting;
use super::settings;
use model::nearest;

/// The variables as they were when the process began.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// A setting that a variable gives.
#[derive(Debug)]
pub struct FromVariable {
    pub setting: &'static Setting,
    pub variable: String,
    pub value: String,
}

impl Environment {
    /// The variables of this process; those that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// The variables given, for tests.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The value of this variable; an empty one counts as not set.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The settings given by `KC_*` variables, or by an older name where the newer is not set.
    pub fn settings(&self) -> Vec<FromVariable> {
        settings::all()
            .filter_map(|setting| {
                let (variable, value) = [Some(setting.variable()), setting.old_variable.map(str::to_owned)]
                    .into_iter()
                    .flatten()
                    .find_map(|name| Some((name.clone(), self.find(&name)?.to_owned())))?;
                Some(FromVariable { setting, variable, value })
            })
            .collect()
    }

    /// A line about each `KC_*` variable that says nothing here.
    pub fn notes(&self) -> Vec<String> {
        let unknown = self.0.keys().filter_map(|name| {
            let key = name.strip_prefix("KC_")?.to_lowercase().replace('_', "-");
            if settings::find(&key).is_some() || name == CONFIG_FILE {
                return None;
            }
            if let Some(ignored) = find_ignored(&key) {
                return Some(note(name, ignored));
            }
            let variables: Vec<String> = settings::all().map(Setting::variable).collect();
            let hint = match nearest(name, variables.iter().map(String::as_str)) {
                Some(near) => format!("did you mean {near}?"),
                None => "`show-config` lists what is known.".to_owned(),
            };
            Some(format!("{name} is no setting: {hint}"))
        });
        let jvm = JVM_VARIABLES.iter().filter(|name| self.find(name).is_some());
        unknown.chain(jvm.map(|name| format!("{name} has no effect: there is no JVM."))).collect()
    }
}

/// Names the configuration file.
pub const CONFIG_FILE: &str = "KC_CONFIG_FILE";
