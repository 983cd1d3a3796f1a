//! `fsck` reads every table on every back-end.

use std::sync::Arc;

use liuhen_archive::fsck::FindingKind;
use liuhen_archive::records::{
    AlarmChange, ClockName, EndReason, FlagReport, GapCause, GapChange, GapKind, NewSegment, NewStill, RunEnd,
};
use liuhen_archive::{Archive, Live, Objects, fsck};
use liuhen_proto::world::{ManualClock, SeededRandom};

use crate::corrected::word;
use crate::file::{correction, file, register};
use crate::judged::{flag, still, thresholds};
use crate::world::{World, at};

pub(crate) async fn rows_agree_with_their_entries(world: &World) {
    let session = world.session(0, 600).await;
    let reason = "补时".to_owned();
    world.records.revise_session(&world.act(1), session.id, 1, vec![world.window(0, 700)], reason).await.unwrap();
    for seconds in 0..3 {
        let run = world.run(seconds).await;
        let segments = vec![world.segment(run, 0, 30, 60 * seconds), world.segment(run, 30, 1, 60 * seconds + 60)];
        world.records.seal_segments(&world.act(500), segments).await.unwrap();
        let end = RunEnd { fragments: 31, reason: EndReason::Stopped };
        world.records.end_run(&world.act(501), run, end).await.unwrap();
    }
    for end in [None, Some(at(230)), Some(at(200))] {
        let (viewpoint, kind, cause) = (world.viewpoint.id, GapKind::NoPicture, GapCause::StoppedOnPurpose);
        let open = GapChange::Open { session: session.id, viewpoint, kind, cause, start: at(200), end };
        world.records.change_gaps(&world.act(206), vec![open]).await.unwrap();
    }
    let (by, viewpoint) = (world.act(300), world.viewpoint.id);
    world.records.set_thresholds(&by, viewpoint, 0, thresholds(), "夜间教室".to_owned()).await.unwrap();
    let still = world.records.add_still(still(world, 10)).await.unwrap();
    world.records.add_still(NewStill { taken: at(11), ..crate::judged::still(world, 12) }).await.unwrap();
    world.records.accept_reference(&by, viewpoint, 1, still.still).await.unwrap();
    let flag = flag(world, 100);
    for (version, end) in [(1, None), (2, None), (3, Some(at(130)))] {
        let report = FlagReport { version, end, seen: at(100 + 10 * i64::from(version)), ..flag.clone() };
        world.records.report_flags(&by, vec![report]).await.unwrap().pop().unwrap().unwrap();
    }
    let raised = AlarmChange::Open(crate::alarms::silent(world));
    let alarm = world.records.change_alarms(&by, vec![raised]).await.unwrap().remove(0).id;
    world.records.acknowledge_alarm(&by, alarm, String::new(), "看到了".to_owned()).await.unwrap();
    world.records.change_alarms(&by, vec![AlarmChange::Close { alarm }]).await.unwrap();
    let key = register(world).await;
    let import = world.records.take_import(&by, file(world, &key, 600, 2)).await.unwrap().value;
    world.records.correct_import(&by, correction(&import, 2, 0, &key)).await.unwrap();
    let run = world.new_run(20);
    world.records.open_run(&by, run.clone()).await.unwrap();
    let clock = ClockName { recorder: world.recorder.id, boot: run.boot, mapping: 2 };
    for (first, seconds, shift_us) in [(0, 300, 60_000_000), (30, 360, -90_000_000)] {
        let segment = NewSegment { clock_mapping: Some(2), ..world.segment(run.run, first, 30, seconds) };
        world.records.seal_segments(&by, vec![segment]).await.unwrap().remove(0).unwrap();
        let revision = u32::try_from(first).unwrap() + 1;
        world.records.correct_clock(&by, word(clock, revision, shift_us, &world.key)).await.unwrap();
    }
    crate::people::all_kinds(world).await;
    crate::process::all_kinds(world).await;
    // What players say has no entry, and nothing is asked about it.
    crate::watched::what_players_report_is_kept_beside_the_look(world).await;
    crate::machines::all_kinds(world).await;
    crate::neighbours::all_kinds(world).await;
    crate::identities::all_kinds(world).await;
    crate::logins::all_kinds(world).await;
    crate::supervision::all_kinds(world).await;
    let directory = tempfile::tempdir().unwrap();
    let archive = Archive {
        records: world.records.clone(),
        objects: Objects::open(directory.path()).unwrap(),
        live: Live::new(at(0)),
        clock: Arc::new(ManualClock::at(at(0))),
        random: Arc::new(SeededRandom::new(1)),
    };
    let report = fsck(&archive, &mut |_| {}).await.unwrap();
    // No objects were stored in this test; all the rest agrees.
    let missing = [FindingKind::ObjectMissing, FindingKind::ManifestMissing, FindingKind::DerivedMissing];
    let other: Vec<_> = report.findings.iter().filter(|finding| !missing.contains(&finding.kind)).collect();
    assert_eq!((other, report.found), (Vec::new(), 2 * 10 + 3));
    assert_eq!((report.checked.segments, report.checked.entries), (10, world.records.head().await.unwrap().size));
}
