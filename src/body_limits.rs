//! Deadlines for the bodies of requests: a client that sends slowly, or stops, holds nothing for long.

use crate::clock::Stopwatch;
use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{ConnectionType, header};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use futures_util::Stream;
use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// How long the body of a request may take.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// How long a client may send nothing, and how long its rate is not looked at.
    pub grace: Duration,
    /// The least average rate after that, in bytes per second.
    pub bytes_per_second: u64,
    /// How long a whole body may take.
    pub whole: Duration,
    /// How long a whole upload (`multipart/form-data`) may take.
    pub whole_upload: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(5),
            bytes_per_second: 8 * 1024,
            whole: Duration::from_secs(30),
            whole_upload: Duration::from_secs(60),
        }
    }
}

impl BodyLimits {
    /// Until when more must come, counted from the beginning of the body: `received` bytes have
    /// come, the last of them at `last`.
    fn deadline(&self, received: u64, last: Duration, is_upload: bool) -> Duration {
        let whole = if is_upload { self.whole_upload } else { self.whole };
        let by_rate = Duration::from_millis(received * 1000 / self.bytes_per_second.max(1));
        whole.min(self.grace + by_rate.min(last))
    }
}

/// Whether a body was not read because it came too slowly.
pub fn is_too_slow(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

/// Puts a deadline on the body of each request, and closes the connection of one that missed it.
///
/// # Errors
/// What the call itself fails with.
pub async fn limit_bodies(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let (payload, missed) = (request.take_payload(), Rc::<Cell<bool>>::default());
    if !matches!(payload, Payload::None) {
        let limits = request.app_data::<Data<BodyLimits>>();
        let limits = limits.map_or_else(BodyLimits::default, |limits| *limits.get_ref());
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_upload = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
        let missed = Rc::clone(&missed);
        let body = TimedBody {
            payload,
            missed,
            limits,
            is_upload,
            received: 0,
            last: Duration::ZERO,
            began: None,
            timer: None,
        };
        request.set_payload(Payload::Stream { payload: Box::pin(body) });
    }
    let mut response = next.call(request).await?;
    if missed.get() {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

struct TimedBody {
    payload: Payload,
    /// Whether the deadline has passed.
    missed: Rc<Cell<bool>>,
    limits: BodyLimits,
    is_upload: bool,
    received: u64,
    /// When the last part came.
    last: Duration,
    /// Since when the body is read: a request that waits for its permit is not late.
    began: Option<Stopwatch>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stream for TimedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = self.get_mut();
        let elapsed = body.began.get_or_insert_with(Stopwatch::start).elapsed();
        match Pin::new(&mut body.payload).poll_next(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                body.received += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                (body.last, body.timer) = (elapsed, None);
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(ended) => Poll::Ready(ended),
            Poll::Pending => {
                let left = body.limits.deadline(body.received, body.last, body.is_upload);
                let left = left.saturating_sub(elapsed);
                let timer = body.timer.get_or_insert_with(|| Box::pin(sleep(left)));
                match timer.as_mut().poll(cx) {
                    Poll::Ready(()) => {
                        body.missed.set(true);
                        let error = io::Error::from(io::ErrorKind::TimedOut);
                        Poll::Ready(Some(Err(PayloadError::Io(error))))
                    }
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_its_grace_then_keeps_the_least_rate_and_ends_at_the_deadline_of_the_whole() {
        let limits = BodyLimits::default();
        let seconds = |kib: u64, last, is_upload| {
            limits.deadline(kib * 1024, Duration::from_secs(last), is_upload).as_secs()
        };
        assert_eq!(seconds(0, 0, false), 5);
        assert_eq!(seconds(80, 12, false), 15, "80 KiB are ten seconds at the least rate");
        assert_eq!(seconds(8192, 1, true), 6, "it came fast, and then nothing more");
        assert_eq!(seconds(8192, 58, false), 30);
        assert_eq!(seconds(8192, 58, true), 60);
    }
}
