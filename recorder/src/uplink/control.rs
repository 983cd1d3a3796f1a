//! The `Control` call: a heartbeat every second, and what waits at the site whenever that changes. The centre
//! says on it how it wants the streams to be judged, and which sessions there are.

use std::sync::Arc;
use std::time::Duration;

use liuhen_proto::fragment::ClockSource;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::control_request::Word;
use liuhen_proto::wire::ingest::v1::control_response::Word as Answer;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::clock_words::ClockWords;
use super::{Client, Link, UplinkError};
use crate::spool::PendingStretch;
use crate::status::Reach;

/// The most stretches of one inventory.
const MAX_PENDING: usize = 10_000;
const BEAT: Duration = Duration::from_secs(1);

/// Runs until the call ends.
pub(super) async fn call(link: Link, mut client: Client) -> Result<(), UplinkError> {
    let (words, outgoing) = mpsc::channel(4);
    let mut answers = client.control(ReceiverStream::new(outgoing)).await?.into_inner();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told: Option<pb::Inventory> = None;
    let _heard = Heard(link.reach.clone());
    let mut clock = ClockWords::default();
    loop {
        tokio::select! {
            answer = answers.message() => match answer? {
                Some(pb::ControlResponse { word: Some(Answer::Welcome(word)) }) => welcome(&link, &word),
                Some(pb::ControlResponse { word: Some(Answer::Settings(word)) }) => settings(&link, word).await,
                Some(pb::ControlResponse { word: Some(Answer::Schedule(word)) }) => schedule(&link, word).await,
                Some(pb::ControlResponse { word: Some(Answer::ClockCorrected(word)) }) => clock.answered(&link, &word).await,
                Some(pb::ControlResponse { word: None }) => tracing::debug!("the centre said what this version does not know"),
                None => return Err(UplinkError::Closed),
            },
            _ = beat.tick() => {
                send(&words, Word::Status(status(&link).await)).await?;
                if let Some(word) = clock.next(&link) {
                    send(&words, Word::ClockCorrection(word)).await?;
                }
                let inventory = inventory(&link);
                if told.as_ref() != Some(&inventory) {
                    send(&words, Word::Inventory(inventory.clone())).await?;
                    told = Some(inventory);
                }
            }
        }
    }
}

async fn send(words: &mpsc::Sender<pb::ControlRequest>, word: Word) -> Result<(), UplinkError> {
    words.send(pb::ControlRequest { word: Some(word) }).await.map_err(|_| UplinkError::Closed)
}

/// At the end of the call the centre is no longer heard.
struct Heard(Arc<Reach>);

impl Drop for Heard {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// Keeps the schedule where waiting for the disk harms no one.
async fn schedule(link: &Link, told: pb::Schedule) {
    let (schedule, now) = (link.schedule.clone(), link.wall.current().wall(link.clock.boot_now()));
    if let Err(error) = tokio::task::spawn_blocking(move || schedule.set(&told, now)).await {
        tracing::error!(%error, "the centre's schedule could not be taken");
    }
}

/// Says so where the centre does not know a camera of ours: its footage would be refused.
fn welcome(link: &Link, welcome: &pb::Welcome) {
    link.reach.set(true);
    tracing::info!(recorder.id = welcome.recorder_id, site.id = welcome.site_id, "the centre is reached");
    for status in link.board.statuses(&link.spool) {
        if !welcome.stream_ids.contains(&status.stream_id) {
            tracing::error!(stream.id = status.stream_id, "the centre does not know this camera's stream for our site");
        }
    }
}

/// Keeps the settings where waiting for the disk harms no one.
async fn settings(link: &Link, settings: pb::Settings) {
    let observations = link.observations.clone();
    if let Err(error) = tokio::task::spawn_blocking(move || observations.set_settings(&settings)).await {
        tracing::error!(%error, "the centre's settings could not be taken");
    }
}

async fn status(link: &Link) -> pb::RecorderStatus {
    let spool = link.spool.clone();
    // It looks at the disk.
    let left = tokio::task::spawn_blocking(move || spool.left()).await.ok().flatten();
    let centre = link.centre_clock.get();
    pb::RecorderStatus {
        streams: link.board.statuses(&link.spool),
        spool_bytes: link.spool.used_bytes(),
        spool_quota_bytes: link.spool.quota_bytes(),
        spool_full: link.spool.is_full(),
        clock_step_us: link.wall.take_step_us(),
        centre_offset_us: centre.map(|centre| centre.offset_us),
        centre_error_us: centre.map(|centre| centre.error_us),
        unsealed_bytes: link.spool.unsealed_bytes(),
        backlog_bytes: link.spool.backlog_bytes(),
        spool_left_us: left.map(liuhen_proto::Span::as_micros),
        clock_source: clock_source(link.wall.current().mapping.source).into(),
        clock_mapping: link.wall.current().mapping.version,
        ..Default::default()
    }
}

const fn clock_source(source: ClockSource) -> pb::ClockSource {
    match source {
        ClockSource::Synchronized => pb::ClockSource::Synchronized,
        ClockSource::Unsynchronized => pb::ClockSource::Unsynchronized,
        // No recorder declares times.
        ClockSource::TimeUnproven | ClockSource::Declared => pb::ClockSource::TimeUnproven,
    }
}

fn inventory(link: &Link) -> pb::Inventory {
    let (pending, whole) = link.spool.pending(MAX_PENDING);
    let range = |stretch: PendingStretch| pb::PendingRange {
        stream_id: stretch.stream.to_string(),
        run_id: stretch.run.to_string(),
        first_sequence: stretch.first.get(),
        last_sequence: stretch.last.get(),
        interval: Some(stretch.interval.into()),
    };
    pb::Inventory { pending: pending.into_iter().map(range).collect(), whole }
}
