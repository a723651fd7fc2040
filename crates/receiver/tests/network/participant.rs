//! Participants of the network, and what they send.

use jose::{Algorithm, Curve, SigningKey, generate};
use serde_json::{Value, json};
use signing::{Message, Profile, Signing, sign};

/// A participant role with its client and one key.
#[derive(Clone)]
pub struct Participant {
    pub id: String,
    pub profile: Profile,
    pub key: SigningKey,
    /// Base64 of the key's PKCS#8.
    pub pem: String,
    pub base_url: String,
    pub status: String,
    pub addresses: Vec<String>,
    /// Further members of its key's record.
    pub key_record: Value,
}

impl Participant {
    pub fn new(id: &str, profile: &str) -> Self {
        let profile = Profile::find(profile).unwrap().clone();
        let (algorithm, der) = match profile.name.as_str() {
            "ocen" | "rebit" => (Algorithm::RS256, generate::rsa(2048).unwrap()),
            _ => (Algorithm::ES256, generate::ec(Curve::P256).unwrap()),
        };
        let key = SigningKey::from_der(algorithm, &der).unwrap();
        Self {
            id: id.to_owned(),
            profile,
            pem: jose::b64::encode_standard(&der),
            key: key.with_kid(&format!("{id}-key")),
            base_url: format!("https://{id}.example/api"),
            status: "APPROVED".to_owned(),
            addresses: vec!["127.0.0.0/8".to_owned()],
            key_record: json!({"status": "ACTIVE"}),
        }
    }

    /// One whose profile is like one that every realm has, with these members.
    pub fn own(id: &str, like: &str, members: &Value) -> Self {
        let mut profile = serde_json::to_value(Profile::find(like).unwrap()).unwrap();
        profile["name"] = "own".into();
        profile.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        Self { profile: Profile::parse(&profile.to_string()).unwrap(), ..Self::new(id, like) }
    }

    pub fn client_id(&self) -> String {
        format!("{}-client", self.id)
    }

    pub fn secret(&self) -> String {
        format!("{}-secret&=", self.id)
    }

    pub fn origin(&self) -> String {
        self.base_url.strip_suffix("/api").unwrap().to_owned()
    }
}

/// The signature header of a request from one participant to another.
pub fn signed_request(
    from: &Participant,
    to: &Participant,
    method: &str,
    target: &str,
    body: &[u8],
    now: i64,
) -> (String, String) {
    signed(from, to, &Message { headers: &[], method, target, body, answers: None }, now)
}

/// The same over an answer under the line of its request.
pub fn signed(from: &Participant, to: &Participant, message: &Message<'_>, now: i64) -> (String, String) {
    let origin = to.origin();
    let unique = jose::random::base64url_id(16).unwrap();
    let signing = Signing {
        profile: &from.profile,
        key: &from.key,
        now,
        unique: &unique,
        receiver: Some(signing::Receiver { id: &to.id, origin: &origin }),
        issuer: None,
        anchor: None,
    };
    let value = sign(&signing, message).unwrap();
    (from.profile.headers[0].clone(), value)
}
