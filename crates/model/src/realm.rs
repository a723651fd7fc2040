//! A realm's settings that the server interprets [KC 4.1, 4.2].

use crate::Document;

/// Who may speak plain HTTP with the realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslRequired {
    /// Everybody may.
    None,
    /// Private and loopback addresses may.
    External,
    /// Nobody may.
    All,
}

/// How the wait grows with the failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BruteForceStrategy {
    /// One increment each time the factor is reached a whole number of times.
    Multiple,
    /// One increment for every failure from the factor on.
    Linear,
}

/// Protection against guessing; times in seconds unless said.
#[derive(Clone, Debug)]
pub struct BruteForce {
    /// Whether failures are counted at all.
    pub protected: bool,
    /// Whether the factor locks for good.
    pub permanent: bool,
    /// Temporary lockouts before a permanent one.
    pub max_temporary_lockouts: i64,
    /// How the wait grows.
    pub strategy: BruteForceStrategy,
    /// The longest wait.
    pub max_wait: i64,
    /// The wait after failures in quick succession.
    pub quick_wait: i64,
    /// What the wait grows by.
    pub wait_increment: i64,
    /// Two failures closer than this many milliseconds are quick.
    pub quick_check_ms: i64,
    /// Failures older than this are forgotten.
    pub max_delta: i64,
    /// Failures until the first wait.
    pub failure_factor: i64,
}

/// A realm as the server reads it; lifespans in seconds, 0 = unset where Keycloak has it so.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each field is the representation's member of the same name")]
pub struct Realm {
    pub id: String,
    pub name: String,
    pub display_name: String,
    pub enabled: bool,
    pub ssl_required: SslRequired,
    pub not_before: i64,
    pub default_signature_algorithm: String,
    pub revoke_refresh_token: bool,
    pub refresh_token_max_reuse: i64,
    pub access_token_lifespan: i64,
    pub access_token_lifespan_for_implicit_flow: i64,
    pub sso_session_idle_timeout: i64,
    pub sso_session_max_lifespan: i64,
    pub sso_session_idle_timeout_remember_me: i64,
    pub sso_session_max_lifespan_remember_me: i64,
    pub offline_session_idle_timeout: i64,
    pub offline_session_max_lifespan_enabled: bool,
    pub offline_session_max_lifespan: i64,
    pub client_session_idle_timeout: i64,
    pub client_session_max_lifespan: i64,
    pub client_offline_session_idle_timeout: i64,
    pub client_offline_session_max_lifespan: i64,
    pub access_code_lifespan: i64,
    pub access_code_lifespan_user_action: i64,
    pub access_code_lifespan_login: i64,
    pub registration_allowed: bool,
    pub registration_email_as_username: bool,
    pub remember_me: bool,
    pub verify_email: bool,
    pub login_with_email_allowed: bool,
    pub duplicate_emails_allowed: bool,
    pub reset_password_allowed: bool,
    pub edit_username_allowed: bool,
    pub brute_force: BruteForce,
    pub password_policy: String,
    pub internationalization_enabled: bool,
    pub supported_locales: Vec<String>,
    pub default_locale: Option<String>,
    pub events_enabled: bool,
    pub events_expiration: i64,
    pub enabled_event_types: Vec<String>,
    pub admin_events_enabled: bool,
    pub admin_events_details_enabled: bool,
    pub frontend_url: Option<String>,
    pub default_role: Option<String>,
    pub default_default_client_scopes: Vec<String>,
    pub default_optional_client_scopes: Vec<String>,
    /// The document itself.
    pub doc: Document,
}

impl Realm {
    /// Reads a stored realm.
    pub fn read(id: &str, name: &str, doc: Document) -> Self {
        let d = &doc;
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            display_name: d.text("displayName").filter(|t| !t.is_empty()).unwrap_or(name).to_owned(),
            enabled: d.flag("enabled"),
            ssl_required: match d.text("sslRequired").map(str::to_ascii_lowercase).as_deref() {
                Some("none") => SslRequired::None,
                Some("all") => SslRequired::All,
                _ => SslRequired::External,
            },
            not_before: d.int_or("notBefore", 0),
            default_signature_algorithm: d.text("defaultSignatureAlgorithm").unwrap_or("RS256").to_owned(),
            revoke_refresh_token: d.flag("revokeRefreshToken"),
            refresh_token_max_reuse: d.int_or("refreshTokenMaxReuse", 0),
            access_token_lifespan: d.int_or("accessTokenLifespan", 300),
            access_token_lifespan_for_implicit_flow: d.int_or("accessTokenLifespanForImplicitFlow", 900),
            sso_session_idle_timeout: d.int_or("ssoSessionIdleTimeout", 1800),
            sso_session_max_lifespan: d.int_or("ssoSessionMaxLifespan", 36000),
            sso_session_idle_timeout_remember_me: d.int_or("ssoSessionIdleTimeoutRememberMe", 0),
            sso_session_max_lifespan_remember_me: d.int_or("ssoSessionMaxLifespanRememberMe", 0),
            offline_session_idle_timeout: d.int_or("offlineSessionIdleTimeout", 2_592_000),
            offline_session_max_lifespan_enabled: d.flag("offlineSessionMaxLifespanEnabled"),
            offline_session_max_lifespan: d.int_or("offlineSessionMaxLifespan", 5_184_000),
            client_session_idle_timeout: d.int_or("clientSessionIdleTimeout", 0),
            client_session_max_lifespan: d.int_or("clientSessionMaxLifespan", 0),
            client_offline_session_idle_timeout: d.int_or("clientOfflineSessionIdleTimeout", 0),
            client_offline_session_max_lifespan: d.int_or("clientOfflineSessionMaxLifespan", 0),
            access_code_lifespan: d.int_or("accessCodeLifespan", 60),
            access_code_lifespan_user_action: d.int_or("accessCodeLifespanUserAction", 300),
            access_code_lifespan_login: d.int_or("accessCodeLifespanLogin", 1800),
            registration_allowed: d.flag("registrationAllowed"),
            registration_email_as_username: d.flag("registrationEmailAsUsername"),
            remember_me: d.flag("rememberMe"),
            verify_email: d.flag("verifyEmail"),
            login_with_email_allowed: d.flag_or("loginWithEmailAllowed", true),
            duplicate_emails_allowed: d.flag("duplicateEmailsAllowed"),
            reset_password_allowed: d.flag("resetPasswordAllowed"),
            edit_username_allowed: d.flag("editUsernameAllowed"),
            brute_force: BruteForce::read(d),
            password_policy: d.text("passwordPolicy").unwrap_or_default().to_owned(),
            internationalization_enabled: d.flag("internationalizationEnabled"),
            supported_locales: d.texts("supportedLocales"),
            default_locale: d.string("defaultLocale"),
            events_enabled: d.flag("eventsEnabled"),
            events_expiration: d.int_or("eventsExpiration", 0),
            enabled_event_types: d.texts("enabledEventTypes"),
            admin_events_enabled: d.flag("adminEventsEnabled"),
            admin_events_details_enabled: d.flag("adminEventsDetailsEnabled"),
            frontend_url: d.nested("attributes", "frontendUrl").filter(|u| !u.is_empty()).map(str::to_owned),
            default_role: d.object("defaultRole").and_then(|r| r.get("name")?.as_str()).map(str::to_owned),
            default_default_client_scopes: d.texts("defaultDefaultClientScopes"),
            default_optional_client_scopes: d.texts("defaultOptionalClientScopes"),
            doc,
        }
    }
}

impl BruteForce {
    fn read(d: &Document) -> Self {
        Self {
            protected: d.flag("bruteForceProtected"),
            permanent: d.flag("permanentLockout"),
            max_temporary_lockouts: d.int_or("maxTemporaryLockouts", 0),
            strategy: match d.text("bruteForceStrategy") {
                Some("LINEAR") => BruteForceStrategy::Linear,
                _ => BruteForceStrategy::Multiple,
            },
            max_wait: d.int_or("maxFailureWaitSeconds", 900),
            quick_wait: d.int_or("minimumQuickLoginWaitSeconds", 60),
            wait_increment: d.int_or("waitIncrementSeconds", 60),
            quick_check_ms: d.int_or("quickLoginCheckMilliSeconds", 1000),
            max_delta: d.int_or("maxDeltaTimeSeconds", 43200),
            failure_factor: d.int_or("failureFactor", 30),
        }
    }
}
