//! Where a candidate was, and what was recorded there.

use std::collections::BTreeSet;
use std::sync::Arc;

use liuhen_archive::coverage;
use liuhen_archive::records::{AccessKind, Looked, NewAccess, Recorded, Thing};
use liuhen_process::fact::Fact;
use liuhen_process::fact::key::Key;
use liuhen_process::trace::{self, Stay};
use liuhen_proto::ids::ViewpointId;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{Interval, Problem};

use super::links::fact;
use super::seen::Seen;
use super::{Trace, Traced};
use crate::access;
use crate::auth::Asking;
use crate::auth::action::Action;
use crate::error::records as failed;
use crate::review::convert;

/// The most looks that are told of a stretch.
const MOST_LOOKS: u32 = 100;

impl Trace {
    pub(super) async fn stays(
        &self,
        asking: &Asking,
        (traced, seen): (&Traced, &mut Seen),
        purpose: Option<&str>,
    ) -> Result<Vec<(Stay, pb::TraceStay)>, Problem> {
        let now = self.shared.archive.clock.now();
        let told = traced.facts.iter().map(|it| (it.case, &it.telling, &it.fact));
        let mut shown = Vec::new();
        for stay in trace::stays(traced.candidate, told, now) {
            let there = self.stay(asking, (&stay, seen), purpose).await?;
            shown.push((stay, there));
        }
        Ok(shown)
    }

    async fn stay(
        &self,
        asking: &Asking,
        (stay, seen): (&Stay, &mut Seen),
        purpose: Option<&str>,
    ) -> Result<pb::TraceStay, Problem> {
        let mut shown = pb::TraceStay {
            session_id: stay.session.to_string(),
            turn: stay.turn,
            room_id: stay.room.to_string(),
            seat: stay.seat.as_ref().map(ToString::to_string).unwrap_or_default(),
            interval: Some(stay.interval.into()),
            ..pb::TraceStay::default()
        };
        let archive = &self.shared.archive;
        let Some(recorded) = seen.recorded(archive, asking, stay.session).await? else { return Ok(shown) };
        let viewpoints = coverage::of_stay(archive, &recorded.expectations, (stay.room, stay.interval)).await;
        let viewpoints = viewpoints.map_err(|error| failed("read what is recorded", error))?;
        let ids: BTreeSet<ViewpointId> = viewpoints.iter().map(|it| it.viewpoint).collect();
        for id in &ids {
            let seats = seen.seats(archive, *id).await?;
            if stay.seat.as_ref().is_some_and(|seat| seats.iter().any(|label| label == seat.as_str())) {
                shown.seat_viewpoint_ids.push(id.to_string());
            }
        }
        let touches = |gap: &&liuhen_archive::records::Gap| {
            let is_over = gap.end.is_some_and(|end| end <= stay.interval.start());
            ids.contains(&gap.viewpoint) && gap.start < stay.interval.end() && !is_over
        };
        shown.gaps = recorded.gaps.iter().filter(touches).map(convert::gap).collect();
        if let Some(purpose) = purpose {
            shown.accesses = self.looks(asking, (stay, purpose), &viewpoints).await?;
        }
        shown.viewpoints = viewpoints.iter().map(convert::viewpoint).collect();
        Ok(shown)
    }

    /// Who looked at what was recorded of it. Whoever may not know learns nothing; this look is noted first.
    async fn looks(
        &self,
        asking: &Asking,
        (stay, purpose): (&Stay, &str),
        viewpoints: &[coverage::ViewpointCoverage],
    ) -> Result<Vec<pb::Access>, Problem> {
        let asking = asking.to_do(Action::ReadAccesses);
        if !asking.sees(Thing::Session(stay.session)).await? {
            return Ok(Vec::new());
        }
        let archive = &self.shared.archive;
        let at = Looked::Session(stay.session);
        access::note(archive, &asking, NewAccess { kind: AccessKind::Accesses, at, purpose: purpose.to_owned() }).await?;
        let streams = viewpoints.iter().flat_map(|viewpoint| &viewpoint.by_stream);
        let mut found = Vec::new();
        for stream in streams {
            let looks = archive.records.accesses_of(stream.stream, stay.interval, MOST_LOOKS).await;
            found.extend(looks.map_err(|error| failed("list looks", error))?);
        }
        found.sort_by_key(|look| std::cmp::Reverse(look.at));
        found.truncate(MOST_LOOKS as usize);
        access::shown(archive, &found).await
    }

    /// Incidents that name the candidate, and those of rooms while the candidate was there; with what was decided.
    pub(super) async fn incidents(
        &self,
        (traced, seen): (&Traced, &mut Seen),
        stays: &[(Stay, pb::TraceStay)],
    ) -> Result<Vec<pb::TraceFact>, Problem> {
        let mut found: Vec<Arc<Recorded>> = Vec::new();
        let own = traced.facts.iter().filter(|it| is_incident(&it.fact)).cloned();
        found.extend(own);
        for (stay, _) in stays {
            let there = seen.of_room(self, (stay.session, stay.room)).await?;
            found.extend(there.iter().filter(|it| touches(it, stay.interval)).cloned());
        }
        let ids: BTreeSet<_> = found
            .iter()
            .filter_map(|it| match &it.fact {
                Fact::IncidentRecorded(recorded) => Some((it.case, recorded.incident)),
                _ => None,
            })
            .collect();
        for (case, incident) in ids {
            found.extend(self.naming(&Key::Incident(incident), Some(case)).await?.into_iter().map(Arc::new));
        }
        found.sort_by_key(|it| (it.telling.occurred, it.case, it.number));
        found.dedup_by_key(|it| (it.case, it.number));
        Ok(found.iter().map(|it| fact(it)).collect())
    }
}

fn is_incident(fact: &Fact) -> bool {
    matches!(fact, Fact::IncidentRecorded(_) | Fact::EquipmentFailed(_))
}

/// What happened in a room and names nobody.
pub(super) fn concerns_all(fact: &Fact) -> bool {
    match fact {
        Fact::IncidentRecorded(it) => it.candidate.is_none(),
        Fact::EquipmentFailed(it) => it.compensations.is_empty(),
        _ => false,
    }
}

/// Whether it happened within a stretch; what lasted, in a part of it.
fn touches(it: &Recorded, stay: Interval) -> bool {
    match &it.fact {
        Fact::EquipmentFailed(failed) => failed.interval.intersect(stay).is_some(),
        _ => stay.contains(it.telling.occurred),
    }
}
