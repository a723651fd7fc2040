//! Options of Keycloak that mean nothing here.
//!
//! They are accepted, so that a start script can be kept, and each is answered with one line that says why.

/// An option that is taken and has no effect.
#[derive(Debug)]
pub struct Ignored {
    /// The name, or the beginning of the name and a `*`.
    pub pattern: &'static str,
    /// Whether a value follows the name.
    pub value: bool,
    pub why: &'static str,
}

/// The options in the order in which they are looked up; a setting of the same name goes first.
pub const IGNORED: &[Ignored] = &[
    flag("optimized", "there is no build step, the binary is always optimized"),
    flag("verbose", "write --log-level=debug for more words"),
    flag("debug", "there is no JVM to debug"),
    option("cache*", "nodes keep nothing that must be shared; they share the database"),
    option("transaction-*", "there are no XA transactions; every change is one batch of the database"),
    option("features*", "what is built in is on"),
    option("feature-*", "what is built in is on"),
    option("spi-x509cert-lookup*", "write --proxy-client-certificate-header=NAME"),
    option("spi-*", "there are no Java providers; what is built in has its own settings"),
    option("vault*", "secrets come from variables or files, see master-key-file"),
    option("config-keystore*", "Java key stores are not read; use variables or the configuration file"),
    option("https-key-store-*", "Java key stores are not read; give PEM files as https-certificate-file and -key-file"),
    option("https-trust-store-password", "Java key stores are not read; give a PEM file as https-trust-store-file"),
    option("https-trust-store-type", "Java key stores are not read; give a PEM file as https-trust-store-file"),
    option("https-cipher-suites", "the suites are those of TLS 1.2 and 1.3 that are held to be safe"),
    option("https-management-*", "the management port has the server's own certificate"),
    option("http-management-health-enabled", "health stays on the management port"),
    option("truststore-kubernetes-enabled", "name the file in truststore-paths"),
    option("tls-hostname-verifier", "names in certificates are always checked"),
    option("fips-mode", "there is one crypto library, and it has no switch"),
    option("http-pool-max-threads", "requests do not hold threads"),
    option("http-accept-non-normalized-paths", "such paths are refused"),
    option("http-metrics-*", "request metrics are always histograms"),
    option("http-optimized-serialization-enabled", "answers are always written directly"),
    option("proxy-protocol-enabled", "the PROXY protocol is not spoken; use proxy-headers"),
    option("proxy", "it left Keycloak too; use proxy-headers, and http-enabled=true behind a proxy that ends TLS"),
    option("hostname-backchannel-dynamic", "every endpoint in the discovery document has the one address"),
    option("hostname-debug", "show-config says what the address is"),
    option("hostname-url", "it left Keycloak too; write --hostname=https://name:port/path"),
    option("hostname-path", "it left Keycloak too; write --hostname=https://name:port/path"),
    option("hostname-port", "it left Keycloak too; write --hostname=https://name:port/path"),
    option("hostname-admin-url", "it left Keycloak too; write --hostname-admin=https://name"),
    option("hostname-strict-https", "it left Keycloak too; write --hostname=https://name"),
    option("hostname-strict-backchannel", "it left Keycloak too; every endpoint has the one address"),
    option("db-driver", "the drivers are built in"),
    option("db-pool-initial-size", "connections are opened as they are needed, up to db-pool-max-size"),
    option("db-pool-min-size", "connections are opened as they are needed, up to db-pool-max-size"),
    option("db-pool-max-lifetime", "connections stay open as long as they work"),
    option("db-log-slow-queries-threshold", "write --log-level=info,store:debug"),
    option("db-debug-jpql", "there is no JPQL"),
    option("db-kind-*", "there is one database"),
    option("db-dialect", "there is no dialect to choose"),
    option("log-level-*", "write --log-level=info,PART:LEVEL"),
    option("log-console-format", "the form of the lines is log-console-output"),
    option("log-console-color", "lines have no colours in a pipe"),
    option("log-console-level", "write --log-level"),
    option("log-console-include-*", "every line of a request carries its request id"),
    option("log-console-json-format", "there is one JSON form"),
    option("log-console-async*", "the log is written as it happens"),
    option("log-file*", "the log goes to standard output"),
    option("log-syslog*", "the log goes to standard output"),
    option("log-gelf*", "the log goes to standard output"),
    option("log-mdc-*", "every line of a request carries its request id"),
    option("log-async*", "the log is written as it happens"),
    option("log-service-*", "the log goes to standard output"),
    option("log", "the log goes to standard output"),
    option("event-metrics-*", "events are in the realm's event store"),
    option("legacy-observability-interface", "health and metrics have the management port"),
    option("tracing-*", "traces are not sent"),
    option("telemetry-*", "telemetry is not sent; metrics are on the management port"),
    option("openapi-*", "there is no OpenAPI page"),
    option("kerberos-*", "Kerberos is not spoken"),
    option("profile", "start-dev and start are the two profiles"),
    option("run-in-container", "a container makes no difference"),
    option("home-dir", "data-dir says where files are"),
];

/// Variables that tune a JVM.
pub const JVM_VARIABLES: &[&str] = &["JAVA_OPTS", "JAVA_OPTS_APPEND", "JAVA_OPTS_KC_HEAP", "JAVA_ADD_OPENS"];

/// The row that this name falls under.
pub fn find_ignored(name: &str) -> Option<&'static Ignored> {
    IGNORED.iter().find(|ignored| ignored.matches(name))
}

/// One line about an option that was taken and has no effect; `written` is how the user wrote it.
pub fn note(written: &str, ignored: &Ignored) -> String {
    format!("{written} has no effect: {}.", ignored.why)
}

impl Ignored {
    fn matches(&self, name: &str) -> bool {
        match self.pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == self.pattern,
        }
    }
}

const fn flag(pattern: &'static str, why: &'static str) -> Ignored {
    Ignored { pattern, value: false, why }
}

const fn option(pattern: &'static str, why: &'static str) -> Ignored {
    Ignored { pattern, value: true, why }
}
