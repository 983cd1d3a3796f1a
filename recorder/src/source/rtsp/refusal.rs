//! What retina's errors mean: why a camera gives nothing, in a sentence that says what to do next.
//!
//! Always: no sentence holds credentials, nor the query of an address, where some cameras take a password.

use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use crate::config::Transport;
use crate::source::choice::NotOpened;
use crate::source::{Refusal, SourceError};

/// How long each step of connecting may take.
const STEP: Duration = Duration::from_secs(10);

/// A step of connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Describe,
    SetUp,
    Play,
}

impl Step {
    const fn method(self) -> &'static str {
        match self {
            Self::Describe => "DESCRIBE",
            Self::SetUp => "SETUP",
            Self::Play => "PLAY",
        }
    }

    /// Takes the step, or says why it cannot be taken; `knocks`: whether name and password were given.
    pub(super) async fn take<T: Send + 'static>(
        self,
        knocks: bool,
        future: impl Future<Output = Result<T, retina::Error>> + Send + 'static,
    ) -> Result<T, NotOpened> {
        self.in_time(future).await?.map_err(|error| self.refused(knocks, &error))
    }

    /// What comes of it, in time. It is a task of its own: a reply without an end is read again and again from its
    /// beginning, and who does that hears of no timeout.
    pub(super) async fn in_time<T: Send + 'static>(
        self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, SourceError> {
        let task = AbortOnDropHandle::new(tokio::spawn(future));
        match tokio::time::timeout(STEP, task).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(SourceError::Invalid(format!("the answer to {} cannot be read", self.method()))),
            Err(_) => Err(self.silent()),
        }
    }

    /// The camera did not answer.
    fn silent(self) -> SourceError {
        let (method, seconds) = (self.method(), STEP.as_secs());
        SourceError::Unreachable(format!(
            "no whole answer to {method} within {seconds} s; check address and port, and restart the camera if they are right"
        ))
    }

    /// What the camera said, and whether another reader may fare better.
    pub(super) fn refused(self, knocks: bool, error: &retina::Error) -> NotOpened {
        match error.status_code() {
            Some(status) => self.answered(knocks, status, error),
            None => self.broken(error).into(),
        }
    }

    /// The camera answered with this status.
    fn answered(self, knocks: bool, status: u16, error: &retina::Error) -> NotOpened {
        let said = format!("{status} to {}", self.method());
        let failed = |refusal, text: String| NotOpened::Failed(SourceError::Refused(refusal, text));
        match status {
            401 if !knocks => failed(
                Refusal::Credentials,
                format!("the camera asks for a name and a password ({said}); write username and password_file"),
            ),
            401 if self != Self::Describe => {
                let reason = format!("the camera asks for the password again ({said}), which it does not answer");
                let text = format!("{reason}; set reader = \"gstreamer\"");
                unfit(reason, Transport::Tcp, SourceError::Refused(Refusal::Credentials, text))
            }
            401 if not_understood(error) => {
                let reason = format!("the camera asks for the password in a way that is not known ({said})");
                let text = format!("{reason}; set it to digest or basic authentication");
                unfit(reason, Transport::Tcp, SourceError::Refused(Refusal::Credentials, text))
            }
            401 => failed(
                Refusal::Credentials,
                format!("the camera refuses name and password ({said}); check username and password_file"),
            ),
            403 => failed(
                Refusal::Credentials,
                format!("the camera does not let this name watch ({said}); give it the right in the camera, or check username"),
            ),
            404 | 454 => failed(
                Refusal::NotFound,
                format!("the camera has nothing at this address ({said}); check the path of the address"),
            ),
            453 | 503 => failed(
                Refusal::Busy,
                format!("the camera is starting, is busy, or has too many viewers ({said}); close other viewers if this stays"),
            ),
            461 => {
                let text = format!("the camera does not send over TCP ({said}); set transport = \"udp\"");
                let reason = "the camera does not send over TCP".to_owned();
                unfit(reason, Transport::Udp, SourceError::Refused(Refusal::Transport, text))
            }
            200..=299 => {
                let reason = format!("the answer to {} cannot be read: {}", self.method(), description(error));
                let text = format!("{reason}; set reader = \"gstreamer\", or look for newer firmware of the camera");
                unfit(reason, Transport::Tcp, SourceError::Unreachable(text))
            }
            300..=399 => {
                let reason = format!("the camera sends elsewhere ({said})");
                let text = format!("{reason}; write the address that it names");
                unfit(reason, Transport::Tcp, SourceError::Unreachable(text))
            }
            _ => NotOpened::Failed(SourceError::Unreachable(format!(
                "the camera answers {said}; look into its own log, and restart it if it says nothing"
            ))),
        }
    }

    /// There was no answer that is one.
    fn broken(self, error: &retina::Error) -> SourceError {
        let (method, text) = (self.method(), plain(error));
        SourceError::Unreachable(if let Some(text) = text.strip_prefix("Unable to connect to RTSP server: ") {
            format!("cannot connect: {text}; check address and port, and that the camera has power")
        } else if text.starts_with("RTSP framing") {
            format!("the answer to {method} is no RTSP ({text}); check that address and port are those of the camera's RTSP")
        } else {
            format!("the camera ended the connection at {method} ({text}); restart it if this stays")
        })
    }
}

fn unfit(reason: String, transport: Transport, error: SourceError) -> NotOpened {
    NotOpened::Unfit { reason, transport, error }
}

fn not_understood(error: &retina::Error) -> bool {
    let text = plain(error);
    text.contains("Can't understand") || text.contains("without WWW-Authenticate")
}

/// What follows the status in the error's text.
fn description(error: &retina::Error) -> String {
    let text = plain(error);
    text.split_once("CSeq=").and_then(|(_, rest)| rest.split_once(": ")).map_or(text.clone(), |(_, rest)| rest.to_owned())
}

/// The first line of the error, which holds no credentials, without queries of addresses.
pub(super) fn plain(error: &retina::Error) -> String {
    without_queries(error.to_string().lines().next().unwrap_or_default()).chars().take(300).collect()
}

/// Leaves out what stands behind the `?` of an address.
fn without_queries(text: &str) -> String {
    let mut parts = text.split("rtsp://");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |done, part| {
        let end = part.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(part.len());
        let (address, rest) = part.split_at(end);
        format!("{done}rtsp://{}{rest}", address.split('?').next().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_is_told() {
        let text = "DESCRIBE response at rtsp://cam/a?password=x has type \"rtsp://cam/b?y=z\", rtsp://cam/c";
        let expected = "DESCRIBE response at rtsp://cam/a has type \"rtsp://cam/b\", rtsp://cam/c";
        assert_eq!(without_queries(text), expected);
        assert_eq!(without_queries("no address?"), "no address?");
    }
}
