use super::{Addresses, Config, ConfigError, Mode, Secret};

const LEAST: &str = r#"
[server]
realm = "https://auth.example/realms/network"
client_id = "lender-client"
client_secret = { env = "SECRET" }

[role]
id = "lender"
origin = "https://lender.example"
profile = "strict"
keys = [{ file = "key.pem", kid = "2026-1", algorithm = "ES256" }]

[inbound]
listen = "0.0.0.0:8443"
upstream = "http://127.0.0.1:8080"

[receipts]
directory = "receipts"
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, |name| (name == "SECRET").then(|| "hidden".to_owned()))
}

#[test]
fn the_least_configuration_denies_by_default() {
    let config = parse(LEAST).unwrap();
    let inbound = config.inbound.as_ref().unwrap();
    assert_eq!((inbound.mode, inbound.addresses), (Mode::Local, Addresses::Registered));
    assert_eq!(inbound.body_bytes, 1024 * 1024);
    assert!(config.spool.is_none());
    assert!(matches!(&config.server.client_secret, Secret::Known(secret) if secret.as_str() == "hidden"));
    assert!(!format!("{config:?}").contains("hidden"));
}

#[test]
fn an_unknown_name_is_an_error_that_says_where() {
    let error = parse(&LEAST.replace("upstream =", "upstraem =")).unwrap_err().to_string();
    assert!(error.contains("upstraem") && error.contains("line"), "{error}");
    assert!(parse(&format!("{LEAST}\n[metrics]\nlisten = \"127.0.0.1:1\"")).is_err());
    assert!(parse(&LEAST.replace("client_secret = { env = \"SECRET\" }", "client_secret = \"hidden\"")).is_err());
}

#[test]
fn what_makes_no_sense_is_an_error() {
    let senseless = |text: String| matches!(parse(&text), Err(ConfigError::Senseless(_)));
    assert!(senseless(
        LEAST.replace("[inbound]\nlisten = \"0.0.0.0:8443\"\nupstream = \"http://127.0.0.1:8080\"\n", "")
    ));
    assert!(senseless(LEAST.replace("http://127.0.0.1:8080", "http://127.0.0.1:8080/base")));
    assert!(senseless(LEAST.replace("http://127.0.0.1:8080", "127.0.0.1:8080")));
    assert!(senseless(LEAST.replace("https://lender.example", "https://lender.example/")));
    assert!(senseless(
        LEAST.replace("keys = [{ file = \"key.pem\", kid = \"2026-1\", algorithm = \"ES256\" }]", "keys = []")
    ));
    let server = LEAST.replace("[receipts]", "mode = \"server\"\n[receipts]");
    assert!(parse(&server).is_ok());
    assert!(senseless(format!("{server}\n[spool]\ndirectory = \"spool\"")));
    assert!(matches!(Config::parse(LEAST, |_| None), Err(ConfigError::NoVariable(_))));
}

#[test]
fn it_leaves_half_of_the_processors_to_others_unless_it_is_told_how_many_threads_work() {
    let all = std::thread::available_parallelism().unwrap().get();
    assert_eq!(parse(LEAST).unwrap().threads(), all.div_ceil(2));
    assert_eq!(parse(&format!("threads = 7{LEAST}")).unwrap().threads(), 7);
    assert!(parse(&format!("threads = 0{LEAST}")).is_err());
}

#[test]
fn the_page_shows_a_whole_configuration() {
    let page = include_str!("../../../../docs/gateway.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (sample, _) = rest.split_once("```").unwrap();
    let config = parse(sample).unwrap();
    assert_eq!(config.role.keys.len(), 2);
    assert!(config.spool.is_some() && config.health.is_some() && config.outbound.is_some());
}
