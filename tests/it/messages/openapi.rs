//! The description of the routes.

use std::collections::BTreeSet;

use serde_json::Value;
use wire_tests::{Ask, Server, Setup};

/// Every route of a network, as the routers have them.
pub(super) fn routes() -> BTreeSet<(String, String)> {
    let own = [web_participants::SIGNED, web_participants::ENVELOPES, web_participants::OPEN].concat();
    let own = own.iter().map(|(method, path)| (method.to_lowercase(), path.replace("{*", "{")));
    let of_a_network = |path: &str| path.contains("/participants") || path.contains("/product-networks");
    let admin = web_admin::ROUTES.iter().filter(|route| of_a_network(route.path));
    own.chain(admin.map(|route| (format!("{:?}", route.method).to_lowercase(), route.path.to_owned()))).collect()
}

#[tokio::test]
async fn every_route_of_a_network_is_described_and_nothing_else_is() {
    let server = Server::start("messages").await;
    let document = server.ask(Ask::get("/realms/net/registry/openapi.json")).await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone()))
        })
        .collect();
    assert_eq!(described, routes());
}

#[tokio::test]
async fn what_the_description_points_to_is_there_and_each_part_of_a_path_is_a_parameter() {
    let server = Server::start("messages").await;
    let document = server.ask(Ask::get("/realms/net/registry/openapi.json")).await.json();
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(to)) = members.get("$ref") {
                    assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                waiting.extend(members.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        let parts: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        for (method, operation) in methods.as_object().unwrap() {
            let named =
                operation["parameters"].as_array().unwrap().iter().filter(|parameter| parameter["in"] == "path");
            let named: BTreeSet<&str> = named.map(|parameter| parameter["name"].as_str().unwrap()).collect();
            assert_eq!(named, parts, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn answers_that_can_warn_are_described_with_their_warnings() {
    let server = Server::start("messages").await;
    let document = server.ask(Ask::get("/realms/net/registry/openapi.json")).await.json();
    for name in ["Role", "RegisteredKey"] {
        let warnings = &document["components"]["schemas"][name]["properties"]["warnings"];
        assert_eq!((&warnings["type"], &warnings["readOnly"]), (&"array".into(), &true.into()), "{name}");
    }
}

#[tokio::test]
async fn a_realm_without_participants_describes_nothing() {
    let server = Setup::of("token").start().await;
    assert_eq!(server.ask(Ask::get("/realms/token/registry/openapi.json")).await.status, 404);
}
