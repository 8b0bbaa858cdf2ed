//! Inputs that Port encrypted (documentation, "Secret inputs"): base64 of 16 bytes of IV, the ciphertext and a tag of
//! 16 bytes; AES-256-GCM under the first 32 bytes of the organisation's client secret.

use std::collections::BTreeMap;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit, Nonce};
use aes_gcm::aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::Run;
use model::plan::Encryption;
use secrecy::SecretString;
use serde_json::Value;

type Cipher = AesGcm<Aes256, U16>;

/// Why an input cannot be decrypted: a summary that a person reads in Port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("input `{input}` cannot be decrypted: {why}")]
pub(crate) struct Undecipherable {
    input: String,
    why: &'static str,
}

/// Takes the encrypted inputs out of [`Run::inputs`] and puts them among its secrets, decrypted where Port did the
/// encryption; what the browser encrypted for the team's own key stays as it came.
pub(crate) fn unlock(
    run: &mut Run,
    encrypted: &BTreeMap<String, Encryption>,
    client_secret: &str,
) -> Result<(), Undecipherable> {
    for (input, encryption) in encrypted {
        let Some(value) = run.inputs.remove(input) else { continue };
        let wrong = |why| Undecipherable { input: input.clone(), why };
        let Value::String(text) = value else { return Err(wrong("it is no text")) };
        let secret = match encryption {
            Encryption::Aes256Gcm => decrypt(&text, client_secret.as_bytes()).map_err(wrong)?,
            Encryption::ClientSide => text,
        };
        run.secrets.insert(input.clone(), SecretString::from(secret));
    }
    Ok(())
}

fn decrypt(text: &str, client_secret: &[u8]) -> Result<String, &'static str> {
    let key = client_secret.get(..32).ok_or("the client secret is shorter than 32 bytes")?;
    let cipher = Cipher::new_from_slice(key).map_err(|_| "the client secret makes no key")?;
    let bytes = STANDARD.decode(text.trim()).map_err(|_| "it is not base64")?;
    let (iv, sealed) = bytes.split_at_checked(16).ok_or("it is too short")?;
    let nonce = Nonce::<Cipher>::try_from(iv).map_err(|_| "it is too short")?;
    let opened =
        cipher.decrypt(&nonce, sealed).map_err(|_| "it was encrypted under another client secret, or changed")?;
    String::from_utf8(opened).map_err(|_| "it is no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT_SECRET: &[u8] = b"0123456789abcdef0123456789abcdefEXTRA-IGNORED";

    /// Sealed by another program under the client secret above.
    #[test]
    fn what_another_maker_sealed() {
        for (sealed, want) in [
            ("NnEGZNYbkpXlQl/wDWX7+r7i7OSWTaSogp1xapvw8e+K6YoLcBE=", Ok("s3cr3t")),
            ("1XnxZdbjZprNDgdcwuR+3zVTctxF2ooxRFyz0lluFAM=", Ok("")),
            ("wThnW9N8fkkxgmSr82N5QgMQ9RUHgyDPzzgD+poCSu8lkIuRP/wwMvA=", Ok("日本語")),
            (
                "AThnW9N8fkkxgmSr82N5QgMQ9RUHgyDPzzgD+poCSu8lkIuRP/wwMvA=",
                Err("it was encrypted under another client secret, or changed"),
            ),
            ("AAAA", Err("it is too short")),
            ("s3cr3t!", Err("it is not base64")),
            ("", Err("it is too short")),
        ] {
            assert_eq!(decrypt(sealed, CLIENT_SECRET).as_deref().map_err(|e| *e), want, "{sealed}");
        }
        assert_eq!(decrypt("AAAA", b"short"), Err("the client secret is shorter than 32 bytes"));
    }
}
