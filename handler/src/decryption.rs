//! Decrypts inputs that arrive encrypted (documentation, "Secret inputs").
//!
//! Port encrypts with AES-256-GCM under the first 32 bytes of the organisation's client secret: base64 of a 16-byte IV,
//! the ciphertext and a 16-byte tag. The browser encrypts for a public key of the team's: base64 of a 12-byte IV, an
//! AES key under RSA-OAEP with SHA-256, then the ciphertext and the tag under that key.

use std::collections::BTreeMap;
use std::fmt;

use aes_gcm::AesGcm;
use aes_gcm::aead::array::ArraySize;
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{Aead, KeyInit, Nonce};
use aes_gcm::aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::Run;
use model::plan::Encryption;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, PrivateKey};
use secrecy::SecretString;
use serde_json::Value;
use sha2::Sha256;

/// Why an input cannot be decrypted. People read it in Port as the run's summary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("input `{input}` cannot be decrypted: {why}")]
pub(crate) struct DecryptionError {
    input: String,
    why: &'static str,
}

/// The keys for encrypted inputs.
pub struct Keys<'a> {
    /// The organisation's client secret, under which Port encrypts.
    pub client_secret: &'a str,
    /// The team's key, for inputs that the browser encrypts.
    pub input_key: Option<&'a InputKey>,
}

/// The team's private RSA key. It is never printed and can only decrypt.
pub struct InputKey(PrivateKey);

impl fmt::Debug for InputKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InputKey")
    }
}

impl InputKey {
    /// Reads a PEM file as `openssl genrsa` or `openssl genpkey` writes it: PKCS#8 or PKCS#1.
    pub fn from_pem(pem: &str) -> Option<Self> {
        PrivateKey::from_pkcs8_pem(pem).ok().or_else(|| PrivateKey::from_pkcs1_pem(pem).ok()).map(Self)
    }
}

/// Moves the encrypted inputs from [`Run::inputs`] to the run's secrets, decrypted.
pub(crate) fn unlock(
    run: &mut Run,
    encrypted: &BTreeMap<String, Encryption>,
    keys: &Keys<'_>,
) -> Result<(), DecryptionError> {
    for (input, encryption) in encrypted {
        let Some(value) = run.inputs.remove(input) else { continue };
        let wrong = |why| DecryptionError { input: input.clone(), why };
        let Value::String(text) = value else { return Err(wrong("it is not text")) };
        let secret = keys.decrypt(&text, *encryption).map_err(wrong)?;
        run.secrets.insert(input.clone(), SecretString::from(secret));
    }
    Ok(())
}

impl Keys<'_> {
    /// Returns the text that was encrypted.
    ///
    /// # Errors
    /// When it cannot be decrypted, with a reason that completes "it cannot be decrypted: …".
    pub fn decrypt(&self, text: &str, encryption: Encryption) -> Result<String, &'static str> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| "it is not base64")?;
        let opened = match encryption {
            Encryption::Aes256Gcm => {
                let key =
                    self.client_secret.as_bytes().get(..32).ok_or("the client secret is shorter than 32 bytes")?;
                let (iv, sealed) = bytes.split_at_checked(16).ok_or(TOO_SHORT)?;
                open::<U16>(key, iv, sealed).ok_or("it was encrypted with another client secret or has been altered")?
            }
            Encryption::ClientSide => {
                let InputKey(key) = self.input_key.ok_or("the function has no private key")?;
                let (iv, rest) = bytes.split_at_checked(12).ok_or(TOO_SHORT)?;
                let (wrapped, sealed) = rest.split_at_checked(key.size()).ok_or(TOO_SHORT)?;
                // RSA blinding: the time it takes reveals nothing about the key.
                key.decrypt(Oaep::<Sha256>::new(), wrapped)
                    .ok()
                    .and_then(|key| open::<U12>(&key, iv, sealed))
                    .ok_or("it was encrypted for another key or has been altered")?
            }
        };
        String::from_utf8(opened).map_err(|_| "it is not text")
    }
}

const TOO_SHORT: &str = "it is too short";

/// Opens AES-256-GCM without additional data; the tag is the last 16 bytes.
fn open<NonceSize: ArraySize>(key: &[u8], iv: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let cipher = AesGcm::<Aes256, NonceSize>::new_from_slice(key).ok()?;
    let nonce = Nonce::<AesGcm<Aes256, NonceSize>>::try_from(iv).ok()?;
    cipher.decrypt(&nonce, sealed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT_SECRET: &str = "0123456789abcdef0123456789abcdefEXTRA-IGNORED";

    fn by_port(client_secret: &str, sealed: &str) -> Result<String, &'static str> {
        Keys { client_secret, input_key: None }.decrypt(sealed, Encryption::Aes256Gcm)
    }

    /// Encrypted by another program under the client secret above.
    #[test]
    fn inputs_encrypted_by_another_program_are_decrypted() {
        for (sealed, want) in [
            ("NnEGZNYbkpXlQl/wDWX7+r7i7OSWTaSogp1xapvw8e+K6YoLcBE=", Ok("s3cr3t")),
            ("1XnxZdbjZprNDgdcwuR+3zVTctxF2ooxRFyz0lluFAM=", Ok("")),
            ("wThnW9N8fkkxgmSr82N5QgMQ9RUHgyDPzzgD+poCSu8lkIuRP/wwMvA=", Ok("日本語")),
            (
                "AThnW9N8fkkxgmSr82N5QgMQ9RUHgyDPzzgD+poCSu8lkIuRP/wwMvA=",
                Err("it was encrypted with another client secret or has been altered"),
            ),
            ("AAAA", Err("it is too short")),
            ("s3cr3t!", Err("it is not base64")),
            ("", Err("it is too short")),
        ] {
            assert_eq!(by_port(CLIENT_SECRET, sealed).as_deref().map_err(|e| *e), want, "{sealed}");
        }
        assert_eq!(by_port("short", "AAAA"), Err("the client secret is shorter than 32 bytes"));
    }

    /// Encrypted by another program, as the browser does it, for the test key.
    #[test]
    fn inputs_encrypted_for_the_teams_key_are_decrypted() {
        let sealed = include_str!("../tests/keys/sealed.txt").trim();
        let pkcs8 = InputKey::from_pem(include_str!("../tests/keys/pkcs8.pem")).unwrap();
        let pkcs1 = InputKey::from_pem(include_str!("../tests/keys/pkcs1.pem")).unwrap();
        let other = InputKey::from_pem(include_str!("../tests/keys/other.pem")).unwrap();
        let open =
            |sealed: &str, input_key| Keys { client_secret: "", input_key }.decrypt(sealed, Encryption::ClientSide);
        assert_eq!(open(sealed, Some(&pkcs8)), Ok("hunter2-typed-by-a-person".to_owned()));
        assert_eq!(open(sealed, Some(&pkcs1)), Ok("hunter2-typed-by-a-person".to_owned()));
        assert_eq!(open(sealed, Some(&other)), Err("it was encrypted for another key or has been altered"));
        assert_eq!(open(sealed, None), Err("the function has no private key"));
        let changed = sealed.replace(sealed.get(20..22).unwrap(), "AA");
        assert_eq!(open(&changed, Some(&pkcs8)), Err("it was encrypted for another key or has been altered"));
        assert_eq!(open("AAAA", Some(&pkcs8)), Err("it is too short"));
        assert_eq!(format!("{pkcs8:?}"), "InputKey");
        assert!(InputKey::from_pem("not a key").is_none());
    }
}
