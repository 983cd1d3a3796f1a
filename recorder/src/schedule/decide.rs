//! Whether a stream is recorded now. Pure.

use liuhen_proto::ids::StreamId;
use liuhen_proto::{Span, Timestamp};

use super::Session;

/// Cut off from the centre, so long past the window's end recording goes on.
const CUT_OFF: Span = Span::from_secs(4 * 3600);

/// What the recorder knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Now.
    pub now: Timestamp,
    /// The clock is known to be wrong.
    pub clock_wrong: bool,
    /// The centre is not heard.
    pub cut_off: bool,
}

/// What is done with a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is recorded.
    Record,
    /// It is not, until then; nothing where no session is known.
    Rest {
        /// When recording begins, and for which session.
        until: Option<(Timestamp, String)>,
    },
}

/// Whether the stream is recorded.
pub(super) fn decide((before, after): (Span, Span), sessions: &[Session], stream: StreamId, known: Known) -> Decision {
    if known.clock_wrong {
        return Decision::Record;
    }
    let of_stream = || sessions.iter().filter(|session| session.streams.contains(&stream));
    let is_on = |session: &Session| {
        let begun = session.window.start().before(before) <= known.now;
        begun && end(session, after, known.cut_off).is_none_or(|end| known.now < end)
    };
    if of_stream().any(is_on) {
        return Decision::Record;
    }
    let to_come = of_stream().map(|session| (session.window.start().before(before), &session.name));
    let next = to_come.filter(|(begin, _)| *begin > known.now).min_by_key(|(begin, _)| *begin);
    Decision::Rest { until: next.map(|(begin, name)| (begin, name.clone())) }
}

/// Until when it is recorded for the session; nothing while that is not known.
fn end(session: &Session, after: Span, cut_off: bool) -> Option<Timestamp> {
    let planned = session.window.end().after(after);
    match (session.sealed, cut_off) {
        (true, _) => Some(planned),
        (false, true) => Some(planned.max(session.window.end().after(CUT_OFF))),
        (false, false) => None,
    }
}
