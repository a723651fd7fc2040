//! What was found: as text for whoever reads it, as a page for whoever files it, as JSON for whoever counts it.

use std::fmt;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
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
        // A struct of texts always has a JSON form. What it would show a terminal as it is, it shows by its numbers.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        let mut shown = String::with_capacity(json.len());
        for c in json.chars() {
            match c != '\n' && is_unseen(c) {
                true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}"))),
                false => shown.push(c),
            }
        }
        shown
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

/// What a bundle's author wrote must not move a terminal's cursor, or begin a line that looks like a finding: what isn't
/// seen, and more than one blank, becomes one mark, so that neither line breaks nor a row of blanks make room for it.
#[must_use]
pub fn plain(text: &str) -> String {
    let is_blank = |c: char| c == ' ' || is_unseen(c);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(from) = rest.find(is_blank) {
        let (before, blanks) = rest.split_at(from);
        let end = blanks.find(|c| !is_blank(c)).unwrap_or(blanks.len());
        let (blanks, after) = blanks.split_at(end);
        shown.push_str(before);
        shown.push(if blanks == " " { ' ' } else { '\u{fffd}' });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// Whether it commands a terminal, ends a line, turns the text around it, is a blank other than the usual one, or isn't
/// seen at all.
fn is_unseen(c: char) -> bool {
    c != ' '
        && (c.is_control()
            || c.is_whitespace()
            || c == BRAILLE_BLANK
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
            || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format)
}

/// To Unicode it is a symbol, and to the eye a blank.
const BRAILLE_BLANK: char = '\u{2800}';

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
    use super::{Outcome, Report, plain};
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
    #[test]
    fn what_is_not_seen_is_shown_by_a_mark_wherever_it_stands() {
        for c in [
            '\u{e0041}',
            '\u{e0100}',
            '\u{1d173}',
            '\u{1bca0}',
            '\u{3164}',
            '\u{115f}',
            '\u{180e}',
            '\u{34f}',
            '\u{17b4}',
            '\u{ffa0}',
            '\u{fe0f}',
            '\u{fff9}',
            '\u{2800}',
            '\u{a0}',
            '\u{3000}',
            '\u{ad}',
            '\u{600}',
            '\u{110bd}',
            '\t',
        ] {
            let mut report = Report::new(UtcTime(0));
            report.state("header", format!("a{c}b"));
            assert!(report.to_text().contains("a\u{fffd}b") && report.to_html().contains("a\u{fffd}b"), "{c:?}");
            assert!(!report.to_json().contains(c), "{c:?}");
            let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
            assert_eq!(json["stated"][0]["text"], format!("a{c}b"));
        }
        assert_eq!(
            plain("Kirana \u{915}\u{93f}\u{930}\u{93e}\u{928}\u{93e} \u{1f600}"),
            "Kirana \u{915}\u{93f}\u{930}\u{93e}\u{928}\u{93e} \u{1f600}"
        );
    }

    #[test]
    fn no_row_of_blanks_makes_room_for_a_line_of_its_own() {
        for blank in ["\u{a0}", " ", " \u{a0}", "\u{2800} ", "\r\n", "\u{e0020}"] {
            let mut report = Report::new(UtcTime(0));
            report.state("participant 1", format!("bank is {}PROVED: all", blank.repeat(200)));
            for shown in [report.to_text(), report.to_html()] {
                assert!(shown.contains("bank is\u{fffd}PROVED: all"), "{shown}");
            }
        }
    }
}
