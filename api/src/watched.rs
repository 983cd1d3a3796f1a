//! What players report as watched, kept and shown beside the look that it was of.
//!
//! In: reports of the caller's own looks. Out: the same, merged, for those who may see who looked. Always: by the player's
//! own word, so it has no entry and proves nothing; somebody else's look is answered like one that is not there.

use liuhen_archive::Archive;
use liuhen_archive::coverage::union;
use liuhen_archive::records::{Access, AccessKind, Act, Looked, MAX_REPORTED, Reported, Thing, Watched};
use liuhen_proto::ids::{AccessId, StreamId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{Interval, Problem, wire};

use crate::Shared;
use crate::auth::Asking;
use crate::error::records as failed;
use crate::limit::Often;

/// The most stretches that are shown of one look.
const MAX_SHOWN: usize = 100;

/// Keeps a report.
pub(crate) async fn report(shared: &Shared, asking: &Asking, request: pb::ReportWatchedRequest) -> Result<(), Problem> {
    let (archive, id) = (&shared.archive, wire::id::<AccessId>("access_id", &request.access_id)?);
    if request.watched.is_empty() || request.watched.len() > MAX_REPORTED {
        return Err(Problem::field("watched", format!("must be 1 to {MAX_REPORTED} stretches")));
    }
    shared.limits.take(asking.principal(), Often::Report, archive.clock.boot_now())?;
    let look = archive.records.access(id).await.map_err(|error| failed("look the look up", error))?;
    let own = look.filter(|look| look.by == asking.principal().to_string()).ok_or_else(|| Problem::not_found(id))?;
    let Looked::At(stream, within) = own.what.at else {
        return Err(Problem::field("access_id", "is of no footage that a player shows"));
    };
    // Who may watch no longer says nothing more about it.
    asking.about(Thing::Stream(stream), id).await?;
    let read = |(place, watched)| read(&format!("watched[{place}]"), watched, stream, within);
    let watched = request.watched.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let act = Act::new(asking.principal(), archive.clock.now());
    archive.records.report_watched(&act, id, watched).await.map_err(|error| failed("keep what was watched", error))
}

fn read(field: &str, watched: &pb::Watched, stream: StreamId, within: Interval) -> Result<Watched, Problem> {
    let field = |name| format!("{field}.{name}");
    if wire::id::<StreamId>(&field("stream_id"), &watched.stream_id)? != stream {
        return Err(Problem::field(field("stream_id"), format!("is not that of the look, which is {stream}")));
    }
    let interval = wire::interval(&field("interval"), watched.interval.as_ref())?;
    if interval.start() < within.start() || interval.end() > within.end() {
        return Err(Problem::field(field("interval"), "lies outside of the interval that was asked for"));
    }
    if !liuhen_archive::records::SPEEDS_MILLI.contains(&watched.speed_milli) {
        return Err(Problem::field(field("speed_milli"), "must be 100 to 16000: 1000 is as fast as it happened"));
    }
    Ok(Watched { interval, speed_milli: watched.speed_milli })
}

/// What was reported of a look; nothing where nothing was.
pub(crate) async fn of(archive: &Archive, look: &Access) -> Result<Option<pb::WatchedReport>, Problem> {
    let (AccessKind::Clip | AccessKind::Playback, Looked::At(stream, within)) = (look.what.kind, look.what.at) else {
        return Ok(None);
    };
    let reported = archive.records.watched_of(look.id).await.map_err(|error| failed("read what was watched", error))?;
    let Some(newest) = reported.iter().map(|it| it.at).max() else { return Ok(None) };
    let shown = |it: &Reported| pb::Watched {
        stream_id: stream.to_string(),
        interval: Some(it.watched.interval.into()),
        speed_milli: it.watched.speed_milli,
    };
    let each_once = union(within, reported.iter().map(|it| it.watched.interval).collect());
    Ok(Some(pb::WatchedReport {
        watched: reported.iter().take(MAX_SHOWN).map(shown).collect(),
        total_us: each_once.iter().map(|interval| interval.span().as_micros()).sum(),
        reported_us: newest.as_micros(),
        truncated: reported.len() > MAX_SHOWN,
    }))
}
