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
    assert!(told(&request).contains("a private key, and the public ones are wanted"));
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        fs::read_to_string(desk.0.join("ec.txt")).unwrap()
    );
    fs::write(desk.0.join("private.json"), pem).unwrap();
    assert!(told(&request).contains("a private key, and the public ones are wanted"));
    fs::write(desk.0.join("public.pem"), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").unwrap();
    let by_public = SignRequest { key: desk.0.join("public.pem"), ..desk.signing("strict") };
    assert!(sign(&by_public, NOW).unwrap_err().to_string().contains("a public key, and the private one signs"));
    let by_rsa = SignRequest { algorithm: Some("RS256".to_owned()), ..desk.signing("strict") };
    assert!(sign(&by_rsa, NOW).unwrap_err().to_string().contains("RS256 cannot be used with this P-256 key"));
    let mut signing = desk.signing("ocen");
    assert!(sign(&signing, NOW).unwrap_err().to_string().contains("the profile ocen takes RS256"));
    signing.key = desk.0.join("body.json");
    assert!(sign(&signing, NOW).unwrap_err().to_string().contains("body.json: "));
}

#[test]
fn a_key_signs_by_the_algorithm_of_the_profile_that_it_can_make() {
    let desk = Desk::new();
    let der = generate::rsa(2048).unwrap();
    fs::write(desk.0.join("rsa.txt"), jose::b64::encode_standard(&der)).unwrap();
    let made = |profile: &str, key: &str, algorithm: Option<&str>| -> Result<String, String> {
        let (issuer, anchor) = (Some("agent".to_owned()), Some("openbanking.org.uk".to_owned()));
        let agreed = Agreed { issuer, anchor, ..desk.agreed(profile) };
        let algorithm = algorithm.map(str::to_owned);
        let signature = sign(&SignRequest { agreed, key: desk.0.join(key), algorithm, ..desk.signing(profile) }, NOW);
        let signature = signature.map_err(|error| error.to_string())?;
        Ok(jose::detached::Parts::parse(&signature).unwrap().header.alg().to_owned())
    };
    let ok = |name: &str| Ok(name.to_owned());
    for profile in ["uk-ob-3.1.3", "uk-ob-4.0"] {
        assert_eq!(made(profile, "rsa.txt", None), ok("PS256"), "{profile}");
    }
    assert_eq!(made("strict", "rsa.txt", None), ok("RS256"), "the usual one where the profile takes it");
    assert_eq!(made("strict", "rsa.txt", Some("PS256")), ok("PS256"));
    let refused = made("uk-ob-4.0", "rsa.txt", Some("RS256")).unwrap_err();
    assert_eq!(refused, "the profile uk-ob-4.0 takes PS256, and the key makes RS256", "what is named is meant");
    assert!(made("uk-ob-4.0", "ec.txt", None).unwrap_err().contains("takes PS256, and the key makes ES256"));
}

#[test]
fn an_empty_body_is_signed_and_verified_over_a_target_that_was_said() {
    let desk = Desk::new();
    fs::write(desk.0.join("body.json"), b"").unwrap();
    let signature = sign(&desk.signing("strict"), NOW).unwrap();
    assert!(verify(&desk.verifying("strict", &signature), NOW).unwrap().valid);
    let agreed = Agreed { target: String::new(), ..desk.agreed("strict") };
    let signing = SignRequest { agreed: agreed.clone(), ..desk.signing("strict") };
    let verifying = VerifyRequest { agreed, ..desk.verifying("strict", &signature) };
    for told in [sign(&signing, NOW).map(drop), verify(&verifying, NOW).map(drop)] {
        assert!(told.unwrap_err().to_string().contains("give --target"));
    }
    let mut own = serde_json::to_value(signing::Profile::find("strict").unwrap()).unwrap();
    (own["name"], own["no_body"]) = (json!("own"), json!("refused"));
    fs::write(desk.0.join("own.json"), own.to_string()).unwrap();
    let own = desk.0.join("own.json").display().to_string();
    let told = sign(&desk.signing(&own), NOW).unwrap_err().to_string();
    assert_eq!(told, "the profile own takes no message without a body");
}

#[test]
fn what_was_left_out_is_asked_for_and_never_guessed() {
    let desk = Desk::new();
    let told = |agreed: Agreed| {
        let signing = SignRequest { agreed: agreed.clone(), ..desk.signing("strict") };
        let verifying = VerifyRequest { agreed, ..desk.verifying("strict", "a..b") };
        let (sign, verify) = (sign(&signing, NOW).unwrap_err(), verify(&verifying, NOW).unwrap_err());
        assert_eq!(sign.to_string(), verify.to_string());
        sign.to_string()
    };
    let (strict, bound) = (desk.agreed("strict"), desk.agreed("bound"));
    let answers = Some(desk.0.join("body.json"));
    let without = told(Agreed { answers, target: String::new(), ..strict.clone() });
    assert!(without.contains("--answers needs --target"), "{without}");
    assert!(told(Agreed { target: String::new(), ..bound.clone() }).contains("give --target"));
    assert!(told(Agreed { target: "v4/loans".to_owned(), ..strict.clone() }).contains("begins with /"));
    assert!(told(Agreed { method: "post".to_owned(), ..strict }).contains("in capitals"));
    let nobody = Agreed { receiver: None, ..bound };
    let signing = SignRequest { agreed: nobody.clone(), ..desk.signing("bound") };
    assert!(sign(&signing, NOW).unwrap_err().to_string().contains("give --receiver and --origin"));
    let signature = sign(&desk.signing("bound"), NOW).unwrap();
    let found = verify(&VerifyRequest { agreed: nobody, ..desk.verifying("bound", &signature) }, NOW).unwrap();
    assert!(found.text.contains("give --receiver and --origin"), "{}", found.text);
}
