//! Gaps for people: kind, cause, and what was measured where a detector flagged it.

use liuhen_proto::judgement::FlagKind;
use liuhen_proto::wire::common::v1::{self as common, TrustLevel};
use liuhen_proto::wire::review::v1 as pb;

use super::super::{Voice, judgement};

/// What is missing.
pub(super) fn kind(kind: pb::GapKind, voice: Voice) -> String {
    match (kind, flagged(kind)) {
        (_, Some(flag)) => judgement::kind(common::FlagKind::from(flag).into(), voice),
        (pb::GapKind::NoPicture, _) => voice.pick("无画面", "no picture").to_owned(),
        (pb::GapKind::NoSound, _) => voice.pick("无声音", "no sound").to_owned(),
        (pb::GapKind::Damaged, _) => voice.pick("录像受损", "damaged").to_owned(),
        _ => voice.pick("未知缺口", "unknown gap").to_owned(),
    }
}

/// What a detector flagged, where the gap is one of those.
pub(super) fn flagged(kind: pb::GapKind) -> Option<FlagKind> {
    // The same words stand in both lists.
    let word = kind.as_str_name().strip_prefix("GAP_KIND_")?;
    FlagKind::ALL.iter().copied().find(|flag| flag.as_str().eq_ignore_ascii_case(word))
}

/// Why, as far as is known.
pub(super) fn cause(cause: pb::GapCause, voice: Voice) -> &'static str {
    let (chinese, english) = match cause {
        pb::GapCause::CameraUnreachable => ("摄像机无响应", "camera unreachable"),
        pb::GapCause::RecorderUnreachable => ("录像机失联", "recorder unreachable"),
        pb::GapCause::UploadPending => ("待补传", "upload pending"),
        pb::GapCause::ClockStep => ("录像机时钟跳变", "clock stepped"),
        pb::GapCause::DiskFull => ("录像机磁盘已满", "recorder's disk full"),
        pb::GapCause::StoppedOnPurpose => ("人为停止", "stopped on purpose"),
        pb::GapCause::Judged => ("检测器提示，待人工确认", "flagged by a detector, a person decides"),
        pb::GapCause::Lost => ("录像已丢失", "lost"),
        pb::GapCause::PacketsLost => ("网络丢包", "packets lost"),
        pb::GapCause::Unknown | pb::GapCause::Unspecified => ("原因未知", "cause unknown"),
    };
    voice.language.pick(chinese, english)
}

/// By what it was filled; nothing where it was not.
pub(super) fn filled(by: TrustLevel, voice: Voice) -> &'static str {
    match by {
        TrustLevel::Unspecified => "",
        TrustLevel::Captured => voice.pick("  已由采集录像补齐", "  filled by captured footage"),
        TrustLevel::Imported => voice.pick("  已由导入录像补齐", "  filled by imported footage"),
    }
}

/// What was measured within a gap that detectors flagged: the worst of the flags that touch it.
pub(super) fn measured(gap: &pb::Gap, flags: &[pb::Flag], voice: Voice) -> Option<String> {
    let kind: i32 = common::FlagKind::from(flagged(gap.kind())?).into();
    let touches = |flag: &&pb::Flag| {
        let until = flag.end_us.unwrap_or(flag.seen_us);
        flag.viewpoint_id == gap.viewpoint_id
            && flag.kind == kind
            && flag.start_us < gap.end_us.unwrap_or(i64::MAX)
            && until >= gap.start_us
    };
    // The one that is furthest from what it was held against.
    let distance = |flag: &&pb::Flag| flag.measured_milli.abs_diff(flag.threshold_milli);
    let worst = flags.iter().filter(touches).max_by_key(distance)?;
    let (value, limit) = (judgement::value(kind, worst.measured_milli), judgement::number(worst.threshold_milli));
    Some(format!("{value} ({} {limit})", voice.pick("阈值", "threshold")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    const ENGLISH: Voice = Voice { language: Language::English, json: false };

    #[test]
    fn every_kind_of_gap_has_words_and_every_flag_a_kind_of_gap() {
        let kinds: Vec<_> = (1..100).filter_map(|number| pb::GapKind::try_from(number).ok()).collect();
        for voice in [ENGLISH, Voice { language: Language::Chinese, json: false }] {
            let words: std::collections::BTreeSet<_> = kinds.iter().map(|&gap| kind(gap, voice)).collect();
            assert_eq!(words.len(), kinds.len(), "{words:?}");
        }
        assert_eq!(kinds.iter().filter(|gap| flagged(**gap).is_some()).count(), FlagKind::ALL.len());
    }

    #[test]
    fn the_worst_of_what_was_measured_is_told() {
        let flag = |measured_milli, start_us, end_us| pb::Flag {
            kind: common::FlagKind::Silent.into(),
            start_us,
            end_us,
            seen_us: 40,
            measured_milli,
            threshold_milli: -60_000,
            ..Default::default()
        };
        let gap = pb::Gap { kind: pb::GapKind::Silent.into(), start_us: 10, end_us: Some(50), ..Default::default() };
        let flags = [flag(-71_500, 20, None), flag(-80_000, 10, Some(15)), flag(-127_500, 50, None)];
        assert_eq!(measured(&gap, &flags, ENGLISH).as_deref(), Some("-80 dBFS (threshold -60)"));
        assert_eq!(measured(&pb::Gap { kind: pb::GapKind::Damaged.into(), ..gap }, &flags, ENGLISH), None);
    }
}
