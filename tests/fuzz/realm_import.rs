//! Realm files: whatever stands in one, it is imported or refused, and what was refused leaves nothing behind.
//!
//! The input is JSON text with mutations; most of it is refused by the parser, so that known members are also put in the
//! wrong places with wrong types.

#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a fuzz target breaks by panicking")]

use std::process::ExitCode;

use domain::{Error, Fresh};
use model::Document;
use wire_tests::Setup;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(Setup::empty().start());
    let tokens = [
        "null",
        "true",
        "-1",
        "1e99",
        "\"\"",
        "[]",
        "{}",
        "\"realm\":",
        "\"clients\":[{\"clientId\":\"a\"}]",
        "\"users\":[{}]",
        "\"roles\":{\"realm\":[{\"name\":\"r\",\"composites\":{\"realm\":[\"r\"]}}]}",
        "\"groups\":[{\"name\":\"g\"}]",
        "\\u0000",
        "\"components\":{\"org.keycloak.keys.KeyProvider\":[]}",
        "\"authenticationFlows\":[]",
        "\"id\":\"x\"",
        ",",
        "\"browserFlow\":\"x\"",
        "\"clientScopes\":[{\"name\":\"s\",\"protocolMappers\":[{}]}]",
        "\"passwordPolicy\":\"length(x)\"",
        "\"requiredActions\":[{}]",
        "\"scopeMappings\":[{\"client\":\"a\"}]",
        "\"defaultRole\":{}",
        "\"attributes\":{\"a\":1}",
        "\"credentials\":[{\"type\":\"password\"}]",
    ];
    wire_tests::fuzz::run("realm_import", &tokens, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let Ok(mut file) = Document::parse(text) else { return };
        // RSA keys take long to make; whoever names key providers gets them all the same.
        let keys = serde_json::json!({"org.keycloak.keys.KeyProvider": []});
        if file.object("components").is_none() {
            file.set("components", keys);
        }
        runtime.block_on(async {
            let name = file.text("realm").unwrap_or_default().trim().to_owned();
            match admin::import::realm(&server.core, file).await {
                Ok(imported) => {
                    let plan = server.core.plan(&imported.name, Fresh::Now).await.expect("the store answers");
                    assert!(plan.is_some(), "imported and not there");
                    let mut batch = store::Batch::new();
                    store::realms::hide(&mut batch, &imported.id);
                    server.core.store.db().commit(batch).await.expect("hides");
                    admin::purge_hidden(&server.core).await.expect("purges");
                }
                Err(Error::Refused(refused)) => {
                    assert!((400..500).contains(&refused.refusal.status), "{refused:?}");
                    let left = server.core.plan(&name, Fresh::Now).await.expect("the store answers");
                    assert!(left.is_none(), "refused and there all the same");
                }
                Err(other) => panic!("neither imported nor refused: {other:?}"),
            }
        });
    })
}
