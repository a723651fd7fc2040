//! `docs/reference.md`: the `const` lists as tables.

use std::fmt::Write as _;

use authn::authenticators::{AUTHENTICATORS, CONDITIONS};
use authn::required_actions::ACTIONS;
use countersign::config::ignored::IGNORED;
use countersign::jobs::JOBS;
use domain::credentials::SCHEMES;
use domain::password_policy::RULES;
use domain::user_profile::VALIDATORS;
use oidc::authorize::CHECKS;
use oidc::client_auth::METHODS;
use oidc::grants::GRANTS;
use oidc::response::{MODES, TYPES};
use signing::Code;
use signing::profile::{PROFILES, Profile};
use web_admin::ROUTES;
use web_pages::render::PAGES;

use crate::{files, read, root};

const PAGE: &str = "docs/reference.md";

#[test]
fn reference_page_is_what_the_lists_say() {
    let expected = page();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(root().join(PAGE), &expected).unwrap();
    }
    let hint = "UPDATE_EXPECT=1 cargo test -p xtask --test docs";
    assert!(read(PAGE) == expected, "{PAGE} is behind; write it with {hint}");
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    protocol(&mut page);
    people(&mut page);
    messages(&mut page);
    administration(&mut page);
    operation(&mut page);
    page
}

fn protocol(page: &mut String) {
    let rows = GRANTS.iter().map(|g| vec![code(g.id), code(g.event.name())]);
    table(page, "Grants", "`oidc::grants::GRANTS`, by `grant_type`.", &["grant_type", "event"], rows);

    let rows = METHODS.iter().map(|m| vec![code(m.id), codes(m.names)]);
    let about =
        "`oidc::client_auth::METHODS`, by Keycloak's authenticator id. Public clients prove nothing; they are named.";
    table(page, "Client authentication", about, &["id", "names in discovery"], rows);

    let rows = TYPES.iter().map(|t| vec![code(t)]);
    table(page, "Response types", "`oidc::response::TYPES`.", &["response_type"], rows);

    let rows = MODES.iter().map(|m| vec![code(m.name)]);
    table(page, "Response modes", "`oidc::response::MODES`.", &["response_mode"], rows);

    let rows = CHECKS.iter().enumerate().map(|(at, check)| vec![(at + 1).to_string(), check.name.to_owned()]);
    let about = "`oidc::authorize::CHECKS`: what is looked at, in this order; the first that fires wins. Up to \
                 `redirect_uri` a page says what is wrong, behind it the client is told.";
    table(page, "Checks of the authorization endpoint", about, &["place", "check"], rows);

    let rows = jose::Algorithm::ALL.iter().map(|a| vec![code(a.name()), code(a.kty().name())]);
    table(page, "Signature algorithms", "`jose::Algorithm::ALL`.", &["alg", "kty"], rows);

    section(
        page,
        "Protocol mappers",
        "`oidc::mappers::MAPPERS`. In brackets what a console fills in for a new mapper.",
    );
    page.push_str(&oidc::mappers::reference());
}

fn people(page: &mut String) {
    let needs = |configured: bool| if configured { "a credential of its kind" } else { "nothing" }.to_owned();
    let rows = AUTHENTICATORS.iter().map(|a| vec![code(a.id), needs(a.configured.is_some())]);
    table(page, "Authenticators", "`authn::authenticators::AUTHENTICATORS`: steps of flows.", &["id", "needs"], rows);

    let rows = CONDITIONS.iter().map(|c| vec![code(c.id)]);
    table(page, "Conditions", "`authn::authenticators::CONDITIONS`: what conditional subflows ask.", &["id"], rows);

    let rows = ACTIONS.iter().map(|a| vec![code(a.alias)]);
    let about = "`authn::required_actions::ACTIONS`; consent comes after them.";
    table(page, "Required actions", about, &["alias"], rows);

    let rows = PAGES.iter().map(|p| vec![p.name.to_owned(), code(p.template)]);
    let about = "`web_pages::render::PAGES`, with templates in `crates/web-pages/templates`. Pages of what is not built \
                 yet stand here too.";
    table(page, "Pages", about, &["page", "template"], rows);

    let rows =
        RULES.iter().map(|r| vec![code(r.id), if r.default.is_empty() { "–".to_owned() } else { code(r.default) }]);
    let about = "`domain::password_policy::RULES`, in the order they are tried; a setting in parentheses, such as \
                 `length(12)`.";
    table(page, "Password rules", about, &["term", "setting when none is given"], rows);

    let rows = SCHEMES.iter().map(|s| {
        let iterations = s.usual_iterations().map_or("only read".to_owned(), |n| n.to_string());
        vec![code(s.id()), iterations]
    });
    table(page, "Password hashes", "`domain::credentials::SCHEMES`.", &["algorithm", "rounds of a new hash"], rows);

    let rows = VALIDATORS.iter().map(|v| vec![code(v.id)]);
    table(page, "Validators of the user profile", "`domain::user_profile::VALIDATORS`.", &["id"], rows);
}

fn messages(page: &mut String) {
    let rows = PROFILES.iter().filter_map(|(name, _)| Profile::find(name)).map(|p| {
        let word = |text: String| text.to_lowercase();
        let list = |names: &[String]| codes(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let parameters: Vec<String> = p.parameters.iter().map(|p| p.name.clone()).collect();
        let times =
            p.times.clone().map(|at| [("time", at.time), ("requestId", at.request_id), ("traceId", at.trace_id)]);
        let places = times.into_iter().flatten().filter_map(|(name, at)| Some(format!("{name} at {}", code(&at?))));
        vec![
            code(&p.name),
            list(&p.headers),
            list(&p.algorithms),
            word(format!("{:?}", p.payload)),
            list(&p.crit.must),
            list(&p.crit.may),
            word(format!("{:?}", p.kid)),
            list(&parameters),
            places.collect::<Vec<_>>().join(", "),
            word(format!("{:?}", p.answers)),
            word(format!("{:?}", p.no_body)),
            p.age.map_or("usual".to_owned(), |age| age.to_string()),
            word(format!("{:?}", p.coding)),
        ]
    });
    let about = "`signing::profile::PROFILES`, from `crates/signing/profiles`. A profile belongs to a participant; the \
                 message never chooses.";
    let heads = [
        "profile",
        "headers",
        "algorithms",
        "payload",
        "crit must name",
        "may name",
        "kid",
        "signed parameters",
        "in the body",
        "answers",
        "no body",
        "age",
        "coding",
    ];
    table(page, "Profiles of signed messages", about, &heads, rows);

    let rows = Code::ALL.iter().map(|c| vec![code(c.name()), c.sentence().to_owned()]);
    let about = "`signing::verdict`: what a message is found to be; the first check that fails says it.";
    table(page, "Verdicts on signed messages", about, &["code", "what it says"], rows);
}

fn administration(page: &mut String) {
    let rows = ROUTES.iter().map(|r| {
        let method = format!("{:?}", r.method).to_uppercase();
        let path = r.path.trim_start_matches("/admin/realms");
        let path = if path.is_empty() { "/" } else { path };
        vec![method, code(path), r.permission.to_owned()]
    });
    let about = "`web_admin::ROUTES` with the permission each asks for; paths that don't begin with `/admin` are below `/admin/realms`.";
    table(page, "Admin API", about, &["method", "path", "permission"], rows);

    let mut permissions: Vec<(&str, &[&str])> = ROUTES.iter().map(|r| (r.permission, r.roles)).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let rows = permissions.iter().map(|(name, roles)| {
        let roles = match (roles.is_empty(), roles.len() > MANY) {
            (true, _) => "any token; the operation itself looks further".to_owned(),
            (_, true) => "any role of an administrator".to_owned(),
            _ => codes(roles),
        };
        vec![(*name).to_owned(), roles]
    });
    let about = "Roles of the realm's client `realm-management`, or of master's client `<realm>-realm`; one is enough.";
    table(page, "Permissions", about, &["permission", "roles"], rows);
}

fn operation(page: &mut String) {
    let rows = JOBS.iter().map(|j| vec![j.name.to_owned(), format!("{} s", j.every.as_secs())]);
    table(page, "Jobs", "`countersign::jobs::JOBS`: what every node does on its own.", &["job", "pause"], rows);

    let rows = files("crates/store/migrations", ".sql").into_iter().map(|file| {
        let sql = read(&file);
        let made = sql.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split(' ').next());
        let made: Vec<&str> = made.collect();
        let name = file.rsplit('/').next().unwrap_or_default();
        vec![code(name), codes(&made)]
    });
    table(page, "Migrations", "`store::migrations`, oldest first.", &["file", "tables made"], rows);

    let rows = IGNORED.iter().map(|i| vec![code(&format!("--{}", i.pattern)), i.why.to_owned()]);
    let about = "`countersign::config::ignored::IGNORED`: options of Keycloak that are taken without effect.";
    table(page, "Options without effect", about, &["option", "why"], rows);
}

/// More roles than one wants to read in a row.
const MANY: usize = 8;

fn section(page: &mut String, title: &str, about: &str) {
    let _ = write!(page, "\n## {title}\n\n{about}\n\n");
}

fn table(page: &mut String, title: &str, about: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    section(page, title, about);
    let _ = writeln!(page, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in rows {
        let _ = writeln!(page, "| {} |", row.join(" | "));
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn codes(texts: &[&str]) -> String {
    texts.iter().map(|text| code(text)).collect::<Vec<_>>().join(", ")
}

const INTRODUCTION: &str = "\
<!-- Made from the const lists by xtask/tests/docs/reference.rs; UPDATE_EXPECT=1 writes it anew. -->

# Reference

What there is of each kind of thing that can be added to: the very lists that the server works from. \
[CONTRIBUTING.md](../CONTRIBUTING.md) says how to add one. Settings have a [page of their own](settings.md).
";
