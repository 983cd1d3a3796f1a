use liuhen_proto::ids::{RoomId, ViewpointId};
use liuhen_proto::world::SeededRandom;
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn between(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

fn stored(kind: TrackKind, covered: &[(i64, i64)]) -> KindCoverage {
    let covered = covered.iter().map(|&(start, end)| between(start, end)).collect();
    KindCoverage { kind, covered, longest_fragment: Span::from_secs(2), lost_packets: 3, damaged: Vec::new() }
}

fn expectation(sound_required: bool) -> Expectation {
    let random = SeededRandom::new(1);
    Expectation {
        viewpoint: ViewpointId::mint(at(0), &random),
        room: RoomId::mint(at(0), &random),
        interval: between(100, 200),
        required: true,
        sound_required,
        sound_only: false,
        streams: vec![stream(TrustLevel::Captured)],
    }
}

fn stream(trust: TrustLevel) -> ExpectedStream {
    let random = SeededRandom::new(u64::from(trust == TrustLevel::Imported) + 2);
    let (stream, camera) = (StreamId::mint(at(0), &random), CameraId::mint(at(0), &random));
    ExpectedStream { stream, camera, role: StreamRole::Evidence, trust, shift_us: 0 }
}

#[test]
fn a_camera_silent_for_twenty_seconds_leaves_a_gap_of_exactly_these() {
    let stored = [vec![stored(TrackKind::Video, &[(90, 130)]), stored(TrackKind::Video, &[(150, 180)])]];
    let coverage = viewpoint(&expectation(false), &stored, at(181));
    let video = &coverage.tracks[0];
    assert_eq!(video.covered, [between(100, 130), between(150, 180)]);
    assert_eq!(video.missing, [between(130, 150)]);
    assert_eq!((video.last_stored, video.lost_packets), (Some(at(180)), 6));
    assert_eq!(coverage.tolerance, Span::from_secs(5));
    assert_eq!(coverage.tracks.len(), 1, "sound that is neither required nor there is not told of");
}

#[test]
fn sound_is_judged_by_itself() {
    let stored = [vec![stored(TrackKind::Video, &[(100, 200)]), stored(TrackKind::Audio, &[(100, 150)])]];
    let coverage = viewpoint(&expectation(true), &stored, at(300));
    assert_eq!(coverage.tracks[0].missing, []);
    assert_eq!(coverage.tracks[1].missing, [between(150, 200)]);
    assert!(coverage.tracks[1].required);
}

#[test]
fn nothing_is_missing_before_its_time() {
    let coverage = viewpoint(&expectation(false), &[], at(105));
    assert_eq!(coverage.tracks[0].missing, [], "five seconds are within the tolerance");
    assert_eq!(viewpoint(&expectation(false), &[], at(106)).tracks[0].missing, [between(100, 106)]);
    assert_eq!(viewpoint(&expectation(false), &[], at(50)).tracks[0].missing, []);
}

#[test]
fn long_fragments_make_the_tolerance_longer() {
    let mut long = stored(TrackKind::Video, &[(100, 108)]);
    long.longest_fragment = Span::from_secs(8);
    assert_eq!(viewpoint(&expectation(false), &[vec![long.clone()]], at(124)).tracks[0].missing, []);
    assert_eq!(viewpoint(&expectation(false), &[vec![long]], at(125)).tracks[0].missing, [between(108, 125)]);
}

#[test]
fn only_imported_footage_covers_what_no_camera_recorded() {
    let mut expected = expectation(false);
    expected.streams.push(stream(TrustLevel::Imported));
    let stored = [vec![stored(TrackKind::Video, &[(100, 140)])], vec![stored(TrackKind::Video, &[(130, 160), (170, 200)])]];
    let coverage = viewpoint(&expected, &stored, at(300));
    let video = &coverage.tracks[0];
    assert_eq!(video.covered, [between(100, 160), between(170, 200)]);
    assert_eq!(video.imported, [between(140, 160), between(170, 200)]);
    assert_eq!(video.missing, [between(160, 170)]);
    let trust: Vec<_> = coverage.by_stream.iter().map(|stream| (stream.trust, stream.tracks[0].covered.len())).collect();
    assert_eq!(trust, [(TrustLevel::Captured, 1), (TrustLevel::Imported, 2)]);
    assert_eq!(coverage.by_stream[1].tracks[0].imported, [between(130, 160), between(170, 200)]);
}

#[test]
fn what_is_clean_on_another_camera_is_not_damaged() {
    let mut expected = expectation(false);
    expected.streams.push(ExpectedStream { camera: expected.streams[0].camera, ..stream(TrustLevel::Imported) });
    let mut damaged = stored(TrackKind::Video, &[(100, 200)]);
    damaged.damaged = vec![between(110, 120), between(150, 160)];
    let stored = [vec![damaged], vec![stored(TrackKind::Video, &[(115, 140)])]];
    let coverage = viewpoint(&expected, &stored, at(300));
    assert_eq!(coverage.tracks[0].damaged, [between(110, 115), between(150, 160)]);
    assert_eq!(coverage.by_stream[0].tracks[0].damaged, [between(110, 120), between(150, 160)]);
    assert_eq!(coverage.tracks[0].imported, []);
}

#[test]
fn where_only_sound_is_expected_no_picture_is_missing_and_a_viewing_stream_proves_nothing() {
    let mut expected = Expectation { sound_only: true, ..expectation(true) };
    let sound = vec![stored(TrackKind::Audio, &[(100, 150)])];
    let coverage = viewpoint(&expected, std::slice::from_ref(&sound), at(300));
    assert_eq!(coverage.tracks.iter().map(|track| (track.kind, track.required)).collect::<Vec<_>>(), [(TrackKind::Audio, true)]);
    assert_eq!(coverage.tracks[0].missing, [between(150, 200)]);
    let viewing = ExpectedStream { role: StreamRole::Viewing, ..stream(TrustLevel::Captured) };
    expected.streams.push(viewing);
    let coverage = viewpoint(&expected, &[sound, vec![stored(TrackKind::Audio, &[(100, 200)])]], at(300));
    assert_eq!(coverage.tracks[0].missing, [between(150, 200)]);
    assert_eq!((coverage.streams.len(), coverage.by_stream.len()), (1, 2));
    assert_eq!(coverage.by_stream[1].tracks[0].covered, [between(100, 200)]);
}

fn intervals() -> impl Strategy<Value = Vec<Interval>> {
    let one = (0i64..400, 1i64..60).prop_map(|(start, span)| between(start, start + span));
    proptest::collection::vec(one, 0..12)
}

fn contains(intervals: &[Interval], moment: Timestamp) -> bool {
    intervals.iter().any(|interval| interval.contains(moment))
}

proptest! {
    #[test]
    fn a_union_covers_what_its_parts_cover_and_is_disjoint(parts in intervals(), start in 0i64..300, span in 1i64..200) {
        let window = between(start, start + span);
        let union = union(window, parts.clone());
        prop_assert!(union.windows(2).all(|pair| pair[0].end().after(JOIN) < pair[1].start()));
        for second in 0..500 {
            let expected = window.contains(at(second)) && contains(&parts, at(second));
            prop_assert_eq!(contains(&union, at(second)), expected, "second {}", second);
        }
    }

    #[test]
    fn every_moment_is_covered_or_missing_or_within_the_tolerance(
        parts in intervals(), start in 0i64..300, span in 1i64..200, now in 0i64..600, tolerance in 0u32..20
    ) {
        let (window, tolerance) = (between(start, start + span), Span::from_secs(tolerance));
        let covered = union(window, parts);
        let missing = missing(window, &covered, at(now), tolerance);
        prop_assert!(missing.windows(2).all(|pair| pair[0].end() < pair[1].start()));
        for hole in &missing {
            prop_assert!(hole.span() > tolerance && hole.start() >= window.start() && hole.end() <= window.end().min(at(now)));
            prop_assert!(covered.iter().all(|interval| interval.intersect(*hole).is_none()));
        }
        // With no tolerance at all, covered and missing together are the window up to now.
        let all = super::missing(window, &covered, at(now), Span::ZERO);
        for second in 0..600 {
            let expected = window.contains(at(second)) && second < now;
            let told = second < now && (contains(&covered, at(second)) || contains(&all, at(second)));
            prop_assert_eq!(told, expected, "second {}", second);
        }
    }

    #[test]
    fn what_is_left_is_in_the_first_and_not_in_the_second(ones in intervals(), others in intervals()) {
        let all = between(-10, 500);
        let (ones, others) = (union(all, ones), union(all, others));
        let left = without(&ones, &others);
        prop_assert!(left.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
        for second in 0..500 {
            let expected = contains(&ones, at(second)) && !contains(&others, at(second));
            prop_assert_eq!(contains(&left, at(second)), expected, "second {}", second);
        }
    }

    #[test]
    fn more_footage_never_makes_more_missing(parts in intervals(), more in intervals(), now in 0i64..600) {
        let window = between(50, 350);
        let less = missing(window, &union(window, parts.clone()), at(now), Span::from_secs(5));
        let both = missing(window, &union(window, [parts, more].concat()), at(now), Span::from_secs(5));
        for second in 0..600 {
            prop_assert!(!contains(&both, at(second)) || contains(&less, at(second)));
        }
    }
}
