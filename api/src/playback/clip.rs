//! One MP4 file of an interval, which exists only as a plan.
//!
//! In: a stream and an interval. Out: its length, its ETag, and the bytes of any range. Always: under one
//! ticket the file stays as it was when first asked for (while its plan is kept), so the ranges of one
//! player fit together while more is recorded. Kept: at most [`MAX_PLANS`] plans of [`MAX_FRAGMENTS`]
//! fragments in all; the one used longest ago goes first.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use axum::response::Response;
use bytes::Bytes;
use futures_util::Stream;
use http::request::Parts;
use liuhen_media::virtual_mp4::{self, ConfigurationPart, Plan, PlanError};
use liuhen_proto::ids::StreamId;
use liuhen_proto::{Code, Interval, Problem};
use serde_json::json;

use super::reply::{Content, FOR_EVER};
use super::{Grant, Refusal, Ticket};
use crate::footage::Footage;
use crate::{Shared, error, review};

/// The most plans that are kept.
const MAX_PLANS: usize = 64;
/// The most fragments of all plans that are kept: some 200 MB.
const MAX_FRAGMENTS: usize = 500_000;

/// A file that exists only as a plan.
pub(crate) struct Clip {
    footage: Arc<Footage>,
    plan: Arc<Plan>,
}

/// Why there is no such file.
pub(super) enum NoClip {
    Problem(Problem),
    Mixed(Vec<ConfigurationPart>),
}

impl From<NoClip> for Problem {
    fn from(no: NoClip) -> Self {
        match no {
            NoClip::Problem(problem) => problem,
            NoClip::Mixed(parts) => mixed(&parts),
        }
    }
}

impl Clip {
    /// Plans the file of a stream's interval.
    pub(crate) async fn plan(shared: &Shared, stream: StreamId, interval: Interval) -> Result<Self, Problem> {
        Self::try_plan(shared, stream, interval).await.map_err(Problem::from)
    }

    async fn try_plan(shared: &Shared, stream: StreamId, interval: Interval) -> Result<Self, NoClip> {
        let footage = Footage::gather(&shared.archive, &shared.inits, stream, interval).await.map_err(NoClip::Problem)?;
        match virtual_mp4::plan(stream, &footage.pieces, interval) {
            Ok(plan) => Ok(Self { footage: Arc::new(footage), plan: Arc::new(plan) }),
            Err(PlanError::Nothing) => Err(NoClip::Problem(nothing())),
            Err(PlanError::Mixed(parts)) => Err(NoClip::Mixed(parts)),
        }
    }

    /// What it really holds.
    pub(crate) fn interval(&self) -> Interval {
        self.plan.interval()
    }

    /// Its length.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.plan.size_bytes()
    }

    /// Where nothing is stored within the interval.
    pub(crate) fn missing(&self, interval: Interval) -> Vec<Interval> {
        review::missing(interval, self.footage.stored())
    }

    /// RFC 6381 codecs, comma separated.
    pub(crate) fn codecs(&self) -> String {
        let touches = |piece: &&liuhen_media::select::Piece| {
            piece.fragments.iter().any(|fragment| fragment.interval().intersect(self.plan.interval()).is_some())
        };
        let piece = self.footage.pieces.iter().find(touches);
        let codecs = piece.map(|piece| piece.info.tracks.iter().map(|track| track.codec()).collect::<Vec<_>>());
        codecs.unwrap_or_default().join(",")
    }

    /// The bytes of a range.
    pub(crate) fn bytes(&self, range: Range<u64>) -> impl Stream<Item = Result<Bytes, Problem>> + Send + use<> {
        let plan = self.plan.clone();
        self.footage.clone().stream(range, move |block| plan.slices(block).collect())
    }

    fn weight(&self) -> usize {
        self.footage.pieces.iter().map(|piece| piece.fragments.len()).sum()
    }
}

/// Plans by ticket, the one used last at the end.
#[derive(Default)]
pub(crate) struct Clips(Mutex<Vec<(Ticket, Arc<Clip>)>>);

impl Clips {
    fn get(&self, ticket: Ticket) -> Option<Arc<Clip>> {
        let mut kept = self.0.lock().expect("no one panics while holding the plans");
        let place = kept.iter().position(|(of, _)| *of == ticket)?;
        let found = kept.remove(place);
        let clip = found.1.clone();
        kept.push(found);
        Some(clip)
    }

    /// Where two asked at once, the first plan is the file.
    fn keep(&self, ticket: Ticket, clip: Arc<Clip>) -> Arc<Clip> {
        if let Some(known) = self.get(ticket) {
            return known;
        }
        let mut kept = self.0.lock().expect("no one panics while holding the plans");
        kept.push((ticket, clip.clone()));
        while kept.len() > 1 && (kept.len() > MAX_PLANS || kept.iter().map(|(_, c)| c.weight()).sum::<usize>() > MAX_FRAGMENTS) {
            kept.remove(0);
        }
        clip
    }
}

pub(super) async fn serve(shared: &Arc<Shared>, ticket: Ticket, grant: &Grant, request: &Parts) -> Result<Response, Refusal> {
    let clip = match shared.clips.get(ticket) {
        Some(clip) => clip,
        None => match Clip::try_plan(shared, grant.stream, grant.interval).await {
            Ok(clip) => shared.clips.keep(ticket, Arc::new(clip)),
            Err(NoClip::Problem(problem)) => return Err(problem.into()),
            Err(NoClip::Mixed(parts)) => return Err(Refusal::Answer(Box::new(mixed_answer(&parts)))),
        },
    };
    let content = Content { kind: "video/mp4", etag: clip.plan.etag(), cache: FOR_EVER, len: clip.size_bytes() };
    Ok(content.answer(request, |range| clip.bytes(range)))
}

fn nothing() -> Problem {
    let message = "nothing is stored in this interval: look at the coverage of the session for what is";
    Problem::new(Code::NotFound, message, "该时间段内没有录像，请查看场次的录像覆盖情况")
}

fn mixed(parts: &[ConfigurationPart]) -> Problem {
    let list = |part: &ConfigurationPart| {
        format!("{} to {} µs ({})", part.interval.start().as_micros(), part.interval.end().as_micros(), part.codecs)
    };
    let list = parts.iter().take(20).map(list).collect::<Vec<_>>().join("; ");
    let message = format!("the codec configuration changes within the interval; ask for each part on its own: {list}");
    Problem::new(Code::FailedPrecondition, message, format!("该时间段内编码参数有变化，请分段获取：{list}"))
}

fn mixed_answer(parts: &[ConfigurationPart]) -> Response {
    let part = |part: &ConfigurationPart| {
        json!({
            "run_id": part.run,
            "start_us": part.interval.start().as_micros(),
            "end_us": part.interval.end().as_micros(),
            "init_sha256": part.init,
            "codecs": part.codecs,
        })
    };
    let mut body = serde_json::Map::new();
    body.insert("parts".to_owned(), parts.iter().map(part).collect());
    error::with_body(&mixed(parts), body)
}
