//! `liuhen.review.v1.ReviewService`: what was recorded, what is missing, and the footage itself.
//!
//! In: requests of people. Out: coverage, gaps, segments, clips, addresses to play from, what was
//! judged, and the custody log. Always: form is checked here, every refusal names its field; coverage comes from what
//! is stored. Not here: how coverage is computed (`liuhen_archive`), the bytes of a clip ([`crate::footage`]).

mod accesses;
pub(crate) mod convert;
mod judged;
mod watch;

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use liuhen_archive::records::{AccessKind, Looked, NewAccess, Thing};
use liuhen_archive::{coverage, records};
use liuhen_proto::ids::{AccessId, SessionId, StreamId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::review::v1::review_service_server::ReviewService;
use liuhen_proto::{Interval, Problem, Span, wire};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::Shared;
use crate::access;
use crate::auth::{Asking, Question};
use crate::duty::{self, Duty};
use crate::error::records as failed;
use crate::limit::Often;
use crate::log;
use crate::playback::Clip;
use crate::refusals;
use crate::session::check;
use crate::watched;

/// The longest clip or playback.
const MAX_FOOTAGE: Span = Span::from_secs(24 * 3600);
/// The longest interval whose segments are listed at once: a year.
const MAX_LISTED: Span = Span::from_secs(366 * 24 * 3600);
/// The most bytes of a clip in one message.
const CHUNK_BYTES: usize = 64 * 1024;

/// The service.
#[derive(Clone)]
pub(crate) struct Review {
    shared: Arc<Shared>,
    shutdown: CancellationToken,
}

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Review {
    pub(crate) fn new(shared: Arc<Shared>, shutdown: CancellationToken) -> Self {
        Self { shared, shutdown }
    }

    fn records(&self) -> &dyn records::Records {
        &*self.shared.archive.records
    }

    /// Holds people to a pace at which footage is taken out.
    fn take_out(&self, asking: &Asking) -> Result<(), Problem> {
        self.shared.limits.take(asking.principal(), Often::Export, self.shared.archive.clock.boot_now())
    }

    /// A stream in the caller's reach.
    async fn known_stream(&self, asking: &Asking, id: &str) -> Result<records::StreamPlace, Problem> {
        let stream: StreamId = wire::id("stream_id", id)?;
        asking.about(Thing::Stream(stream), stream).await?;
        let place = self.records().stream_place(stream).await.map_err(|error| failed("look the stream up", error))?;
        place.ok_or_else(|| Problem::not_found(stream))
    }

    /// Writes the entry of a look by an address to play from: by a duty, or for a purpose. Gives its name, and the question
    /// whether the address still holds.
    async fn look_to_play(
        &self,
        asking: &Asking,
        (place, interval): (&records::StreamPlace, Interval),
        (duty, purpose): (Option<Duty>, &str),
    ) -> Result<(Option<AccessId>, Question), Problem> {
        let (archive, still) = (&self.shared.archive, self.shared.auth.question(asking));
        if let Some(duty) = duty {
            self.take_out(asking)?;
            let access = self.shared.duties.note(archive, asking, &duty, (place.stream, interval)).await?;
            return Ok((access, duty.question(archive, still)));
        }
        let purpose = access::purpose(purpose)?;
        self.take_out(asking)?;
        let look = NewAccess { kind: AccessKind::Playback, at: Looked::At(place.stream, interval), purpose };
        Ok((Some(access::note(archive, asking, look).await?), still))
    }

    /// Segments, and whether there are more.
    async fn segments(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<(Vec<records::Segment>, bool), Problem> {
        let listed = |interval, limit| async move {
            self.records().segments_in(stream, interval, limit).await.map_err(|error| failed("list segments", error))
        };
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut segments = listed(interval, limit.saturating_add(1).min(records::MAX_ROWS)).await?;
        if segments.len() > wanted {
            segments.truncate(wanted);
            return Ok((segments, true));
        }
        let Some(last) = segments.last().filter(|_| segments.len() == wanted) else { return Ok((segments, false)) };
        // As many as a lookup may give: whether more follow, only another one tells.
        let rest = Interval::new(last.interval.start(), interval.end())
            .map_err(|error| Problem::field("interval", error.to_string()))?;
        let rest = listed(rest, records::MAX_ROWS).await?;
        let is_new = |other: &records::Segment| !segments.iter().any(|one| (one.run, one.first) == (other.run, other.first));
        let truncated = rest.iter().any(is_new);
        Ok((segments, truncated))
    }
}

#[tonic::async_trait]
impl ReviewService for Review {
    async fn list_flags(&self, request: Request<pb::ListFlagsRequest>) -> Answer<pb::ListFlagsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.flags(&asking, request.into_inner()).await?))
    }

    async fn list_stills(&self, request: Request<pb::ListStillsRequest>) -> Answer<pb::ListStillsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.stills(&asking, request.into_inner()).await?))
    }

    async fn get_still(&self, request: Request<pb::GetStillRequest>) -> Answer<pb::GetStillResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.still(&asking, request.into_inner()).await?))
    }

    async fn get_sound_levels(&self, request: Request<pb::GetSoundLevelsRequest>) -> Answer<pb::GetSoundLevelsResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.levels(&asking, request.into_inner()).await?))
    }

    async fn list_accesses(&self, request: Request<pb::ListAccessesRequest>) -> Answer<pb::ListAccessesResponse> {
        let asking = Asking::of(&request)?;
        Ok(Response::new(self.accesses(&asking, request.into_inner()).await?))
    }

    async fn report_watched(&self, request: Request<pb::ReportWatchedRequest>) -> Answer<pb::ReportWatchedResponse> {
        let asking = Asking::of(&request)?;
        watched::report(&self.shared, &asking, request.into_inner()).await?;
        Ok(Response::new(pb::ReportWatchedResponse {}))
    }

    async fn list_refusals(&self, request: Request<pb::ListRefusalsRequest>) -> Answer<pb::ListRefusalsResponse> {
        Asking::of(&request)?.everywhere()?;
        Ok(Response::new(refusals::list(&self.shared.archive, request.get_ref().limit).await?))
    }

    async fn get_coverage(&self, request: Request<pb::GetCoverageRequest>) -> Answer<pb::GetCoverageResponse> {
        let session: SessionId = wire::id("session_id", &request.get_ref().session_id)?;
        Asking::of(&request)?.about(Thing::Session(session), session).await?;
        let coverage = watch::read(&self.shared.archive, session).await?;
        Ok(Response::new(pb::GetCoverageResponse { coverage: Some(coverage) }))
    }

    type WatchCoverageStream = Answers<pb::WatchCoverageResponse>;

    async fn watch_coverage(&self, request: Request<pb::WatchCoverageRequest>) -> Answer<Self::WatchCoverageStream> {
        let session: SessionId = wire::id("session_id", &request.get_ref().session_id)?;
        Asking::of(&request)?.about(Thing::Session(session), session).await?;
        let watched = watch::watch(self.shared.archive.clone(), session, self.shutdown.clone()).await?;
        let answers = watched.map_ok(|coverage| pb::WatchCoverageResponse { coverage: Some(coverage) }).map_err(Status::from);
        Ok(Response::new(answers.boxed()))
    }

    async fn list_gaps(&self, request: Request<pb::ListGapsRequest>) -> Answer<pb::ListGapsResponse> {
        let id: SessionId = wire::id("session_id", &request.get_ref().session_id)?;
        Asking::of(&request)?.about(Thing::Session(id), id).await?;
        let session = self.records().session(id).await.map_err(|error| failed("read the session", error))?;
        session.ok_or_else(|| Problem::not_found(id))?;
        let gaps = self.records().gaps_of(id).await.map_err(|error| failed("list gaps", error))?;
        Ok(Response::new(pb::ListGapsResponse { gaps: gaps.iter().map(convert::gap).collect() }))
    }

    async fn list_segments(&self, request: Request<pb::ListSegmentsRequest>) -> Answer<pb::ListSegmentsResponse> {
        let asking = Asking::of(&request)?;
        let request = request.into_inner();
        let stream = self.known_stream(&asking, &request.stream_id).await?.stream;
        let limit = check::limit(request.limit, records::MAX_ROWS)?;
        let interval = check::bounded("interval", request.interval.as_ref(), MAX_LISTED, "a year")?;
        let (segments, truncated) = self.segments(stream, interval, limit).await?;
        Ok(Response::new(pb::ListSegmentsResponse { segments: segments.iter().map(convert::segment).collect(), truncated }))
    }

    type ReadClipStream = Answers<pb::ReadClipResponse>;

    async fn read_clip(&self, request: Request<pb::ReadClipRequest>) -> Answer<Self::ReadClipStream> {
        let asking = Asking::of(&request)?;
        let request = request.into_inner();
        let place = self.known_stream(&asking, &request.stream_id).await?;
        let interval = check::bounded("interval", request.interval.as_ref(), MAX_FOOTAGE, "24 hours")?;
        let purpose = access::purpose(&request.purpose)?;
        self.take_out(&asking)?;
        let clip = Clip::plan(&self.shared, place.stream, interval).await?;
        let look = NewAccess { kind: AccessKind::Clip, at: Looked::At(place.stream, interval), purpose };
        let access = access::note(&self.shared.archive, &asking, look).await?;
        let info = pb::ClipInfo {
            interval: Some(clip.interval().into()),
            size_bytes: clip.size_bytes(),
            missing: clip.missing(interval).into_iter().map(Into::into).collect(),
            codecs: clip.codecs(),
            trust: convert::trust(place.trust),
            access_id: access.to_string(),
        };
        let info = pb::ReadClipResponse { part: Some(pb::read_clip_response::Part::Info(info)) };
        let bytes = clip.bytes(0..clip.size_bytes()).map_err(Status::from);
        let data = bytes.map_ok(|bytes| futures_util::stream::iter(chunks(bytes).map(Ok::<_, Status>))).try_flatten();
        let data = data.map_ok(|data| pb::ReadClipResponse { part: Some(pb::read_clip_response::Part::Data(data)) });
        Ok(Response::new(futures_util::stream::iter([Ok(info)]).chain(data).boxed()))
    }

    async fn open_playback(&self, request: Request<pb::OpenPlaybackRequest>) -> Answer<pb::OpenPlaybackResponse> {
        let asking = Asking::of(&request)?;
        let peer = request.extensions().get().copied();
        let request = request.into_inner();
        let place = self.known_stream(&asking, &request.stream_id).await?;
        let interval = check::bounded("interval", request.interval.as_ref(), MAX_FOOTAGE, "24 hours")?;
        let archive = &self.shared.archive;
        let duty = match request.purpose.trim() {
            "" => duty::of(archive, &asking, &place, interval).await?,
            _ => None,
        };
        let (access, still) = self.look_to_play(&asking, (&place, interval), (duty, &request.purpose)).await?;
        let world = (&*archive.clock, &*archive.random);
        let what = (place.stream, interval, place.trust);
        let to = (asking.principal(), peer, still);
        let (ticket, expires) = self.shared.tickets.issue(world, to, what, self.shared.ticket_lifetime);
        let base = format!("/v1/play/{}", ticket.to_text());
        Ok(Response::new(pb::OpenPlaybackResponse {
            hls_path: format!("{base}/index.m3u8"),
            mp4_path: format!("{base}/clip.mp4"),
            expires_us: expires.as_micros(),
            trust: convert::trust(place.trust),
            access_id: access.map_or_else(String::new, |access| access.to_string()),
        }))
    }

    async fn list_entries(&self, request: Request<pb::ListEntriesRequest>) -> Answer<pb::ListEntriesResponse> {
        let asking = Asking::of(&request)?;
        let request = request.into_inner();
        let limit = check::limit(request.limit, records::MAX_ROWS)?;
        if request.subject.len() > 256 {
            return Err(Problem::field("subject", "is longer than an id").into());
        }
        let subject = Some(request.subject.as_str()).filter(|subject| !subject.is_empty());
        log::may_read(&asking, subject.unwrap_or_default()).await?;
        let entries = self.records().entries(request.from_index, subject, limit).await;
        let entries = entries.map_err(|error| failed("list entries", error))?;
        // Read after the entries, so that it holds them all.
        let head = self.records().head().await.map_err(|error| failed("read the head of the log", error))?;
        let entry = |entry: records::Entry| pb::Entry { index: entry.index, envelope: entry.envelope };
        Ok(Response::new(pb::ListEntriesResponse {
            entries: entries.into_iter().map(entry).collect(),
            tree_size: head.size,
            root_hash: head.root.as_bytes().to_vec(),
        }))
    }
}

/// Without copying.
fn chunks(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let size = bytes.len().min(CHUNK_BYTES);
        (size > 0).then(|| bytes.split_to(size))
    })
}

/// What is not stored of an interval, though a frame's length may be missing anywhere.
pub(crate) fn missing(interval: Interval, stored: Vec<Interval>) -> Vec<Interval> {
    let covered = coverage::union(interval, stored);
    coverage::missing(interval, &covered, interval.end(), coverage::JOIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_bounded_and_lose_nothing() {
        let bytes = Bytes::from((0..200_000u32).map(|n| n as u8).collect::<Vec<_>>());
        let parts: Vec<_> = chunks(bytes.clone()).collect();
        assert!(parts.iter().all(|part| !part.is_empty() && part.len() <= CHUNK_BYTES));
        assert_eq!(parts.concat(), bytes);
    }
}
