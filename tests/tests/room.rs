//! A room as sites have them: a camera with evidence and viewing stream, a sound pickup beside it; and what is
//! recorded, but not clear.

use std::path::{Path, PathBuf};
use std::time::Duration;

use liuhen_proto::wire::common::v1::{FlagKind, Interval, TrackKind, TrustLevel};
use liuhen_proto::wire::review::v1::{self as review, Coverage, Gap, GapCause, GapKind, StreamRole, TrackCoverage};
use liuhen_proto::wire::session::v1 as session;
use liuhen_tests::camera::{Size, Sound, Source, Spec};
use liuhen_tests::world::{CameraPlan, Centre, Plan, RoomPlan, Site, run_tool};

const PATIENCE: Duration = Duration::from_secs(60);

fn silent_camera(path: &str, width: u32, height: u32) -> Spec {
    let source = Source::Synthetic { label: path.to_owned(), sound: Sound::None, size: Size { width, height }, fps: 10, gop: 20 };
    Spec { path: path.to_owned(), source }
}

fn ffmpeg(arguments: &[&str], file: PathBuf) -> PathBuf {
    let text = file.to_str().unwrap();
    run_tool("ffmpeg", &[&["-v", "error", "-y"], arguments, &[text]].concat()).unwrap();
    file
}

/// Sound alone, as a room pickup sends it.
fn speech(directory: &Path) -> PathBuf {
    let sound = "anoisesrc=color=pink:amplitude=0.3:sample_rate=8000,tremolo=f=3:d=0.7";
    ffmpeg(&["-f", "lavfi", "-i", sound, "-t", "20", "-c:a", "pcm_alaw", "-ac", "1"], directory.join("pickup.mkv"))
}

fn track(tracks: &[TrackCoverage], kind: TrackKind) -> Option<&TrackCoverage> {
    tracks.iter().find(|track| track.kind() == kind)
}

fn covered_us(track: &TrackCoverage) -> i64 {
    track.covered.iter().map(|interval| interval.end_us - interval.start_us).sum()
}

fn gaps(coverage: &Coverage, kind: GapKind) -> Vec<Gap> {
    coverage.gaps.iter().filter(|gap| gap.kind() == kind && gap.filled_by() == TrustLevel::Unspecified).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_is_told_for_each_track_and_a_pickup_that_falls_silent_is_no_sound() {
    let directory = tempfile::tempdir().unwrap();
    let pickup = Spec::footage("pickup", speech(directory.path()));
    let camera = CameraPlan {
        sound_required: true,
        viewing: Some(silent_camera("front-small", 160, 96)),
        ..CameraPlan::of(silent_camera("front", 320, 240))
    };
    let pickup = CameraPlan { pickup: true, beside: true, ..CameraPlan::of(pickup) };
    let plan = Plan::of(vec![RoomPlan::theory("101", vec![camera, pickup])]);
    let mut site = Site::start_over_network(directory.path(), &plan).await.unwrap();
    site.until_watched(PATIENCE).await.unwrap();
    let (session, window) = site.session(Duration::from_secs(4), Duration::from_secs(120)).await.unwrap();
    let [camera, pickup] = &site.declared.cameras[..] else { panic!("two cameras") };
    let (evidence, viewing) = (camera.stream_id.clone(), camera.viewing_stream_id.clone().unwrap());
    let (sound, viewpoint) = (pickup.stream_id.clone(), camera.viewpoint_id.clone());
    assert_eq!(viewpoint, pickup.viewpoint_id);

    // Each stream, and each track, has its own coverage.
    let all = |coverage: &Coverage| {
        let view = &coverage.viewpoints[0];
        let of = |stream: &str, kind| {
            let stream = view.streams.iter().find(|found| found.stream_id == stream)?;
            Some(covered_us(track(&stream.tracks, kind)?))
        };
        let seconds = 4_000_000;
        let whole = [(&evidence, TrackKind::Video), (&viewing, TrackKind::Video), (&sound, TrackKind::Audio)];
        whole.iter().all(|(stream, kind)| of(stream, *kind) >= Some(seconds)).then(|| coverage.clone())
    };
    let coverage = site.until(&session, PATIENCE, "coverage of all three streams", all).await.unwrap();
    let view = &coverage.viewpoints[0];
    let role = |stream: &str| view.streams.iter().find(|found| found.stream_id == stream).map(review::StreamCoverage::role);
    assert_eq!(
        [&evidence, &viewing, &sound].map(|stream| role(stream)),
        [Some(StreamRole::Evidence), Some(StreamRole::Viewing), Some(StreamRole::Evidence)]
    );
    let of_sound = view.streams.iter().find(|found| found.stream_id == sound).unwrap();
    assert!(track(&of_sound.tracks, TrackKind::Video).is_none_or(|video| video.covered.is_empty()), "a pickup has no picture");
    assert!(track(&view.tracks, TrackKind::Video).is_some_and(|video| video.required && video.missing.is_empty()));
    assert!(track(&view.tracks, TrackKind::Audio).is_some_and(|audio| audio.required && audio.missing.is_empty()));

    // The sound alone is cut.
    site.cameras[1].cut_off().unwrap();
    let gap =
        |coverage: &Coverage| gaps(coverage, GapKind::NoSound).into_iter().find(|gap| gap.cause() == GapCause::CameraUnreachable);
    let gap = site.until(&session, PATIENCE, "the gap of sound", gap).await.unwrap();
    assert_eq!(gap.viewpoint_id, viewpoint);
    assert!(gap.start_us > window.start_us && gap.end_us.is_none());
    site.cameras[1].restore().await.unwrap();
    let closed = |coverage: &Coverage| gaps(coverage, GapKind::NoSound).into_iter().find(|gap| gap.end_us.is_some());
    site.until(&session, PATIENCE, "the end of the gap", closed).await.unwrap();
    let coverage = site.server.centre().await.unwrap().coverage(&session).await.unwrap();
    assert!(gaps(&coverage, GapKind::NoPicture).is_empty(), "{:#?}\n{}", coverage.gaps, site.logs());
    assert_eq!(gaps(&coverage, GapKind::NoSound).len(), 1);
    site.recorder.stop().await.unwrap();
    assert!(site.errors().is_empty(), "{:#?}", site.errors());
    let (clean, report) = site.server.fsck().unwrap();
    assert!(clean, "{report}");
}

/// 16 s of a room with sound, then 16 s of blackness and silence, again and again.
fn goes_dark(directory: &Path) -> PathBuf {
    let picture = "testsrc2=size=320x180:rate=10,noise=alls=12:allf=t,drawbox=color=black:t=fill:enable='gte(t,16)'";
    let sound = "anoisesrc=color=pink:amplitude=0.3:sample_rate=8000,volume=0:enable='gte(t,16)'";
    let encode = ["-t", "32", "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-bf", "0", "-g", "10"];
    let inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound];
    let rest = ["-pix_fmt", "yuv420p", "-c:a", "pcm_alaw", "-ac", "1"];
    ffmpeg(&[&inputs[..], &encode, &rest].concat(), directory.join("dark.mkv"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_and_not_clear_is_flagged_and_never_decided() {
    let directory = tempfile::tempdir().unwrap();
    let camera = CameraPlan { sound_required: true, ..CameraPlan::of(Spec::footage("front", goes_dark(directory.path()))) };
    let plan = Plan::of(vec![RoomPlan::theory("101", vec![camera])]);
    let mut site = Site::start_over_network(directory.path(), &plan).await.unwrap();
    site.until_watched(PATIENCE).await.unwrap();
    let (session, window) = site.session(Duration::from_secs(1), Duration::from_secs(600)).await.unwrap();
    let mut centre = site.server.centre().await.unwrap();
    let stream = site.declared.cameras[0].stream_id.clone();

    // Both come, with their ends: 16 s each, to within 2 s on either side.
    let over = |kind| {
        move |coverage: &Coverage| {
            gaps(coverage, kind).into_iter().find(|gap| gap.end_us.is_some() && gap.start_us > window.start_us)
        }
    };
    for kind in [GapKind::Black, GapKind::Silent] {
        let gap = site.until(&session, Duration::from_secs(90), "a flag that is over", over(kind)).await.unwrap();
        assert_eq!(gap.cause(), GapCause::Judged);
        let long = (gap.end_us.unwrap() - gap.start_us) as f64 / 1e6;
        assert!((12.0..=20.0).contains(&long), "{kind:?} lasted {long} s");
    }
    let coverage = centre.coverage(&session).await.unwrap();
    let missing = [GapKind::NoPicture, GapKind::NoSound, GapKind::Damaged, GapKind::Frozen, GapKind::Moved];
    for kind in missing {
        assert!(gaps(&coverage, kind).is_empty(), "{kind:?}: {:#?}", coverage.gaps);
    }
    flags_say_what_was_measured(&mut centre, &session).await;
    derived_data_is_there(&mut centre, &stream, window).await;
    a_person_says_how_it_is_judged(&site, &mut centre, &stream, window).await;
    site.recorder.stop().await.unwrap();
    assert!(site.errors().is_empty(), "{:#?}", site.errors());
    let (clean, report) = site.server.fsck().unwrap();
    assert!(clean, "{report}");
}

async fn flags_say_what_was_measured(centre: &mut Centre, session: &str) {
    let request = review::ListFlagsRequest { session_id: session.to_owned(), ..Default::default() };
    let flags = centre.review.list_flags(request).await.unwrap().into_inner().flags;
    let black = flags.iter().find(|flag| flag.kind() == FlagKind::Black).unwrap();
    assert!(black.measured_milli <= black.threshold_milli && black.detector.starts_with("black/"), "{black:?}");
    let silent = flags.iter().find(|flag| flag.kind() == FlagKind::Silent).unwrap();
    assert!(silent.measured_milli < silent.threshold_milli, "{silent:?}");
    let request = review::ListEntriesRequest { subject: session.to_owned(), from_index: 0, limit: 0 };
    let entries = centre.review.list_entries(request).await.unwrap().into_inner().entries;
    let told = entries.iter().any(|entry| String::from_utf8_lossy(&entry.envelope).contains(&black.flag_id));
    assert!(told, "the flag stands in the session's chain");
}

async fn derived_data_is_there(centre: &mut Centre, stream: &str, window: Interval) {
    let request = review::ListStillsRequest {
        stream_id: stream.to_owned(),
        interval: Some(window),
        limit: 0,
        purpose: "a test".to_owned(),
    };
    let stills = centre.review.list_stills(request).await.unwrap().into_inner().stills;
    assert!(stills.len() >= 2, "{stills:?}");
    let request = review::GetStillRequest { still_id: stills[0].still_id.clone(), purpose: "a test".to_owned() };
    let jpeg = centre.review.get_still(request).await.unwrap().into_inner().jpeg;
    assert_eq!((jpeg.len() as u32, &jpeg[..2]), (stills[0].size_bytes, &[0xff, 0xd8][..]));
    let request =
        review::GetSoundLevelsRequest { stream_id: stream.to_owned(), interval: Some(window), purpose: "a test".to_owned() };
    let levels = centre.review.get_sound_levels(request).await.unwrap().into_inner().levels;
    let rms: Vec<u8> = levels.iter().flat_map(|levels| levels.rms.iter().copied()).collect();
    // Loud is a small number, for it counts downwards from full scale.
    assert!(rms.len() >= 150 && rms.iter().any(|&level| level < 60) && rms.iter().any(|&level| level > 140), "{rms:?}");
}

/// A reference is accepted, and blackness is no longer judged: then no more flags of it come.
async fn a_person_says_how_it_is_judged(site: &Site, centre: &mut Centre, stream: &str, window: Interval) {
    let viewpoint_id = site.declared.cameras[0].viewpoint_id.clone();
    let request = review::ListStillsRequest {
        stream_id: stream.to_owned(),
        interval: Some(window),
        limit: 0,
        purpose: "a test".to_owned(),
    };
    let still_id = centre.review.list_stills(request).await.unwrap().into_inner().stills[0].still_id.clone();
    let request =
        session::AcceptReferenceStillRequest { viewpoint_id: viewpoint_id.clone(), still_id: still_id.clone(), revision: 0 };
    let answer = centre.sessions.accept_reference_still(request).await.unwrap().into_inner();
    let viewpoint = answer.viewpoint.unwrap();
    assert_eq!((viewpoint.reference_still_id, viewpoint.judgement_revision), (still_id, 1));
    assert!(answer.receipt.is_some());
    let off = liuhen_proto::wire::common::v1::Threshold { kind: FlagKind::Black.into(), off: true, milli: None };
    let reason = "the room is a dark room".to_owned();
    let request =
        session::SetThresholdsRequest { viewpoint_id: viewpoint_id.clone(), revision: 1, thresholds: vec![off], reason };
    let viewpoint = centre.sessions.set_thresholds(request.clone()).await.unwrap().into_inner().viewpoint.unwrap();
    assert_eq!((viewpoint.thresholds, viewpoint.judgement_revision), (vec![off], 2));
    let stale = centre.sessions.set_thresholds(request).await.unwrap_err();
    assert_eq!(stale.code(), tonic::Code::Aborted, "{stale}");

    // The next silence is flagged, and the blackness that comes with it is not.
    let now = liuhen_proto::world::Clock::now(&liuhen_proto::world::SystemClock).as_micros();
    let next_silence = async {
        loop {
            let interval = Some(Interval { start_us: now, end_us: now + 600_000_000 });
            let request = review::ListFlagsRequest { viewpoint_id: viewpoint_id.clone(), interval, ..Default::default() };
            let flags = centre.review.list_flags(request).await.unwrap().into_inner().flags;
            let fresh: Vec<_> = flags.into_iter().filter(|flag| flag.start_us > now + 2_000_000).collect();
            if fresh.iter().any(|flag| flag.kind() == FlagKind::Silent && flag.end_us.is_some()) {
                break fresh;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let flags = tokio::time::timeout(Duration::from_secs(90), next_silence).await;
    let flags = flags.unwrap_or_else(|_| panic!("no silence was flagged in 90 s\n{}", site.logs()));
    assert!(flags.iter().all(|flag| flag.kind() != FlagKind::Black), "{flags:#?}");
}
