//! Signatures of the Standard Webhooks specification 1.0: `v1,` and HMAC-SHA256 in base64 over `id.timestamp.body`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// What a secret `whsec_<base64>` means.
#[derive(Debug)]
pub struct Key(hmac::Key);

impl Key {
    pub fn new(secret: &str) -> Option<Self> {
        let bytes = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
        Some(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// `at`: seconds since 1970.
    pub fn sign(&self, message_id: &str, at: i64, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{message_id}.{at}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_is_that_of_the_specifications_example() {
        let key = Key::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(Key::new("MfKQ9r8G").is_none() && Key::new("whsec_!").is_none());
    }
}
