//! A run as a whole: its times, whatever the camera and the clock do.

use std::num::NonZeroU32;

use bytes::Bytes;
use liuhen_media::cutter::AccessUnit;
use liuhen_media::track::{Law, SampleEntry};
use liuhen_proto::world::{ManualClock, SeededRandom};
use liuhen_proto::{BootTime, Span, Timestamp};
use proptest::prelude::*;

use super::*;

mod week;

const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

struct Bench {
    clock: Arc<ManualClock>,
    wall: Arc<WallKeeper>,
    run: Run,
    fragments: Vec<Fragment>,
}

fn sound(id: u32) -> Track {
    let entry = SampleEntry::G711 { law: Law::A, sample_rate: 8_000, channels: 1 };
    Track { id, timescale: NonZeroU32::new(8_000).unwrap(), entry }
}

impl Bench {
    fn new(tracks: &[Track]) -> Self {
        let (clock, random) = (Arc::new(ManualClock::at(NOW)), SeededRandom::new(1));
        let wall = Arc::new(WallKeeper::new(clock.clone()));
        let ids =
            RunIds { run: RunId::mint(NOW, &random), stream: StreamId::mint(NOW, &random), boot: BootId::mint(NOW, &random) };
        let run = Run::begin(ids, tracks, wall.clone()).unwrap();
        Self { clock, wall, run, fragments: Vec::new() }
    }

    /// 20 ms of sound, of the track's own time `at_ms`, that arrives `arrival_ms` after the beginning.
    fn sound(&mut self, track: u32, at_ms: i64, arrival_ms: u64, common_us: Option<i64>) -> Result<(), RunBroken> {
        let arrival = BootTime::from_micros(3_600_000_000 + arrival_ms * 1_000);
        let data = Bytes::from_static(&[0xd5; 160]);
        let unit = AccessUnit { track, pts: at_ms * 8, sync: true, data, lost_packets: 0, damaged: false, arrival };
        self.fragments.extend(self.run.push(&Unit { unit, common_us })?);
        Ok(())
    }

    fn finish(self) -> Vec<Fragment> {
        let mut fragments = self.fragments;
        fragments.extend(self.run.finish());
        fragments
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    /// However late units come: fragments touch in media, boot and wall time, and none is in the future.
    #[test]
    fn fragments_touch_whatever_the_lateness(late in prop::collection::vec(0u64..1_500, 500..900)) {
        let mut bench = Bench::new(&[sound(1)]);
        let mut arrival = 0;
        for (i, late) in late.iter().enumerate() {
            let captured = i as u64 * 20;
            arrival = arrival.max(captured + late);
            bench.sound(1, 77_000 + captured as i64, arrival, None).unwrap();
        }
        let last = BootTime::from_micros(3_600_000_000 + arrival * 1_000 + 2_000_000);
        let fragments = bench.finish();
        let tracks: Vec<_> = fragments.iter().map(|fragment| &fragment.header.tracks[0]).collect();
        prop_assert!(tracks.len() >= 4 && tracks[0].media_start == 0);
        for pair in tracks.windows(2) {
            prop_assert_eq!(pair[0].media_end, pair[1].media_start);
            prop_assert_eq!(pair[0].boot_end, pair[1].boot_start);
            prop_assert_eq!(pair[0].wall_end, pair[1].wall_start);
        }
        prop_assert!(tracks.iter().all(|track| track.boot_end <= last));
        prop_assert!(fragments.iter().enumerate().all(|(i, fragment)| fragment.header.sequence.get() == i as u64));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    /// Wherever a run is divided, and however late its units come: nothing is lost, both runs begin at 0 and touch in
    /// time, and the second track, which is behind, keeps its distance.
    #[test]
    fn a_divided_run_loses_nothing(late in prop::collection::vec(0u64..1_500, 500..700), at in 0usize..500, behind in 0u64..40) {
        let mut bench = Bench::new(&[sound(1), sound(2)]);
        let (mut arrival, other) = (0, RunId::mint(NOW, &SeededRandom::new(2)));
        for (i, late) in late.iter().enumerate() {
            if i == at {
                bench.run.divide(other);
            }
            let captured = i as u64 * 20;
            arrival = arrival.max(captured + late);
            bench.sound(1, 77_000 + captured as i64, arrival, Some(captured as i64 * 1_000)).unwrap();
            if let Some(captured) = captured.checked_sub(behind * 20) {
                bench.sound(2, 5_000 + captured as i64, arrival, Some(captured as i64 * 1_000)).unwrap();
            }
        }
        let fragments = bench.finish();
        let second = fragments.iter().position(|fragment| fragment.header.run == other);
        prop_assert!(second.is_some() || at > 350, "it goes on as another within two fragments");
        let second = second.unwrap_or(fragments.len());
        prop_assert!(fragments[second..].iter().all(|fragment| fragment.header.run == other));
        for (place, fragment) in fragments.iter().enumerate() {
            let place = if place < second { place } else { place - second };
            prop_assert_eq!(fragment.header.sequence.get(), place as u64);
            let read = liuhen_media::reader::read_fragment(&fragment.bytes).unwrap();
            prop_assert_eq!(&read.header, &fragment.header);
        }
        for id in [1, 2] {
            let of = |fragment: &Fragment| fragment.header.tracks.iter().find(|track| track.track == id).cloned();
            let tracks: Vec<_> = fragments.iter().enumerate().filter_map(|(i, fragment)| Some((i, of(fragment)?))).collect();
            let units = if id == 1 { late.len() } else { late.len() - behind as usize };
            let lasts = tracks.iter().map(|(_, track)| track.media_end - track.media_start).sum::<i64>();
            prop_assert_eq!(lasts, units as i64 * 20 * 8);
            for pair in tracks.windows(2) {
                let ((_, before), (place, after)) = (&pair[0], &pair[1]);
                prop_assert_eq!((before.boot_end, before.wall_end), (after.boot_start, after.wall_start));
                if *place == second || pair[0].0 < second && *place > second {
                    prop_assert!((0..=2 * 8_000).contains(&after.media_start), "{}", after.media_start);
                } else {
                    prop_assert_eq!(before.media_end, after.media_start);
                }
            }
        }
    }
}

#[test]
fn a_step_of_the_system_clock_begins_a_new_version_and_no_new_run() {
    let mut bench = Bench::new(&[sound(1)]);
    for i in 0..400u64 {
        if i == 200 {
            bench.clock.advance(Span::from_secs(4));
            bench.clock.step_wall(-60_000_000);
            bench.wall.check();
        }
        bench.sound(1, i as i64 * 20, i * 20, None).unwrap();
    }
    let fragments = bench.finish();
    let versions: Vec<_> = fragments.iter().map(|fragment| fragment.header.clock.version).collect();
    assert!(versions.is_sorted() && versions[0] == 1 && versions.ends_with(&[2]), "{versions:?}");
    let tracks: Vec<_> = fragments.iter().map(|fragment| &fragment.header.tracks[0]).collect();
    assert!(tracks.windows(2).all(|pair| pair[0].boot_end == pair[1].boot_start), "time since boot knows no step");
    let turn = versions.iter().position(|version| *version == 2).unwrap();
    let step = tracks[turn].wall_start.as_micros() - tracks[turn - 1].wall_end.as_micros();
    assert_eq!(step, -60_000_000);
}

#[test]
fn a_hole_in_media_time_is_a_hole_in_wall_time() {
    let mut bench = Bench::new(&[sound(1)]);
    for i in (0..200u64).chain(500..700) {
        bench.sound(1, i as i64 * 20, i * 20, None).unwrap();
    }
    let fragments = bench.finish();
    let tracks: Vec<_> = fragments.iter().map(|fragment| &fragment.header.tracks[0]).collect();
    let covered: i64 = tracks.iter().map(|track| track.interval().span().as_micros()).sum();
    let whole = tracks.last().unwrap().wall_end.since(tracks[0].wall_start).as_micros();
    assert!((13_990_000..=14_010_000).contains(&whole), "{whole}");
    assert!(covered <= 8_100_000, "{covered} of 8 s that were sent");
}

#[test]
fn the_second_track_lies_where_it_arrived_unless_a_common_clock_agrees() {
    // Its common clock, where it has one, says 1 s after the first; it arrived 1.1 s after it.
    for (common_us, expected_ms) in [(Some(1_000_000), 1_000), (Some(90_000_000), 1_100), (None, 1_100)] {
        let mut bench = Bench::new(&[sound(1), sound(2)]);
        for i in 0..150u64 {
            bench.sound(1, i as i64 * 20, i * 20, Some(i as i64 * 20_000)).unwrap();
            if i >= 55 {
                let since = (i as i64 - 55) * 20;
                bench.sound(2, 5_000_000 + since, i * 20, common_us.map(|us| us + since * 1_000)).unwrap();
            }
        }
        let fragments = bench.finish();
        let second = fragments.iter().flat_map(|fragment| &fragment.header.tracks).find(|track| track.track == 2).unwrap();
        assert_eq!(second.media_start, expected_ms * 8);
    }
}

#[test]
fn a_jump_ends_the_run_and_is_told() {
    let mut bench = Bench::new(&[sound(1)]);
    (0..100u64).for_each(|i| bench.sound(1, i as i64 * 20, i * 20, None).unwrap());
    let broken = bench.sound(1, 7_200_000, 2_000, None).unwrap_err();
    assert_eq!(broken.reason, EndReason::TimeJumped);
    assert!(!bench.finish().is_empty(), "what came before is kept");
}
