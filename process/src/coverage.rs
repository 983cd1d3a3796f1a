//! How long a hole may be before it is a gap.

use liuhen_proto::Span;

use crate::Clause;

/// The guidelines ask for the whole process (H2) and name no tolerance; this one is ours, and it is
/// printed wherever gaps are.
pub const TOLERANCE_CLAUSE: Clause = Clause("house: design section 2");

/// A hole of up to so long is no gap, however short the fragments are.
pub const LEAST_TOLERANCE: Span = Span::from_secs(5);

/// A hole of up to so long is no gap: max(5 s, 2 × the longest fragment). A fragment can be stored only
/// when it has ended, so a shorter tolerance would call every long fragment a gap while it lasts.
pub fn tolerance(longest_fragment: Span) -> Span {
    LEAST_TOLERANCE.max(longest_fragment.times(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tolerance_is_five_seconds_or_two_fragments() {
        assert_eq!(tolerance(Span::ZERO), Span::from_secs(5));
        assert_eq!(tolerance(Span::from_secs(2)), Span::from_secs(5));
        assert_eq!(tolerance(Span::from_secs(8)), Span::from_secs(16));
    }
}
