//! The system's clock is set by hours, forward and back, while a recorder runs.

use std::time::Duration;

use liuhen_proto::fragment::{ClockSource, FragmentHeader};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1::Segment;
use liuhen_proto::world::{Clock as _, SystemClock};
use liuhen_tests::faults::{Counts, Held, Lab, Line, WrongClock, note};

const CAMERA: &str = "synthetic:width=160,height=96,fps=10,gop=10";
/// By how much it is ahead, one after the other.
const STEPS: [i64; 4] = [3_600, -3_600, 86_400, 0];
const SECOND_US: i64 = 1_000_000;
const DAYS_US: i64 = 2 * 86_400 * SECOND_US;

/// When the fragment was captured, by the clock that was never set: microseconds.
fn truth_us(header: &FragmentHeader) -> i64 {
    let boot_us = header.tracks.iter().map(|track| track.boot_start.as_micros()).min().unwrap();
    SystemClock.now().as_micros() - (SystemClock.boot_now().as_micros() - boot_us).cast_signed()
}

fn first_of<'a>(held: &'a Held, segment: &Segment) -> &'a FragmentHeader {
    &held.runs[&segment.run_id.parse().unwrap()].headers[&segment.first_sequence]
}

/// By how much the time at which a segment is found is wrong.
fn wrong_us(held: &Held, segment: &Segment) -> i64 {
    (segment.interval.unwrap().start_us - truth_us(first_of(held, segment))).abs()
}

/// After the corrections no segment is found more than a second beside its time, unless it says so; recording went on
/// through all of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_leaves_no_time_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let Some(clock) = WrongClock::make(directory.path()) else { return };
    let mut lab = Lab::start(directory.path(), &[CAMERA.to_owned()], Line::default()).await.unwrap();
    lab.recorder.set_environment(clock.environment());
    lab.recorder.start().unwrap();
    let from_us = lab.until_recording(Duration::from_secs(60)).await.unwrap();
    for seconds in STEPS {
        let noticed = lab.recorder.printed().matches("system clock was set").count();
        clock.set(seconds);
        let again = || lab.recorder.printed().matches("system clock was set").count() > noticed;
        lab.until("the recorder notices", Duration::from_secs(10), again).await.unwrap();
        // Some fragments of that time.
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    let until_us = SystemClock.now().as_micros();
    lab.recorder.stop().await.unwrap();
    lab.change_sources("rtsp://127.0.0.1:9/none").unwrap();
    lab.recorder.set_environment(clock.environment());
    lab.recorder.start().unwrap();
    let held = lab.until_sealed(Duration::from_secs(60)).await.unwrap();
    let stream = lab.streams()[0];

    let mut centre = lab.server.centre().await.unwrap();
    let mut segments = Vec::new();
    for _ in 0..300 {
        let always = Interval { start_us: from_us - DAYS_US, end_us: until_us + DAYS_US };
        segments = centre.segments(&stream.to_string(), always).await.unwrap();
        if segments.iter().all(|segment| wrong_us(&held, segment) < SECOND_US) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for segment in &segments {
        let (wrong, header) = (wrong_us(&held, segment), first_of(&held, segment));
        let says_so = header.clock.source == ClockSource::TimeUnproven;
        assert!(wrong < SECOND_US || says_so, "{wrong} µs beside: {segment:?} {:?}\n{}", header.clock, lab.logs());
    }
    let as_seen = segments.iter().map(|segment| first_of(&held, segment));
    let was_wrong = as_seen.filter(|header| (header.interval().start().as_micros() - truth_us(header)).abs() > SECOND_US);
    assert!(was_wrong.count() >= 3, "both readings are kept: what was seen stays in the fragments");
    let mut times: Vec<i64> = held.runs.values().flat_map(|run| run.headers.values()).map(truth_us).collect();
    times.sort_unstable();
    let hole = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(hole < 2 * SECOND_US, "recording stopped for {hole} µs");
    lab.is_sound(&[]).unwrap();
    lab.recorder.kill().unwrap();
    let counts = Counts { injected_failures: STEPS.len() as u64, acknowledged: held.fragments(), ..Counts::default() };
    note("a_clock_that_is_set_leaves_no_time_wrong", counts);
}
