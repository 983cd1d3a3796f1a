//! A box in its boot: whatever its clock does, and however often the recorder is started again.

use std::sync::atomic::{AtomicBool, Ordering};

use liuhen_proto::Span;
use liuhen_proto::clock::{ClockBasis, ClockStatement};
use liuhen_proto::ids::RecorderId;
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{ManualClock, SeededRandom};
use proptest::prelude::*;

use super::*;

const NOW_US: i64 = 1_795_000_000_000_000;
const HOUR_US: i64 = 3_600_000_000;

/// A machine with a kernel that a test plays.
struct Machine {
    clock: Arc<ManualClock>,
    synchronized: Arc<AtomicBool>,
    directory: tempfile::TempDir,
    boot: BootId,
    signer: Signer,
}

impl Machine {
    fn at(now_us: i64) -> Self {
        let (now, random) = (Timestamp::from_micros(now_us), SeededRandom::new(5));
        Self {
            clock: Arc::new(ManualClock::at(now)),
            synchronized: Arc::default(),
            directory: tempfile::tempdir().unwrap(),
            boot: BootId::mint(now, &random),
            signer: Signer { recorder: RecorderId::mint(now, &random), key: SigningKey::generate(&random) },
        }
    }

    fn start(&self) -> WallKeeper {
        let synchronized = self.synchronized.clone();
        let discipline = Box::new(move || synchronized.load(Ordering::SeqCst));
        WallKeeper::open_with(self.clock.clone(), discipline, self.directory.path(), self.boot, self.signer.clone()).unwrap()
    }

    fn synchronize(&self, step_us: i64) {
        self.clock.step_wall(step_us);
        self.synchronized.store(true, Ordering::SeqCst);
    }
}

/// All corrections that wait, as the centre would take them.
fn told(machine: &Machine, keeper: &WallKeeper) -> Vec<ClockStatement> {
    let mut told = Vec::new();
    while let Some(correction) = keeper.correction() {
        assert!(machine.signer.key.public().verifies(correction.statement.as_bytes(), &correction.signature));
        told.push(ClockStatement::from_bytes(correction.statement.as_bytes()).unwrap());
        keeper.settled(&correction);
    }
    told
}

fn mapping(version: u32, source: ClockSource) -> ClockMapping {
    ClockMapping { version, source }
}

#[test]
fn a_step_makes_a_new_version_and_is_told_once() {
    let machine = Machine::at(NOW_US);
    let keeper = machine.start();
    let first = keeper.check();
    machine.clock.advance(Span::from_secs(5));
    assert_eq!(keeper.check(), first);
    machine.clock.step_wall(-HOUR_US);
    let second = keeper.check();
    assert_eq!(second.mapping, mapping(2, ClockSource::TimeUnproven), "nobody says which of the two is right");
    assert_eq!((keeper.take_step_us(), keeper.take_step_us()), (-HOUR_US, 0));
    assert_eq!(second.wall(machine.clock.boot_now()), machine.clock.now());
    assert_eq!(
        first.wall(machine.clock.boot_now()).since(machine.clock.now()),
        Span::from_secs(3_600),
        "the old one stays readable"
    );
    machine.clock.step_wall(HOUR_US);
    assert_eq!(keeper.check().mapping, mapping(3, ClockSource::Unsynchronized), "it is what it was");
    assert_eq!(told(&machine, &keeper), []);
}

#[test]
fn a_dead_clock_says_so_until_it_is_set_and_what_it_dated_is_corrected() {
    let machine = Machine::at(86_400_000_000);
    let keeper = machine.start();
    assert_eq!(keeper.current().mapping.source, ClockSource::TimeUnproven);
    machine.clock.step_wall(NOW_US);
    assert_eq!(keeper.check().mapping, mapping(2, ClockSource::Unsynchronized));
    let set = told(&machine, &keeper);
    assert_eq!((set[0].mapping, set[0].shift_us, set[0].basis), (1, NOW_US, ClockBasis::Unsynchronized));
    machine.synchronize(7_000_000);
    assert_eq!(keeper.check().mapping, mapping(3, ClockSource::Synchronized));
    let synchronized = told(&machine, &keeper);
    assert_eq!(
        synchronized.iter().map(|told| (told.mapping, told.revision, told.shift_us)).collect::<Vec<_>>(),
        [(1, 2, NOW_US + 7_000_000), (2, 1, 7_000_000)]
    );
}

#[test]
fn a_clock_that_becomes_synchronised_keeps_its_offset() {
    let machine = Machine::at(NOW_US);
    let keeper = machine.start();
    let before = keeper.current();
    machine.synchronize(0);
    let after = keeper.check();
    assert_eq!(after.mapping, mapping(2, ClockSource::Synchronized));
    assert_eq!((after.offset_us, keeper.take_step_us()), (before.offset_us, 0));
    assert_eq!(told(&machine, &keeper), []);
}

#[test]
fn a_recorder_that_starts_again_goes_on_counting_and_corrects_what_it_recorded_before() {
    let machine = Machine::at(NOW_US);
    let first = machine.start().current();
    machine.clock.advance(Span::from_secs(60));
    assert_eq!(machine.start().current(), first, "nothing happened, so it is the same mapping");
    // The clock is set while no recorder runs.
    machine.synchronize(-HOUR_US);
    let keeper = machine.start();
    assert_eq!((keeper.current().mapping, keeper.take_step_us()), (mapping(2, ClockSource::Synchronized), 0));
    drop(keeper);
    let keeper = machine.start();
    let words = told(&machine, &keeper);
    assert_eq!((words.len(), words[0].mapping, words[0].shift_us, words[0].boot), (1, 1, -HOUR_US, machine.boot));
    assert_eq!(told(&machine, &machine.start()), [], "what the centre has is not said again");
}

#[test]
fn the_next_boot_counts_anew_and_still_says_what_the_last_one_could_not() {
    let mut machine = Machine::at(NOW_US);
    let keeper = machine.start();
    machine.synchronize(HOUR_US);
    keeper.check();
    let old = machine.boot;
    machine.boot = BootId::mint(machine.clock.now(), &SeededRandom::new(6));
    let keeper = machine.start();
    assert_eq!(keeper.current().mapping.version, 1);
    let words = told(&machine, &keeper);
    assert_eq!((words.len(), words[0].boot, words[0].shift_us), (1, old, HOUR_US));
}

#[test]
fn the_centre_corrects_a_clock_that_nothing_disciplines() {
    let machine = Machine::at(NOW_US);
    let keeper = machine.start();
    keeper.compared(1, 300_000, 20_000);
    assert_eq!(keeper.current().mapping, mapping(1, ClockSource::Unsynchronized));
    let words = told(&machine, &keeper);
    assert_eq!((words[0].mapping, words[0].shift_us, words[0].error_us), (1, -300_000, 20_000));
    keeper.compared(1, 290_000, 15_000);
    assert_eq!(told(&machine, &keeper), [], "a little better is no news");
    machine.clock.advance(Span::from_secs(10_000));
    keeper.compared(1, 1_400_000, 15_000);
    assert_eq!(keeper.current().mapping, mapping(2, ClockSource::TimeUnproven), "it drifts, and is off by more than a second");
    assert_eq!(told(&machine, &keeper).iter().map(|told| (told.mapping, told.shift_us)).collect::<Vec<_>>(), [(2, -1_400_000)]);
    // What was asked under another mapping says nothing of this one.
    keeper.compared(1, 0, 0);
    assert_eq!(keeper.current().mapping.version, 2);
}

#[test]
fn a_history_that_cannot_be_read_is_set_aside() {
    let machine = Machine::at(NOW_US);
    std::fs::write(machine.directory.path().join("clock.json"), "{torn").unwrap();
    assert_eq!(machine.start().current().mapping.version, 1);
    assert!(machine.directory.path().join("clock.json.unreadable").exists());
}

proptest! {
    /// Whatever the clock does, after a check the mapping is that of the clock, and versions only rise.
    #[test]
    fn the_mapping_follows_the_clock(steps in prop::collection::vec((1u32..5_000, -10_000_000i64..10_000_000), 1..50)) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(NOW_US)));
        let keeper = WallKeeper::new(clock.clone());
        let mut version = 1;
        for (millis, step) in steps {
            clock.advance(Span::from_millis(millis));
            clock.step_wall(step);
            let mapping = keeper.check();
            prop_assert!(mapping.mapping.version >= version);
            version = mapping.mapping.version;
            let error = mapping.wall(clock.boot_now()).as_micros() - clock.now().as_micros();
            prop_assert!(error.abs() <= STEP_US);
        }
    }
}
