//! Proves a camera's pipeline alive by what reaches the disk of it, not by what it says of itself.
//!
//! - While fragments are owed, one must reach the disk every ten seconds, or in twice the time of the longest one.
//! - None is owed while the camera waits for a key frame or the spool has no room; both say so themselves.
//!
//! Not here: what a silent camera is ([`super::watchdog`]); what reached the disk ([`crate::spool`]).

use std::sync::Mutex;
use std::time::Duration;

use liuhen_proto::{BootTime, Span};

/// The least time in which a fragment is owed.
const OWED_WITHIN: Span = Span::from_secs(10);
/// The same before the first one: how far a slow camera's key frames are apart is not known yet.
const FIRST_WITHIN: Span = Span::from_secs(40);

/// The pulse of one connection.
#[derive(Debug)]
pub(super) struct Pulse(Mutex<State>);

#[derive(Debug, Clone, Copy)]
struct State {
    /// From when on a fragment is owed.
    since: BootTime,
    /// The longest fragment so far, of earlier connections too; zero before the first.
    longest: Span,
    /// It stopped, and the connection is ended for it.
    stopped: bool,
}

impl Pulse {
    pub(super) const fn new(now: BootTime, longest: Span) -> Self {
        Self(Mutex::new(State { since: now, longest, stopped: false }))
    }

    /// No fragment is owed now.
    pub(super) fn excuse(&self, now: BootTime) {
        self.lock().since = now;
    }

    /// A fragment of that length was cut.
    pub(super) fn cut(&self, length: Span) {
        let mut state = self.lock();
        state.longest = state.longest.max(length);
    }

    /// How long to wait from now on, until the pipeline counts as dead; nothing where it does. `reached` is when
    /// the stream's last fragment came to the disk.
    pub(super) fn left(&self, reached: Option<BootTime>, now: BootTime) -> Option<Duration> {
        let State { since, longest, .. } = *self.lock();
        let since = reached.map_or(since, |reached| reached.max(since));
        let within = if longest == Span::ZERO { FIRST_WITHIN } else { OWED_WITHIN.max(longest.times(2)) };
        let left = within.as_micros() - now.since(since).as_micros();
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros)
    }

    /// Ends the connection for it.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// The longest fragment so far.
    pub(super) fn longest(&self) -> Span {
        self.lock().longest
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no one panics while holding the pulse")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> BootTime {
        BootTime::from_micros(second * 1_000_000)
    }

    #[test]
    fn what_is_on_the_disk_counts_and_nothing_else() {
        let pulse = Pulse::new(at(100), Span::ZERO);
        assert_eq!(pulse.left(None, at(100)), Some(Duration::from_secs(40)));
        pulse.cut(Span::from_secs(2));
        assert_eq!(pulse.left(Some(at(105)), at(114)), Some(Duration::from_secs(1)));
        assert_eq!(pulse.left(Some(at(105)), at(115)), None);
        pulse.excuse(at(120));
        assert_eq!(pulse.left(Some(at(105)), at(125)), Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_slow_camera_gets_twice_its_longest_fragment() {
        let pulse = Pulse::new(at(0), Span::from_secs(3));
        pulse.cut(Span::from_secs(12));
        assert_eq!(pulse.left(Some(at(50)), at(73)), Some(Duration::from_secs(1)));
        assert_eq!((pulse.left(Some(at(50)), at(74)), pulse.longest()), (None, Span::from_secs(12)));
    }
}
