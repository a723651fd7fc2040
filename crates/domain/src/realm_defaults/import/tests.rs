//! Each rule as a Keycloak 26.7.4 followed it when it was given the file.

use serde_json::{Value, json};

use super::{ImportError, merge_import};
use crate::realm_defaults::{Rep, new_realm};

const NOW: i64 = 1_795_331_467_000;

fn import(file: Value) -> Value {
    try_import(file).unwrap().into()
}

fn try_import(mut file: Value) -> Result<Rep, ImportError> {
    if file.get("realm").is_none() {
        file["realm"] = json!("r");
    }
    let Value::Object(file) = file else { panic!("no object") };
    merge_import(new_realm("r", "an-id"), file, NOW)
}

fn named<'a>(realm: &'a Value, member: &str, key: &str, name: &str) -> &'a Value {
    let list = realm.pointer(member).and_then(Value::as_array).unwrap_or_else(|| panic!("no list {member}"));
    list.iter().find(|item| item[key] == name).unwrap_or_else(|| panic!("no {name} in {member}"))
}

fn client<'a>(realm: &'a Value, id: &str) -> &'a Value {
    named(realm, "/clients", "clientId", id)
}

fn names(realm: &Value, member: &str, key: &str) -> Vec<String> {
    let list = realm.pointer(member).and_then(Value::as_array).unwrap_or_else(|| panic!("no list {member}"));
    let mut names: Vec<_> = list.iter().map(|item| item[key].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_without_a_name_is_no_realm() {
    assert_eq!(try_import(json!({"realm": " "})), Err(ImportError::NoName));
    assert_eq!(ImportError::NoName.to_string(), "Realm name cannot be empty");
}

#[test]
fn a_realm_is_off_unless_the_file_says_on() {
    assert_eq!(import(json!({}))["enabled"], false);
    assert_eq!(import(json!({"enabled": true}))["enabled"], true);
}

#[test]
fn settings_count_one_by_one_and_headers_and_attributes_key_by_key() {
    let realm = import(json!({
        "accessTokenLifespan": 60,
        "displayName": null,
        "attributes": {"frontendUrl": "https://x.example", "parRequestUriLifespan": "90"},
        "browserSecurityHeaders": {"xFrameOptions": "DENY"},
        "enabledEventTypes": ["LOGIN"],
        "oauth2DeviceCodeLifespan": 100,
        "keycloakVersion": "1.0",
    }));
    assert_eq!(realm["accessTokenLifespan"], 60);
    assert!(realm.get("displayName").is_none());
    assert_eq!(realm["attributes"]["frontendUrl"], "https://x.example");
    assert_eq!(realm["attributes"]["parRequestUriLifespan"], "90");
    assert_eq!(realm["attributes"]["cibaExpiresIn"], "120");
    assert_eq!(realm["attributes"]["oauth2DeviceCodeLifespan"], "100");
    assert_eq!(realm["browserSecurityHeaders"]["xFrameOptions"], "DENY");
    assert_eq!(realm["browserSecurityHeaders"]["referrerPolicy"], "no-referrer");
    assert_eq!(realm["enabledEventTypes"], json!(["LOGIN"]));
    assert_eq!(realm["keycloakVersion"], "26.7.4");
}

#[test]
fn web_origins_come_from_redirect_addresses_unless_given() {
    let redirects =
        json!(["https://a.example/cb", "https://b.example:8443/*", "/rel/*", "custom:x", "*", "https://a.example/2"]);
    let realm = import(json!({"clients": [
        {"clientId": "c", "redirectUris": redirects},
        {"clientId": "d", "redirectUris": redirects, "webOrigins": []},
    ]}));
    assert_eq!(client(&realm, "c")["webOrigins"], json!(["https://a.example", "https://b.example:8443"]));
    assert_eq!(client(&realm, "d")["webOrigins"], json!([]));
}

#[test]
fn a_client_gets_a_secret_unless_it_is_public() {
    let realm = import(json!({"clients": [
        {"clientId": "made"},
        {"clientId": "given", "secret": "s"},
        {"clientId": "public", "publicClient": true, "secret": "s"},
        {"clientId": "jwt", "clientAuthenticatorType": "client-jwt", "attributes": {"post.logout.redirect.uris": ""}},
    ]}));
    assert_eq!(client(&realm, "made")["secret"].as_str().unwrap().len(), 86);
    assert_eq!(client(&realm, "made")["attributes"]["client.secret.creation.time"], "1795331467");
    assert_eq!(client(&realm, "jwt")["secret"].as_str().unwrap().len(), 86);
    assert_eq!(client(&realm, "jwt")["attributes"]["post.logout.redirect.uris"], "+");
    assert_eq!(client(&realm, "given")["secret"], "s");
    assert_eq!(
        client(&realm, "given")["attributes"],
        json!({"realm_client": "false", "post.logout.redirect.uris": "+"})
    );
    assert!(client(&realm, "public").get("secret").is_none());
    assert_ne!(client(&realm, "made")["secret"], client(&realm, "jwt")["secret"]);
}

#[test]
fn a_client_has_the_scopes_of_its_protocol_or_exactly_those_it_names() {
    let realm = import(json!({"clients": [
        {"clientId": "usual"},
        {"clientId": "saml", "protocol": "saml"},
        {"clientId": "own", "defaultClientScopes": ["email", "nonesuch"]},
    ]}));
    assert_eq!(client(&realm, "usual")["defaultClientScopes"].as_array().unwrap().len(), 6);
    assert_eq!(client(&realm, "usual")["optionalClientScopes"].as_array().unwrap().len(), 5);
    let saml = client(&realm, "saml");
    assert_eq!(saml["defaultClientScopes"], json!(["role_list", "saml_organization", "AuthnContextClassRef"]));
    assert_eq!(saml["optionalClientScopes"], json!([]));
    assert_eq!(client(&realm, "own")["defaultClientScopes"], json!(["email"]));
    assert_eq!(client(&realm, "own")["optionalClientScopes"], json!([]));
    let s = import(json!({"clients": [{"clientId": "s", "protocol": "saml"}]}));
    assert_eq!(client(&s, "s")["attributes"]["saml.artifact.binding.identifier"], "oPFJCiDQIRyZe0S8NX4Zct6riuM=");
}

#[test]
fn scopes_of_the_file_replace_the_built_in_ones_but_offline_access() {
    let realm = import(json!({
        "clientScopes": [{"name": "mine", "protocol": "openid-connect"}, {"name": "opt", "protocol": "openid-connect"}],
        "defaultDefaultClientScopes": ["mine"],
        "defaultOptionalClientScopes": ["opt"],
        "clients": [{"clientId": "c"}],
        "scopeMappings": [{"clientScope": "mine", "roles": ["offline_access"]}],
    }));
    assert_eq!(names(&realm, "/clientScopes", "name"), ["mine", "offline_access", "opt"]);
    assert_eq!(realm["defaultDefaultClientScopes"], json!(["mine"]));
    assert_eq!(realm["defaultOptionalClientScopes"], json!(["opt", "offline_access"]));
    assert_eq!(client(&realm, "c")["defaultClientScopes"], json!(["mine"]));
    assert_eq!(client(&realm, "c")["optionalClientScopes"], json!(["opt", "offline_access"]));
    assert_eq!(client(&realm, "account")["defaultClientScopes"], json!([]));
    assert_eq!(realm["scopeMappings"].as_array().unwrap().len(), 2);
}

#[test]
fn without_scopes_the_files_lists_only_add() {
    let realm = import(json!({"defaultDefaultClientScopes": ["email", "phone"]}));
    assert_eq!(realm["defaultDefaultClientScopes"].as_array().unwrap().len(), 10);
}

#[test]
fn an_account_client_of_the_file_replaces_account_and_its_console() {
    let realm = import(json!({"clients": [{"clientId": "account", "enabled": false}]}));
    assert_eq!(
        names(&realm, "/clients", "clientId"),
        ["account", "admin-cli", "broker", "realm-management", "security-admin-console"]
    );
    assert_eq!(names(&realm, "/roles/client/account", "name"), ["delete-account"]);
    let default = named(&realm, "/roles/realm", "name", "default-roles-r");
    assert_eq!(default["composites"], json!({"realm": ["offline_access", "uma_authorization"]}));
    assert!(realm.get("clientScopeMappings").is_none());
    assert_eq!(client(&realm, "account")["nodeReRegistrationTimeout"], -1);
}

#[test]
fn realm_management_of_the_file_has_all_its_roles() {
    let file = json!({
        "clients": [{"clientId": "realm-management", "name": "mine"}, {"clientId": "broker"}],
        "roles": {"client": {"realm-management": [{"name": "extra"}]}},
    });
    let realm = import(file);
    assert_eq!(names(&realm, "/roles/client/realm-management", "name").len(), 23);
    assert_eq!(names(&realm, "/roles/client/broker", "name").len(), 0);
    assert_eq!(client(&realm, "realm-management")["name"], "mine");
    assert_eq!(client(&realm, "realm-management")["attributes"]["realm_client"], "true");
}

#[test]
fn roles_are_added_and_built_in_ones_stay() {
    let realm = import(json!({
        "clients": [{"clientId": "app"}],
        "roles": {
            "realm": [{"name": "offline_access", "description": "mine"}, {"name": "r1"}],
            "client": {
                "account": [{"name": "x"}, {"name": "view-profile", "description": "mine"}],
                "app": [{"name": "a1", "composites": {"realm": ["r1"], "client": {"app": ["a2"]}}}, {"name": "a2"}],
            },
        },
        "defaultRoles": ["r1"],
    }));
    let role = |name| named(&realm, "/roles/realm", "name", name);
    assert_eq!(role("offline_access")["description"], "${role_offline-access}");
    assert_eq!(role("r1")["containerId"], "an-id");
    assert_eq!(role("default-roles-r")["composites"]["realm"], json!(["offline_access", "uma_authorization", "r1"]));
    assert_eq!(names(&realm, "/roles/client/account", "name").len(), 9);
    let a1 = named(&realm, "/roles/client/app", "name", "a1");
    assert_eq!((&a1["composite"], &a1["containerId"]), (&json!(true), &client(&realm, "app")["id"]));
    let nowhere = try_import(json!({"roles": {"client": {"nowhere": [{"name": "x"}]}}})).unwrap_err();
    assert_eq!(nowhere.to_string(), "App doesn't exist in role definitions: nowhere");
}

#[test]
fn a_default_role_of_the_file_takes_the_place_of_the_usual_one() {
    let role = json!({"name": "my-default", "composites": {"realm": ["offline_access"]}});
    let realm = import(json!({
        "defaultRole": role, "roles": {"realm": [role, {"name": "offline_access"}]},
        "clients": [{"clientId": "k", "serviceAccountsEnabled": true}],
    }));
    assert_eq!(names(&realm, "/roles/realm", "name"), ["my-default", "offline_access", "uma_authorization"]);
    assert_eq!(realm["defaultRole"]["name"], "my-default");
    assert!(realm["defaultRole"].get("description").is_none());
    let parts = &named(&realm, "/roles/realm", "name", "my-default")["composites"];
    assert_eq!(parts["realm"], json!(["offline_access", "uma_authorization"]));
    assert_eq!(parts["client"]["account"].as_array().unwrap().len(), 2);
    assert_eq!(named(&realm, "/users", "username", "service-account-k")["realmRoles"], json!(["my-default"]));
}

#[test]
fn users_have_exactly_the_roles_named_and_names_in_lower_case() {
    let realm = import(json!({"clients": [{"clientId": "c"}], "users": [
        {"username": "BIG", "email": "Big@X.Example", "enabled": true, "realmRoles": ["new-one"],
         "clientRoles": {"c": ["made-up"]}, "credentials": [{"type": "password", "value": "pw", "temporary": true}]},
        {"username": "two", "id": "an-id-of-its-own", "createdTimestamp": 5},
    ]}));
    let big = named(&realm, "/users", "username", "big");
    assert_eq!((&big["email"], &big["realmRoles"]), (&json!("big@x.example"), &json!(["new-one"])));
    assert_eq!((&big["requiredActions"], &big["createdTimestamp"]), (&json!([]), &json!(NOW)));
    assert_eq!(big["credentials"][0]["value"], "pw");
    let two = named(&realm, "/users", "username", "two");
    assert_eq!((&two["id"], &two["createdTimestamp"]), (&json!("an-id-of-its-own"), &json!(5)));
    assert_eq!(two["enabled"], false);
    assert!(two.get("realmRoles").is_none());
    assert!(names(&realm, "/roles/realm", "name").contains(&"new-one".to_owned()));
    assert_eq!(names(&realm, "/roles/client/c", "name"), ["made-up"]);
}

#[test]
fn a_service_account_is_made_unless_the_file_lists_its_user() {
    let realm = import(json!({
        "clients": [
            {"clientId": "Made", "serviceAccountsEnabled": true},
            {"clientId": "listed", "serviceAccountsEnabled": true},
            {"clientId": "authz", "serviceAccountsEnabled": true, "authorizationServicesEnabled": true},
        ],
        "users": [{"username": "service-account-listed", "serviceAccountClientId": "listed"}],
    }));
    let made = named(&realm, "/users", "username", "service-account-made");
    assert_eq!((&made["realmRoles"], &made["enabled"]), (&json!(["default-roles-r"]), &json!(true)));
    assert!(named(&realm, "/users", "username", "service-account-listed").get("realmRoles").is_none());
    let scoped = |id| client(&realm, id)["defaultClientScopes"].as_array().unwrap().contains(&json!("service_account"));
    assert!(scoped("Made") && scoped("authz") && !scoped("listed"));
    let authz = named(&realm, "/users", "username", "service-account-authz");
    assert_eq!(authz["clientRoles"], json!({"authz": ["uma_protection"]}));
    assert_eq!(names(&realm, "/roles/client/authz", "name"), ["uma_protection"]);
    assert_eq!(client(&realm, "authz")["authorizationSettings"]["decisionStrategy"], "UNANIMOUS");
    let bare = import(json!({"clientScopes": [], "clients": [{"clientId": "k", "serviceAccountsEnabled": true}]}));
    assert_eq!(client(&bare, "k")["defaultClientScopes"], json!([]));
}

#[test]
fn flows_are_added_and_built_in_ones_stay_unless_named() {
    let step = json!({"authenticator": "auth-cookie", "requirement": "ALTERNATIVE", "priority": 10});
    let realm = import(json!({
        "authenticationFlows": [{"alias": "my browser", "topLevel": true, "authenticationExecutions": [step]}],
        "browserFlow": "my browser",
    }));
    assert_eq!(realm["authenticationFlows"].as_array().unwrap().len(), 22);
    assert_eq!(realm["browserFlow"], "my browser");
    let own = named(&realm, "/authenticationFlows", "alias", "my browser");
    assert_eq!(own["authenticationExecutions"][0]["autheticatorFlow"], false);

    let realm = import(json!({
        "authenticationFlows": [{"alias": "browser", "topLevel": true, "authenticationExecutions": [step]}],
    }));
    let aliases = names(&realm, "/authenticationFlows", "alias");
    assert!(!aliases.contains(&"forms".to_owned()) && aliases.contains(&"registration form".to_owned()));
    assert_eq!(
        names(&realm, "/authenticatorConfig", "alias"),
        ["create unique user config", "first-broker-login-conditional-credential", "review profile config"]
    );
}

#[test]
fn required_actions_and_component_types_of_the_file_replace_the_built_in_ones() {
    let policies = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy";
    let realm = import(json!({
        "requiredActions": [{"alias": "UPDATE_PASSWORD", "name": "Change it", "enabled": false, "priority": 30}],
        "components": {policies: [{"name": "Max Clients Limit", "providerId": "max-clients"}]},
    }));
    assert_eq!(names(&realm, "/requiredActions", "alias"), ["UPDATE_PASSWORD", "delete_account"]);
    assert_eq!(realm["components"][policies].as_array().unwrap().len(), 1);
    assert_eq!(realm["components"]["org.keycloak.keys.KeyProvider"].as_array().unwrap().len(), 4);
}

#[test]
fn groups_get_their_paths() {
    let realm = import(json!({
        "groups": [{"name": "a", "subGroups": [{"name": "b/c", "subGroups": [{"name": "d"}]}]}],
        "defaultGroups": ["/a"],
    }));
    let d = realm.pointer("/groups/0/subGroups/0/subGroups/0").unwrap();
    assert_eq!(d["path"], "/a/b~/c/d");
    assert_eq!(d["parentId"], realm.pointer("/groups/0/subGroups/0/id").unwrap().clone());
    assert_eq!(realm["defaultGroups"], json!(["/a"]));
}

#[test]
fn mappings_of_roles_to_clients_add_up() {
    let realm = import(json!({
        "clients": [{"clientId": "c"}],
        "clientScopeMappings": {"account": [{"client": "c", "roles": ["view-profile"]}]},
    }));
    assert_eq!(names(&realm, "/clientScopeMappings/account", "client"), ["account-console", "c"]);
}

#[test]
fn a_mapper_shows_in_userinfo_what_it_shows_in_the_id_token() {
    let mapper = |name: &str, config: Value| json!({"name": name, "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper", "config": config});
    let mappers = json!([
        mapper("none", json!({})),
        mapper("yes", json!({"id.token.claim": "true"})),
        mapper("no", json!({"id.token.claim": "false"})),
        mapper("said", json!({"id.token.claim": "true", "userinfo.token.claim": "false"})),
    ]);
    let realm = import(json!({"clients": [{"clientId": "c", "protocolMappers": mappers}]}));
    let told: Vec<_> = client(&realm, "c")["protocolMappers"].as_array().unwrap().iter().collect();
    let told: Vec<_> = told.iter().map(|mapper| mapper["config"].get("userinfo.token.claim").cloned()).collect();
    assert_eq!(told, [None, Some(json!("true")), Some(json!("false")), Some(json!("false"))]);
    assert!(client(&realm, "c")["protocolMappers"][0]["id"].is_string());
}

/// Exported and imported again, a realm is the same but for what every imported client and mapper gets.
#[test]
fn a_whole_export_comes_back_whole() {
    let export: Value = serde_json::from_str(include_str!("../testdata/fresh-by-keycloak-26.7.4.json")).unwrap();
    let again =
        Value::from(merge_import(new_realm("fresh", "an-id"), export.as_object().unwrap().clone(), NOW).unwrap());
    for member in ["authenticationFlows", "authenticatorConfig", "requiredActions", "components", "clientScopeMappings"]
    {
        assert_eq!(again[member], export[member], "{member}");
    }
    for member in ["/roles/realm", "/roles/client/realm-management", "/roles/client/account", "/clientScopes"] {
        assert_eq!(names(&again, member, "id"), names(&export, member, "id"), "{member}");
    }
    assert_eq!(names(&again, "/clients", "id"), names(&export, "/clients", "id"));
    assert_eq!(client(&again, "account"), client(&export, "account"));
    let parts = |realm: &Value| named(realm, "/roles/realm", "name", "default-roles-fresh")["composites"].clone();
    assert_eq!(parts(&again)["realm"].as_array().unwrap().len(), parts(&export)["realm"].as_array().unwrap().len());
    assert_eq!(again["defaultRole"]["id"], export["defaultRole"]["id"]);
    assert!(again.get("users").is_none());
}

#[test]
fn a_file_of_odd_shapes_is_no_reason_to_stop() {
    let realm = import(json!({
        "clients": "x", "users": {"a": 1}, "roles": [], "groups": 7, "clientScopes": [1, "x", null],
        "authenticationFlows": {}, "components": {"t": 5, "u": [3]}, "scopeMappings": 1, "clientScopeMappings": [],
        "defaultRole": 3, "attributes": "no", "requiredActions": "no",
    }));
    assert_eq!(realm["realm"], "r");
}
