//! An answer that goes on for as long as its caller still may have it.
//!
//! In: the body of an answer, and a question that is asked again every two seconds. Out: the same body, until the answer
//! is no; a gRPC caller is then told `UNAUTHENTICATED`, any other is cut off. Always: a right that ends, ends what it
//! gave within five seconds. Answers that are over sooner are never asked about.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::HeaderMap;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Sleep;

/// Between two questions.
const AGAIN: Duration = Duration::from_secs(2);

/// Whether the caller still may have it.
pub(crate) type Question = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// The body.
pub(super) struct Still {
    inner: Body,
    question: Question,
    waiting: Waiting,
    grpc: bool,
}

enum Waiting {
    /// Until it is asked again.
    Until(Pin<Box<Sleep>>),
    /// For the answer.
    For(Pin<Box<dyn Future<Output = bool> + Send>>),
    /// It was no.
    Over,
}

impl Still {
    pub(super) fn new(inner: Body, grpc: bool, question: Question) -> Self {
        Self { inner, question, waiting: Waiting::Until(Box::pin(tokio::time::sleep(AGAIN))), grpc }
    }

    /// Ready where the right has ended.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut self.waiting {
                Waiting::Until(sleep) => {
                    ready!(sleep.as_mut().poll(context));
                    self.waiting = Waiting::For((self.question)());
                }
                Waiting::For(answer) => {
                    let may = ready!(answer.as_mut().poll(context));
                    self.waiting = if may { Waiting::Until(Box::pin(tokio::time::sleep(AGAIN))) } else { Waiting::Over };
                }
                Waiting::Over => return Poll::Ready(()),
            }
        }
    }
}

/// What ends an answer that is no gRPC.
#[derive(Debug, thiserror::Error)]
#[error("the right to it has ended")]
struct Ended;

impl HttpBody for Still {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.poll_end(context).is_pending() {
            return Pin::new(&mut self.inner).poll_frame(context);
        }
        if self.inner.is_end_stream() {
            return Poll::Ready(None);
        }
        tracing::info!("an answer was ended: its caller may have it no longer");
        self.inner = Body::empty();
        if !self.grpc {
            return Poll::Ready(Some(Err(axum::Error::new(Ended))));
        }
        let mut trailers = HeaderMap::new();
        // A short ASCII message always fits a header.
        let _ = tonic::Status::unauthenticated("the right to this has ended").add_header(&mut trailers);
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
