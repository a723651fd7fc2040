//! `verify bundle`: whether what a file claims is proved under the reader's trust.

use std::path::PathBuf;

use evidence::{Outcome, bundle, verify};
use ledger::Policy;
use ledger::text::UtcTime;

use super::{Found, Trust, read};
use crate::commands::Failure;

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For the terminal.
    Text,
    /// For machines.
    Json,
    /// For the file of a case.
    Html,
}

/// What is judged, under whose trust, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRequest {
    /// The bundle.
    pub file: PathBuf,
    /// The trust file, if it isn't the user's own.
    pub trust: Option<PathBuf>,
    /// The moment of judging, if not now.
    pub at: Option<UtcTime>,
    /// How the report is printed.
    pub form: Form,
}

/// Judges a bundle. `of_user` is the user's own trust file.
///
/// # Errors
/// A sentence for the terminal, where nothing can be judged.
pub fn verify_bundle(request: &BundleRequest, of_user: Option<PathBuf>, now: UtcTime) -> Result<Found, Failure> {
    let trust = Trust::find(request.trust.as_deref(), of_user.as_deref())?;
    let octets = read(&request.file, bundle::LONGEST)?;
    if std::str::from_utf8(&octets).is_ok_and(|text| Policy::parse(text).is_ok()) {
        let place = request.file.display();
        return Err(
            format!("{place} is a trust policy, and no bundle: it belongs after --trust, and the bundle here").into()
        );
    }
    let policy = trust.as_ref().map(|trust| &trust.policy);
    let report = verify(&octets, policy, request.at.unwrap_or(now));
    let text = match request.form {
        Form::Html => report.to_html(),
        Form::Json => with_newline(report.to_json()),
        Form::Text => {
            let mut text = with_newline(report.to_text());
            // What it was judged by belongs to the finding, above all where nobody named it.
            if report.outcome != Outcome::Unreadable {
                text.push_str(&match &trust {
                    Some(trust) => format!("\nTrust: {}\n", trust.place.display()),
                    None => "\nTrust: none. Name yours with --trust=FILE.\n".to_owned(),
                });
            }
            text
        }
    };
    Ok(Found { text, status: report.outcome.status() })
}

fn with_newline(text: String) -> String {
    if text.ends_with('\n') { text } else { text + "\n" }
}
