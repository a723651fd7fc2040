//! Files signed and verified as from the command line.

use std::fs;
use std::path::PathBuf;

use jose::{Algorithm, SigningKey, generate};
use serde_json::json;

use super::{Agreed, SignRequest, VerifyRequest, sign, verify};

const NOW: i64 = 1_800_000_000;

/// A folder with a key, its public half, and a body.
struct Desk(PathBuf);

impl Desk {
    fn new() -> Self {
        let place = std::env::temp_dir().join(format!("countersign-messages-{}", domain::ids::uuid().unwrap()));
        fs::create_dir_all(&place).unwrap();
        let der = generate::ec(jose::Curve::P256).unwrap();
        fs::write(place.join("ec.txt"), jose::b64::encode_standard(&der)).unwrap();
        let public = SigningKey::from_der(Algorithm::ES256, &der).unwrap();
        let mut jwk = public.public_jwk().unwrap();
        jwk.kid = Some("ec".to_owned());
        fs::write(place.join("ec.json"), jwk.to_value().to_string()).unwrap();
        fs::write(place.join("body.json"), b"{\"a\": 1}").unwrap();
        Self(place)
    }

    fn agreed(&self, profile: &str) -> Agreed {
        Agreed {
            body: self.0.join("body.json"),
            profile: profile.to_owned(),
            method: "POST".to_owned(),
            target: "/v4/loans".to_owned(),
            receiver: Some(("lender".to_owned(), "https://lender.example".to_owned())),
            ..Agreed::default()
        }
    }

    fn signing(&self, profile: &str) -> SignRequest {
        let kid = Some("ec".to_owned());
        SignRequest { agreed: self.agreed(profile), key: self.0.join("ec.txt"), kid, algorithm: None }
    }

    fn verifying(&self, profile: &str, signature: &str) -> VerifyRequest {
        VerifyRequest { agreed: self.agreed(profile), keys: self.0.join("ec.json"), signature: signature.to_owned() }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_signed_from_a_file_verifies_and_an_altered_file_does_not() {
    let desk = Desk::new();
    for profile in ["strict", "encoded", "bound"] {
        let signature = sign(&desk.signing(profile), NOW).unwrap();
        let found = verify(&desk.verifying(profile, &format!("{signature}\n")), NOW).unwrap();
        assert_eq!(found.json["code"], "ok", "{profile} {}", found.text);
        assert_eq!(found.json["kid"], "ec");
    }
    for profile in ["strict", "bound"] {
        let answers = Some(desk.0.join("body.json"));
        let answering = Agreed { answers, ..desk.agreed(profile) };
        let signature = sign(&SignRequest { agreed: answering.clone(), ..desk.signing(profile) }, NOW).unwrap();
        let as_request = desk.verifying(profile, &signature);
        assert_eq!(
            verify(&as_request, NOW).unwrap().json["code"],
            "claim_invalid",
            "{profile}: an answer is no request"
        );
        assert!(verify(&VerifyRequest { agreed: answering, ..as_request }, NOW).unwrap().valid, "{profile}");
    }
    let signature = sign(&desk.signing("strict"), NOW).unwrap();
    let nameless = fs::read_to_string(desk.0.join("ec.json")).unwrap().replace("\"kid\":\"ec\",", "");
    fs::write(desk.0.join("nameless.json"), nameless).unwrap();
    let by_nameless = VerifyRequest { keys: desk.0.join("nameless.json"), ..desk.verifying("strict", &signature) };
    assert!(verify(&by_nameless, NOW).unwrap().valid);
    fs::write(desk.0.join("body.json"), b"{\"a\":1}").unwrap();
    let found = verify(&desk.verifying("strict", &signature), NOW).unwrap();
    assert!(!found.valid && found.text.contains("written anew"), "{}", found.text);
}

#[test]
fn what_can_not_be_judged_is_told_with_its_mend() {
    let desk = Desk::new();
    let told = |request: &VerifyRequest| verify(request, NOW).unwrap_err().to_string();
    assert!(told(&desk.verifying("stricter", "a..b")).contains("There are: strict, ocen"));
    let mut request = desk.verifying("strict", "a..b");
    request.keys = desk.0.join("nothing");
    assert!(told(&request).contains("nothing cannot be read"));
    fs::write(desk.0.join("private.json"), json!({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}).to_string())
        .unwrap();
    request.keys = desk.0.join("private.json");
    assert!(told(&request).contains("private key material"));
    let mut signing = desk.signing("ocen");
    assert!(sign(&signing, NOW).unwrap_err().to_string().contains("the profile ocen takes RS256"));
    signing.key = desk.0.join("body.json");
    assert!(sign(&signing, NOW).unwrap_err().to_string().contains("not a private key"));
}
