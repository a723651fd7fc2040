//! What Keycloak's built-in authenticators are called, and how their steps may count.
//!
//! Whether a step does anything here is a matter of `authn`; a realm that comes from a Keycloak keeps the others, too.

use model::Requirement::{self, Alternative, Conditional, Disabled, Required};

/// A kind of step.
pub(super) struct Provider {
    id: &'static str,
    /// Its name for people.
    pub(super) name: &'static str,
    /// How it may count.
    pub(super) requirements: &'static [Requirement],
    /// Whether it can be configured.
    pub(super) configurable: bool,
}

/// The kind of that id.
pub(super) fn known(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}

/// Keycloak's word for how a step counts.
pub(super) fn name_of(requirement: Requirement) -> &'static str {
    match requirement {
        Required => "REQUIRED",
        Alternative => "ALTERNATIVE",
        Conditional => "CONDITIONAL",
        Disabled => "DISABLED",
    }
}

/// The words of several.
pub(super) fn choices(requirements: &[Requirement]) -> Vec<&'static str> {
    requirements.iter().copied().map(name_of).collect()
}

/// How a flow within a flow may count.
pub(super) const ALL: &[Requirement] = &[Required, Alternative, Disabled, Conditional];
const FREE: &[Requirement] = &[Required, Alternative, Disabled];
/// How a step may count that is there or isn't.
pub(super) const SWITCH: &[Requirement] = &[Required, Disabled];
const FIXED: &[Requirement] = &[Required];

const fn row(
    id: &'static str,
    name: &'static str,
    requirements: &'static [Requirement],
    configurable: bool,
) -> Provider {
    Provider { id, name, requirements, configurable }
}

const PROVIDERS: &[Provider] = &[
    row("auth-cookie", "Cookie", FREE, false),
    row("auth-spnego", "Kerberos", FREE, false),
    row("identity-provider-redirector", "Identity Provider Redirector", FREE, true),
    row("organization", "Organization Identity-First Login", FREE, true),
    row("auth-username-password-form", "Username Password Form", FIXED, false),
    row("auth-username-form", "Username Form", FIXED, false),
    row("auth-password-form", "Password Form", FIXED, false),
    row("auth-otp-form", "OTP Form", FREE, false),
    row("webauthn-authenticator", "WebAuthn Authenticator", FREE, false),
    row("webauthn-authenticator-passwordless", "WebAuthn Passwordless Authenticator", FREE, false),
    row("auth-recovery-authn-code-form", "Recovery Authentication Code Form", FREE, false),
    row("conditional-user-configured", "Condition - user configured", SWITCH, false),
    row("conditional-user-role", "Condition - user role", SWITCH, true),
    row("conditional-user-attribute", "Condition - user attribute", SWITCH, true),
    row("conditional-level-of-authentication", "Condition - Level of Authentication", SWITCH, true),
    row("conditional-credential", "Condition - credential", SWITCH, true),
    row("direct-grant-validate-username", "Username Validation", FIXED, false),
    row("direct-grant-validate-password", "Password", FREE, false),
    row("direct-grant-validate-otp", "OTP", FREE, false),
    row("registration-page-form", "Registration Page", SWITCH, false),
    row("registration-user-creation", "Registration User Profile Creation", SWITCH, false),
    row("registration-password-action", "Password Validation", SWITCH, true),
    row("registration-recaptcha-action", "reCAPTCHA", SWITCH, true),
    row("registration-terms-and-conditions", "Terms and conditions", SWITCH, false),
    row("reset-credentials-choose-user", "Choose User", FIXED, false),
    row("reset-credential-email", "Send Reset Email", FIXED, true),
    row("reset-password", "Reset Password", FREE, false),
    row("reset-otp", "Reset OTP", FREE, true),
    row("idp-review-profile", "Review Profile", FREE, true),
    row("idp-create-user-if-unique", "Create User If Unique", FREE, true),
    row("idp-confirm-link", "Confirm link existing account", FREE, false),
    row("idp-email-verification", "Verify existing account by Email", FREE, false),
    row("idp-username-password-form", "Username Password Form for identity provider reauthentication", FIXED, false),
    row("idp-add-organization-member", "Organization Member Onboard", FREE, false),
    row("client-secret", "Client Id and Secret", FREE, false),
    row("client-jwt", "Signed JWT", FREE, false),
    row("client-secret-jwt", "Signed JWT with Client Secret", FREE, false),
    row("client-x509", "X509 Certificate", FREE, false),
    row("federated-jwt", "Signed JWT - Federated", FREE, false),
    row("http-basic-authenticator", "HTTP Basic Authentication", FREE, false),
    row("docker-http-basic-authenticator", "Docker Authenticator", FIXED, false),
];
