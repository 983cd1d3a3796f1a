//! The way to the centre: several addresses, a limit, and what goes first.

use crate::support::centre::{Centre, Manners, State};
use crate::support::proxy::Proxy;
use crate::support::{self, Settings, runs, until};
use liuhen_media::reader::read_fragment;
use liuhen_proto::fragment::TrackKind;
use liuhen_proto::wire::ingest::v1 as pb;

const LIVE: &str = "synthetic:width=64,height=64,fps=25,gop=25,audio=pcma";
const FILM: &str = "synthetic:fps=25,gop=25,audio=pcma,frames=500,pace=fast";

fn received(centre: &Centre) -> usize {
    centre.with(|state| state.received)
}

/// Nothing was wrong, and no run has a hole.
fn assert_whole(centre: &Centre) {
    centre.with(|state| {
        assert_eq!(state.wrong, Vec::<String>::new());
        assert!(!state.runs.is_empty());
        for (id, run) in &state.runs {
            assert!(run.fragments.keys().copied().eq(0..run.fragments.len() as u64), "{id}: {:?}", run.fragments.keys());
            assert!(run.end.is_none_or(|(count, _)| count == run.fragments.len() as u64), "{id}");
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_first_address_is_dead_the_second_is_used() {
    let (centre, address) = Centre::start(Manners::default()).await;
    // Taken and given back: nobody listens there.
    let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(dead), more_centres: vec![address], ..Settings::default() };
    let recorder = settings.source(FILM).start(directory.path());
    until("the spool is empty", || received(&centre) >= 20 && runs(directory.path()).is_empty()).await;
    recorder.stop().await;
    assert_whole(&centre);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_hangs_in_the_middle_is_left_for_the_other_and_back_and_nothing_is_lost_or_doubled() {
    let (centre, address) = Centre::start(Manners::default()).await;
    let (first, second) = (Proxy::start(address, true).await, Proxy::start(address, true).await);
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings { centre: Some(first.address), more_centres: vec![second.address], ..Settings::default() };
    let recorder = settings.source(LIVE).source(LIVE).start(directory.path());
    let go_on = async |count: usize| {
        let before = received(&centre);
        until("fragments go on", || received(&centre) >= before + count).await;
    };
    go_on(4).await;
    first.hang();
    go_on(8).await;
    first.pass();
    second.hang();
    go_on(12).await;
    recorder.stop().await;
    assert_whole(&centre);
    assert!(centre.with(|state| state.calls) >= 3, "each address was used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn footage_keeps_to_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let offline =
        Settings::default().source("synthetic:width=640,height=480,fps=25,gop=25,frames=500,pace=fast").start(directory.path());
    until("a run ends", || !offline.ends().is_empty()).await;
    offline.stop().await;
    let bytes: u64 = support::segments(directory.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
    let (centre, address) = Centre::start(Manners::default()).await;
    let seconds = 4.0;
    let kbits = bytes as f64 * 8.0 / seconds / 1000.0;
    let sections = format!("[uplink]\nlimit = \"{kbits:.0} kbit/s\"");
    let settings = Settings { centre: Some(address), sections, ..Settings::default() };
    let recorder = settings.source("rtsp://127.0.0.1:9/none").start(directory.path());
    until("it begins", || received(&centre) > 0).await;
    let began = tokio::time::Instant::now();
    until("all is sealed", || runs(directory.path()).is_empty()).await;
    let took = began.elapsed().as_secs_f64();
    recorder.stop().await;
    assert!((seconds * 0.7..seconds * 3.0).contains(&took), "{bytes} bytes took {took} s at {kbits:.0} kbit/s");
    assert_whole(&centre);
}

/// Since boot, from when to when a run at the centre shows a picture, in microseconds.
fn times(state: &State, run: &str) -> (u64, u64) {
    let headers: Vec<_> = state.runs[run].fragments.values().map(|bytes| read_fragment(bytes).unwrap().header).collect();
    let pictures = || headers.iter().flat_map(|header| &header.tracks).filter(|track| track.kind == TrackKind::Video);
    let start = pictures().map(|track| track.boot_start.as_micros()).min().unwrap();
    (start, pictures().map(|track| track.boot_end.as_micros()).max().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_time_without_the_centre_what_is_live_does_not_wait_for_what_gathered() {
    let (centre, address) = Centre::start(Manners::default()).await;
    let proxy = Proxy::start(address, false).await;
    let directory = tempfile::tempdir().unwrap();
    // A little more than what is recorded, so that what gathered takes long.
    let sections = "[uplink]\nlimit = \"1 Mbit/s\"".into();
    let settings = Settings { centre: Some(proxy.address), sections, ..Settings::default() };
    let recorder = settings.source("synthetic:width=320,height=192,fps=25,gop=25").start(directory.path());
    let recorded = || support::headers_of(directory.path(), &support::evidence_id(0)).len();
    until("it gathers for a while", || recorded() >= 20).await;
    proxy.pass();
    until("a second run comes", || centre.with(|state| state.runs.len() == 2)).await;
    until("both come", || centre.with(|state| state.runs.values().all(|run| run.fragments.len() >= 2))).await;
    let ends = |state: &mut State| state.runs.values().next().and_then(|run| run.end);
    until("the first is whole", || centre.with(ends).is_some()).await;
    recorder.stop().await;
    assert_whole(&centre);
    centre.with(|state| {
        let names: Vec<_> = state.runs.keys().cloned().collect();
        assert_eq!(state.runs[&names[0]].end.unwrap().1, pb::EndReason::Divided);
        let place = |run: &str, last: bool| {
            let of_run = |(name, _): &&(String, u64)| name == run;
            let mut places = state.order.iter().enumerate().filter(|(_, it)| of_run(it)).map(|(place, _)| place);
            if last { places.next_back() } else { places.next() }.unwrap()
        };
        assert!(place(&names[1], false) < place(&names[0], true), "live overtakes: {:?}", state.order);
        let ((_, end), (start, _)) = (times(state, &names[0]), times(state, &names[1]));
        assert_eq!(end, start, "nothing is missing between them");
    });
}

/// On a link that is slower than what waits, what a session waits for is all but done before the rest begins.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_session_waits_for_goes_before_other_old_footage() {
    let directory = tempfile::tempdir().unwrap();
    let film = "synthetic:fps=25,gop=25,audio=pcma,frames=200,pace=fast";
    let offline = Settings::default().source(film).source(film).start(directory.path());
    until("both runs end", || offline.ends().len() == 2).await;
    offline.stop().await;
    // It was recorded faster than time passes: a session of it is over only now.
    let headers = support::headers_of(directory.path(), &support::evidence_id(1));
    let end_us = headers.iter().flat_map(|header| &header.tracks).map(|track| track.wall_end.as_micros()).max().unwrap();
    until("its time has come", || now_us() > end_us).await;
    let bytes: u64 = support::segments(directory.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
    let window = liuhen_proto::wire::common::v1::Interval { start_us: 1, end_us };
    let session = pb::ScheduledSession {
        session_id: "ses_01J9Z0000000000000000000AA".into(),
        window: Some(window),
        stream_ids: vec![support::evidence_id(1)],
        ..Default::default()
    };
    let manners = Manners { schedule: Some(pb::Schedule { sessions: vec![session] }), ..Manners::default() };
    let (centre, address) = Centre::start(manners).await;
    // Told on one connection, needed on another: a restart knows it from the beginning.
    let settings = Settings { centre: Some(address), sections: "[uplink]\nlimit = \"64 kbit/s\"".into(), ..Settings::default() };
    let told = settings.clone().source("rtsp://127.0.0.1:9/none").start(directory.path());
    until("the schedule is kept", || directory.path().join("spool/schedule.pb").exists()).await;
    told.stop().await;
    centre.with(|state| state.order.clear());
    let kbits = bytes * 8 / 1_000 / 6;
    let settings = Settings { sections: format!("[uplink]\nlimit = \"{kbits} kbit/s\""), ..settings };
    let recorder = settings.source("rtsp://127.0.0.1:9/none").start(directory.path());
    until("all is sealed", || runs(directory.path()).is_empty()).await;
    recorder.stop().await;
    centre.with(|state| {
        let streams: Vec<_> = state.order.iter().map(|(run, _)| state.streams[run].clone()).collect();
        let first = streams.iter().filter(|stream| **stream == support::evidence_id(1)).count();
        let before = streams[..first].iter().filter(|stream| **stream == support::evidence_id(1)).count();
        assert!(before * 10 >= first * 8, "{streams:?}");
    });
    assert_whole(&centre);
}

fn now_us() -> i64 {
    liuhen_proto::world::Clock::now(&liuhen_proto::world::SystemClock).as_micros()
}
