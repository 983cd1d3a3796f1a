//! A week of one camera, frame by frame: what its fragments say of time, against what is true.
//!
//! Played: jitter, stalls that end in a burst, a camera clock that drifts by 200 ppm, is eight hours off and lies in its
//! reports, a reconnect each night, and a system clock that is wrong at first and set by an hour, forth and back.

use std::sync::atomic::{AtomicBool, Ordering};

use liuhen_proto::clock::ClockStatement;
use liuhen_proto::fragment::ClockSource;
use liuhen_proto::ids::RecorderId;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock as _, Randomness as _};

use super::*;
use crate::clock::Signer;
use crate::cut::timing::{TrackTiming, Zero};

const WEEK: u64 = 7 * 24 * 3600;
const NIGHT: u64 = 24 * 3600;
const HOUR_US: i64 = 3_600_000_000;
const BOOT_US: u64 = 3_600_000_000;
/// What the issue allows.
const WRONG_US: i64 = 100_000;
/// How far two fragments of one run may be apart, or overlap: less than what counts as a hole by far.
const APART_US: i64 = 10_000;

/// Before a second of the week: the step of the system's clock, and whether it is synchronised from then on.
const SETTINGS: &[(u64, i64, bool)] = &[
    // Ten minutes after boot NTP is there, and the clock had been five seconds ahead.
    (600, -5_000_000, true),
    // Somebody sets the clock an hour ahead; NTP is back soon.
    (100_000, HOUR_US, false),
    (100_900, -HOUR_US, true),
    // An hour behind, over midnight.
    (NIGHT * 2 - 300, -HOUR_US, false),
    (NIGHT * 2 + 900, HOUR_US, true),
    // Forth and back without NTP: the centre says what is true.
    (400_000, 0, false),
    (400_010, HOUR_US, false),
    (403_600, -2 * HOUR_US, false),
    (407_200, HOUR_US, false),
    (408_000, 0, true),
];

/// One fragment as it was written, and when it was truly captured.
struct Written {
    run: u64,
    version: u32,
    source: ClockSource,
    wall: [i64; 2],
    truth_us: i64,
}

struct Week {
    clock: Arc<ManualClock>,
    synchronized: Arc<AtomicBool>,
    keeper: WallKeeper,
    random: SeededRandom,
    /// What the system's clock is off by.
    wrong_us: i64,
    second: u64,
    _directory: tempfile::TempDir,
}

impl Week {
    fn new(seed: u64) -> Self {
        let (directory, random) = (tempfile::tempdir().unwrap(), SeededRandom::new(seed));
        let clock = Arc::new(ManualClock::at(NOW.after(Span::from_secs(5))));
        let synchronized = Arc::new(AtomicBool::new(false));
        let flag = synchronized.clone();
        let signer = Signer { recorder: RecorderId::mint(NOW, &random), key: SigningKey::generate(&random) };
        let boot = BootId::mint(NOW, &random);
        let discipline = Box::new(move || flag.load(Ordering::SeqCst));
        let keeper = WallKeeper::open_with(clock.clone(), discipline, directory.path(), boot, signer).unwrap();
        Self { clock, synchronized, keeper, random, wrong_us: 5_000_000, second: 0, _directory: directory }
    }

    fn chance(&self, of: u64) -> u64 {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes) % of
    }

    /// Lets time pass up to a moment since boot; the clocks are compared each second, and with the centre each minute.
    fn pass(&mut self, to: BootTime) {
        while self.clock.boot_now() < to {
            let next = BOOT_US + (self.second + 1) * 1_000_000;
            let now = self.clock.boot_now().as_micros();
            let by = to.as_micros().min(next) - now;
            self.clock.advance(Span::from_micros(by.cast_signed()));
            if now + by < next {
                return;
            }
            self.second += 1;
            for (_, step_us, synchronized) in SETTINGS.iter().filter(|(at, ..)| *at == self.second) {
                self.clock.step_wall(*step_us);
                self.wrong_us += step_us;
                self.synchronized.store(*synchronized, Ordering::SeqCst);
            }
            let version = self.keeper.check().mapping.version;
            if self.second.is_multiple_of(60) {
                self.keeper.compared(version, self.wrong_us + self.chance(8_000).cast_signed() - 4_000, 5_000);
            }
        }
    }

    /// A week of a camera with one frame a second; its clock runs ahead by `ppm`.
    fn record(&mut self, ppm: i64) -> Vec<Written> {
        let (mut written, mut arrived, mut stall_ends) = (Vec::new(), 0, 0);
        let mut run: Option<(u64, TrackTiming, Zero, Option<i64>)> = None;
        for second in 0..WEEK {
            let captured = BOOT_US + second * 1_000_000;
            if second % NIGHT == 0 {
                run = None;
            } else if self.chance(20_000) == 0 && second % NIGHT > 60 {
                stall_ends = captured + 1_000_000 * (1 + self.chance(20));
            }
            let late = 3_000 + self.chance(15_000) + if self.chance(50) == 0 { self.chance(60_000) } else { 0 };
            arrived = (captured + late).max(stall_ends).max(arrived);
            let arrival = BootTime::from_micros(arrived);
            self.pass(arrival);
            // The track's own clock: drifting, from anywhere.
            let media_us = 77_000_000 + (second * 1_000_000).cast_signed() * (1_000_000 + ppm) / 1_000_000;
            let data = Bytes::from_static(&[0xd5]);
            let unit = AccessUnit { track: 1, pts: media_us / 125, sync: true, data, lost_packets: 0, damaged: false, arrival };
            let unit = Unit { unit, common_us: None };
            let (begun, timing, zero, from) =
                run.get_or_insert_with(|| (second, TrackTiming::new(&sound(1)), Zero::of(&unit), None));
            let pts = timing.rebase(&unit, *zero);
            assert_eq!(timing.observe(pts, arrival), None, "no jump at {second}");
            let lie = if second % 3 == 0 { self.chance(1 << 40) } else { arrived + 28_800_000_000 };
            timing.camera_clock(CameraClock { track: 1, ticks: unit.unit.pts, at: Timestamp::from_micros(lie.cast_signed()) });
            if (second - *begun) % 2 == 0
                && let Some(from) = from.replace(pts)
            {
                let mapping = self.keeper.current();
                let (start, end) = timing.place(from, pts);
                written.push(Written {
                    run: *begun,
                    version: mapping.mapping.version,
                    source: mapping.mapping.source,
                    wall: [start, end].map(|boot| mapping.wall(boot).as_micros()),
                    truth_us: NOW.as_micros() + ((second - 2) * 1_000_000).cast_signed(),
                });
            }
        }
        written
    }

    /// What the centre knows in the end: what is to be added to the times of each mapping.
    fn shifts(&self) -> std::collections::BTreeMap<u32, i64> {
        let mut shifts = std::collections::BTreeMap::new();
        while let Some(correction) = self.keeper.correction() {
            let said = ClockStatement::from_bytes(correction.statement.as_bytes()).unwrap();
            shifts.insert(said.mapping, said.shift_us);
            self.keeper.settled(&correction);
        }
        shifts
    }
}

fn a_week(ppm: i64, seed: u64) {
    let mut week = Week::new(seed);
    let written = week.record(ppm);
    let shifts = week.shifts();
    assert!(written.len() > 300_000 && shifts.len() >= 6, "{shifts:?}");
    let lies = |one: &&Written| (one.wall[0] - one.truth_us).abs() > 2_000_000;
    assert!(written.iter().filter(lies).count() > 2_000, "the system's clock was wrong for hours");
    let marked = |one: &Written| one.source == ClockSource::TimeUnproven || shifts.contains_key(&one.version);
    assert!(written.iter().filter(lies).all(marked), "what is wrong says so, or is corrected");
    let end_of = |one: &Written, place: usize| one.wall[place] + shifts.get(&one.version).copied().unwrap_or_default();
    let worst = written.iter().map(|one| (end_of(one, 0) - one.truth_us).abs()).max().unwrap();
    assert!(worst <= WRONG_US, "wrong by {worst} us");
    for pair in written.windows(2).filter(|pair| pair[0].run == pair[1].run) {
        let apart = end_of(&pair[1], 0) - end_of(&pair[0], 1);
        assert!(apart.abs() <= APART_US, "{apart} us between fragments at {}", pair[1].truth_us);
    }
}

#[test]
fn a_week_of_a_camera_that_runs_fast() {
    a_week(200, 1);
}

#[test]
fn a_week_of_a_camera_that_runs_slow() {
    a_week(-200, 2);
}
