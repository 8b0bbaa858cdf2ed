//! Signatures and encrypted inputs of other makers: the vectors in `VECTORS_DIR`, by default those beside the project.

use std::path::PathBuf;

use handler::decryption::Keys;
use handler::signature;
use model::plan::{Encryption, Signatures};
use serde_json::Value;

use crate::deployment::repository;

fn vectors(file: &str) -> Option<Vec<Value>> {
    let folder =
        std::env::var_os("VECTORS_DIR").map_or_else(|| repository("../shared/reference/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no vectors in {}; VECTORS_DIR names a folder of them", folder.display());
        return None;
    }
    let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap();
    assert!(!vectors.is_empty());
    Some(vectors)
}

#[test]
fn signatures() {
    for vector in vectors("signature_vectors.json").unwrap_or_default() {
        let message = vector["message_json"].as_str().unwrap();
        let secret = vector["secret"].as_str().unwrap().as_bytes();
        let checked = signature::check(message, secret, Signatures::Required, 300, None);
        assert_eq!(checked.is_ok(), vector["valid"].as_bool().unwrap(), "{}: {checked:?}", vector["name"]);
    }
}

#[test]
fn encrypted_inputs() {
    for vector in vectors("aes256gcm_vectors.json").unwrap_or_default() {
        let text = |key: &str| vector[key].as_str().unwrap();
        let keys = Keys { client_secret: text("client_secret"), input_key: None };
        assert_eq!(keys.decrypt(text("encrypted"), Encryption::Aes256Gcm).as_deref(), Ok(text("plaintext")));
    }
}
