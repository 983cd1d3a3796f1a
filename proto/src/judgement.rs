//! What detectors may find about picture and sound, and what it is held against.
//!
//! A flag is never a verdict: a person decides. Values are whole thousandths of the kind's unit, so that
//! they are the same in the log, in the records and on the wire. Not here: the detectors (`liuhen_recorder`).

use std::collections::BTreeMap;

use crate::code::Problem;
use crate::wire::common::v1 as pb;

macro_rules! flags {
    ($($(#[$doc:meta])* $kind:ident = $text:literal, $zh:literal, $unit:literal, $least:literal..=$most:literal;)*) => {
        /// What a detector may find.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FlagKind { $($(#[$doc])* $kind,)* }

        impl FlagKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// As it stands in records and entries. Permanent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text,)* }
            }

            /// For people who read Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$kind => $zh,)* }
            }

            /// What measured values and thresholds count, before the thousandths.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$kind => $unit,)* }
            }

            /// Thresholds that make sense, in whole units.
            const fn range(self) -> std::ops::RangeInclusive<i64> {
                match self { $(Self::$kind => $least..=$most,)* }
            }

            /// From the wire; nothing for `UNSPECIFIED` and for kinds that this version does not know.
            pub fn from_wire(number: i32) -> Option<Self> {
                match pb::FlagKind::try_from(number) {
                    $(Ok(pb::FlagKind::$kind) => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }

        impl From<FlagKind> for pb::FlagKind {
            fn from(kind: FlagKind) -> Self {
                match kind { $(FlagKind::$kind => Self::$kind,)* }
            }
        }

        impl std::str::FromStr for FlagKind {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$kind),)*
                    _ => Err(format!("{text:.40?} is nothing that is judged; known are {}", [$($text),*].join(", "))),
                }
            }
        }
    };
}

flags! {
    /// The picture is black. Mean luma; flagged at or below.
    Black = "black", "黑屏", "luma", 0..=255;
    /// The picture stands still, though a clock in it may run. Share of the picture that changes; flagged at or below.
    Frozen = "frozen", "画面冻结", "%", 0..=100;
    /// Out of focus. Sharpness against the reference still's, or what is usual; flagged below.
    Blurred = "blurred", "画面模糊", "%", 0..=100;
    /// Something hides the view. Share of the picture in which there is something to see; flagged below.
    Covered = "covered", "镜头被遮挡", "%", 0..=100;
    /// The camera looks elsewhere than on the reference still. Likeness; flagged below.
    Moved = "moved", "镜头移位", "%", 0..=100;
    /// Too few pictures; flagged below.
    LowFrameRate = "low_frame_rate", "帧率过低", "fps", 0..=240;
    /// Too small a picture; flagged below.
    LowResolution = "low_resolution", "分辨率过低", "lines", 0..=8192;
    /// There is a sound track, and nothing to hear; flagged below.
    Silent = "silent", "静音", "dBFS", -128..=0;
    /// The sound is overdriven. Share of samples at the limit; flagged above.
    Clipped = "clipped", "声音削波", "%", 0..=100;
}

impl std::fmt::Display for FlagKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a viewpoint differs from a detector's own threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Not judged here.
    Off,
    /// Held against this, in thousandths of the kind's unit.
    Milli(i64),
}

/// How a viewpoint is judged, where it differs from the detectors' own thresholds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thresholds(BTreeMap<FlagKind, Limit>);

impl Thresholds {
    /// Says how one kind is judged. Refuses what cannot be measured.
    pub fn set(&mut self, kind: FlagKind, limit: Limit) -> Result<(), Problem> {
        if let Limit::Milli(milli) = limit {
            let range = kind.range();
            if !(range.start() * 1_000..=range.end() * 1_000).contains(&milli) {
                let (least, most, unit) = (range.start(), range.end(), kind.unit());
                return Err(Problem::field("thresholds", format!("{kind} is held against {least} to {most} {unit}")));
            }
        }
        self.0.insert(kind, limit);
        Ok(())
    }

    /// How the kind is judged; nothing for the detector's own way.
    pub fn get(&self, kind: FlagKind) -> Option<Limit> {
        self.0.get(&kind).copied()
    }

    /// All that is said, in the order of kinds.
    pub fn iter(&self) -> impl Iterator<Item = (FlagKind, Limit)> + '_ {
        self.0.iter().map(|(&kind, &limit)| (kind, limit))
    }

    /// From the wire; each kind at most once.
    pub fn from_wire(thresholds: &[pb::Threshold]) -> Result<Self, Problem> {
        let mut read = Self::default();
        for threshold in thresholds {
            let kind = FlagKind::from_wire(threshold.kind).ok_or_else(|| Problem::field("thresholds.kind", "is required"))?;
            let limit = match (threshold.off, threshold.milli) {
                (true, None) => Limit::Off,
                (false, Some(milli)) => Limit::Milli(milli),
                _ => return Err(Problem::field("thresholds", format!("{kind}: set either off or milli"))),
            };
            if read.get(kind).is_some() {
                return Err(Problem::field("thresholds", format!("{kind} stands twice")));
            }
            read.set(kind, limit)?;
        }
        Ok(read)
    }

    /// For the wire.
    pub fn to_wire(&self) -> Vec<pb::Threshold> {
        let threshold = |(kind, limit)| pb::Threshold {
            kind: pb::FlagKind::from(kind).into(),
            off: limit == Limit::Off,
            milli: if let Limit::Milli(milli) = limit { Some(milli) } else { None },
        };
        self.iter().map(threshold).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_and_crosses_the_wire() {
        for &kind in FlagKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(FlagKind::from_wire(pb::FlagKind::from(kind).into()), Some(kind));
        }
        assert_eq!(FlagKind::from_wire(0), None);
        assert_eq!(FlagKind::ALL.len() + 1, (0..100).filter(|n| pb::FlagKind::try_from(*n).is_ok()).count());
    }

    #[test]
    fn thresholds_cross_the_wire_and_nonsense_is_refused() {
        let mut thresholds = Thresholds::default();
        thresholds.set(FlagKind::Silent, Limit::Milli(-62_500)).unwrap();
        thresholds.set(FlagKind::Moved, Limit::Off).unwrap();
        let wire = thresholds.to_wire();
        assert_eq!(Thresholds::from_wire(&wire).unwrap(), thresholds);
        assert!(thresholds.set(FlagKind::Black, Limit::Milli(256_000)).is_err());
        assert!(Thresholds::from_wire(&[wire[0], wire[0]]).is_err(), "twice");
        assert!(Thresholds::from_wire(&[pb::Threshold { milli: None, ..wire[1] }]).is_err(), "neither off nor a value");
    }
}
