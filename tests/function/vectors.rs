//! Signatures and encrypted inputs made by other programs: those in this folder, written by `vectors/make.mjs`, and
//! those in `VECTORS_DIR` if it is set. With `REQUIRE_CORPUS=1` it must be set.

#[path = "../openapi/reference.rs"]
mod reference;

use std::path::Path;

use handler::decryption::Keys;
use handler::signature;
use model::plan::{Encryption, Signatures};
use serde_json::Value;

use crate::deployment::repository;

/// Returns all vectors from the files with this name.
fn vectors(file: &str) -> Vec<Value> {
    let given = reference::path("VECTORS_DIR");
    let read = |folder: &Path| -> Vec<Value> {
        let path = folder.join(file);
        assert!(path.is_file(), "`{}` does not exist", path.display());
        let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert!(!vectors.is_empty(), "`{}` is empty", path.display());
        vectors
    };
    let ours = repository("tests/function/vectors");
    [Some(ours), given].iter().flatten().flat_map(|folder| read(folder)).collect()
}

#[test]
fn signatures_of_other_programs_are_checked() {
    for vector in vectors("signature_vectors.json") {
        let message = vector["message_json"].as_str().unwrap();
        let secret = vector["secret"].as_str().unwrap().as_bytes();
        let checked = signature::check(message, secret, Signatures::Required, 300, None);
        assert_eq!(checked.is_ok(), vector["valid"].as_bool().unwrap(), "{}: {checked:?}", vector["name"]);
    }
}

#[test]
fn inputs_that_other_programs_encrypted_are_decrypted() {
    for vector in vectors("aes256gcm_vectors.json") {
        let text = |key: &str| vector[key].as_str().unwrap();
        let keys = Keys { client_secrets: &[text("client_secret")], input_keys: &[] };
        assert_eq!(keys.decrypt(text("encrypted"), Encryption::Aes256Gcm).as_deref(), Ok(text("plaintext")));
    }
}
