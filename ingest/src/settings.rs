//! How the streams of a site are judged, as its recorder is told over Control.
//!
//! In: what is declared of the site's viewpoints. Out: [`pb::Settings`], at the beginning and again after each
//! change. Always: all of them, since they replace what was sent before; not more often than every
//! [`SHORTEST`]. A reference still that cannot be read is left out: recording and judging go on without it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use liuhen_archive::Archive;
use liuhen_archive::records::{Still, StreamJudgement};
use liuhen_proto::Sha256;
use liuhen_proto::ids::{SiteId, StillId};
use liuhen_proto::wire::ingest::v1 as pb;
use tokio::sync::mpsc;
use tonic::Status;

/// At most so often.
const SHORTEST: Duration = Duration::from_secs(1);
/// Looked at at least so often: another process may have changed it.
const LONGEST: Duration = Duration::from_secs(30);
/// The most bytes of stills in one message. Beyond it streams are told of no reference.
const MAX_STILL_BYTES: usize = 32 * 1024 * 1024;

type Say = mpsc::Sender<Result<pb::ControlResponse, Status>>;

/// Tells the settings of a site until nobody hears any more.
pub(crate) async fn tell(archive: &Archive, site: SiteId, say: &Say) {
    let mut changes = archive.live.judgements();
    let mut told: Option<Vec<StreamJudgement>> = None;
    loop {
        changes.mark_unchanged();
        let read = archive.records.judgement_of_site(site).await;
        let failed = read.is_err();
        match read {
            Ok(now) if told.as_ref() == Some(&now) => {}
            Ok(now) => {
                let word = pb::control_response::Word::Settings(settings(archive, &now).await);
                if say.send(Ok(pb::ControlResponse { word: Some(word) })).await.is_err() {
                    return;
                }
                told = Some(now);
            }
            Err(error) => tracing::warn!(%site, error = %crate::seal::full(&error), "settings are told later"),
        }
        tokio::time::sleep(SHORTEST).await;
        if !failed {
            // Late or changed: both are looked at in the same way.
            let _ = tokio::time::timeout(LONGEST, changes.changed()).await;
        }
    }
}

async fn settings(archive: &Archive, judgements: &[StreamJudgement]) -> pb::Settings {
    let (mut stills, mut bytes) = (HashMap::<StillId, Option<Vec<u8>>>::new(), 0);
    let mut streams = Vec::with_capacity(judgements.len());
    for judgement in judgements {
        let mut settings = pb::StreamSettings {
            stream_id: judgement.stream.to_string(),
            thresholds: judgement.thresholds.to_wire(),
            ..Default::default()
        };
        if let Some(still) = &judgement.reference {
            let jpeg = match stills.entry(still.still) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(jpeg(archive, still).await),
            };
            let jpeg = jpeg.clone();
            if let Some(jpeg) = jpeg.filter(|jpeg| bytes + jpeg.len() <= MAX_STILL_BYTES) {
                bytes += jpeg.len();
                (settings.reference_jpeg, settings.reference_sha256) = (jpeg, still.object.sha256.as_bytes().to_vec());
            } else {
                tracing::warn!(stream = %judgement.stream, still = %still.still, "judged without its reference still");
            }
        }
        streams.push(settings);
    }
    pb::Settings { streams }
}

/// The picture, where it is what was accepted.
async fn jpeg(archive: &Archive, still: &Still) -> Option<Vec<u8>> {
    match archive.objects.get(&still.object_name).await {
        Ok(bytes) if Sha256::of(&bytes) == still.object.sha256 => Some(bytes.into()),
        Ok(_) => {
            tracing::error!(still = %still.still, name = still.object_name, "a still is not what was stored; run `liuhen fsck`");
            None
        }
        Err(error) => {
            tracing::warn!(still = %still.still, error = %crate::seal::full(&error), "a reference still cannot be read");
            None
        }
    }
}
