//! The `Control` call: a heartbeat every second, and what waits at the site whenever that changes. The centre
//! says on it how it wants the streams to be judged.

use std::time::Duration;

use liuhen_proto::fragment::ClockSource;
use liuhen_proto::wire::ingest::v1 as pb;
use liuhen_proto::wire::ingest::v1::control_request::Word;
use liuhen_proto::wire::ingest::v1::control_response::Word as Answer;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{Client, Link, UplinkError};

/// The most stretches of one inventory.
const MAX_PENDING: usize = 10_000;
const BEAT: Duration = Duration::from_secs(1);

/// Runs until the call ends.
pub(super) async fn call(link: Link, mut client: Client) -> Result<(), UplinkError> {
    let (words, outgoing) = mpsc::channel(4);
    let mut answers = client.control(ReceiverStream::new(outgoing)).await?.into_inner();
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told: Option<Vec<pb::PendingRange>> = None;
    loop {
        tokio::select! {
            answer = answers.message() => match answer? {
                Some(pb::ControlResponse { word: Some(Answer::Welcome(word)) }) => welcome(&link, &word),
                Some(pb::ControlResponse { word: Some(Answer::Settings(word)) }) => settings(&link, word).await,
                Some(pb::ControlResponse { word: None }) => tracing::debug!("the centre said what this version does not know"),
                None => return Err(UplinkError::Closed),
            },
            _ = beat.tick() => {
                send(&words, Word::Status(status(&link))).await?;
                let pending = pending(&link);
                if told.as_ref() != Some(&pending) {
                    send(&words, Word::Inventory(pb::Inventory { pending: pending.clone() })).await?;
                    told = Some(pending);
                }
            }
        }
    }
}

async fn send(words: &mpsc::Sender<pb::ControlRequest>, word: Word) -> Result<(), UplinkError> {
    words.send(pb::ControlRequest { word: Some(word) }).await.map_err(|_| UplinkError::Closed)
}

/// Says so where the centre does not know a camera of ours: its footage would be refused.
fn welcome(link: &Link, welcome: &pb::Welcome) {
    tracing::info!(recorder.id = welcome.recorder_id, site.id = welcome.site_id, "the centre is reached");
    for status in link.board.statuses() {
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

fn status(link: &Link) -> pb::RecorderStatus {
    let centre = link.centre_clock.get();
    pb::RecorderStatus {
        streams: link.board.statuses(),
        spool_bytes: link.spool.used_bytes(),
        spool_quota_bytes: link.spool.quota_bytes(),
        spool_full: link.spool.is_full(),
        clock_step_us: link.wall.take_step_us(),
        centre_offset_us: centre.map(|centre| centre.offset_us),
        centre_error_us: centre.map(|centre| centre.error_us),
        unsealed_bytes: link.spool.unsealed_bytes(),
        backlog_bytes: link.spool.backlog_bytes(),
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

fn pending(link: &Link) -> Vec<pb::PendingRange> {
    let pending = link.spool.pending(MAX_PENDING).into_iter();
    pending
        .map(|stretch| pb::PendingRange {
            stream_id: stretch.stream.to_string(),
            run_id: stretch.run.to_string(),
            first_sequence: stretch.first.get(),
            last_sequence: stretch.last.get(),
            interval: Some(stretch.interval.into()),
        })
        .collect()
}
