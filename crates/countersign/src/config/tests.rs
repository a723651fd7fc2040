use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::file::ConfigurationFile;
use super::ignored::{IGNORED, find_ignored};
use super::reference::render_settings_reference;
use super::resolved::{
    ClientAuth, Database, FrontendAddress, Level, LogOutput, MasterKey, ProxyHeaders, Resolution, TlsFloor, TlsMode,
    Trust,
};
use super::setting::{Command, Kind};
use super::settings::{self, http::HTTP_PORT};
use super::values::{Origin, Values};
use super::{parse_duration, resolve};

fn values(command: Command, given: &[(&str, &str)]) -> Values {
    let arguments =
        given.iter().map(|(name, value)| (settings::find(name).expect(name), (*value).to_owned())).collect();
    Values::gather(command, arguments, &Environment::default(), None)
}

fn resolved(command: Command, given: &[(&str, &str)]) -> Resolution {
    resolve(&values(command, given)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The problems as one text.
fn refused(command: Command, given: &[(&str, &str)]) -> String {
    let problems = resolve(&values(command, given)).expect_err("it resolves");
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

fn start(given: &[(&'static str, &'static str)]) -> Resolution {
    let mut all = vec![("hostname", "https://id.example.org"), ("http-enabled", "true"), ("http-host", "127.0.0.1")];
    all.extend(given);
    resolved(Command::Start, &all)
}

#[test]
fn settings_have_distinct_kebab_names_and_readable_defaults() {
    let mut names: Vec<&str> = settings::all().map(|setting| setting.name).collect();
    assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')));
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for setting in settings::all() {
        assert!(setting.help.ends_with('.'), "{}", setting.name);
        for default in setting.default.iter().chain(&setting.development) {
            let readable = match setting.kind {
                Kind::Flag => ["true", "false"].contains(default),
                Kind::Number { least, most } => default.parse().is_ok_and(|number| (least..=most).contains(&number)),
                Kind::Choice(words) => words.contains(default),
                Kind::Duration => parse_duration(default).is_some(),
                _ => true,
            };
            assert!(readable, "{} = {default}", setting.name);
        }
    }
}

#[test]
fn every_setting_the_work_order_names_exists() {
    for name in "http-host http-port http-enabled http-relative-path https-port https-certificate-file \
                 https-certificate-key-file hostname hostname-strict hostname-admin proxy-headers \
                 proxy-trusted-addresses db db-url db-url-host db-url-port db-url-database db-username db-password \
                 db-schema db-pool-max-size data-dir log-level log-console-output health-enabled metrics-enabled \
                 http-management-port bootstrap-admin-username bootstrap-admin-password bootstrap-admin-client-id \
                 bootstrap-admin-client-secret import-realm"
        .split_whitespace()
    {
        assert!(settings::find(name).is_some(), "{name}");
    }
}

#[test]
fn reference_page_is_what_the_settings_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let expected = render_settings_reference();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&page, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(written == expected, "docs/settings.md is behind; write it with UPDATE_EXPECT=1");
}

#[test]
fn command_line_goes_before_environment_before_file_before_default() {
    let find = |arguments: &[(&str, &str)], environment: &[(&str, &str)], file: Option<&str>| {
        let environment = Environment::of(environment.iter().copied());
        let file = file.map(|text| ConfigurationFile::parse(Path::new("c.conf"), text, &environment).unwrap());
        let arguments = arguments.iter().map(|(name, value)| (settings::find(name).unwrap(), (*value).to_owned()));
        let values = Values::gather(Command::Start, arguments.collect(), &environment, file);
        values.find(&HTTP_PORT).map(|(value, origin)| (value.to_owned(), origin)).unwrap()
    };
    let (cli, env, file) = ([("http-port", "1")], [("KC_HTTP_PORT", "2")], Some("\nhttp-port=3"));
    let at = |line| Origin::File { path: "c.conf".to_owned(), line };
    assert_eq!(find(&cli, &env, file), ("1".to_owned(), Origin::CommandLine));
    assert_eq!(find(&[], &env, file), ("2".to_owned(), Origin::Variable("KC_HTTP_PORT".to_owned())));
    assert_eq!(find(&[], &[], file), ("3".to_owned(), at(2)));
    assert_eq!(find(&[], &[], None), ("8080".to_owned(), Origin::Default));
    // An empty variable or line says nothing.
    assert_eq!(find(&[], &[("KC_HTTP_PORT", "")], Some("http-port=")), ("8080".to_owned(), Origin::Default));
}

#[test]
fn unknown_keys_in_the_file_are_errors_that_name_the_nearest() {
    let text = "htp-port=1\ncache=local\nhostname=${HOST}\nhttp-host=${NONE}";
    let errors =
        ConfigurationFile::parse(Path::new("c.conf"), text, &Environment::of([("HOST", "a.example")])).unwrap_err();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert_eq!(errors[0], "c.conf:1: htp-port is no setting; did you mean http-port?");
    assert!(errors[1].starts_with("c.conf:4: http-host: the variable NONE is not set"));
}

#[test]
fn file_takes_placeholders_and_notes_what_has_no_effect() {
    let text = "cache=local\nhostname=https://${HOST:x.example}";
    let file = ConfigurationFile::parse(Path::new("c.conf"), text, &Environment::default()).unwrap();
    assert_eq!(file.settings[0].value, "https://x.example");
    assert!(file.notes[0].starts_with("c.conf:1: cache has no effect:"), "{:?}", file.notes);
}

#[test]
fn usual_file_may_be_absent_and_a_named_one_may_not() {
    let none = Environment::default();
    assert!(ConfigurationFile::load(None, &none).unwrap().is_none());
    let errors = ConfigurationFile::load(Some(Path::new("/nowhere/at-all.conf")), &none).unwrap_err();
    assert!(errors[0].contains("/nowhere/at-all.conf"));
}

#[test]
fn unknown_variables_are_noted_with_the_nearest() {
    let notes = Environment::of([
        ("KC_HTPP_PORT", "1"),
        ("KC_CACHE_STACK", "jdbc-ping"),
        ("KC_HTTP_PORT", "1"),
        ("KC_CONFIG_FILE", "x"),
        ("KC_ZZZZZZZZZZZZ", "x"),
        ("JAVA_OPTS_APPEND", "-Xmx1g"),
        ("PATH", "/bin"),
    ])
    .notes();
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(notes.contains(&"KC_HTPP_PORT is no setting: did you mean KC_HTTP_PORT?".to_owned()));
    assert!(notes.iter().any(|note| note.starts_with("KC_CACHE_STACK has no effect:")));
    assert!(notes.iter().any(|note| note.starts_with("JAVA_OPTS_APPEND has no effect:")));
}

#[test]
fn older_variables_of_the_administrator_still_count() {
    let environment = Environment::of([("KEYCLOAK_ADMIN", "ada"), ("KEYCLOAK_ADMIN_PASSWORD", "pw")]);
    let values = Values::gather(Command::StartDev, Vec::new(), &environment, None);
    let (name, password) = resolve(&values).unwrap().config.bootstrap.user.unwrap();
    assert_eq!((name.as_str(), password.reveal()), ("ada", "pw"));
}

#[test]
fn ignored_options_hide_no_setting() {
    for setting in settings::all() {
        assert!(!IGNORED.iter().any(|ignored| ignored.pattern == setting.name), "{}", setting.name);
    }
    for name in ["cache", "cache-stack", "transaction-xa-enabled", "features", "spi-x--y", "optimized"] {
        assert!(find_ignored(name).is_some(), "{name}");
    }
    for name in ["htp-port", "hostnam", "db-ur", "https-port-x"] {
        assert!(find_ignored(name).is_none(), "{name}");
    }
}

#[test]
fn start_dev_runs_as_it_is() {
    let config = resolved(Command::StartDev, &[]).config;
    assert!(config.development);
    assert_eq!(config.http.plain, Some("127.0.0.1:8080".parse().unwrap()));
    assert!(config.http.https.is_none());
    assert_eq!(config.hostname.address, None);
    assert_eq!(config.database, Database::Sqlite { file: PathBuf::from("data/countersign.db") });
    assert_eq!(config.master_key, MasterKey::InDataDir(PathBuf::from("data/master.key")));
    assert!(config.management.is_none() && config.import_realm.is_none());
    assert_eq!(config.outbound_allowed_networks.len(), 2);
}

#[test]
fn start_refuses_without_hostname_and_without_tls_and_names_what_mends_it() {
    let text = refused(Command::Start, &[]);
    for part in [
        "--hostname=",
        "--hostname-strict=false",
        "--https-certificate-file",
        "--http-enabled=true",
        "--proxy-headers=",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let text = refused(Command::Start, &[("hostname-strict", "false")]);
    assert!(!text.contains("--hostname=") && text.contains("--https-certificate-key-file"));
}

#[test]
fn start_runs_with_a_certificate_or_behind_a_proxy() {
    let tls =
        [("hostname", "id.example.org"), ("https-certificate-file", "c.pem"), ("https-certificate-key-file", "k.pem")];
    let config = resolved(Command::Start, &tls).config;
    assert!(!config.http.plain_enabled());
    let https = config.http.https.unwrap();
    assert_eq!((https.address.to_string().as_str(), https.floor), ("0.0.0.0:8443", TlsFloor::Tls12));
    assert_eq!(config.hostname.address, Some(FrontendAddress::Name("id.example.org".to_owned())));

    let proxy =
        [("hostname", "https://id.example.org/auth"), ("http-enabled", "true"), ("proxy-headers", "xforwarded")];
    let resolution = resolved(Command::Start, &proxy);
    assert_eq!(resolution.config.proxy.headers, Some(ProxyHeaders::XForwarded));
    assert!(resolution.notes[0].contains("proxy-trusted-addresses"));
}

#[test]
fn plain_http_in_production_without_a_proxy_is_said_aloud() {
    let given = [("hostname", "https://id.example.org"), ("http-enabled", "true")];
    let notes = resolved(Command::Start, &given).notes;
    assert!(notes.iter().any(|note| note.contains("--proxy-headers")), "{notes:?}");
    assert!(start(&[]).notes.is_empty(), "loopback only is fine");
}

#[test]
fn all_problems_are_told_at_once_with_their_origin() {
    let environment = Environment::of([("KC_HTTP_PORT", "eighty"), ("KC_HTTPS_CLIENT_AUTH", "requird")]);
    let values = Values::gather(Command::StartDev, Vec::new(), &environment, None);
    let problems = resolve(&values).unwrap_err();
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        text.iter()
            .any(|line| line.contains("http-port (from KC_HTTP_PORT): \"eighty\" is not a number from 0 to 65535")),
        "{text:?}"
    );
    assert!(text.iter().any(|line| line.contains("write KC_HTTPS_CLIENT_AUTH=required")), "{text:?}");
}

#[test]
fn values_that_cannot_be_read_are_refused() {
    for (name, value) in [
        ("http-enabled", "yes"),
        ("http-port", "65536"),
        ("http-port", ""),
        ("http-host", "no such host"),
        ("http-relative-path", "/a;b"),
        ("http-relative-path", "/../x"),
        ("shutdown-timeout", "soon"),
        ("hostname", "https://"),
        ("hostname", "ftp://a.example"),
        ("hostname", "a.example/path"),
        ("hostname", "a.example:8443"),
        ("hostname", "https://user:pw@a.example"),
        ("hostname", "https://a.example?x"),
        ("hostname-admin", "https://admin.example"),
        ("service-hosts", "net.example"),
        ("service-hosts", "net.example:8443=net"),
        ("service-hosts", "net.example=a,NET.example=b"),
        ("proxy-headers", "both"),
        ("proxy-trusted-addresses", "10.0.0.0/40"),
        ("proxy-client-certificate-header", "ssl-client-cert"),
        ("proxy-client-certificate-header", "a b"),
        ("db", "oracle"),
        ("db-url", "postgres://u@h/d?sslmod=verify-full"),
        ("db-url", "postgres://u@h/d?sslmode=verify"),
        ("log-level", "loud"),
        ("log-level", "oidc:loud"),
        ("https-protocols", "SSLv3"),
        ("https-certificate-file", "only.pem"),
        ("https-client-auth", "required"),
        ("bootstrap-admin-username", "ada"),
        ("bootstrap-admin-client-id", "deployer"),
        ("outbound-allowed-networks", "everything"),
    ] {
        let text = refused(Command::StartDev, &[(name, value)]);
        assert!(text.contains("To mend it"), "{name}={value}: {text}");
    }
}

#[test]
fn secrets_are_not_quoted_and_not_shown() {
    let text =
        refused(Command::StartDev, &[("db", "postgres"), ("db-username", "u"), ("db-url", "mysql://u:hunter2@h/d")]);
    assert!(!text.contains("hunter2"), "{text}");
    let config =
        resolved(Command::StartDev, &[("bootstrap-admin-password", "hunter2"), ("master-key", "hunter2")]).config;
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn postgres_is_read_from_its_parts_or_from_a_url() {
    let postgres = |given: &[(&str, &str)]| match resolved(Command::StartDev, given).config.database {
        Database::Postgres(postgres) => *postgres,
        Database::Sqlite { .. } => panic!("not PostgreSQL"),
    };
    let parts = postgres(&[
        ("db", "postgres"),
        ("db-url-host", "db.internal"),
        ("db-url-port", "5433"),
        ("db-url-database", "id"),
        ("db-username", "u"),
        ("db-password", "p"),
        ("db-schema", "s"),
        ("db-url-properties", "?sslmode=require&connectTimeout=7"),
    ]);
    assert_eq!(parts.hosts, [("db.internal".to_owned(), 5433)]);
    assert_eq!((parts.database.as_str(), parts.schema.as_str(), parts.tls.mode), ("id", "s", TlsMode::Require));
    assert_eq!(parts.connect_timeout, Duration::from_secs(7));

    let jdbc = postgres(&[
        ("db-url", "jdbc:postgresql://a.internal:6000,[::1]/id?ssl=true&sslrootcert=/ca.pem&currentSchema=kc&user=x"),
        ("db-username", "u"),
    ]);
    assert_eq!(jdbc.hosts, [("a.internal".to_owned(), 6000), ("::1".to_owned(), 5432)]);
    assert_eq!((jdbc.schema.as_str(), jdbc.tls.mode), ("kc", TlsMode::VerifyFull));
    assert_eq!(jdbc.username.as_deref(), Some("u"), "the setting stands above the URL");
    assert_eq!(jdbc.tls.authorities, Some(PathBuf::from("/ca.pem")));

    let sockets = postgres(&[("db-url", "postgres://u@%2Fvar%2Frun%2Fpostgresql/d")]);
    assert_eq!(sockets.hosts, [("/var/run/postgresql".to_owned(), 5432)]);

    let libpq = postgres(&[("db-url", "postgres://u%40x:p+w%2F@h/name")]);
    assert_eq!(libpq.username.as_deref(), Some("u@x"));
    assert_eq!(libpq.password.unwrap().reveal(), "p+w/");
    assert_eq!((libpq.hosts[0].1, libpq.database.as_str()), (5432, "name"));

    let above = postgres(&[
        ("db-url", "postgres://u@h/d?sslmode=disable&tcpKeepAlive=true&options=-c%20x%3D1"),
        ("db-tls-mode", "verify-full"),
    ]);
    assert_eq!((above.tls.mode, above.options.as_deref()), (TlsMode::VerifyFull, Some("-c x=1")));

    let text = refused(Command::StartDev, &[("db", "postgres")]);
    assert!(text.contains("--db-username"));
}

#[test]
fn sqlite_lies_in_the_data_directory_or_where_the_url_says() {
    let file = |given: &[(&str, &str)]| match resolved(Command::StartDev, given).config.database {
        Database::Sqlite { file } => file,
        Database::Postgres(_) => panic!("not SQLite"),
    };
    assert_eq!(file(&[("data-dir", "/var/x")]), PathBuf::from("/var/x/countersign.db"));
    assert_eq!(file(&[("db-url", "sqlite:/tmp/a.db")]), PathBuf::from("/tmp/a.db"));
    assert_eq!(file(&[("db-url", "jdbc:sqlite:b.db"), ("db", "sqlite")]), PathBuf::from("b.db"));
    assert_eq!(file(&[("db", "dev-file")]), PathBuf::from("data/countersign.db"));
}

#[test]
fn import_realm_is_the_usual_folder_or_the_path_named() {
    let path = |value| resolved(Command::StartDev, &[("data-dir", "d"), ("import-realm", value)]).config.import_realm;
    assert_eq!(path("true"), Some(PathBuf::from("d/import")));
    assert_eq!(path("false"), None);
    assert_eq!(path("examples/realms"), Some(PathBuf::from("examples/realms")));
}

#[test]
fn log_levels_are_read_in_keycloaks_form() {
    let logging = start(&[("log-level", "WARN,web-oidc:debug,store::postgres:all"), ("log-console-output", "json")])
        .config
        .logging;
    assert_eq!(logging.levels.everywhere, Level::Warn);
    let parts = [("web_oidc".to_owned(), Level::Debug), ("store::postgres".to_owned(), Level::Trace)];
    assert_eq!(logging.levels.parts, parts);
    assert_eq!(logging.output, LogOutput::Json);
    let java = start(&[("log-level", "info,org.keycloak:debug")]);
    assert!(java.config.logging.levels.parts.is_empty());
    assert!(java.notes[0].contains("org.keycloak"));
}

#[test]
fn management_follows_the_server_unless_told_otherwise() {
    let given = [("health-enabled", "true"), ("http-relative-path", "auth/")];
    let management = start(&given).config.management.unwrap();
    assert_eq!(management.address.to_string(), "127.0.0.1:9000");
    assert_eq!(management.relative_path, "/auth");
    assert!(management.health && !management.metrics && management.https);
    let apart = [("metrics-enabled", "true"), ("http-management-port", "0"), ("http-management-scheme", "http")];
    let management = start(&apart).config.management.unwrap();
    assert!(management.metrics && !management.https && management.address.port() == 0);
}

#[test]
fn client_certificates_want_an_authority() {
    let tls = [("https-certificate-file", "c"), ("https-certificate-key-file", "k"), ("https-client-auth", "request")];
    let with = |more: (&'static str, &'static str)| {
        let mut given = tls.to_vec();
        given.push(more);
        start(&given).config.http.https.unwrap()
    };
    let https = with(("https-trust-store-file", "ca.pem"));
    assert_eq!((https.client_auth, https.client_authorities), (ClientAuth::Request, vec![PathBuf::from("ca.pem")]));
    assert_eq!(with(("truststore-paths", "a.pem,b")).client_authorities.len(), 2);
}

#[test]
fn trust_in_a_proxy_covers_its_networks_also_in_mapped_form() {
    let given = [("proxy-headers", "forwarded"), ("proxy-trusted-addresses", "10.0.0.0/8, 192.168.1.1")];
    let trust = start(&given).config.proxy.trust;
    for (peer, covered) in
        [("10.1.1.1", true), ("::ffff:10.1.1.1", true), ("192.168.1.1", true), ("192.168.1.2", false), ("::1", false)]
    {
        assert_eq!(trust.covers(peer.parse().unwrap()), covered, "{peer}");
    }
    let header = ("proxy-client-certificate-header", "SSL-Client-Cert");
    let proxy = start(&[given[0], given[1], header]).config.proxy;
    assert_eq!(proxy.client_certificate_header.as_deref(), Some("ssl-client-cert"));
    assert!(Trust::Everyone.covers("::1".parse().unwrap()));
}
