//! `regexPattern(expression)`: the whole password matches.

use crate::password_policy::pattern::Pattern;
use crate::password_policy::rule::{Rule, Setting, Violation};

pub(super) const RULE: Rule = Rule {
    id: "regexPattern",
    default: "",
    read: |written| {
        let text = written.ok_or("Config required")?;
        if text.trim().is_empty() {
            return Err("White space not acepted");
        }
        Pattern::compile(text).map(Setting::Pattern).ok_or("Not a valid regular expression")
    },
    check: |setting, _, password| {
        let Setting::Pattern(pattern) = setting else { return None };
        let english = "Invalid password: fails to match regex pattern(s).";
        (!pattern.matches(password)).then(|| Violation::plain("invalidPasswordRegexPatternMessage", english))
    },
};
