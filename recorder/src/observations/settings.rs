//! How the centre wants streams to be judged: kept as it came, so that a restart without it changes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use liuhen_proto::Sha256;
use liuhen_proto::ids::StreamId;
use liuhen_proto::judgement::Thresholds;
use liuhen_proto::wire::ingest::v1 as pb;
use prost::Message as _;
use tokio::sync::watch;

use crate::durable;

/// The largest reference still.
const MAX_REFERENCE_BYTES: usize = 256 * 1024;

/// How one stream is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSettings {
    /// Where it differs from the detectors' own.
    pub thresholds: Thresholds,
    /// JPEG that a person accepted as the view from here.
    pub reference: Option<Bytes>,
}

/// How streams are judged; one that is not named is judged by the detectors' own thresholds.
pub type Settings = Arc<BTreeMap<StreamId, StreamSettings>>;

/// The settings, and the file in which they lie.
pub(super) struct SettingsFile {
    path: PathBuf,
    current: watch::Sender<Settings>,
}

impl SettingsFile {
    /// Those that came last.
    pub(super) fn open(path: &Path) -> Self {
        let kept = std::fs::read(path).ok().and_then(|bytes| {
            let read = pb::Settings::decode(bytes.as_slice());
            read.inspect_err(|error| tracing::error!(%error, "the centre's settings on the disk cannot be read; they come again"))
                .ok()
        });
        let settings = kept.as_ref().map(read).unwrap_or_default();
        Self { path: path.to_owned(), current: watch::channel(Arc::new(settings)).0 }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Settings> {
        self.current.subscribe()
    }

    pub(super) fn set(&self, settings: &pb::Settings) {
        let new = Arc::new(read(settings));
        if *self.current.borrow() == new {
            return;
        }
        if let Err(error) = durable::write(&self.path, &settings.encode_to_vec()) {
            tracing::error!(%error, "the centre's settings cannot be kept: they hold until the recorder stops");
        }
        tracing::info!(streams = new.len(), "the centre set how streams are judged");
        self.current.send_replace(new);
    }
}

/// What makes no sense of one stream is told, and the detectors' own way holds there.
fn read(settings: &pb::Settings) -> BTreeMap<StreamId, StreamSettings> {
    let mut all = BTreeMap::new();
    for stream in &settings.streams {
        let Ok(id) = stream.stream_id.parse::<StreamId>() else {
            tracing::warn!(stream.id = stream.stream_id, "the centre sent settings of no stream");
            continue;
        };
        let thresholds = Thresholds::from_wire(&stream.thresholds).unwrap_or_else(|problem| {
            tracing::warn!(stream.id = %id, %problem, "thresholds that make no sense; the detectors' own hold");
            Thresholds::default()
        });
        all.insert(id, StreamSettings { thresholds, reference: reference(id, stream) });
    }
    all
}

fn reference(id: StreamId, settings: &pb::StreamSettings) -> Option<Bytes> {
    let jpeg = &settings.reference_jpeg;
    if jpeg.is_empty() {
        return None;
    }
    if jpeg.len() > MAX_REFERENCE_BYTES || Sha256::of(jpeg).as_bytes()[..] != settings.reference_sha256[..] {
        tracing::warn!(stream.id = %id, bytes = jpeg.len(), "a reference still that is not whole; judged without one");
        return None;
    }
    Some(Bytes::copy_from_slice(jpeg))
}
