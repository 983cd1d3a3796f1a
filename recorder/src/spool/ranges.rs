//! A set of places in a run, as disjoint ascending ranges.

use std::collections::BTreeMap;

use liuhen_proto::fragment::Sequence;

/// Places in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges {
    /// First → last, both in it.
    ranges: BTreeMap<u64, u64>,
}

impl Ranges {
    /// Adds `first ..= last`; nothing where they are inverted.
    pub fn insert(&mut self, first: Sequence, last: Sequence) {
        let (mut first, mut last) = (first.get(), last.get());
        if first > last {
            return;
        }
        if let Some((&before, &end)) = self.ranges.range(..=first).next_back()
            && end.saturating_add(1) >= first
        {
            first = before;
            last = last.max(end);
        }
        while let Some((&next, &end)) = self.ranges.range(first..).next() {
            if next > last.saturating_add(1) {
                break;
            }
            self.ranges.remove(&next);
            last = last.max(end);
        }
        self.ranges.insert(first, last);
    }

    /// Whether the place is in it.
    pub fn contains(&self, place: Sequence) -> bool {
        self.contains_all(place, place)
    }

    /// Whether all of `first ..= last` is in it.
    pub fn contains_all(&self, first: Sequence, last: Sequence) -> bool {
        self.ranges.range(..=first.get()).next_back().is_some_and(|(_, &end)| end >= last.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn at(place: u64) -> Sequence {
        Sequence::new(place).unwrap()
    }

    proptest! {
        #[test]
        fn ranges_are_the_set_that_was_put_in(inserts in prop::collection::vec((0u64..60, 0u64..8), 0..30)) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for (first, more) in inserts {
                ranges.insert(at(first), at(first + more));
                set.extend(first..=first + more);
            }
            for place in 0..70 {
                prop_assert_eq!(ranges.contains(at(place)), set.contains(&place));
                let all = (place..=place + 3).all(|p| set.contains(&p));
                prop_assert_eq!(ranges.contains_all(at(place), at(place + 3)), all);
            }
            let mut neighbours = ranges.ranges.iter().zip(ranges.ranges.iter().skip(1));
            prop_assert!(neighbours.all(|((_, end), (next, _))| end + 1 < *next));
        }
    }
}
