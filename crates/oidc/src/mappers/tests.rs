//! What mappers put where, with values asked of Keycloak 26.7.4.

use model::{Group, User};
use serde_json::{Value, json};

use super::*;

/// A user, a client and a session to map from.
struct Case {
    client: Client,
    person: Person,
    groups: Groups,
    session_notes: Document,
    client_notes: Document,
    roles: RoleNames<'static>,
}

impl Case {
    fn new() -> Self {
        let attributes = json!({"one": ["1"], "many": ["b", "a", "b"], "num": ["7", "x"], "empty": [""],
            "street": ["S 1"], "country": ["NO"], "bad": ["x"]});
        let user = User {
            id: "u-1".to_owned(),
            version: 1,
            username: "uma".to_owned(),
            email: Some("u@x.example".to_owned()),
            first_name: Some("Uma".to_owned()),
            last_name: Some("Ude".to_owned()),
            email_verified: true,
            enabled: true,
            created_ms: 5,
            not_before: 0,
            required_actions: Vec::new(),
            service_account: None,
            doc: Document::from_value(json!({ "attributes": attributes })),
        };
        let group = |id: &str, parent: Option<&str>| Group {
            id: id.to_owned(),
            name: id.to_owned(),
            parent: parent.map(str::to_owned),
            is_default: false,
            roles: Vec::new(),
        };
        let mut roles = RoleNames::default();
        for role in ["r1", "r2", "api.a1", "api.a2", "me.own"] {
            roles.add(role);
        }
        Self {
            client: Client::read("c-1", "me", Document::from_value(json!({"webOrigins": ["https://o.example"]}))),
            person: Person { user, roles: Vec::new(), groups: vec!["g3".to_owned(), "g2".to_owned()] },
            groups: Groups::new(vec![group("g1", None), group("g2", Some("g1")), group("g3", None)]),
            session_notes: Document::default(),
            client_notes: Document::default(),
            roles,
        }
    }

    /// A user of whom little is known.
    fn bare() -> Self {
        let mut case = Self::new();
        let user = &mut case.person.user;
        (user.email, user.first_name, user.last_name) = (None, None, None);
        user.email_verified = false;
        user.doc = Document::default();
        case.person.groups.clear();
        case.roles = RoleNames::default();
        case
    }

    /// The claims that mappers with these configurations make.
    fn map(&self, target: Target, mappers: &[(&str, Value)]) -> Value {
        let list: Vec<Value> =
            mappers.iter().map(|(id, config)| json!({"protocolMapper": id, "config": config})).collect();
        let holder = Document::from_value(json!({ "protocolMappers": list }));
        let steps: Vec<Step> =
            (ProtocolMapper::list(&holder).into_iter()).map(|config| Step::new(config).unwrap()).collect();
        let mut claims = Claims::default();
        Work {
            target,
            client: &self.client,
            person: &self.person,
            groups: &self.groups,
            session_id: Some("s-1"),
            session_notes: &self.session_notes,
            client_notes: &self.client_notes,
            roles: self.roles.clone(),
            claims: &mut claims,
        }
        .run(steps.iter());
        Value::Object(claims.into_map())
    }

    /// What one mapper puts into an access token, the switch being on.
    fn access(&self, id: &str, mut config: Value) -> Value {
        config["access.token.claim"] = json!("true");
        self.map(Target::Access, &[(id, config)])
    }
}

const ATTRIBUTE: &str = "oidc-usermodel-attribute-mapper";
const PROPERTY: &str = "oidc-usermodel-property-mapper";
const HARDCODED: &str = "oidc-hardcoded-claim-mapper";
const REALM_ROLES: &str = "oidc-usermodel-realm-role-mapper";
const CLIENT_ROLES: &str = "oidc-usermodel-client-role-mapper";
const HARDCODED_ROLE: &str = "oidc-hardcoded-role-mapper";
const ROLE_NAME: &str = "oidc-role-name-mapper";
const RESOLVE: &str = "oidc-audience-resolve-mapper";
const AUDIENCE: &str = "oidc-audience-mapper";

/// The mappers for roles, as the scope `roles` has them, with shorter claims.
fn roles_with(first: (&'static str, Value)) -> [(&'static str, Value); 4] {
    let on = |claim: &str| json!({"claim.name": claim, "multivalued": "true", "access.token.claim": "true"});
    [(REALM_ROLES, on("R")), (CLIENT_ROLES, on("C.${client_id}")), (RESOLVE, json!({})), first]
}

// -- where claims go ---------------------------------------------------------------------------------

#[test]
fn each_switch_opens_one_target_and_absent_ones_are_off() {
    let case = Case::new();
    for (switch, target) in [
        ("access.token.claim", Target::Access),
        ("lightweight.claim", Target::LightweightAccess),
        ("id.token.claim", Target::Id),
        ("userinfo.token.claim", Target::Userinfo),
        ("introspection.token.claim", Target::Introspection),
    ] {
        let config = json!({"claim.name": "x", "claim.value": "v", switch: "true"});
        for other in EVERYWHERE {
            let follows = target == Target::Access && *other == Target::Introspection;
            let expected = if *other == target || follows { json!({"x": "v"}) } else { json!({}) };
            assert_eq!(case.map(*other, &[(HARDCODED, config.clone())]), expected, "{switch} {other:?}");
        }
    }
}

#[test]
fn introspection_can_hide_what_the_access_token_shows() {
    let config = json!({"claim.name": "x", "claim.value": "v", "access.token.claim": "true",
        "introspection.token.claim": "false"});
    assert_eq!(Case::new().map(Target::Introspection, &[(HARDCODED, config)]), json!({}));
}

#[test]
fn a_switch_that_a_mapper_does_not_have_opens_nothing() {
    let all = json!({"id.token.claim": "true", "userinfo.token.claim": "true", "introspection.token.claim": "true"});
    let case = Case::new();
    assert_eq!(case.map(Target::Introspection, &[("oidc-amr-mapper", all.clone())]), json!({}));
    assert_eq!(case.map(Target::Userinfo, &[("oidc-acr-mapper", all.clone())]), json!({}));
    assert_eq!(case.map(Target::Id, &[("oidc-sub-mapper", all)]), json!({}));
}

#[test]
fn audience_resolve_and_allowed_origins_are_on_unless_switched_off() {
    let case = Case::new();
    for id in [RESOLVE, "oidc-allowed-origins-mapper"] {
        for target in [Target::Access, Target::Introspection] {
            assert_ne!(case.map(target, &[(id, json!({}))]), json!({}));
        }
        let off = json!({"access.token.claim": "false"});
        assert_eq!(case.map(Target::Access, &[(id, off.clone())]), json!({}));
        assert_ne!(case.map(Target::Introspection, &[(id, off)]), json!({}));
        let off = json!({"introspection.token.claim": "false"});
        assert_eq!(case.map(Target::Introspection, &[(id, off)]), json!({}));
        assert_eq!(case.map(Target::LightweightAccess, &[(id, json!({}))]), json!({}));
    }
}

// -- users -------------------------------------------------------------------------------------------

#[test]
fn an_attribute_is_its_first_value_or_all() {
    let case = Case::new();
    let of = |name: &str, more: Value| {
        let mut config = json!({"user.attribute": name, "claim.name": "c", "jsonType.label": "String"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        case.access(ATTRIBUTE, config)
    };
    assert_eq!(of("many", json!({})), json!({"c": "b"}));
    assert_eq!(of("many", json!({"multivalued": "true"})), json!({"c": ["b", "a", "b"]}));
    assert_eq!(of("many", json!({"multivalued": "true", "aggregate.attrs": "true"})), json!({"c": ["b", "a"]}));
    assert_eq!(of("empty", json!({})), json!({"c": ""}));
    assert_eq!(of("absent", json!({"multivalued": "true"})), json!({}));
    assert_eq!(of("email", json!({})), json!({"c": "u@x.example"}));
    assert_eq!(of("emailVerified", json!({})), json!({}));
    assert_eq!(case.access(ATTRIBUTE, json!({"user.attribute": "one"})), json!({}));
    assert_eq!(case.access(ATTRIBUTE, json!({"claim.name": "c"})), json!({}));
}

#[test]
fn a_value_that_does_not_parse_is_left_out_alone_and_null_among_others() {
    let case = Case::new();
    let long = |name: &str, multivalued: &str| {
        let config = json!({"user.attribute": name, "claim.name": "c", "jsonType.label": "long",
            "multivalued": multivalued});
        case.access(ATTRIBUTE, config)
    };
    assert_eq!(long("num", "false"), json!({"c": 7}));
    assert_eq!(long("bad", "false"), json!({}));
    assert_eq!(long("num", "true"), json!({"c": [7, null]}));
}

#[test]
fn properties_are_more_than_attributes() {
    let case = Case::new();
    let of = |case: &Case, name: &str, label: &str| {
        case.access(PROPERTY, json!({"user.attribute": name, "claim.name": "c", "jsonType.label": label}))
    };
    assert_eq!(of(&case, "emailVerified", "boolean"), json!({"c": true}));
    assert_eq!(of(&case, "emailVerified", "String"), json!({"c": "true"}));
    assert_eq!(of(&Case::bare(), "emailVerified", "boolean"), json!({"c": false}));
    assert_eq!(of(&case, "id", "String"), json!({"c": "u-1"}));
    assert_eq!(of(&case, "createdTimestamp", "long"), json!({"c": 5}));
    assert_eq!(of(&case, "username", "long"), json!({}));
    assert_eq!(of(&case, "one", "String"), json!({}));
    assert_eq!(of(&Case::bare(), "email", "String"), json!({}));
}

#[test]
fn the_full_name_is_what_there_is_of_it() {
    let id = "oidc-full-name-mapper";
    let mut case = Case::new();
    assert_eq!(case.access(id, json!({})), json!({"name": "Uma Ude"}));
    case.person.user.last_name = None;
    assert_eq!(case.access(id, json!({})), json!({"name": "Uma"}));
    assert_eq!(Case::bare().access(id, json!({})), json!({}));
}

#[test]
fn an_address_is_made_of_the_attributes_there_are() {
    let (case, id) = (Case::new(), "oidc-address-mapper");
    assert_eq!(case.access(id, json!({})), json!({"address": {"street_address": "S 1", "country": "NO"}}));
    let config = json!({"user.attribute.region": "one", "user.attribute.street": "many", "user.attribute.country": ""});
    let expected = json!({"address": {"street_address": "b", "region": "1", "country": "NO"}});
    assert_eq!(case.access(id, config), expected);
    assert_eq!(Case::bare().access(id, json!({})), json!({}));
}

#[test]
fn groups_are_named_or_by_path_and_none_are_no_claim() {
    let (case, id) = (Case::new(), "oidc-group-membership-mapper");
    assert_eq!(case.access(id, json!({"claim.name": "g"})), json!({"g": ["g2", "g3"]}));
    assert_eq!(
        case.access(id, json!({"claim.name": "g.h", "full.path": "true"})),
        json!({"g": {"h": ["/g1/g2", "/g3"]}})
    );
    assert_eq!(case.access(id, json!({})), json!({}));
    assert_eq!(Case::bare().access(id, json!({"claim.name": "g"})), json!({}));
}

#[test]
fn organizations_say_nothing() {
    for id in ["oidc-organization-membership-mapper", "oidc-organization-group-membership-mapper"] {
        assert_eq!(Case::new().access(id, json!({"claim.name": "organization", "multivalued": "true"})), json!({}));
    }
}

// -- roles -------------------------------------------------------------------------------------------

#[test]
fn roles_are_a_list_only_where_multivalued_says_so() {
    let case = Case::new();
    let of = |config: Value| case.access(REALM_ROLES, config);
    assert_eq!(of(json!({"claim.name": "a.b", "multivalued": "true"})), json!({"a": {"b": ["r1", "r2"]}}));
    assert_eq!(of(json!({"claim.name": "a"})), json!({"a": "r1"}));
    let prefix = json!({"claim.name": "a", "multivalued": "true", "usermodel.realmRoleMapping.rolePrefix": "p_"});
    assert_eq!(of(prefix), json!({"a": ["p_r1", "p_r2"]}));
    assert_eq!(of(json!({"multivalued": "true"})), json!({}));
    assert_eq!(Case::bare().access(REALM_ROLES, json!({"claim.name": "a", "multivalued": "true"})), json!({}));
}

#[test]
fn client_roles_stand_apart_by_client_or_together() {
    let mut case = Case::new();
    case.roles.add("a.b.c");
    let of = |claim: &str, client: &str| {
        let config = json!({"claim.name": claim, "multivalued": "true", "usermodel.clientRoleMapping.clientId": client,
            "usermodel.clientRoleMapping.rolePrefix": "x."});
        case.access(CLIENT_ROLES, config)
    };
    assert_eq!(
        of("resource_access.${client_id}.roles", ""),
        json!({"resource_access": {"a.b": {"roles": ["x.c"]}, "api": {"roles": ["x.a1", "x.a2"]},
            "me": {"roles": ["x.own"]}}})
    );
    assert_eq!(of("C", ""), json!({"C": ["x.c", "x.a1", "x.a2", "x.own"]}));
    assert_eq!(of("C", "api"), json!({"C": ["x.a1", "x.a2"]}));
    assert_eq!(of("C.${client_id}", "api"), json!({"C": {"api": ["x.a1", "x.a2"]}}));
    assert_eq!(of("C", "nobody"), json!({}));
}

#[test]
fn a_hardcoded_role_is_there_for_every_mapper_that_reads_roles() {
    let case = Case::new();
    let of = |role: &str| case.map(Target::Access, &roles_with((HARDCODED_ROLE, json!({"role": role}))));
    assert_eq!(of("extra")["R"], json!(["r1", "r2", "extra"]));
    assert_eq!(of("api.zz")["C"]["api"], json!(["a1", "a2", "zz"]));
    assert_eq!(of("nix.zz")["aud"], json!(["api", "nix"]));
    assert_eq!(of("r1")["R"], json!(["r1", "r2"]));
    assert_eq!(of("")["R"], json!(["r1", "r2"]));
    let in_id = [
        (HARDCODED_ROLE, json!({"role": "x"})),
        (
            REALM_ROLES,
            json!({"claim.name": "R", "multivalued": "true",
        "id.token.claim": "true"}),
        ),
    ];
    assert_eq!(case.map(Target::Id, &in_id), json!({"R": ["r1", "r2", "x"]}));
}

#[test]
fn a_role_is_renamed_and_moved_before_it_is_read() {
    let case = Case::new();
    let of = |old: &str, new: &str| {
        case.map(Target::Access, &roles_with((ROLE_NAME, json!({"role": old, "new.role.name": new}))))
    };
    assert_eq!(of("r1", "x")["R"], json!(["r2", "x"]));
    let moved = of("r1", "new.x");
    assert_eq!(
        (&moved["R"], &moved["C"]["new"], &moved["aud"]),
        (&json!(["r2"]), &json!(["x"]), &json!(["api", "new"]))
    );
    assert_eq!(of("me.own", "o")["C"], json!({"api": ["a1", "a2"]}));
    assert_eq!(of("missing", "x")["R"], json!(["r1", "r2"]));
}

#[test]
fn a_hardcoded_role_is_not_renamed() {
    let mappers = [
        (HARDCODED_ROLE, json!({"role": "h1"})),
        (ROLE_NAME, json!({"role": "h1", "new.role.name": "h2"})),
        (REALM_ROLES, json!({"claim.name": "R", "multivalued": "true", "access.token.claim": "true"})),
    ];
    assert_eq!(Case::bare().map(Target::Access, &mappers), json!({"R": ["h1"]}));
}

// -- audiences and origins ---------------------------------------------------------------------------

#[test]
fn every_client_of_a_role_but_the_own_is_an_audience() {
    assert_eq!(Case::new().access(RESOLVE, json!({})), json!({"aud": "api"}));
    assert_eq!(Case::bare().access(RESOLVE, json!({})), json!({}));
}

#[test]
fn an_audience_is_the_client_chosen_or_else_a_text() {
    let case = Case::new();
    let both = json!({"included.client.audience": "nix", "included.custom.audience": "urn:x"});
    assert_eq!(case.access(AUDIENCE, both), json!({"aud": "nix"}));
    assert_eq!(case.access(AUDIENCE, json!({"included.custom.audience": "urn:x"})), json!({"aud": "urn:x"}));
    let several = [
        (AUDIENCE, json!({"included.client.audience": "api", "access.token.claim": "true"})),
        (AUDIENCE, json!({"included.custom.audience": "z", "access.token.claim": "true"})),
        (RESOLVE, json!({})),
    ];
    assert_eq!(case.map(Target::Access, &several), json!({"aud": ["api", "z"]}));
}

#[test]
fn origins_are_the_clients_and_absent_without_any() {
    let id = "oidc-allowed-origins-mapper";
    let of = |client: Value| {
        let mut case = Case::new();
        case.client = Client::read("c-1", "me", Document::from_value(client));
        case.access(id, json!({}))
    };
    let plus = json!({"webOrigins": ["+"], "redirectUris": ["http://127.0.0.1:7777/archie/*", "/p/*"],
        "rootUrl": "https://root.example/app"});
    assert_eq!(of(plus), json!({"allowed-origins": ["http://127.0.0.1:7777", "https://root.example"]}));
    assert_eq!(of(json!({"webOrigins": ["*"]})), json!({"allowed-origins": ["*"]}));
    assert_eq!(of(json!({"webOrigins": ["+"]})), json!({"allowed-origins": []}));
    assert_eq!(of(json!({})), json!({}));
}

// -- sessions ----------------------------------------------------------------------------------------

#[test]
fn a_note_of_the_session_becomes_a_claim_of_its_type() {
    let mut case = Case::new();
    case.session_notes.set("AUTH_TIME", "1800000000");
    case.session_notes.set("clientHost", "127.0.0.1");
    let of = |note: &str, label: &str| {
        let config = json!({"user.session.note": note, "claim.name": "c", "jsonType.label": label});
        case.access("oidc-usersessionmodel-note-mapper", config)
    };
    assert_eq!(of("AUTH_TIME", "long"), json!({"c": 1_800_000_000}));
    assert_eq!(of("clientHost", "String"), json!({"c": "127.0.0.1"}));
    assert_eq!(of("absent", "String"), json!({}));
}

#[test]
fn acr_is_the_logins_and_one_without_any() {
    let mut case = Case::new();
    assert_eq!(case.access("oidc-acr-mapper", json!({})), json!({"acr": "1"}));
    case.client_notes.set("acr", "gold");
    assert_eq!(case.access("oidc-acr-mapper", json!({})), json!({"acr": "gold"}));
}

#[test]
fn amr_session_state_and_sub_are_what_they_are() {
    let case = Case::new();
    assert_eq!(case.access("oidc-amr-mapper", json!({})), json!({"amr": []}));
    assert_eq!(case.access("oidc-session-state-mapper", json!({})), json!({"session_state": "s-1"}));
    assert_eq!(case.access("oidc-sub-mapper", json!({})), json!({"sub": "u-1"}));
}

#[test]
fn a_pairwise_subject_stands_over_the_sub_mapper_everywhere() {
    let case = Case::new();
    let mappers = [
        ("oidc-sha256-pairwise-sub-mapper", json!({"pairwiseSubAlgorithmSalt": "salt"})),
        ("oidc-sub-mapper", json!({"access.token.claim": "true"})),
    ];
    let subs: Vec<Value> = EVERYWHERE.iter().map(|target| case.map(*target, &mappers)["sub"].clone()).collect();
    assert!(subs.iter().all(|sub| sub == &subs[0] && sub != "u-1" && sub.is_string()));
}

#[test]
fn the_nonce_comes_back_into_access_tokens() {
    let mut case = Case::new();
    let mapper = [("oidc-nonce-backwards-compatible-mapper", json!({}))];
    assert_eq!(case.map(Target::Access, &mapper), json!({}));
    case.client_notes.set("nonce", "n");
    assert_eq!(case.map(Target::Access, &mapper), json!({"nonce": "n"}));
    assert_eq!(case.map(Target::Userinfo, &mapper), json!({}));
}

#[test]
fn the_claims_parameter_brings_essential_claims_of_five() {
    let mut case = Case::new();
    let essential = json!({"essential": true});
    let claims = json!({
        "id_token": {"name": essential, "given_name": {"value": "V", "essential": true}, "family_name": null,
            "email": {"essential": false}, "locale": essential},
        "userinfo": {"preferred_username": essential, "email": essential},
    });
    case.client_notes.set("claims", claims.to_string());
    let mapper =
        [("oidc-claims-param-token-mapper", json!({"id.token.claim": "true", "userinfo.token.claim": "true"}))];
    assert_eq!(case.map(Target::Id, &mapper), json!({"name": "Uma Ude", "given_name": "Uma"}));
    assert_eq!(case.map(Target::Userinfo, &mapper), json!({"preferred_username": "uma", "email": "u@x.example"}));
    assert_eq!(case.map(Target::Access, &mapper), json!({}));
}

#[test]
fn the_claims_parameter_names_an_essential_value_for_the_id_token() {
    let mut case = Case::new();
    let claims = json!({"id_token": {"a": {"essential": true, "value": "v"}, "e.f": {"essential": true, "value": "y"},
        "b": {"value": "v"}, "c": {"essential": true, "value": 5}, "iss": {"essential": true, "value": "X"}}});
    case.client_notes.set("claims", claims.to_string());
    let mappers: Vec<(&str, Value)> = ["a", "b", "c", "e.f", "iss"]
        .iter()
        .map(|name| ("oidc-claims-param-value-idtoken-mapper", json!({"claim.name": name, "id.token.claim": "true"})))
        .collect();
    assert_eq!(case.map(Target::Id, &mappers), json!({"a": "v", "e": {"f": "y"}}));
}

// -- hard-coded claims and the table -----------------------------------------------------------------

#[test]
fn a_hardcoded_claim_has_its_type_and_none_without_a_value() {
    let case = Case::new();
    let of = |value: &str, label: &str| {
        case.access(HARDCODED, json!({"claim.name": "a.b", "claim.value": value, "jsonType.label": label}))
    };
    assert_eq!(of("role-1001", "String"), json!({"a": {"b": "role-1001"}}));
    assert_eq!(of(r#"[1,"b"]"#, "JSON"), json!({"a": {"b": [1, "b"]}}));
    assert_eq!(of("x", "int"), json!({}));
    assert_eq!(of("", "String"), json!({}));
}

#[test]
fn every_mapper_has_one_id_and_a_line_in_the_reference() {
    let table = reference();
    assert_eq!(MAPPERS.len(), 24);
    for mapper in MAPPERS {
        assert_eq!(MAPPERS.iter().filter(|other| other.id == mapper.id).count(), 1);
        assert_eq!(find(mapper.id).map(|found| found.name), Some(mapper.name));
        assert_eq!(table.matches(&format!("`{}`", mapper.id)).count(), 1);
    }
    assert!(table.contains("| `oidc-role-name-mapper` | Role Name Mapper | `role`, `new.role.name` |\n"));
    assert_eq!(find("saml-role-list-mapper").map(|m| m.id), None);
}
