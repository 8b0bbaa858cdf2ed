//! The body of an answer, complete or cut off in the middle.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

/// A body of the length that the head announces, or less.
#[derive(Debug)]
pub(super) struct Payload {
    bytes: Bytes,
    promised: u64,
    next: Next,
}

#[derive(Debug)]
enum Next {
    Send { cut: bool },
    Flush,
    Fail,
    End,
}

impl Payload {
    /// Sends everything.
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self { promised: bytes.len() as u64, bytes, next: Next::Send { cut: false } }
    }

    /// Announces everything, sends half of it and fails.
    pub(super) fn half(bytes: &Bytes) -> Self {
        Self { promised: bytes.len() as u64, bytes: bytes.slice(..bytes.len() / 2), next: Next::Send { cut: true } }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.next {
            Next::Send { cut } => {
                self.next = if cut { Next::Flush } else { Next::End };
                Poll::Ready(Some(Ok(Frame::data(self.bytes.clone()))))
            }
            // Hyper sends what it has when a body is not ready, and discards it when a body fails.
            Next::Flush => {
                self.next = Next::Fail;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Next::Fail => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            Next::End => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.next, Next::End) || (self.promised == 0 && matches!(self.next, Next::Send { cut: false }))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}
