//! Signs messages and encrypts inputs with the organisation's client secret.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit as _, Nonce};
use aes_gcm::aes::Aes256;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use super::dice::Dice;

/// Signs a message as Port does (its agent, `sign_sha_256`): the signature is inside the JSON, and covers the JSON with
/// `headers` but without the signature.
pub(super) fn sign(message: &mut Value, secret: &str, timestamp: i64) {
    let Value::Object(root) = message else { return };
    if !root.get("headers").is_some_and(Value::is_object) {
        root.insert("headers".to_owned(), Value::Object(Map::new()));
    }
    let text = format!("{timestamp}.{}", Value::Object(root.clone()));
    // HMAC takes a key of any length.
    let Ok(mut hmac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret.as_bytes()) else { return };
    hmac.update(text.as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes()));
    if let Some(Value::Object(headers)) = root.get_mut("headers") {
        headers.insert("X-Port-Signature".to_owned(), signature.into());
        headers.insert("X-Port-Timestamp".to_owned(), timestamp.into());
    }
}

/// Encrypts an input as Port does (documentation, "Secret inputs"): base64 of 16 bytes of IV, the ciphertext and a tag,
/// with AES-256-GCM and the first 32 bytes of the secret as the key. `None` if the secret is shorter.
pub(super) fn seal(text: &str, secret: &str, dice: &mut Dice) -> Option<String> {
    let cipher = AesGcm::<Aes256, U16>::new_from_slice(secret.as_bytes().get(..32)?).ok()?;
    let iv: Vec<u8> = [dice.next(), dice.next()].iter().flat_map(|half| half.to_be_bytes()).collect();
    let nonce = Nonce::<AesGcm<Aes256, U16>>::try_from(iv.as_slice()).ok()?;
    let sealed = cipher.encrypt(&nonce, text.as_bytes()).ok()?;
    Some(STANDARD.encode([iv, sealed].concat()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The signature comes from an independent program that follows Port's agent.
    #[test]
    fn signed_like_port() {
        let mut message = json!({ "a": "ü", "n": 1 });
        sign(&mut message, "test", 1_713_277_889);
        let signature = message.pointer("/headers/X-Port-Signature").unwrap();
        assert_eq!(signature, "v1,l2F3RYYG3Orn9yn3+aBmCQSYrJNE42yMO1/4tGSoRRU=");
        let mut with_headers = json!({ "headers": { "x": "y" }, "a": 1 });
        sign(&mut with_headers, "test", 1_713_277_889);
        assert_eq!(with_headers.pointer("/headers/x"), Some(&json!("y")));
        assert!(with_headers.pointer("/headers/X-Port-Timestamp").is_some());
    }

    #[test]
    fn encrypted_inputs_can_be_decrypted() {
        let secret = "0123456789abcdef0123456789abcdefEXTRA-IGNORED";
        let sealed = STANDARD.decode(seal("s3cr3t", secret, &mut Dice::new(1)).unwrap()).unwrap();
        let cipher = AesGcm::<Aes256, U16>::new_from_slice(&secret.as_bytes()[..32]).unwrap();
        let nonce = Nonce::<AesGcm<Aes256, U16>>::try_from(&sealed[..16]).unwrap();
        assert_eq!(cipher.decrypt(&nonce, &sealed[16..]).unwrap(), b"s3cr3t");
        assert_eq!(seal("s3cr3t", "short", &mut Dice::new(1)), None);
    }
}
