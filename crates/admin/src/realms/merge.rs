//! What a change of a realm makes of what was there [KC 5.3].

use model::Document;
use serde_json::{Map, Value};

use super::SMTP_SECRETS;
use crate::mask;

/// Puts what was sent over what is there: member by member, headers key by key; attributes are replaced.
pub(super) fn merge(doc: &mut Document, sent: &Document) {
    for (name, value) in &sent.0 {
        if value.is_null() || NOT_CHANGED.contains(&name.as_str()) {
            continue;
        }
        match (name.as_str(), value) {
            ("attributes", Value::Object(sent)) => doc.set("attributes", replaced_attributes(sent)),
            ("browserSecurityHeaders", Value::Object(sent)) => {
                let mut headers = doc.object("browserSecurityHeaders").cloned().unwrap_or_default();
                headers.extend(sent.clone());
                doc.set("browserSecurityHeaders", headers);
            }
            ("smtpServer", Value::Object(sent)) => {
                let mut smtp = sent.clone();
                mask::unmask(&mut smtp, doc.object("smtpServer"), SMTP_SECRETS);
                if smtp.get("auth").is_none_or(|auth| auth != "true") {
                    smtp.retain(|key, _| !SMTP_SECRETS.contains(&key.as_str()));
                }
                doc.set("smtpServer", smtp);
            }
            _ => doc.set(name, value.clone()),
        }
    }
    let mut attributes = doc.object("attributes").cloned().unwrap_or_default();
    for member in MIRRORED {
        match (sent.int(member), sent.object("attributes")) {
            (Some(seconds), _) => {
                attributes.insert((*member).to_owned(), Value::String(seconds.to_string()));
            }
            (None, Some(_)) => {
                let usual = attributes.get(*member).and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok());
                doc.set(member, usual);
            }
            (None, None) => {}
        }
    }
    if sent.0.keys().any(|name| name.starts_with("otpPolicy")) {
        attributes.insert("realmReusableOtpCode".to_owned(), doc.flag("otpPolicyCodeReusable").to_string().into());
        doc.set("otpSupportedApplications", otp_applications(doc));
    }
    doc.set("attributes", attributes);
    reconcile_addresses(doc, sent);
}

/// The applications that can follow the realm's policy for one-time passwords.
fn otp_applications(doc: &Document) -> Vec<&'static str> {
    let mut out = vec!["totpAppFreeOTPName", "totpAppGoogleName"];
    let is_usual = doc.text("otpPolicyType") == Some("totp")
        && doc.text("otpPolicyAlgorithm") == Some("HmacSHA1")
        && doc.int("otpPolicyDigits") == Some(6)
        && doc.int("otpPolicyPeriod") == Some(30);
    if is_usual {
        out.push("totpAppMicrosoftAuthenticatorName");
    }
    out
}

/// The attributes of a realm after some were sent: those, and the ones that every realm has.
fn replaced_attributes(sent: &Map<String, Value>) -> Map<String, Value> {
    let mut out: Map<String, Value> =
        USUAL_ATTRIBUTES.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    for (name, value) in sent {
        if !value.is_null() && !MIRRORED.contains(&name.as_str()) {
            out.insert(name.clone(), value.clone());
        }
    }
    out
}

/// An address can't be shared and tell people apart: of these settings the one sent last wins, in Keycloak's order.
fn reconcile_addresses(doc: &mut Document, sent: &Document) {
    if sent.flag("registrationEmailAsUsername") || sent.flag("loginWithEmailAllowed") {
        doc.set("duplicateEmailsAllowed", false);
    }
    if sent.flag("duplicateEmailsAllowed") {
        doc.set("duplicateEmailsAllowed", true);
        doc.set("loginWithEmailAllowed", false);
        doc.set("registrationEmailAsUsername", false);
    }
}

/// Attributes that every realm has.
const USUAL_ATTRIBUTES: &[(&str, &str)] = &[
    ("cibaBackchannelTokenDeliveryMode", "poll"),
    ("cibaExpiresIn", "120"),
    ("cibaAuthRequestedUserHint", "login_hint"),
    ("oauth2DeviceCodeLifespan", "600"),
    ("oauth2DevicePollingInterval", "5"),
    ("parRequestUriLifespan", "60"),
    ("cibaInterval", "5"),
];

/// Settings that are repeated among the attributes.
const MIRRORED: &[&str] = &["oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval"];

/// What a change of a realm leaves alone: collections, and what has its own ways.
const NOT_CHANGED: &[&str] = &[
    "id",
    "realm",
    "roles",
    "groups",
    "defaultRole",
    "defaultRoles",
    "defaultGroups",
    "users",
    "federatedUsers",
    "scopeMappings",
    "clientScopeMappings",
    "clients",
    "clientScopes",
    "defaultDefaultClientScopes",
    "defaultOptionalClientScopes",
    "identityProviders",
    "identityProviderMappers",
    "components",
    "authenticationFlows",
    "authenticatorConfig",
    "requiredActions",
    "requiredCredentials",
    "localizationTexts",
    "organizations",
    "keycloakVersion",
    "countersign",
];
