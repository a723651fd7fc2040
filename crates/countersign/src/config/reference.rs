//! The reference page of all settings, as `docs/settings.md` holds it.

use std::fmt::Write as _;

use super::setting::{Kind, SERVING, STORING, Setting};
use super::settings::GROUPS;

/// The page in Markdown.
pub fn render_settings_reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for group in GROUPS {
        let _ = write!(page, "\n## {}\n\n{}\n", group.title, group.about);
        for setting in group.settings {
            page.push_str(&entry(setting));
        }
    }
    page
}

fn entry(setting: &Setting) -> String {
    let mut text = format!("\n### `{}`\n\n{}\n\n", setting.name, setting.help);
    let _ = writeln!(text, "- Value: {}", value(&setting.kind));
    let _ = writeln!(text, "- Default: {}", default(setting));
    let _ = write!(text, "- Variable: `{}`", setting.variable());
    if let Some(old) = setting.old_variable {
        let _ = write!(text, " (the older `{old}` counts too)");
    }
    let _ = writeln!(text, "\n- Commands: {}", commands(setting));
    if setting.secret {
        text.push_str("- A secret: masked in `show-config`\n");
    }
    text
}

fn value(kind: &Kind) -> String {
    match kind {
        Kind::Text(word) => format!("`{word}`"),
        Kind::Flag => "`true` or `false`; the bare `--name` is true".to_owned(),
        Kind::Number { least, most } => format!("a number from {least} to {most}"),
        Kind::Choice(values) => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
        Kind::Duration => "a duration: `30s`, `5m`, `PT5M`".to_owned(),
        Kind::File => "a path".to_owned(),
        Kind::List(word) => format!("`{word}`, several with commas between them"),
        Kind::FlagOrPath => "a path, or nothing behind the name".to_owned(),
    }
}

fn default(setting: &Setting) -> String {
    let usual = setting.default.map_or("none".to_owned(), |value| format!("`{value}`"));
    match setting.development {
        Some(value) => format!("{usual}; `{value}` in `start-dev`"),
        None => usual,
    }
}

fn commands(setting: &Setting) -> String {
    if setting.used_by == STORING {
        return "all that open the database".to_owned();
    }
    debug_assert_eq!(setting.used_by, SERVING);
    "`start`, `start-dev`".to_owned()
}

const INTRODUCTION: &str = "\
<!-- Made from crates/countersign/src/config/settings by its test; UPDATE_EXPECT=1 writes it anew. -->

# Settings

Every setting has Keycloak's name and can be given in three places. The first that gives it counts:

1. on the command line: `--http-port=8081` or `--http-port 8081`
2. as a variable of the environment: `KC_HTTP_PORT=8081`
3. in the configuration file, `conf/countersign.conf` below the working directory or the one that `--config-file` \
   (`KC_CONFIG_FILE`) names: `http-port=8081`, comments behind `#`, and `${NAME:default}` for a variable

`countersign show-config` prints what counts and where it came from. An unknown setting is an error that names the \
nearest one (an unknown `KC_*` variable is a warning). Options of Keycloak that mean nothing here, such as `--cache` or \
`--optimized`, are accepted, with one line that says so.
";
