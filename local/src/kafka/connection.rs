//! One connection: sign-in, then requests and answers in order.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{RequestKind, ResponseKind, SaslAuthenticateResponse, SaslHandshakeResponse};
use kafka_protocol::protocol::StrBytes;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::{Instant, timeout, timeout_at};

use super::api::{self, Outcome, Shared};
use super::feed::BrokerEvent;
use super::frame::{self, Frame};
use super::scram::{Exchange, MECHANISM, REFUSED};
use crate::lock::lock;

/// The time in which a client must sign in.
const SIGN_IN: Duration = Duration::from_secs(30);

/// The time between a refusal and the end of the connection: Apache Kafka's
/// `connection.failed.authentication.delay.ms`. Some clients lose an answer that the end comes together with.
const BEFORE_END: Duration = Duration::from_millis(100);

/// How far a client has come.
pub(super) enum Access {
    /// It has chosen no mechanism.
    None,
    /// It has chosen the mechanism. `bare`: its messages are frames of their own (`SaslHandshake` 0).
    Chosen { bare: bool },
    /// It was sent the salt.
    Challenged { bare: bool, exchange: Exchange },
    /// It has signed in.
    Granted,
}

/// Serves a connection until its end.
///
/// # Errors
///
/// When the connection breaks or the client breaks the protocol. Then the connection is closed, and that is all.
pub(super) async fn converse(
    shared: &Arc<Shared>,
    stream: impl AsyncRead + AsyncWrite,
    tls: bool,
    mut access: Access,
) -> io::Result<()> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut reader = Box::pin(BufReader::new(reader));
    let until = Instant::now() + SIGN_IN;
    while !matches!(access, Access::Granted) {
        let read = frame::read(&mut reader, frame::LARGEST_BEFORE_SIGN_IN);
        let Some(bytes) = timeout_at(until, read).await?? else { return Ok(()) };
        let (next, answer) = sign_in(shared, access, bytes, tls)?;
        writer.write_all(&answer).await?;
        writer.flush().await?;
        let Some(next) = next else {
            let _ = timeout(BEFORE_END, end(&mut reader)).await;
            return writer.shutdown().await;
        };
        access = next;
    }
    while let Some(bytes) = frame::read(&mut reader, frame::LARGEST).await? {
        let answer = match frame::parse(bytes) {
            None => return Ok(()),
            Some(Frame::TooNew(number)) => too_new(number)?,
            Some(Frame::Request(request)) => {
                let answered = tokio::select! {
                    biased;
                    answered = api::answer(shared, &request) => answered,
                    () = end(&mut reader) => return Ok(()),
                };
                match answered {
                    Outcome::Answer(answer) => request.answer(&answer)?,
                    Outcome::Silence => continue,
                    Outcome::Close => return Ok(()),
                }
            }
        };
        writer.write_all(&answer).await?;
        writer.flush().await?;
    }
    Ok(())
}

/// Waits until the client closes the connection; for ever if it sends its next request before.
async fn end(reader: &mut (impl AsyncBufRead + Unpin)) {
    if reader.fill_buf().await.is_ok_and(|bytes| !bytes.is_empty()) {
        std::future::pending::<()>().await;
    }
}

/// Answers a frame of a client that has not signed in. Without a next step, the connection ends behind the answer.
fn sign_in(shared: &Shared, access: Access, bytes: Bytes, tls: bool) -> io::Result<(Option<Access>, Bytes)> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the client did not sign in");
    if matches!(access, Access::Chosen { bare: true } | Access::Challenged { bare: true, .. }) {
        let (next, answer) = authenticate(shared, access, &bytes, tls).ok_or_else(broken)?;
        return Ok((Some(next), frame::opaque(&answer)));
    }
    let request = match frame::parse(bytes).ok_or_else(broken)? {
        Frame::TooNew(number) => return Ok((Some(access), too_new(number)?)),
        Frame::Request(request) => request,
    };
    let write = |answer: ResponseKind| request.answer(&answer);
    match &request.body {
        RequestKind::ApiVersions(_) => Ok((Some(access), write(api::versions(0).into())?)),
        RequestKind::SaslHandshake(body) => {
            let answer = SaslHandshakeResponse::default().with_mechanisms(vec![StrBytes::from_static_str(MECHANISM)]);
            let (next, code) = match access {
                Access::None if body.mechanism.as_str() == MECHANISM => {
                    (Some(Access::Chosen { bare: request.version == 0 }), 0)
                }
                Access::None => (None, ResponseError::UnsupportedSaslMechanism.code()),
                _ => (None, ResponseError::IllegalSaslState.code()),
            };
            Ok((next, write(answer.with_error_code(code).into())?))
        }
        RequestKind::SaslAuthenticate(body) => {
            let (next, answer) = match authenticate(shared, access, &body.auth_bytes, tls) {
                Some((next, bytes)) => (
                    Some(next),
                    SaslAuthenticateResponse::default().with_error_message(None).with_auth_bytes(bytes.into()),
                ),
                None => (None, refusal()),
            };
            Ok((next, write(answer.into())?))
        }
        _ => Err(broken()),
    }
}

/// Takes the next message of SCRAM. Returns nothing if the client is refused.
fn authenticate(shared: &Shared, access: Access, message: &[u8], tls: bool) -> Option<(Access, Vec<u8>)> {
    let state = lock(&shared.state);
    let next = match access {
        Access::Chosen { bare } => state
            .account
            .challenge(message)
            .map(|(exchange, challenge)| (Access::Challenged { bare, exchange }, challenge)),
        Access::Challenged { exchange, .. } => {
            state.account.verify(&exchange, message).map(|proof| (Access::Granted, proof))
        }
        Access::None | Access::Granted => return None,
    };
    match &next {
        None => state.report(&BrokerEvent::SignedIn { accepted: false, tls }),
        Some((Access::Granted, _)) => state.report(&BrokerEvent::SignedIn { accepted: true, tls }),
        Some(_) => {}
    }
    next
}

fn refusal() -> SaslAuthenticateResponse {
    SaslAuthenticateResponse::default()
        .with_error_code(ResponseError::SaslAuthenticationFailed.code())
        .with_error_message(Some(StrBytes::from_static_str(REFUSED)))
}

/// Answers a client that is newer than this broker, as Kafka does: with the oldest form and what it may use.
fn too_new(number: i32) -> io::Result<Bytes> {
    frame::answer_too_new(number, &api::versions(ResponseError::UnsupportedVersion.code()).into())
}
