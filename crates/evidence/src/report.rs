//! What was found: as text for whoever reads it, as a page for whoever files it, as JSON for whoever counts it.

use std::fmt;

use ledger::text::UtcTime;
use serde::Serialize;

/// What becomes of it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Each claim is proved under the trust that was given.
    Proved,
    /// One isn't, or no trust was given.
    NotProved,
    /// There is nothing to judge.
    Unreadable,
}

impl Outcome {
    /// The exit status of a command that judges.
    #[must_use]
    pub fn status(self) -> u8 {
        match self {
            Self::Proved => 0,
            Self::NotProved => 1,
            Self::Unreadable => 2,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Proved => "PROVED: each claim holds under the trust that was given.",
            Self::NotProved => "NOT PROVED: see below what is missing.",
            Self::Unreadable => "UNREADABLE: this is no evidence that could be judged.",
        }
    }
}

/// A sentence, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Such as `log`, `time`, `message 1`.
    pub about: String,
    /// What was found.
    pub text: String,
}

/// What was found in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What becomes of it all.
    pub outcome: Outcome,
    /// The moment at which it was judged.
    pub judged_at: UtcTime,
    /// What is claimed.
    pub claimed: Vec<Finding>,
    /// What is proved: by which key, on whose word, since when known.
    pub proved: Vec<Finding>,
    /// What is only stated, and by whom.
    pub stated: Vec<Finding>,
    /// What is not proved, and why.
    pub not_proved: Vec<Finding>,
}

impl Report {
    pub(crate) fn new(judged_at: UtcTime) -> Self {
        let (claimed, proved, stated, not_proved) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { outcome: Outcome::NotProved, judged_at, claimed, proved, stated, not_proved }
    }

    /// Of a file that can't be judged.
    pub(crate) fn unreadable(judged_at: UtcTime, outcome: Outcome, why: &dyn fmt::Display) -> Self {
        let mut report = Self::new(judged_at);
        report.outcome = outcome;
        report.refute("file", why.to_string());
        report
    }

    pub(crate) fn claim(&mut self, about: &str, text: String) {
        self.claimed.push(Finding { about: about.to_owned(), text });
    }

    pub(crate) fn prove(&mut self, about: &str, text: String) {
        self.proved.push(Finding { about: about.to_owned(), text });
    }

    pub(crate) fn state(&mut self, about: &str, text: String) {
        self.stated.push(Finding { about: about.to_owned(), text });
    }

    pub(crate) fn refute(&mut self, about: &str, text: String) {
        self.not_proved.push(Finding { about: about.to_owned(), text });
    }

    fn sections(&self) -> [(&'static str, &[Finding]); 4] {
        [
            ("Claimed", &self.claimed),
            ("Proved", &self.proved),
            ("Only stated", &self.stated),
            ("Not proved", &self.not_proved),
        ]
    }

    /// As JSON, for machines.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A struct of texts always has a JSON form. What it would show a terminal as it is, it shows as its number.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        let shown = |c: char| match c != '\n' && is_unseen(c) {
            true => format!("\\u{:04x}", u32::from(c)),
            false => c.to_string(),
        };
        json.chars().map(shown).collect()
    }

    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\nJudged as of {}.\n", self.outcome.sentence(), self.judged_at);
        for (title, findings) in self.sections() {
            text.push_str(&format!("\n{title}\n"));
            for finding in findings {
                text.push_str(&format!("  {}: {}\n", plain(&finding.about), plain(&finding.text)));
            }
            if findings.is_empty() {
                text.push_str("  nothing\n");
            }
        }
        text
    }

    /// As a page of its own, without script, fonts or pictures from elsewhere.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut html = String::from(HEAD);
        html.push_str(&format!("<h1>Evidence</h1>\n<p class=\"outcome\">{}</p>\n", escape(self.outcome.sentence())));
        html.push_str(&format!("<p>Judged as of {}.</p>\n", self.judged_at));
        for (title, findings) in self.sections() {
            html.push_str(&format!("<h2>{title}</h2>\n<dl>\n"));
            for finding in findings {
                html.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(&finding.about), escape(&finding.text)));
            }
            html.push_str(if findings.is_empty() { "<dd>nothing</dd>\n</dl>\n" } else { "</dl>\n" });
        }
        html.push_str("</body>\n</html>\n");
        html
    }
}

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
    <title>Evidence</title>\n<style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}\
    .outcome{font-weight:bold}dt{font-weight:bold}dd{margin:0 0 .6em 1.5em;overflow-wrap:anywhere}</style>\n\
    </head>\n<body>\n";

/// What a bundle's author wrote must not move a terminal's cursor, or begin a line that looks like a finding.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect()
}

/// Whether it commands a terminal, ends a line, turns the text around it, or isn't seen at all; none is beyond U+FFFF.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Report};
    use ledger::text::UtcTime;

    #[test]
    fn what_a_bundle_says_can_change_neither_page_nor_terminal() {
        let mut report = Report::new(UtcTime(0));
        let odd = "\u{1b}[2J<script>alert('1')</script>\nProved\u{202e}\u{9b}2J\u{2028}\u{200b}".to_owned();
        report.state("message <1>", odd);
        let (html, text) = (report.to_html(), report.to_text());
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;") && html.contains("message &lt;1&gt;"));
        let is_clean = |text: &str| !text.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{2028}', '\u{200b}']);
        assert!(is_clean(&text) && is_clean(&html) && is_clean(&report.to_json()) && !text.contains(">\nProved"));
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert!(json["stated"][0]["text"].as_str().unwrap().ends_with("\u{9b}2J\u{2028}\u{200b}"));
        assert!(report.to_json().contains("\"outcome\": \"not-proved\""));
        assert_eq!([Outcome::Proved, Outcome::NotProved, Outcome::Unreadable].map(Outcome::status), [0, 1, 2]);
    }
}
