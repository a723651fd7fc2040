//! Signing profiles that a realm has no more, or that can't be read: nobody is judged by another.

use registry::Change;
use serde_json::{Value, json};
use wire_tests::{Ask, Party, Reply, Server};

use super::times::{set, start};
use super::{BODY, network};

pub(super) const ATTRIBUTE: &str = "countersign.signing-profiles";

/// The rules of `strict` under another name.
fn like_strict(name: &str) -> Value {
    let mut profile = serde_json::to_value(signing::Profile::find("strict").unwrap()).unwrap();
    profile["name"] = json!(name);
    profile
}

pub(super) async fn goes_by(party: &Party<'_>, profile: &str) {
    let mut settings = party.role().await.settings.clone();
    profile.clone_into(&mut settings.profile);
    party.change(Change::RoleStated { role: settings }).await;
}

async fn view(server: &Server, who: &Party<'_>, path: &str) -> Reply {
    server.ask(Ask::get(format!("/realms/net/registry/{path}")).bearer(&who.token().await)).await
}

async fn told(server: &Server) -> String {
    messages::times::ask_all(&server.core).await.unwrap();
    server.core.late_ledgers().join("; ")
}

#[tokio::test]
async fn a_message_whose_profile_is_not_there_is_judged_by_no_other_and_somebody_is_told() {
    let server = start(false).await;
    let (agent, bank) = network(&server).await;
    set(&server, &[(ATTRIBUTE, &json!([like_strict("ours")]).to_string())]).await;
    goes_by(&agent, "ours").await;
    let sent = agent.sign("bank", "/loans", BODY);
    assert_eq!(bank.verify(&sent).await.expect(200).json()["code"], "ok");
    assert_eq!(told(&server).await, "");
    // One that lacks a member, as an earlier build could have taken it; one that is a profile of every realm by now; none.
    let mut odd = like_strict("ours");
    odd.as_object_mut().unwrap().remove("replay");
    for (profiles, name, count, why) in [
        (json!([odd]), "ours", 1, "can't be read (not a profile: missing field"),
        (json!([like_strict("strict")]), "strict", 2, "can't be read (the name strict is taken"),
        (json!([]), "ours", 1, "is not there"),
    ] {
        set(&server, &[(ATTRIBUTE, &profiles.to_string())]).await;
        goes_by(&agent, name).await;
        let wanted = format!("the signing profile {name} {why}");
        let sent = agent.sign("bank", "/loans", BODY);
        for reply in [bank.verify(&sent).await, view(&server, &bank, "roles/agent").await] {
            let text = reply.expect(503).text("error_description");
            assert!(text.contains(&wanted) && text.contains(ATTRIBUTE), "{text}");
        }
        let text = told(&server).await;
        assert!(text.contains(&wanted) && text.contains(&format!("by which {count} role(s) go")), "{text}");
        view(&server, &bank, "roles/agent/keys").await.expect(200);
    }
    goes_by(&agent, "strict").await;
    assert_eq!(told(&server).await, "");
    assert_eq!(bank.verify(&agent.sign("bank", "/loans", BODY)).await.expect(200).json()["code"], "ok");
}
