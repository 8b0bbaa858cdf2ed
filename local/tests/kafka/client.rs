//! A client of the tests' own: frames over a socket, SCRAM, and the codec read the other way round.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU32;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{
    ApiKey, RequestHeader, RequestKind, ResponseHeader, ResponseKind, SaslAuthenticateRequest,
    SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use ring::{digest, hmac, pbkdf2};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    sent: i32,
}

impl Client {
    /// Connects without signing in.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, sent: 0 }
    }

    /// Connects and signs in as the user of the tests.
    pub(crate) fn signed_in(address: SocketAddr) -> Self {
        let mut client = Self::connect(address);
        let answer = client.sign_in("user", "password");
        assert_eq!((answer.error_code, answer.error_message), (0, None));
        client
    }

    /// Sends the two messages of SCRAM; returns the answer to the last one that was sent.
    pub(crate) fn sign_in(&mut self, user: &str, password: &str) -> SaslAuthenticateResponse {
        assert_eq!(self.handshake("SCRAM-SHA-512", 1).error_code, 0);
        let first = format!("n,,n={user},r=mine");
        let challenge = self.authenticate(first.as_bytes());
        if challenge.error_code != 0 {
            return challenge;
        }
        self.authenticate(&proof(&first, &challenge.auth_bytes, password))
    }

    pub(crate) fn handshake(&mut self, mechanism: &'static str, version: i16) -> SaslHandshakeResponse {
        let request = SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str(mechanism));
        match self.call(ApiKey::SaslHandshake, version, &request.into()).unwrap() {
            ResponseKind::SaslHandshake(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn authenticate(&mut self, message: &[u8]) -> SaslAuthenticateResponse {
        let request = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::copy_from_slice(message));
        match self.call(ApiKey::SaslAuthenticate, 2, &request.into()).unwrap() {
            ResponseKind::SaslAuthenticate(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// Sends a request and reads its answer to the last byte.
    pub(crate) fn call(&mut self, api: ApiKey, version: i16, request: &RequestKind) -> io::Result<ResponseKind> {
        let frame = self.frame(api, version, request);
        self.send(&frame)?;
        self.answer(api, version)
    }

    /// Writes a request as a frame without its length.
    pub(crate) fn frame(&mut self, api: ApiKey, version: i16, request: &RequestKind) -> Vec<u8> {
        self.sent += 1;
        frame(api, version, self.sent, request)
    }

    /// Reads the answer to the last request.
    pub(crate) fn answer(&mut self, api: ApiKey, version: i16) -> io::Result<ResponseKind> {
        let mut answer = Bytes::from(self.receive()?);
        let header = ResponseHeader::decode(&mut answer, api.response_header_version(version)).unwrap();
        assert_eq!(header.correlation_id, self.sent);
        let decoded = ResponseKind::decode(api, &mut answer, version).unwrap();
        assert!(answer.is_empty(), "{} bytes are left of {decoded:?}", answer.len());
        Ok(decoded)
    }

    /// Sends bytes behind their length.
    pub(crate) fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        let mut bytes = u32::try_from(frame.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(frame);
        self.stream.write_all(&bytes)
    }

    /// Sends bytes as they are.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads a frame.
    pub(crate) fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Waits until the broker closes the connection, without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }
}

/// Writes a request as a frame without its length.
pub(crate) fn frame(api: ApiKey, version: i16, number: i32, request: &RequestKind) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    RequestHeader::default()
        .with_request_api_key(api as i16)
        .with_request_api_version(version)
        .with_correlation_id(number)
        .with_client_id(Some(StrBytes::from_static_str("test")))
        .encode(&mut bytes, api.request_header_version(version))
        .unwrap();
    request.encode(&mut bytes, version).unwrap_or_else(|error| panic!("{api:?} {version}: {error:?}"));
    bytes.to_vec()
}

/// Computes a client's last message of SCRAM-SHA-512.
pub(crate) fn proof(first: &str, challenge: &[u8], password: &str) -> Vec<u8> {
    let challenge = str::from_utf8(challenge).unwrap();
    let mut parts = challenge.split(',');
    let nonce = parts.next().unwrap();
    let salt = BASE64_STANDARD.decode(parts.next().unwrap().strip_prefix("s=").unwrap()).unwrap();
    let iterations: NonZeroU32 = parts.next().unwrap().strip_prefix("i=").unwrap().parse().unwrap();
    let mut salted = [0; 64];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, iterations, &salt, password.as_bytes(), &mut salted);
    let client = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, &salted), b"Client Key");
    let stored = digest::digest(&digest::SHA512, client.as_ref());
    let unsigned = format!("c=biws,{nonce}");
    let signed = format!("{},{challenge},{unsigned}", first.strip_prefix("n,,").unwrap());
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, stored.as_ref()), signed.as_bytes());
    let proof: Vec<u8> = client.as_ref().iter().zip(signature.as_ref()).map(|(left, right)| left ^ right).collect();
    let mut last = BytesMut::new();
    last.put_slice(format!("{unsigned},p={}", BASE64_STANDARD.encode(proof)).as_bytes());
    last.to_vec()
}
