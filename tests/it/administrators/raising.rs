//! Nobody gives more than they have: a role that administers is given, by whatever way, by who has it.

use std::cell::Cell;
use std::collections::BTreeMap;

use admin::permit::ADMINISTRATORS;
use serde_json::{Value, json};
use wire_tests::{Ask, Reply, Server, Setup, claims_of};

use super::{Hand, user};

/// A request: its method, its path in the realm, its body; what is in braces is filled in.
type Way = (&'static str, &'static str, &'static str);

/// The ways by which a role comes to somebody, or becomes part of what they have.
const GIVING: &[Way] = &[
    ("POST", "users/{ada}/role-mappings/{of}", "[{role}]"),
    ("POST", "groups/{crew}/role-mappings/{of}", "[{role}]"),
    ("POST", "roles/default-roles-token/composites", "[{role}]"),
    ("POST", "roles-by-id/{default}/composites", "[{role}]"),
    ("POST", "roles/reader/composites", "[{role}]"),
    ("POST", "roles-by-id/{reader}/composites", "[{role}]"),
    ("POST", "clients/{app}/roles/held/composites", "[{role}]"),
    ("POST", "roles-by-id/{held}/composites", "[{role}]"),
    ("POST", "roles", r#"{"name": "{new}", "composites": {parts}}"#),
    ("POST", "clients/{app}/roles", r#"{"name": "{new}", "composites": {parts}}"#),
    ("POST", "partialImport", r#"{"users": [{"username": "{new}", "enabled": true, {given}}]}"#),
    ("POST", "partialImport", r#"{"roles": {"realm": [{"name": "{new}", "composites": {parts}}]}}"#),
];

/// The ways into a group, for people, for groups with their people, and for whoever comes.
const JOINING: &[Way] = &[
    ("PUT", "users/{ada}/groups/{group}", ""),
    ("POST", "groups/{group}/children", r#"{"id": "{crew}", "name": "crew"}"#),
    ("PUT", "default-groups/{group}", ""),
    ("POST", "users", r#"{"username": "{new}", "enabled": true, "groups": ["{path}"]}"#),
    ("POST", "partialImport", r#"{"users": [{"username": "{new}", "enabled": true, "groups": ["{path}"]}]}"#),
];

/// What is read back to see that nothing changed.
const SEEN: &[&str] = &[
    "users?max=100",
    "users/{ada}/role-mappings",
    "users/{ada}/groups",
    "groups?briefRepresentation=false",
    "groups/{crew}",
    "groups/{bosses}/children",
    "groups/{below}/children",
    "groups/{disguised}/children",
    "default-groups",
    "roles",
    "clients/{app}/roles",
    "roles-by-id/{default}/composites",
    "roles-by-id/{reader}/composites",
    "roles-by-id/{held}/composites",
];

/// Roles that administer: by themselves, as a part of another, as a part of a part, as a part of a client's.
const ROLES: &[&str] = &["{rm}/realm-admin", "{rm}/impersonation", "harmless", "deep", "{app}/inner"];
/// Groups that do: by themselves, by the group above them, by a role that doesn't look like it.
const GROUPS: &[&str] = &["/bosses", "/bosses/below", "/disguised"];
/// Administrators of the realm who lack `impersonation` and `realm-admin`.
const LACKING: &[&str] = &["people", "settings", "apps", "most"];

struct Stage {
    server: Server,
    names: BTreeMap<String, String>,
    made: Cell<u32>,
}

/// The realm `token` with administrators of every kind, roles and groups that administer and such that don't.
async fn stage() -> Stage {
    let most = |role: &&&str| {
        !role.contains("organizations")
            && !role.contains("participants")
            && !["realm-admin", "impersonation"].contains(*role)
    };
    let most: Vec<&str> = ADMINISTRATORS.iter().filter(most).copied().collect();
    let server = Setup::of("token")
        .with(|realm| {
            let users = realm["users"].as_array_mut().expect("users");
            users.push(user("boss", &["realm-admin"]));
            users.push(user("people", &["manage-users"]));
            users.push(user("settings", &["manage-realm"]));
            users.push(user("apps", &["manage-clients"]));
            users.push(user("most", &most));
            let roles = realm["roles"]["realm"].as_array_mut().expect("roles");
            let part = json!({"client": {"realm-management": ["impersonation"]}});
            roles.push(json!({"name": "harmless", "composites": part}));
            roles.push(json!({"name": "deep", "composites": {"realm": ["harmless"]}}));
            let part = json!({"client": {"realm-management": ["realm-admin"]}});
            realm["roles"]["client"] = json!({"app": [{"name": "held"}, {"name": "inner", "composites": part}]});
            realm["groups"] = json!([
                {"name": "bosses", "clientRoles": {"realm-management": ["realm-admin"]}, "subGroups": [{"name": "below"}]},
                {"name": "disguised", "realmRoles": ["deep"]},
                {"name": "crew"},
                {"name": "plain", "realmRoles": ["editor"]},
            ]);
        })
        .master()
        .start()
        .await;
    let names = names(&Hand::of(&server, "token", "boss").await).await;
    Stage { server, names, made: Cell::new(0) }
}

async fn names(boss: &Hand<'_>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (name, path) in [
        ("ada", "users?username=ada&exact=true"),
        ("app", "clients?clientId=app"),
        ("rm", "clients?clientId=realm-management"),
        ("default", "roles/default-roles-token"),
        ("reader", "roles/reader"),
        ("crew", "group-by-path/crew"),
        ("bosses", "group-by-path/bosses"),
        ("below", "group-by-path/bosses/below"),
        ("disguised", "group-by-path/disguised"),
    ] {
        names.insert(name.to_owned(), boss.id(&format!("token/{path}")).await);
    }
    let held = boss.id(&format!("token/clients/{}/roles/held", names["app"])).await;
    names.insert("held".to_owned(), held);
    names
}

impl Stage {
    async fn hand(&self, username: &str) -> Hand<'_> {
        Hand::of(&self.server, "token", username).await
    }

    /// Fills in what is in braces; `{new}` is new each time.
    fn filled(&self, text: &str, more: &[(&str, String)]) -> String {
        self.made.set(self.made.get() + 1);
        let mut text = text.replace("{new}", &format!("new{}", self.made.get()));
        let known = self.names.iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in more.iter().map(|(name, value)| (*name, value)).chain(known) {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// Goes a way.
    async fn go(&self, who: &Hand<'_>, (method, path, body): Way, more: &[(&str, String)]) -> Reply {
        let path = format!("token/{}", self.filled(path, more));
        who.ask(method, path.trim_end_matches('/'), &self.filled(body, more)).await
    }

    /// What a way needs to know of a role: `name`, or `{client}/name`.
    async fn role(&self, role: &str) -> Vec<(&'static str, String)> {
        let boss = self.hand("boss").await;
        let Some((client, name)) = role.split_once('/') else {
            let found = boss.read(&format!("token/roles/{role}")).await;
            let given = format!(r#""realmRoles": ["{role}"]"#);
            let parts = json!({"realm": [role]}).to_string();
            return vec![("of", "realm".to_owned()), ("role", found.to_string()), ("given", given), ("parts", parts)];
        };
        let id = self.filled(client, &[]);
        let found = boss.read(&format!("token/clients/{id}/roles/{name}")).await;
        let of = if client == "{rm}" { "realm-management" } else { "app" };
        let given = format!(r#""clientRoles": {{"{of}": ["{name}"]}}"#);
        let parts = json!({"client": {of: [name]}}).to_string();
        vec![("of", format!("clients/{id}")), ("role", found.to_string()), ("given", given), ("parts", parts)]
    }

    /// What a way needs to know of a group.
    async fn group(&self, path: &str) -> Vec<(&'static str, String)> {
        let id = self.hand("boss").await.id(&format!("token/group-by-path{path}")).await;
        vec![("group", id), ("path", path.to_owned())]
    }

    /// Every way with every role or group that administers.
    async fn ways(&self) -> Vec<(Way, Vec<(&'static str, String)>)> {
        let mut all = Vec::new();
        for role in ROLES {
            let role = self.role(role).await;
            all.extend(GIVING.iter().map(|way| (*way, role.clone())));
        }
        for group in GROUPS {
            let group = self.group(group).await;
            all.extend(JOINING.iter().map(|way| (*way, group.clone())));
        }
        all
    }

    /// Who has what.
    async fn seen(&self) -> Vec<Value> {
        let boss = self.hand("boss").await;
        let mut seen = Vec::new();
        for path in SEEN {
            seen.push(boss.read(&format!("token/{}", self.filled(path, &[]))).await);
        }
        seen
    }

    /// An administrator of `master` with roles of a client of master's.
    async fn of_master(&self, username: &str, client: &str, roles: &[&str]) -> Hand<'_> {
        let root = Hand { server: &self.server, token: self.server.admin_token().await };
        let mut file = user(username, &[]);
        file.as_object_mut().expect("an object").remove("clientRoles");
        root.ask("POST", "master/users", &file.to_string()).await.expect(201);
        let id = root.id(&format!("master/users?username={username}&exact=true")).await;
        let client = root.id(&format!("master/clients?clientId={client}")).await;
        for role in roles {
            let role = root.read(&format!("master/clients/{client}/roles/{role}")).await;
            let path = format!("master/users/{id}/role-mappings/clients/{client}");
            root.ask("POST", &path, &json!([role]).to_string()).await.expect(204);
        }
        Hand::of(&self.server, "master", username).await
    }
}

/// Goes every way with everything that administers, and returns where the answer was another than 403.
async fn not_refused(stage: &Stage, who: &Hand<'_>) -> Vec<String> {
    let mut odd = Vec::new();
    for (way, more) in stage.ways().await {
        let reply = stage.go(who, way, &more).await;
        if reply.status != 403 {
            odd.push(format!("{way:?} with {more:?} -> {}", reply.line()));
        }
    }
    odd
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn nobody_gives_by_any_way_a_role_that_administers_and_that_they_have_not() {
    let stage = stage().await;
    let before = stage.seen().await;
    for username in LACKING {
        assert_eq!(not_refused(&stage, &stage.hand(username).await).await, NONE, "{username}");
    }
    assert_eq!(stage.seen().await, before);
}

#[tokio::test]
async fn an_administrator_of_master_gives_no_more_of_a_realm_than_they_have_of_it() {
    let stage = stage().await;
    let before = stage.seen().await;
    let roles = ["manage-users", "manage-realm", "manage-clients", "view-events"];
    let lesser = stage.of_master("lesser", "token-realm", &roles).await;
    assert_eq!(not_refused(&stage, &lesser).await, NONE);
    assert_eq!(stage.seen().await, before);
}

#[tokio::test]
async fn a_realm_s_administrator_and_one_of_master_give_each_by_each_way() {
    for of_master in [false, true] {
        let stage = stage().await;
        let who = match of_master {
            false => stage.hand("boss").await,
            true => Hand { server: &stage.server, token: stage.server.admin_token().await },
        };
        for (way, more) in stage.ways().await {
            let reply = stage.go(&who, way, &more).await;
            assert!((200..300).contains(&reply.status), "{of_master} {way:?} with {more:?}: {}", reply.line());
        }
        // Who got it administers.
        let ada = stage.hand("ada").await;
        ada.ask("PUT", "token", r#"{"displayName": "Ada's"}"#).await.expect(204);
    }
}

#[tokio::test]
async fn who_manages_gives_what_administers_nothing_and_what_they_have_themselves() {
    let stage = stage().await;
    let most = stage.hand("most").await;
    let mut ways: Vec<(Way, Vec<(&str, String)>)> = Vec::new();
    for role in ["editor", "{rm}/manage-users", "{rm}/query-groups"] {
        let role = stage.role(role).await;
        ways.extend(GIVING.iter().map(|way| (*way, role.clone())));
    }
    let group = stage.group("/plain").await;
    ways.extend(JOINING.iter().map(|way| (*way, group.clone())));
    for (way, more) in ways {
        let reply = stage.go(&most, way, &more).await;
        assert!((200..300).contains(&reply.status), "{way:?} with {more:?}: {}", reply.line());
    }
}

/// Roles and groups in representations that give none: Keycloak takes such requests and passes over those members.
const PASSED_OVER: &[Way] = &[
    ("PUT", "users/{ada}", r#"{"realmRoles": ["deep"], "clientRoles": {"realm-management": ["realm-admin"]}}"#),
    ("PUT", "users/{ada}", r#"{"groups": ["/bosses"], "serviceAccountClientId": "realm-management"}"#),
    ("PUT", "groups/{crew}", r#"{"name": "crew", "clientRoles": {"realm-management": ["realm-admin"]}}"#),
    (
        "PUT",
        "groups/{crew}",
        r#"{"name": "crew", "realmRoles": ["deep"], "parentId": "{bosses}", "path": "/bosses/crew"}"#,
    ),
    ("PUT", "roles/reader", r#"{"name": "reader", "composites": {"realm": ["deep"]}}"#),
    ("PUT", "roles-by-id/{held}", r#"{"name": "held", "composites": {"realm": ["deep"]}}"#),
    ("PUT", "clients/{app}", r#"{"defaultRoles": ["inner"]}"#),
    ("PUT", "", r#"{"defaultRole": {"name": "deep"}, "defaultRoles": ["deep"], "defaultGroups": ["/bosses"]}"#),
    (
        "PUT",
        "",
        r#"{"groups": [{"name": "crew", "realmRoles": ["deep"]}], "users": [{"username": "x", "enabled": true}]}"#,
    ),
    ("PUT", "", r#"{"roles": {"realm": [{"name": "reader", "composites": {"realm": ["deep"]}}]}}"#),
];

#[tokio::test]
async fn roles_and_groups_within_a_change_of_another_thing_are_passed_over() {
    let stage = stage().await;
    let before = stage.seen().await;
    for username in ["most", "boss"] {
        let who = stage.hand(username).await;
        for way in PASSED_OVER {
            let reply = stage.go(&who, *way, &[]).await;
            assert_eq!(reply.status, 204, "{username} {way:?}: {}", reply.line());
        }
    }
    assert_eq!(stage.seen().await, before);
}

/// The same where something is made, in the words of a role, group or user that is new.
#[tokio::test]
async fn what_is_made_has_no_role_or_group_that_its_way_does_not_give() {
    let stage = stage().await;
    let (most, boss) = (stage.hand("most").await, stage.hand("boss").await);
    let roles = r#""realmRoles": ["deep"], "clientRoles": {"realm-management": ["realm-admin"]}"#;
    let body = format!(r#"{{"username": "fresh", "enabled": true, {roles}}}"#);
    most.ask("POST", "token/users", &body).await.expect(201);
    let id = boss.id("token/users?username=fresh&exact=true").await;
    let mappings = boss.read(&format!("token/users/{id}/role-mappings")).await;
    assert_eq!(mappings["realmMappings"][0]["name"], "default-roles-token");
    assert!(mappings["realmMappings"][1].is_null() && mappings["clientMappings"].is_null(), "{mappings}");
    let group = format!(r#"{{"name": "fresh", {roles}, "subGroups": [{{"name": "inner", {roles}}}]}}"#);
    most.ask("POST", "token/groups", &group).await.expect(201);
    let imported = format!(r#"{{"groups": [{}]}}"#, group.replace("fresh", "imported"));
    most.ask("POST", "token/partialImport", &imported).await.expect(200);
    for path in ["fresh", "imported"] {
        let id = boss.id(&format!("token/group-by-path/{path}")).await;
        assert_eq!(boss.read(&format!("token/groups/{id}/role-mappings")).await, json!({}), "{path}");
    }
}

/// What would make another thing of the client whose roles administer the realm.
const ON_THE_CLIENT: &[Way] = &[
    ("PUT", "clients/{rm}", r#"{"clientId": "aside"}"#),
    ("PUT", "clients/{rm}", r#"{"bearerOnly": false, "publicClient": false, "serviceAccountsEnabled": true}"#),
    ("DELETE", "clients/{rm}", ""),
    ("POST", "clients/{rm}/client-secret", ""),
    ("POST", "clients/{rm}/roles", r#"{"name": "more"}"#),
    ("PUT", "clients/{rm}/roles/view-users", r#"{"name": "renamed"}"#),
    ("DELETE", "clients/{rm}/roles/view-users", ""),
    ("POST", "clients/{rm}/roles/view-users/composites", "[{role}]"),
    ("PUT", "roles-by-id/{view}", r#"{"name": "renamed"}"#),
    ("DELETE", "roles-by-id/{view}", ""),
    ("POST", "roles-by-id/{view}/composites", "[{role}]"),
    ("POST", "partialImport", r#"{"ifResourceExists": "OVERWRITE", "clients": [{"clientId": "realm-management"}]}"#),
];

#[tokio::test]
async fn nobody_changes_the_client_whose_roles_administer_the_realm() {
    let stage = stage().await;
    let boss = stage.hand("boss").await;
    let path = stage.filled("token/clients/{rm}", &[]);
    let before = (boss.read(&path).await, boss.read(&format!("{path}/roles")).await);
    let mut more = stage.role("reader").await;
    more.push(("view", boss.id(&format!("{path}/roles/view-users")).await));
    for username in ["most", "boss"] {
        let who = stage.hand(username).await;
        for way in ON_THE_CLIENT {
            let reply = stage.go(&who, *way, &more).await;
            assert_eq!(reply.status, 403, "{username} {way:?}: {}", reply.line());
        }
    }
    assert_eq!((boss.read(&path).await, boss.read(&format!("{path}/roles")).await), before);
}

#[tokio::test]
async fn a_role_that_a_mapper_writes_into_a_token_administers_nothing() {
    let stage = stage().await;
    let apps = stage.hand("apps").await;
    for (kind, config) in [
        ("oidc-hardcoded-role-mapper", json!({"role": "realm-management.realm-admin"})),
        ("oidc-role-name-mapper", json!({"role": "reader", "new.role.name": "realm-management.realm-admin"})),
    ] {
        let mapper = json!({"name": kind, "protocol": "openid-connect", "protocolMapper": kind, "config": config});
        let path = stage.filled("token/clients/{app}/protocol-mappers/models", &[]);
        apps.ask("POST", &path, &mapper.to_string()).await.expect(201);
    }
    let token = stage.server.client("app").password("ada", "pw").await.access;
    let roles = &claims_of(&token)["resource_access"]["realm-management"]["roles"];
    assert!(roles.as_array().is_some_and(|roles| roles.contains(&json!("realm-admin"))), "{roles}");
    let asked = stage.server.ask(Ask::get("/admin/realms/token/users").bearer(&token)).await;
    assert_eq!(asked.status, 403, "{}", asked.line());
}

#[tokio::test]
async fn nobody_gives_a_role_of_master_that_they_have_not() {
    let stage = stage().await;
    let lesser = stage.of_master("lesser", "master-realm", &["manage-users", "manage-realm", "manage-clients"]).await;
    let root = Hand { server: &stage.server, token: stage.server.admin_token().await };
    let own = root.id("master/users?username=lesser&exact=true").await;
    let client = root.id("master/clients?clientId=token-realm").await;
    let roles = [
        ("realm", root.read("master/roles/admin").await),
        ("realm", root.read("master/roles/create-realm").await),
        ("clients", root.read(&format!("master/clients/{client}/roles/manage-users")).await),
    ];
    let path = |of: &str| format!("master/users/{own}/role-mappings/{of}");
    let of_client = format!("clients/{client}");
    let place = |of: &str| if of == "realm" { path(of) } else { path(&of_client) };
    for (of, role) in &roles {
        for path in [
            place(of),
            "master/roles/default-roles-master/composites".to_owned(),
            "master/roles/offline_access/composites".to_owned(),
        ] {
            let reply = lesser.ask("POST", &path, &json!([role]).to_string()).await;
            assert_eq!(reply.status, 403, "{path} {role}: {}", reply.line());
        }
    }
    for (of, role) in &roles {
        root.ask("POST", &place(of), &json!([role]).to_string()).await.expect(204);
    }
}

#[tokio::test]
async fn who_may_not_manage_clients_takes_none_over_by_an_import() {
    let stage = stage().await;
    let (settings, boss) = (stage.hand("settings").await, stage.hand("boss").await);
    let body = r#"{"ifResourceExists": "OVERWRITE", "clients": [{"clientId": "app", "secret": "mine"}]}"#;
    assert_eq!(settings.ask("POST", "token/partialImport", body).await.status, 403);
    boss.ask("POST", "token/partialImport", body).await.expect(200);
}

#[tokio::test]
async fn the_names_by_which_roles_of_master_stand_above_all_realms_are_neither_taken_nor_left() {
    let stage = stage().await;
    let settings = stage.of_master("settings-of-master", "master-realm", &["manage-realm", "view-realm"]).await;
    for (role, name) in [("admin", "y"), ("create-realm", "x"), ("offline_access", "admin")] {
        let reply = settings.ask("PUT", &format!("master/roles/{role}"), &json!({"name": name}).to_string()).await;
        assert_eq!(reply.status, 403, "{role}: {}", reply.line());
    }
    for role in ["admin", "create-realm"] {
        assert_eq!(settings.ask("DELETE", &format!("master/roles/{role}"), "").await.status, 403, "{role}");
        let described = json!({"name": role, "description": "as before"}).to_string();
        settings.ask("PUT", &format!("master/roles/{role}"), &described).await.expect(204);
    }
}
