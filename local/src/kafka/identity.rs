//! The broker's certificate: made for this machine, signed by an authority that forgets its key at once.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The names under which clients reach a broker on loopback.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate with its key, as PEM, and the authority that clients must trust.
#[derive(Clone)]
pub struct Identity {
    /// The certificate of the authority.
    pub ca: String,
    /// The certificate of the broker.
    pub certificate: String,
    /// The key of the broker.
    pub key: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// Creates an authority and a certificate for `localhost`, `127.0.0.1` and `::1`.
    ///
    /// # Errors
    ///
    /// When the operating system has no random numbers.
    pub fn generate() -> io::Result<Self> {
        Self::generated().map_err(io::Error::other)
    }

    fn generated() -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "Local Kafka authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let ca = authority.self_signed(&key)?.pem();
        let issuer = Issuer::new(authority, key);

        let mut broker = CertificateParams::new(NAMES.map(str::to_owned).to_vec())?;
        broker.distinguished_name.push(DnType::CommonName, "localhost");
        broker.use_authority_key_identifier_extension = true;
        broker.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        broker.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = broker.signed_by(&key, &issuer)?.pem();
        Ok(Self { ca, certificate, key: key.serialize_pem() })
    }

    /// Returns the server's side of TLS.
    pub(super) fn server(&self) -> io::Result<Arc<ServerConfig>> {
        let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("the {what} is not PEM"));
        let chain = CertificateDer::pem_slice_iter(self.certificate.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| invalid("certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|_| invalid("key"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(io::Error::other)?;
        Ok(Arc::new(config))
    }
}
