//! The configuration file: the settings' names as keys, in properties syntax.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::ignored::{find_ignored, note};
use super::placeholders::expand;
use super::properties::{Property, parse_properties};
use super::setting::Setting;
use super::settings;
use model::nearest;

/// Read when it is there and no other is named.
pub const USUAL_FILE: &str = "conf/countersign.conf";

/// What the file says.
#[derive(Debug, Default)]
pub struct ConfigurationFile {
    pub path: PathBuf,
    pub settings: Vec<FromFile>,
    /// Lines about keys that have no effect.
    pub notes: Vec<String>,
}

/// A setting that a line of the file gives.
#[derive(Debug)]
pub struct FromFile {
    pub setting: &'static Setting,
    pub line: usize,
    pub value: String,
}

impl ConfigurationFile {
    /// Reads the file named, or else the usual one if it exists. The errors are whole sentences.
    pub fn load(named: Option<&Path>, environment: &Environment) -> Result<Option<Self>, Vec<String>> {
        let path = named.unwrap_or(Path::new(USUAL_FILE));
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text, environment).map(Some),
            Err(cause) if named.is_none() && cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(vec![format!("The configuration file {} cannot be read: {cause}.", path.display())]),
        }
    }

    /// Reads the text of a file. Unknown keys are errors, keys of Keycloak without meaning here are notes.
    pub fn parse(path: &Path, text: &str, environment: &Environment) -> Result<Self, Vec<String>> {
        let shown = path.display();
        let properties = parse_properties(text).map_err(|cause| vec![format!("{shown}: {cause}.")])?;
        let mut file = Self { path: path.to_owned(), ..Self::default() };
        let mut errors = Vec::new();
        for property in properties {
            let line = property.line;
            if let Err(cause) = file.take(property, environment) {
                errors.push(format!("{shown}:{line}: {cause}"));
            }
        }
        if errors.is_empty() { Ok(file) } else { Err(errors) }
    }

    fn take(&mut self, property: Property, environment: &Environment) -> Result<(), String> {
        let Property { key, value, line } = property;
        let Some(setting) = settings::find(&key) else {
            let Some(ignored) = find_ignored(&key) else {
                return Err(unknown(&key));
            };
            self.notes.push(note(&format!("{}:{line}: {key}", self.path.display()), ignored));
            return Ok(());
        };
        let value = expand(&value, environment.variables()).map_err(|cause| format!("{key}: {cause}."))?;
        if !value.is_empty() {
            self.settings.push(FromFile { setting, line, value });
        }
        Ok(())
    }
}

fn unknown(key: &str) -> String {
    match nearest(key, settings::all().map(|setting| setting.name)) {
        Some(near) => format!("{key} is no setting; did you mean {near}?"),
        None => format!("{key} is no setting; `show-config` lists what is known."),
    }
}
