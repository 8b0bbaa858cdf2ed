//! Frames: a length and as many bytes; in them a head and a request, or a head and an answer.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, RequestKind, ResponseHeader, ResponseKind};
use kafka_protocol::protocol::{Decodable, Encodable};
use tokio::io::{AsyncBufRead, AsyncReadExt};

use super::api::VERSIONS;
use super::shape;

/// The largest frame of a client that has not signed in, in bytes, as in Apache Kafka.
pub(super) const LARGEST_BEFORE_SIGN_IN: usize = 512 * 1024;
/// The largest frame that carries records, in bytes.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;
/// The largest frame that carries none, in bytes.
const LARGEST_WITHOUT_RECORDS: usize = 1024 * 1024;

/// A request as the codec read it.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) api: ApiKey,
    pub(super) version: i16,
    pub(super) client: String,
    pub(super) body: RequestKind,
    number: i32,
}

/// What a frame is.
#[derive(Debug)]
pub(super) enum Frame {
    /// A request that can be answered.
    Request(Box<Request>),
    /// The question for versions, in a version that is not known here, with the number of the request.
    TooNew(i32),
}

/// Reads a frame; nothing at the end of the connection.
///
/// # Errors
///
/// When the connection breaks, or when the frame is larger than allowed.
pub(super) async fn read(reader: &mut (impl AsyncBufRead + Unpin), largest: usize) -> io::Result<Option<Bytes>> {
    let mut length = [0; 4];
    if reader.read_exact(&mut length).await.is_err() {
        return Ok(None);
    }
    let length = usize::try_from(i32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > largest {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the frame is too large"));
    }
    // The memory grows with what arrives, not with what was announced.
    let mut bytes = Vec::new();
    reader.take(u64::try_from(length).unwrap_or(u64::MAX)).read_to_end(&mut bytes).await?;
    Ok((bytes.len() == length).then(|| bytes.into()))
}

/// Reads the request in a frame; nothing if this broker does not know it or it is damaged.
pub(super) fn parse(frame: Bytes) -> Option<Frame> {
    let (api, version, number) = (number_at(&frame, 0)?, number_at(&frame, 2)?, frame.get(4..8)?);
    let number = i32::from_be_bytes(number.try_into().ok()?);
    let api = ApiKey::try_from(api).ok()?;
    let (_, least, most) = VERSIONS.iter().find(|(known, _, _)| *known == api)?;
    if !(*least..=*most).contains(&version) {
        return (api == ApiKey::ApiVersions).then_some(Frame::TooNew(number));
    }
    if api != ApiKey::Produce && frame.len() > LARGEST_WITHOUT_RECORDS || !shape::fits(api, version, &frame) {
        return None;
    }
    let mut rest = frame;
    let header = RequestHeader::decode(&mut rest, api.request_header_version(version)).ok()?;
    let body = RequestKind::decode(api, &mut rest, version).ok()?;
    let client = header.client_id.map(|id| id.to_string()).unwrap_or_default();
    Some(Frame::Request(Box::new(Request { api, version, client, body, number })))
}

fn number_at(frame: &[u8], at: usize) -> Option<i16> {
    Some(i16::from_be_bytes(frame.get(at..at + 2)?.try_into().ok()?))
}

impl Request {
    /// Writes the frame of an answer.
    ///
    /// # Errors
    ///
    /// When the answer has a field that this version lacks, which a test rules out.
    pub(super) fn answer(&self, answer: &ResponseKind) -> io::Result<Bytes> {
        write(self.number, answer, self.api.response_header_version(self.version), self.version)
    }
}

/// Writes the answer to a question for versions that is too new: the oldest form.
///
/// # Errors
///
/// None that can happen.
pub(super) fn answer_too_new(number: i32, answer: &ResponseKind) -> io::Result<Bytes> {
    write(number, answer, 0, 0)
}

fn write(number: i32, answer: &ResponseKind, header: i16, version: i16) -> io::Result<Bytes> {
    let mut bytes = BytesMut::new();
    bytes.put_i32(0);
    let head = ResponseHeader::default().with_correlation_id(number);
    head.encode(&mut bytes, header).and_then(|()| answer.encode(&mut bytes, version)).map_err(io::Error::other)?;
    let length = i32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    Ok(bytes.freeze())
}

/// Writes a frame that holds only bytes.
pub(super) fn opaque(content: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u32(u32::try_from(content.len()).unwrap_or(u32::MAX));
    bytes.extend_from_slice(content);
    bytes.freeze()
}
