//! What goes first.
//!
//! Live before old; of what is live, viewing streams before evidence: on a link that is slower than live people see
//! the room, and the evidence comes later. Of what is old, that of sessions which wait to be closed comes before
//! the rest; in each kind the oldest first. Pure.

use std::collections::BTreeSet;

use liuhen_proto::Span;
use liuhen_proto::ids::StreamId;

use crate::schedule::ToClose;
use crate::spool::RunSummary;

/// A live run whose unsent part reaches further back is divided: what is live need not wait behind it.
pub(super) const LIVE_BEHIND: Span = Span::from_secs(6);
/// A stream is divided at most so often.
pub(super) const DIVIDED_EVERY: Span = Span::from_secs(60);

/// What kind of run goes before which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    LiveViewing,
    LiveEvidence,
    ToClose,
    Rest,
}

/// Which kind a run is.
pub(super) fn kind(run: &RunSummary, viewing: &BTreeSet<StreamId>, to_close: &[ToClose]) -> Kind {
    let waited_for = |session: &ToClose| {
        let touches = run.interval.is_some_and(|interval| interval.intersect(session.window).is_some());
        touches && session.streams.contains(&run.stream)
    };
    match (run.live, viewing.contains(&run.stream)) {
        (true, true) => Kind::LiveViewing,
        (true, false) => Kind::LiveEvidence,
        (false, _) if to_close.iter().any(waited_for) => Kind::ToClose,
        (false, _) => Kind::Rest,
    }
}
