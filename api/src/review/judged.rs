//! What was judged of footage: flags, stills, sound levels. Stills and levels are derived data, no evidence.
//!
//! Always: a JPEG is given only where it is what was stored; levels are cut to what was asked for.

use liuhen_archive::records::{self, AccessKind, Flag, Levels, MAX_ROWS, Still, Thing};
use liuhen_proto::ids::{SessionId, StillId, StreamId, ViewpointId};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{Code, Interval, Problem, Sha256, Span, wire};

use super::{MAX_FOOTAGE, MAX_LISTED, Review, convert, failed};
use crate::access;
use crate::auth::Asking;
use crate::session::check;

impl Review {
    pub(super) async fn flags(&self, asking: &Asking, request: pb::ListFlagsRequest) -> Result<pb::ListFlagsResponse, Problem> {
        let limit = check::limit(request.limit, MAX_ROWS)?;
        let windows = match (request.session_id.as_str(), request.viewpoint_id.as_str()) {
            (session, "") if !session.is_empty() => self.windows(asking, session, &request).await?,
            ("", viewpoint) if !viewpoint.is_empty() => vec![self.stretch(asking, viewpoint, &request).await?],
            _ => return Err(Problem::field("session_id", "give it or viewpoint_id, and not both")),
        };
        let (mut flags, mut truncated) = (Vec::new(), false);
        for (viewpoint, interval) in windows {
            let (found, more) = self.flags_at(viewpoint, interval, limit).await?;
            flags.extend(found);
            truncated |= more;
        }
        flags.sort_by_key(|flag| (flag.report.start, flag.report.flag));
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        truncated |= flags.len() > wanted;
        flags.truncate(wanted);
        Ok(pb::ListFlagsResponse { flags: flags.iter().map(convert::flag).collect(), truncated })
    }

    /// Each viewpoint of a session, with its window.
    async fn windows(
        &self,
        asking: &Asking,
        session: &str,
        request: &pb::ListFlagsRequest,
    ) -> Result<Vec<(ViewpointId, Interval)>, Problem> {
        let id: SessionId = wire::id("session_id", session)?;
        asking.about(Thing::Session(id), id).await?;
        if request.interval.is_some() {
            return Err(Problem::field("interval", "goes with viewpoint_id; a session is looked at within its windows"));
        }
        let session = self.records().session(id).await.map_err(|error| failed("read the session", error))?;
        let windows = session.ok_or_else(|| Problem::not_found(id))?.windows;
        Ok(windows.into_iter().map(|window| (window.viewpoint, window.interval)).collect())
    }

    /// A viewpoint that is there, in the interval that was asked for.
    async fn stretch(
        &self,
        asking: &Asking,
        viewpoint: &str,
        request: &pb::ListFlagsRequest,
    ) -> Result<(ViewpointId, Interval), Problem> {
        let viewpoint: ViewpointId = wire::id("viewpoint_id", viewpoint)?;
        asking.about(Thing::Viewpoint(viewpoint), viewpoint).await?;
        let interval = check::bounded("interval", request.interval.as_ref(), MAX_LISTED, "a year")?;
        let found = self.records().viewpoint(viewpoint).await.map_err(|error| failed("look the viewpoint up", error))?;
        found.map(|_| (viewpoint, interval)).ok_or_else(|| Problem::not_found(viewpoint))
    }

    /// Flags, and whether there are more.
    async fn flags_at(&self, viewpoint: ViewpointId, interval: Interval, limit: u32) -> Result<(Vec<Flag>, bool), Problem> {
        let asked = limit.saturating_add(1).min(MAX_ROWS);
        let flags = self.records().flags_in(viewpoint, interval, asked).await;
        let flags = flags.map_err(|error| failed("list flags", error))?;
        // As many as a lookup may give: there may be more, and who asks for less time learns it.
        let full = flags.len() >= MAX_ROWS as usize;
        Ok((flags, full))
    }

    /// The entry of a look at what was made of a stream.
    async fn look(
        &self,
        asking: &Asking,
        (kind, stream, interval): (AccessKind, StreamId, Interval),
        purpose: &str,
    ) -> Result<(), Problem> {
        let purpose = access::purpose(purpose)?;
        self.shared.looks.note(&self.shared.archive, asking, (kind, stream, interval, purpose)).await
    }

    pub(super) async fn stills(
        &self,
        asking: &Asking,
        request: pb::ListStillsRequest,
    ) -> Result<pb::ListStillsResponse, Problem> {
        let stream = self.known_stream(asking, &request.stream_id).await?.stream;
        let limit = check::limit(request.limit, MAX_ROWS)?;
        let interval = check::bounded("interval", request.interval.as_ref(), MAX_LISTED, "a year")?;
        self.look(asking, (AccessKind::Stills, stream, interval), &request.purpose).await?;
        let stills = self.stills_in(stream, interval, limit).await?;
        let rest = stills.last().filter(|_| stills.len() >= limit as usize);
        let rest = rest.and_then(|last| Interval::new(last.taken.after(Span::from_micros(1)), interval.end()).ok());
        let truncated = match rest {
            Some(rest) => !self.stills_in(stream, rest, 1).await?.is_empty(),
            None => false,
        };
        Ok(pb::ListStillsResponse { stills: stills.iter().map(convert::still).collect(), truncated })
    }

    async fn stills_in(&self, stream: StreamId, interval: Interval, limit: u32) -> Result<Vec<Still>, Problem> {
        self.records().stills_in(stream, interval, limit).await.map_err(|error| failed("list stills", error))
    }

    pub(super) async fn still(&self, asking: &Asking, request: pb::GetStillRequest) -> Result<pb::GetStillResponse, Problem> {
        let id: StillId = wire::id("still_id", &request.still_id)?;
        asking.about(Thing::Still(id), id).await?;
        let still = self.records().still(id).await.map_err(|error| failed("look the still up", error))?;
        let still = still.ok_or_else(|| Problem::not_found(id))?;
        let moment = Interval::new(still.taken, still.taken.after(Span::from_micros(1)));
        let moment = moment.map_err(|error| crate::error::fault("say when a still was taken", &error))?;
        self.look(asking, (AccessKind::Stills, still.stream, moment), &request.purpose).await?;
        let jpeg = self.shared.archive.objects.get(&still.object_name).await;
        let jpeg = jpeg.map_err(|error| failed("read the still", error))?;
        if Sha256::of(&jpeg) != still.object.sha256 {
            tracing::error!(%id, name = still.object_name, "a still is not what was stored");
            let message = format!("{id} is not what was stored; run `liuhen fsck`");
            return Err(Problem::new(Code::DataLoss, message, format!("{id} 与入库时不符，请运行 liuhen fsck 核查")));
        }
        Ok(pb::GetStillResponse { still: Some(convert::still(&still)), jpeg: jpeg.into() })
    }

    pub(super) async fn levels(
        &self,
        asking: &Asking,
        request: pb::GetSoundLevelsRequest,
    ) -> Result<pb::GetSoundLevelsResponse, Problem> {
        let stream = self.known_stream(asking, &request.stream_id).await?.stream;
        let interval = check::bounded("interval", request.interval.as_ref(), MAX_FOOTAGE, "24 hours")?;
        self.look(asking, (AccessKind::Levels, stream, interval), &request.purpose).await?;
        let levels = self.records().levels_in(stream, interval).await;
        let levels = levels.map_err(|error| failed("read sound levels", error))?;
        Ok(pb::GetSoundLevelsResponse { levels: levels.into_iter().filter_map(|levels| cut(levels, interval)).collect() })
    }
}

/// The levels that begin within the interval, or reach into it.
fn cut(mut levels: Levels, interval: Interval) -> Option<pb::SoundLevels> {
    let each = records::LEVEL.as_micros();
    let before = interval.start().as_micros().saturating_sub(levels.start.as_micros()).div_euclid(each).max(0);
    let until = interval.end().as_micros().saturating_sub(levels.start.as_micros() - (each - 1)).div_euclid(each).max(0);
    let count = levels.rms.len().min(levels.peak.len());
    let place = |level: i64| usize::try_from(level).unwrap_or(usize::MAX).min(count);
    let (first, last) = (place(before), place(until));
    let taken = |bytes: Vec<u8>| bytes.get(first..last).map(<[u8]>::to_vec).filter(|bytes| !bytes.is_empty());
    let (rms, peak) = (taken(std::mem::take(&mut levels.rms))?, taken(std::mem::take(&mut levels.peak))?);
    let start = levels.start.after(records::LEVEL.times(u32::try_from(first).ok()?));
    Some(pb::SoundLevels { run_id: levels.run.to_string(), start_us: start.as_micros(), rms, peak })
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;
    use liuhen_proto::ids::RunId;
    use liuhen_proto::world::SeededRandom;

    #[test]
    fn levels_are_cut_to_what_was_asked_for() {
        let (random, zero) = (SeededRandom::new(1), Timestamp::from_micros(0));
        let (stream, run) = (StreamId::mint(zero, &random), RunId::mint(zero, &random));
        let rms: Vec<u8> = (0..100).collect();
        let of = |from_us: i64, to_us: i64| {
            let levels = Levels { stream, run, start: Timestamp::from_micros(1_000_000), rms: rms.clone(), peak: rms.clone() };
            let interval = Interval::new(Timestamp::from_micros(from_us), Timestamp::from_micros(to_us)).unwrap();
            cut(levels, interval).map(|levels| (levels.start_us, levels.rms))
        };
        assert_eq!(of(0, 99_000_000), Some((1_000_000, rms.clone())));
        assert_eq!(of(2_000_000, 2_200_000), Some((2_000_000, vec![10, 11])));
        assert_eq!(of(2_050_000, 2_200_001), Some((2_000_000, vec![10, 11, 12])), "what reaches into it");
        assert_eq!(of(0, 1_100_000), Some((1_000_000, vec![0])));
        assert_eq!((of(0, 1_000_000), of(11_000_000, 12_000_000)), (None, None));
    }
}
