use super::*;
use crate::testing::{aac_track, between, h264_track, room, run, store};

struct ByRun;

impl Links for ByRun {
    fn init(&self, segment: &HlsSegment) -> String {
        format!("{}/init.mp4", segment.run)
    }

    fn media(&self, segment: &HlsSegment) -> String {
        format!("{}/{}-{}.m4s", segment.run, segment.first, segment.last)
    }
}

fn two_runs() -> Vec<Piece> {
    let tracks = [h264_track(1), aac_track(2)];
    // 16 s in groups of 8 s, a gap of 20 s, then 5 s in groups of 2 s.
    let first = store(&tracks, run(1), 0, room(400, 200)).0;
    vec![first, store(&tracks, run(2), 36_000_000, room(125, 50)).0]
}

#[test]
fn fragments_are_joined_up_to_the_next_sync_sample() {
    let found = segments(&two_runs(), between(0.0, 60.0), false);
    let places: Vec<_> = found.iter().map(|s| (s.run, s.first.get(), s.last.get(), s.duration_us, s.discontinuity)).collect();
    let expected = [
        (run(1), 0, 3, 8_000_000, false),
        (run(1), 4, 7, 8_000_000, false),
        (run(2), 0, 0, 2_000_000, true),
        (run(2), 1, 1, 2_000_000, false),
        (run(2), 2, 2, 1_000_000, false),
    ];
    assert_eq!(places, expected);
    assert_eq!(found[0].ranges.len(), 4);
}

#[test]
fn an_interval_is_rounded_outwards() {
    let pieces = two_runs();
    let runs = |from, to| segments(&pieces, between(from, to), false).iter().map(|s| s.first.get()).collect::<Vec<_>>();
    assert_eq!(runs(9.0, 9.5), [4]);
    assert_eq!(runs(7.9, 8.1), [0, 4]);
    assert_eq!(runs(20.0, 30.0), [0; 0]);
    assert_eq!(runs(20.0, 37.0), [0]);
}

#[test]
fn an_open_run_keeps_its_last_group_back() {
    let pieces = two_runs();
    assert_eq!(segments(&pieces, between(0.0, 60.0), true).len(), 4);
    assert_eq!(segments(&pieces[..1], between(0.0, 60.0), true).len(), 1);
    assert_eq!(segments(&pieces, between(0.0, 30.0), true).len(), 2);
}

#[test]
fn a_lost_fragment_costs_what_cannot_be_decoded_without_it() {
    let mut pieces = two_runs();
    pieces[0].fragments.remove(1);
    let found = segments(&pieces, between(0.0, 16.0), false);
    let places: Vec<_> = found.iter().map(|s| (s.first.get(), s.last.get(), s.discontinuity)).collect();
    assert_eq!(places, [(0, 0, false), (4, 7, true)]);
}

#[test]
fn the_text_is_that_of_rfc_8216() {
    let found = segments(&two_runs(), between(0.0, 37.0), false);
    let text = render(&found, PlaylistKind::Vod, &ByRun);
    let expected = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:8\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n\
        #EXT-X-MAP:URI=\"R1/init.mp4\"\n\
        #EXT-X-PROGRAM-DATE-TIME:2026-11-22T09:00:00.000Z\n#EXTINF:8.000000,\nR1/0-3.m4s\n\
        #EXT-X-PROGRAM-DATE-TIME:2026-11-22T09:00:08.000Z\n#EXTINF:8.000000,\nR1/4-7.m4s\n\
        #EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"R2/init.mp4\"\n\
        #EXT-X-PROGRAM-DATE-TIME:2026-11-22T09:00:36.000Z\n#EXTINF:2.000000,\nR2/0-0.m4s\n\
        #EXT-X-ENDLIST\n";
    assert_eq!(text.replace(&run(1).to_string(), "R1").replace(&run(2).to_string(), "R2"), expected);
}

#[test]
fn a_live_playlist_counts_what_it_dropped() {
    let found = segments(&two_runs(), between(0.0, 60.0), true);
    let text = render(&found, PlaylistKind::Live { window: 1 }, &ByRun);
    assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:3\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-MAP"));
    assert!(!text.contains("ENDLIST") && !text.contains("GAP"));
}

#[test]
fn dates_are_those_of_the_calendar() {
    let cases = [(0, "1970-01-01T00:00:00.000Z"), (951_782_400_123_456, "2000-02-29T00:00:00.123Z")];
    for (micros, text) in cases {
        assert_eq!(date_time(Timestamp::from_micros(micros)), text);
    }
    assert_eq!(date_time(Timestamp::from_micros(-1)), "1969-12-31T23:59:59.999Z");
}
