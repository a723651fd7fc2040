//! One-time passwords: by time [RFC6238] or by counter [RFC4226], as Keycloak stores them [KC 4.11].

use aws_lc_rs::hmac;
use model::{Credential, Document};

use crate::{Core, Person, Plan, Result, Writes};

/// A one-time password device as stored.
struct Device {
    secret: Vec<u8>,
    algorithm: hmac::Algorithm,
    digits: u32,
    period: i64,
    counter: i64,
    by_counter: bool,
}

impl Core {
    /// Checks a one-time password. A user without a device needs none; a code counts once.
    pub async fn verify_otp(
        &self,
        plan: &Plan,
        person: &Person,
        code: Option<&str>,
        writes: &mut Writes,
    ) -> Result<bool> {
        let credentials = store::users::credentials(&self.store, &person.user.id).await?;
        let devices: Vec<&Credential> = credentials.iter().filter(|c| c.kind == "otp").collect();
        if devices.is_empty() {
            return Ok(true);
        }
        let Some(code) = code.filter(|c| c.len() <= 10) else { return Ok(false) };
        let window = plan.realm.doc.int_or("otpPolicyLookAheadWindow", 1).clamp(0, 100);
        for credential in devices {
            let Some(device) = Device::read(credential) else { continue };
            if let Some(step) = device.find(code, self.now(), window) {
                let name = format!("{}/{step}", credential.id);
                if store::logins::is_used(&self.store, &plan.realm.id, "otp", &name).await? {
                    return Ok(false);
                }
                self.spend(plan, credential, &device, step, writes)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn spend(&self, plan: &Plan, c: &Credential, device: &Device, step: i64, writes: &mut Writes) -> Result<()> {
        if device.by_counter {
            let mut next = c.clone();
            let mut data = Document::parse(c.doc.text("credentialData").unwrap_or("{}")).unwrap_or_default();
            data.set("counter", step + 1);
            next.doc.set("credentialData", data.to_text());
            store::users::update_credential(&self.store, &mut writes.batch, &next)?;
        }
        if device.by_counter || !plan.realm.doc.flag("otpPolicyCodeReusable") {
            let until = self.now() + device.period.max(30) * 200;
            store::logins::use_once(&mut writes.batch, &plan.realm.id, "otp", &format!("{}/{step}", c.id), until);
        }
        Ok(())
    }
}

impl Device {
    fn read(credential: &Credential) -> Option<Self> {
        let data = Document::parse(credential.doc.text("credentialData")?).ok()?;
        let secret = Document::parse(credential.doc.text("secretData")?).ok()?.string("value")?;
        let secret = match data.text("secretEncoding") {
            Some("BASE32") => base32(&secret)?,
            _ => secret.into_bytes(),
        };
        Some(Self {
            secret,
            algorithm: match data.text("algorithm") {
                Some("HmacSHA256") => hmac::HMAC_SHA256,
                Some("HmacSHA512") => hmac::HMAC_SHA512,
                _ => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            },
            digits: u32::try_from(data.int_or("digits", 6)).ok().filter(|d| (4..=9).contains(d))?,
            period: data.int_or("period", 30).clamp(1, 3600),
            counter: data.int_or("counter", 0),
            by_counter: data.text("subType") == Some("hotp"),
        })
    }

    /// The step at which the code is right, within the window.
    fn find(&self, code: &str, now: i64, window: i64) -> Option<i64> {
        let (first, last) = match self.by_counter {
            true => (self.counter, self.counter + window),
            false => (now / self.period - window, now / self.period + window),
        };
        (first..=last).find(|step| jose::equal_secret(self.code(*step), code))
    }

    fn code(&self, step: i64) -> String {
        let tag = hmac::sign(&hmac::Key::new(self.algorithm, &self.secret), &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or(0) & 15);
        let number = tag.iter().skip(offset).take(4).fold(0_u32, |n, byte| (n << 8) | u32::from(*byte)) & 0x7fff_ffff;
        let digits = usize::try_from(self.digits).unwrap_or(6);
        format!("{:0digits$}", number % 10_u32.pow(self.digits))
    }
}

/// Base32 without padding [RFC4648-6].
fn base32(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u64, 0);
    for c in text.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a',
            b'2'..=b'7' => c - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standards() {
        let device = Device {
            secret: b"12345678901234567890".to_vec(),
            algorithm: hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            digits: 8,
            period: 30,
            counter: 0,
            by_counter: false,
        };
        // [RFC6238-B]
        assert_eq!(device.code(59 / 30), "94287082");
        assert_eq!(device.code(1_234_567_890 / 30), "89005924");
        assert_eq!(device.find("94287082", 59 + 30, 1), Some(1));
        assert_eq!(device.find("94287082", 59 + 90, 1), None);
    }

    #[test]
    fn base32_reads_what_others_wrote() {
        assert_eq!(base32("MZXW6YTBOI").unwrap(), b"foobar");
    }
}
