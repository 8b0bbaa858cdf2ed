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
use sha2::Sha256;

/// Why an input cannot be decrypted. People read it in Port as the run's summary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("input `{input}` cannot be decrypted: {why}")]
pub(crate) struct DecryptionError {
    input: String,
    pub(crate) why: Undecipherable,
}

/// Why a text cannot be decrypted, as text that completes "it cannot be decrypted: …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecipherable {
    /// The input is a number, a list or something else.
    #[error("it is not text")]
    NoText,
    /// It does not have the form of what was encrypted.
    #[error("it is not base64")]
    NoBase64,
    /// Some of its parts are missing.
    #[error("it is too short")]
    TooShort,
    /// The client secret is too short for a key.
    #[error("the client secret is shorter than 32 bytes")]
    ShortSecret,
    /// The client secret does not open it.
    #[error("it was encrypted with another client secret or has been altered")]
    OtherSecret,
    /// The plan's input is encrypted by the browser, but the template names no key.
    #[error("the function has no private key")]
    NoKey,
    /// The private key does not open it.
    #[error("it was encrypted for another key or has been altered")]
    OtherKey,
}

/// The keys for encrypted inputs. Of several, the first one is the current one.
pub struct Keys<'a> {
    /// The organisation's client secrets, under which Port encrypts.
    pub client_secrets: &'a [&'a str],
    /// The team's keys, for inputs that the browser encrypts.
    pub input_keys: &'a [&'a InputKey],
}

/// The team's private RSA key. It is never printed and can only decrypt.
#[derive(PartialEq, Eq)]
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

/// Moves the encrypted inputs from [`Run::inputs`] to the run's secrets, decrypted: all of them, or none.
pub(crate) fn unlock(
    run: &mut Run,
    encrypted: &BTreeMap<String, Encryption>,
    keys: &Keys<'_>,
) -> Result<(), DecryptionError> {
    let mut secrets = BTreeMap::new();
    for (input, encryption) in encrypted {
        let Some(value) = run.inputs.get(input) else { continue };
        let wrong = |why| DecryptionError { input: input.clone(), why };
        let text = value.as_str().ok_or_else(|| wrong(Undecipherable::NoText))?;
        let secret = keys.decrypt(text, *encryption).map_err(wrong)?;
        secrets.insert(input.clone(), SecretString::from(secret));
    }
    run.inputs.retain(|input, _| !secrets.contains_key(input));
    run.secrets.extend(secrets);
    Ok(())
}

impl Keys<'_> {
    /// Returns the text that was encrypted.
    ///
    /// # Errors
    /// When no key opens it: why the current one does not.
    pub fn decrypt(&self, text: &str, encryption: Encryption) -> Result<String, Undecipherable> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| Undecipherable::NoBase64)?;
        let opened = match encryption {
            Encryption::Aes256Gcm => first(self.client_secrets, |secret| by_port(secret, &bytes)),
            Encryption::ClientSide => first(self.input_keys, |key| by_the_browser(key, &bytes)),
        };
        String::from_utf8(opened?).map_err(|_| Undecipherable::NoText)
    }
}

/// Returns what the first key that fits opens, or else the error of the current one.
fn first<K>(keys: &[&K], open: impl Fn(&K) -> Result<Vec<u8>, Undecipherable>) -> Result<Vec<u8>, Undecipherable>
where
    K: ?Sized,
{
    let (current, former) = keys.split_first().ok_or(Undecipherable::NoKey)?;
    open(current).or_else(|error| former.iter().find_map(|key| open(key).ok()).ok_or(error))
}

fn by_port(client_secret: &str, bytes: &[u8]) -> Result<Vec<u8>, Undecipherable> {
    let key = client_secret.as_bytes().get(..32).ok_or(Undecipherable::ShortSecret)?;
    let (iv, sealed) = bytes.split_at_checked(16).ok_or(Undecipherable::TooShort)?;
    open::<U16>(key, iv, sealed).ok_or(Undecipherable::OtherSecret)
}

fn by_the_browser(InputKey(key): &InputKey, bytes: &[u8]) -> Result<Vec<u8>, Undecipherable> {
    let (iv, rest) = bytes.split_at_checked(12).ok_or(Undecipherable::TooShort)?;
    let (wrapped, sealed) = rest.split_at_checked(key.size()).ok_or(Undecipherable::TooShort)?;
    // RSA blinding: the time it takes reveals nothing about the key.
    let wrapped = key.decrypt(Oaep::<Sha256>::new(), wrapped).ok();
    wrapped.and_then(|key| open::<U12>(&key, iv, sealed)).ok_or(Undecipherable::OtherKey)
}

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

    fn by_port(client_secret: &str, sealed: &str) -> Result<String, String> {
        let keys = Keys { client_secrets: &[client_secret], input_keys: &[] };
        keys.decrypt(sealed, Encryption::Aes256Gcm).map_err(|why| why.to_string())
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
            assert_eq!(by_port(CLIENT_SECRET, sealed).as_deref().map_err(String::as_str), want, "{sealed}");
        }
        assert_eq!(by_port("short", "AAAA"), Err("the client secret is shorter than 32 bytes".to_owned()));
    }

    /// Encrypted by another program, as the browser does it, for the test key.
    #[test]
    fn inputs_encrypted_for_the_teams_key_are_decrypted() {
        let sealed = include_str!("../tests/keys/sealed.txt").trim();
        let pkcs8 = InputKey::from_pem(include_str!("../tests/keys/pkcs8.pem")).unwrap();
        let pkcs1 = InputKey::from_pem(include_str!("../tests/keys/pkcs1.pem")).unwrap();
        let other = InputKey::from_pem(include_str!("../tests/keys/other.pem")).unwrap();
        let open = |sealed: &str, input_keys: &[&InputKey]| {
            Keys { client_secrets: &[], input_keys }.decrypt(sealed, Encryption::ClientSide)
        };
        let changed = sealed.replace(sealed.get(20..22).unwrap(), "AA");
        for (sealed, keys, want) in [
            (sealed, &[&pkcs8][..], Ok(())),
            (sealed, &[&pkcs1], Ok(())),
            (sealed, &[&other, &pkcs8], Ok(())),
            (sealed, &[&other], Err(Undecipherable::OtherKey)),
            (sealed, &[], Err(Undecipherable::NoKey)),
            (&changed, &[&pkcs8, &other], Err(Undecipherable::OtherKey)),
            ("AAAA", &[&pkcs8], Err(Undecipherable::TooShort)),
        ] {
            let want = want.map(|()| "hunter2-typed-by-a-person".to_owned());
            assert_eq!(open(sealed, keys), want, "{sealed}");
        }
        assert_eq!(format!("{pkcs8:?}"), "InputKey");
        assert!(InputKey::from_pem("not a key").is_none());
    }
}
