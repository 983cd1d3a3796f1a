//! Lots for invigilators: announced with a commitment, drawn after witnesses have spoken, recorded as facts.
//!
//! Always: the seed follows from keys outside the database and from session, number and lottery, so it is the same after
//! a restart and nobody who reads the database can foretell it; who may not serve where follows from the relations that
//! were declared. Not here: the draw itself (`liuhen_process::lots`).

use liuhen_archive::records::{Known, NewFact};
use liuhen_process::case::CaseId;
use liuhen_process::fact::Fact;
use liuhen_process::fact::plan::{LotsCommitted, LotsDrawn};
use liuhen_process::fact::words::RelationKind;
use liuhen_process::lots::{
    Announcement, Contribution, Contributions, Entropy, Exclusion, Held, Lottery, Member, Reason, Recusal, RoomPlaces, Seed,
    next_draw,
};
use liuhen_process::text::Text;
use liuhen_proto::ids::{RoomId, SessionId, StaffId};
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Code, Problem, wire};

use super::Process;
use crate::auth::Asking;

/// The most rooms and people of one call.
const MOST: usize = 500;

fn refuse(field: &str) -> impl Fn(String, String) -> Problem {
    move |english, chinese| Problem::field_in_both(field, english, chinese)
}

/// Who may not serve in which of the rooms.
fn exclusions(known: &Known, staff: StaffId, rooms: &[RoomPlaces]) -> Vec<Exclusion> {
    let (batch, session) = (&known.view.batch, &known.view.session);
    let mut found = Vec::new();
    for places in rooms {
        let candidates: std::collections::BTreeSet<_> = session.candidates_in(places.room).collect();
        let concerns = |relation: &&liuhen_process::fact::batch::RelationDeclared| match (&relation.unit, relation.candidate) {
            (Some(unit), _) => {
                candidates.iter().filter_map(|id| batch.candidates.get(id)).any(|it| it.enrolled.employer.as_ref() == Some(unit))
            }
            (None, other) => other.is_some_and(|other| candidates.contains(&other)),
        };
        if let Some(relation) = batch.relations_of(staff).find(concerns) {
            let reason = match relation.relation {
                RelationKind::Trainer => Recusal::OwnTrainees,
                RelationKind::Kin => Recusal::Kin,
                RelationKind::TeacherStudent => Recusal::TeacherStudent,
                RelationKind::MasterApprentice => Recusal::MasterApprentice,
                RelationKind::SameUnit => Recusal::SameUnit,
                RelationKind::Other => Recusal::Other,
            };
            found.push(Exclusion { room: places.room, reason });
        }
    }
    found
}

fn held(session: SessionId, known: &Known) -> Vec<Held> {
    let draws = known.view.session.lots.held.iter();
    draws.map(|(number, digest)| Held { session, number: *number, digest: *digest }).collect()
}

impl Process {
    pub(super) async fn announce(
        &self,
        asking: &Asking,
        it: pb::AnnounceLotsRequest,
    ) -> Result<pb::AnnounceLotsResponse, Problem> {
        let session: SessionId = wire::id("session_id", &it.session_id)?;
        let case = CaseId::Session(session);
        let known = self.known(asking, case).await?;
        if it.rooms.len() > MOST || it.staff_ids.len() > MOST {
            return Err(Problem::field("rooms", format!("at most {MOST} rooms and as many people")));
        }
        let mut rooms = Vec::with_capacity(it.rooms.len());
        for (place, room) in it.rooms.iter().enumerate() {
            let id: RoomId = wire::id(&format!("rooms[{place}].room_id"), &room.room_id)?;
            let places = u16::try_from(room.places);
            let places = places.map_err(|_| Problem::field(format!("rooms[{place}].places"), "is absurdly large"))?;
            rooms.push(RoomPlaces { room: id, places });
        }
        let mut pool = Vec::with_capacity(it.staff_ids.len());
        for (place, staff) in it.staff_ids.iter().enumerate() {
            let staff: StaffId = wire::id(&format!("staff_ids[{place}]"), staff)?;
            if !known.view.organization.staff.contains_key(&staff) {
                return Err(Problem::field(format!("staff_ids[{place}]"), format!("{staff} is not of the organisation's staff")));
            }
            pool.push(Member { staff, excluded_rooms: exclusions(&known, staff, &rooms) });
        }
        let reason = if it.reason.is_empty() {
            None
        } else {
            Some(Reason::new(it.reason).map_err(|error| Problem::field_in_both("reason", error.to_string(), error.zh()))?)
        };
        let turn = next_draw(session, &held(session, &known), reason);
        let turn = turn.map_err(|error| Problem::new(Code::FailedPrecondition, error.to_string(), error.zh()))?;
        let lottery = Lottery::new(turn, rooms, pool).map_err(|error| refuse("rooms")(error.to_string(), error.zh()))?;
        let seed = self.seed(&lottery);
        let text = String::from_utf8(lottery.to_bytes()).map_err(|error| Problem::field("rooms", error.to_string()))?;
        let announced = Announcement::new(lottery, &seed).map_err(|error| refuse("staff_ids")(error.to_string(), error.zh()))?;
        let commitment_sha256 = announced.commitment;
        let lottery = Text::new(text.clone()).map_err(|error| Problem::field("rooms", error.to_string()))?;
        let fact = Fact::from(LotsCommitted { commitment_sha256, lottery });
        let recorded = self.tell(asking, case, plain(fact, known.facts), "").await?;
        Ok(pb::AnnounceLotsResponse {
            lottery: text,
            commitment_sha256: commitment_sha256.as_bytes().to_vec(),
            recorded: Some(recorded),
        })
    }

    pub(super) async fn draw(&self, asking: &Asking, it: pb::DrawLotsRequest) -> Result<pb::DrawLotsResponse, Problem> {
        let session: SessionId = wire::id("session_id", &it.session_id)?;
        let case = CaseId::Session(session);
        let known = self.known(asking, case).await?;
        let Some(announced) = known.view.session.lots.open.clone() else {
            let english = "no lots are announced: announce them first (AnnounceLots)";
            return Err(Problem::new(Code::FailedPrecondition, english, "尚未公布抽签方案，请先 AnnounceLots"));
        };
        if it.witnesses.len() > MOST {
            return Err(Problem::field("witnesses", format!("at most {MOST}")));
        }
        let mut said = Vec::with_capacity(it.witnesses.len());
        for (place, witness) in it.witnesses.into_iter().enumerate() {
            let field = |name: &str| format!("witnesses[{place}].{name}");
            let word = Entropy::new(witness.word);
            let entropy = word.map_err(|error| Problem::field_in_both(field("word"), error.to_string(), error.zh()))?;
            said.push(Contribution { staff: wire::id(&field("staff_id"), &witness.staff_id)?, entropy });
        }
        let said = Contributions::new(said).map_err(|error| refuse("witnesses")(error.to_string(), error.zh()))?;
        let seed = self.seed(&announced.lottery);
        let record = announced.open(seed, said);
        let record = record.map_err(|error| Problem::new(Code::FailedPrecondition, error.to_string(), error.zh()))?;
        let text = String::from_utf8(record.to_bytes()).map_err(|error| Problem::field("session_id", error.to_string()))?;
        let reason = if it.reason.is_empty() {
            None
        } else {
            Some(Text::new(it.reason).map_err(|error| Problem::field("reason", error.to_string()))?)
        };
        let told = Text::new(text.clone()).map_err(|error| Problem::field("session_id", error.to_string()))?;
        let fact = Fact::from(LotsDrawn { record: told, reason });
        let recorded = self.tell(asking, case, plain(fact, known.facts), "").await?;
        let place = |seat: &liuhen_process::lots::Seat| pb::DrawnPlace {
            staff_id: seat.staff.to_string(),
            room_id: seat.room.to_string(),
        };
        Ok(pb::DrawLotsResponse {
            record: text,
            places: record.result.iter().map(place).collect(),
            reserve_ids: record.reserves.iter().map(ToString::to_string).collect(),
            recorded: Some(recorded),
        })
    }

    fn seed(&self, lottery: &Lottery) -> Seed {
        let digest = liuhen_proto::Sha256::of(&lottery.to_bytes());
        Seed::from_bytes(self.vault.seed(&format!("{}/{}/{digest}", lottery.session(), lottery.number())))
    }
}

/// Nobody else may have told of the session in the meantime.
fn plain(fact: Fact, seen: u64) -> NewFact {
    NewFact { fact, elsewhere: None, breach: None, source: None, seen: Some(seen) }
}
