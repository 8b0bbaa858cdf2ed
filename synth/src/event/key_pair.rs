//! A key pair for inputs that the browser encrypts, made on this machine.

use aes_gcm::aead::{Aead, KeyInit as _, Nonce};
use aes_gcm::{Aes256Gcm, Key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use getrandom::SysRng;
use rsa::PrivateKey;
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey, LineEnding};
use rsa::rand_core::TryRng;
use sha2::Sha256;

/// What Port's documentation has teams generate.
const BITS: usize = 2048;

/// A private RSA key that only the local function gets. It is never printed.
pub struct KeyPair(PrivateKey);

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPair")
    }
}

impl KeyPair {
    /// Makes a new key. `None` if the system has no random numbers.
    pub fn generate() -> Option<Self> {
        PrivateKey::new(&mut SysRng, BITS).ok().map(Self)
    }

    /// Reads a key that [`KeyPair::pem`] returned. `None` if it is something else.
    pub fn read(pem: &str) -> Option<Self> {
        PrivateKey::from_pkcs8_pem(pem).ok().map(Self)
    }

    /// Returns it as the function reads it from its secret.
    pub fn pem(&self) -> Option<String> {
        self.0.to_pkcs8_pem(LineEnding::LF).ok().map(|pem| pem.to_string())
    }

    /// Encrypts as the browser does (documentation, "Secret inputs"): base64 of 12 bytes of IV, an AES key under RSA-OAEP
    /// with SHA-256, then the ciphertext and its tag under that key.
    pub(super) fn seal(&self, text: &str) -> Option<String> {
        let (mut key, mut iv) = ([0; 32], [0; 12]);
        SysRng.try_fill_bytes(&mut key).ok()?;
        SysRng.try_fill_bytes(&mut iv).ok()?;
        let wrapped = self.0.to_public_key().oaep_encrypt::<Sha256>(&key).ok()?;
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key));
        let sealed = cipher.encrypt(&Nonce::<Aes256Gcm>::from(iv), text.as_bytes()).ok()?;
        Some(STANDARD.encode([iv.as_slice(), &wrapped, &sealed].concat()))
    }
}
