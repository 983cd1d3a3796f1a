use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use liuhen_proto::ids::{BootId, RecorderId, StreamId};
use liuhen_proto::signing::SigningKey;
use liuhen_proto::world::{Clock, OsRandom, SystemClock};

use super::*;
use crate::clock::WallKeeper;
use crate::config::{Bytes as Size, Pace, SourceConfig, SpoolConfig, SyntheticAudio, SyntheticSource};
use crate::cut::{Fragment, Run, RunIds};
use crate::observations::Observations;
use crate::source::{self, Event};
use crate::spool::{Intake, Spool};
use crate::status::Board;

fn link(directory: &Path, viewing: StreamId) -> Link {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let spool = SpoolConfig {
        directory: directory.to_owned(),
        quota: Size(1 << 30),
        keep_sealed: false,
        segment: Duration::from_secs(60),
        buffer: Size(64 << 20),
    };
    let recorder = RecorderId::mint(clock.now(), &OsRandom);
    Link {
        random: Arc::new(OsRandom),
        wall: Arc::new(WallKeeper::new(clock.clone())),
        spool: Spool::open(spool, recorder, SigningKey::generate(&OsRandom), clock.clone()).unwrap(),
        board: Arc::new(Board::new(clock.clone(), [])),
        observations: Observations::open(directory, 1 << 30).unwrap(),
        viewing: Arc::new(BTreeSet::from([viewing])),
        centre_clock: Arc::default(),
        endpoints: Vec::new(),
        connector: None,
        refused: Arc::default(),
        token: "Bearer t0ken".parse().unwrap(),
        schedule: Arc::new(crate::schedule::Schedule::open(directory)),
        reach: Arc::new(crate::status::Reach::new(clock.clone())),
        limit: Arc::new(super::super::limit::Limit::new(None, clock.boot_now())),
        divided: Arc::default(),
        aside: Arc::default(),
        recorded: tokio_util::sync::CancellationToken::new(),
        clock,
    }
}

/// Ten seconds of a run that goes on, in the spool.
async fn live(link: &Link, stream: StreamId) -> (RunId, Intake) {
    let ids = RunIds { run: RunId::mint(link.clock.now(), &OsRandom), stream, boot: BootId::mint(link.clock.now(), &OsRandom) };
    let (audio, pace) = (SyntheticAudio::None, Pace::Fast);
    let camera = SyntheticSource { width: 16, height: 16, fps: 25, gop: 25, audio, frames: Some(260), pace };
    let mut source = source::open(&SourceConfig::Synthetic(camera), link.clock.clone()).await.unwrap();
    let (mut run, mut fragments): (_, Vec<Fragment>) = (None, Vec::new());
    while let Ok(event) = source.next().await {
        match event {
            Event::Tracks(tracks) => run = Some(Run::begin(ids, &tracks, link.wall.clone()).unwrap()),
            Event::Unit(unit) => fragments.extend(run.as_mut().unwrap().push(&unit).unwrap()),
            _ => {}
        }
    }
    let intake = link.spool.intake(stream).unwrap();
    intake.begin(ids, Bytes::clone(run.unwrap().init()));
    let last = fragments.last().unwrap().header.sequence;
    fragments.into_iter().for_each(|fragment| intake.append(fragment).unwrap());
    let mut changes = link.spool.changes();
    while link.spool.next(ids.run, last, Sequence::FIRST).is_none() {
        changes.changed().await.unwrap();
    }
    (ids.run, intake)
}

#[tokio::test]
async fn what_is_live_to_be_viewed_goes_before_the_evidence_in_fair_turns() {
    let directory = tempfile::tempdir().unwrap();
    let [evidence, other, viewing] = [(); 3].map(|()| StreamId::mint(SystemClock.now(), &OsRandom));
    let link = link(directory.path(), viewing);
    // The oldest first, which is the order without anything to be viewed.
    let runs = [live(&link, evidence).await, live(&link, other).await, live(&link, viewing).await];
    let names = runs.each_ref().map(|(run, _)| run.to_string());
    let mut upload = Upload { link, lanes: BTreeMap::new(), order: Vec::new(), turns: [0; 2] };
    upload.refresh();
    let (mut opened, mut sent) = (Vec::new(), Vec::new());
    while let Some(request) = upload.next().await {
        match request.step {
            Some(Say::OpenRun(open)) => {
                opened.push(names.iter().position(|name| *name == open.run_id).unwrap());
                let limits = (1 << 20, 1 << 20, 64 << 10);
                let (window_bytes, max_fragment_bytes, max_chunk_bytes) = limits;
                let (run_id, held) = (open.run_id, Vec::new());
                let opened = pb::RunOpened { run_id, held, window_bytes, max_fragment_bytes, max_chunk_bytes };
                upload.answer(pb::UploadResponse { answer: Some(Answer::RunOpened(opened)) }).await;
            }
            Some(Say::FragmentHead(head)) => sent.push(names.iter().position(|name| *name == head.run_id).unwrap()),
            _ => {}
        }
    }
    assert_eq!(opened[0], 2);
    let first = sent.iter().take_while(|&&run| run == 2).count();
    assert_eq!(first, sent.iter().filter(|&&run| run == 2).count(), "all to be viewed comes first: {sent:?}");
    assert!(first >= 9 && sent.len() == 3 * first, "and all is sent: {sent:?}");
    let turns = sent[first..].windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(turns >= first, "evidence goes in turn: {sent:?}");
}
