//! One batch from its plan to its closing, told to the records as anybody tells it: each fact judged and recorded.
//!
//! In: how many candidates sit in it. Out: a SQLite file with the batch, its session and its organisation, and where each
//! candidate's chain can be entered. What a rule would not let pass here (no lots, no forms, no cameras tested) is told as a
//! breach, so the findings are there as well. Not here: copies of it ([`crate::copies`]).

use std::path::Path;
use std::sync::Arc;

use liuhen_archive::records::{
    Act, CameraKind, ExpectedWindow, NewCamera, NewFact, NewOrganization, NewRoom, NewSession, NewSite, NewViewpoint,
    OrganizationKind, ProcessRecords as _, RoomKind, Sqlite,
};
use liuhen_archive::{Error, Records};
use liuhen_process::case::{Breach, CaseId};
use liuhen_process::rule::Refused;
use liuhen_process::text::Text;
use liuhen_proto::ids::{CandidateId, NodeId, OrganizationId, RoomId, SessionId, StaffId};
use liuhen_proto::world::SeededRandom;
use liuhen_proto::{Interval, Principal, Sha256, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// A room seats so many (S附件: 标准考场 30 人).
const SEATS: usize = 30;
/// 2026-11-22T09:00:00+08:00, in microseconds.
pub(crate) const NINE_US: i64 = 1_795_309_200_000_000;
const DAY: i64 = 86_400;

/// Where the chain of one candidate can be entered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ends {
    pub(crate) candidate: String,
    pub(crate) ticket: String,
    pub(crate) certificate: String,
    pub(crate) batch: String,
    pub(crate) session: String,
    pub(crate) room: String,
    pub(crate) seat: String,
    /// A moment at which the candidate sat there.
    pub(crate) during_us: i64,
}

struct Maker {
    records: Arc<Sqlite>,
    random: SeededRandom,
    node: Principal,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(NINE_US + seconds * 1_000_000)
}

/// Makes it; the file is closed then.
pub(crate) async fn make(file: &Path, candidates: usize) -> Vec<Ends> {
    let records = Sqlite::open(file, Arc::new(SeededRandom::new(1))).await.expect("a database");
    let random = SeededRandom::new(3);
    let node = Principal::Node(NodeId::mint(at(0), &random));
    let maker = Maker { records: Arc::new(records), random, node };
    let ends = maker.batch(candidates).await;
    maker.records.close().await;
    ends
}

impl Maker {
    fn act(&self, seconds: i64) -> Act {
        Act::new(self.node, at(seconds))
    }

    /// Tells a fact at so many seconds after nine on the day of the exam; as a breach where a rule blocks it.
    async fn tell(&self, seconds: i64, case: CaseId, json: Json) {
        let fact = serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{json}: {error}"));
        let new = NewFact { fact, elsewhere: None, breach: None, source: None, seen: None };
        let told = self.records.record_fact(&self.act(seconds), case, new.clone()).await;
        let Err(Error::Refused(Refused::Blocked(_))) = told else {
            told.unwrap_or_else(|error| panic!("{json}: {error}"));
            return;
        };
        let text = |text: &str| Text::new(text).expect("a short text");
        let breach = Some(Breach { reason: text("基准测试"), site_head: Text::new("李站长").expect("a short text") });
        let told = self.records.record_fact(&self.act(seconds), case, NewFact { breach, ..new }).await;
        told.unwrap_or_else(|error| panic!("{json}: {error}"));
    }

    async fn organization(&self) -> (OrganizationId, StaffId) {
        let new = NewOrganization { name: "枣庄某培训学校".to_owned(), kind: OrganizationKind::SocialOrg };
        let id = self.records.create_organization(&self.act(-40 * DAY), new).await.expect("an organisation").value.id;
        let case = CaseId::Organization(id);
        let valid = json!({ "first": "2024-01-01", "last": "2028-12-31" });
        let filed = json!({ "fact": "body_filed", "authority": "枣庄市人社局", "number": "S000037000000", "valid": valid });
        self.tell(-40 * DAY, case, filed).await;
        let staff = StaffId::mint(at(-40 * DAY), &self.random);
        self.tell(-40 * DAY, case, json!({ "fact": "staff_registered", "staff": staff, "name": "赵志强" })).await;
        (id, staff)
    }

    /// Rooms of a site, each with a viewpoint that covers its seats and a camera; and a session in all of them.
    async fn session(&self, organization: OrganizationId, rooms: usize) -> (SessionId, Vec<RoomId>) {
        let (records, act) = (&self.records, self.act(-40 * DAY));
        let region = Some("370402".parse().expect("a district"));
        let site = NewSite { organization, name: "第一考点".to_owned(), region };
        let site = records.create_site(&act, site).await.expect("a site").value.id;
        let exam = Interval::new(at(0), at(5_400)).expect("an interval");
        let (mut places, mut windows) = (Vec::new(), Vec::new());
        for number in 0..rooms {
            let room = NewRoom { site, name: format!("03{number:02}"), kind: RoomKind::Theory };
            let room = records.create_room(&act, room).await.expect("a room").value.id;
            let seats = (0..SEATS).map(seat).collect();
            let (name, required, sound_required, sound_only) = ("前".to_owned(), true, true, false);
            let viewpoint = NewViewpoint { room, name, required, sound_required, sound_only, seats };
            let viewpoint = records.create_viewpoint(&act, viewpoint).await.expect("a viewpoint").value.id;
            let camera = NewCamera { viewpoint, name: "前".to_owned(), has_viewing_stream: false, kind: CameraKind::Camera };
            records.create_camera(&act, camera).await.expect("a camera");
            windows.push(ExpectedWindow { viewpoint, interval: exam });
            places.push(room);
        }
        let session = NewSession { site, name: "上午".to_owned(), exam, windows };
        (records.create_session(&act, session).await.expect("a session").value.id, places)
    }

    async fn batch(&self, candidates: usize) -> Vec<Ends> {
        let (organization, staff) = self.organization().await;
        let (session, rooms) = self.session(organization, candidates.div_ceil(SEATS)).await;
        let batch = self.records.create_batch(&self.act(-35 * DAY), organization).await.expect("a batch").value;
        let ends = |place: usize| Ends {
            candidate: CandidateId::mint(at(-30 * DAY), &self.random).to_string(),
            ticket: format!("ZK0000000{place:03}"),
            certificate: format!("S000037000000264000{place:03}"),
            batch: batch.to_string(),
            session: session.to_string(),
            room: rooms[place / SEATS].to_string(),
            seat: seat(place % SEATS),
            during_us: at(2_700).as_micros(),
        };
        let ends: Vec<Ends> = (0..candidates).map(ends).collect();
        self.before(CaseId::Batch(batch), organization, &ends).await;
        self.day(CaseId::Session(session), &batch.to_string(), &rooms, &ends).await;
        self.after(CaseId::Batch(batch), staff, &ends).await;
        ends
    }

    async fn before(&self, batch: CaseId, organization: OrganizationId, all: &[Ends]) {
        let plan = json!({
            "fact": "batch_planned", "organization": organization, "name": "20261122枣庄某培训学校第1期社会化评价",
            "platform_plan": "P-1", "responsible": "张负责", "occupation": { "code": "6-18-01-01", "name": "车工" },
            "levels": ["4"], "assessment": "result", "held": { "first": "2026-11-22", "last": "2026-11-22" },
            "headcount": all.len(),
            "subjects": [{ "subject": "theory", "weight_permille": 1000, "minutes": 90, "by_computer": true }],
        });
        self.tell(-34 * DAY, batch, plan).await;
        self.tell(-33 * DAY, batch, json!({ "fact": "plan_filed", "filed_on": "2026-10-20" })).await;
        let confirmed = json!({
            "fact": "plan_confirmed", "authority": "枣庄市人社局", "reference": "JH-1", "confirmed_on": "2026-10-21",
        });
        self.tell(-32 * DAY, batch, confirmed).await;
        for (place, it) in all.iter().enumerate() {
            let number = Sha256::of(&place.to_be_bytes());
            let id_number = json!({ "hash": number, "sealed": format!("v1.1.{number}"), "masked": "3704**********0021" });
            let enrolled = json!({
                "fact": "candidate_enrolled", "candidate": it.candidate, "name": "王志芳", "id_type": "resident_id_card",
                "id_number": id_number, "ticket": it.ticket, "employer": "枣庄某机械有限公司", "photo_bytes": 18_000,
                "photo_sha256": number, "level": "4",
            });
            self.tell(-20 * DAY, batch, enrolled).await;
            let reviewed = json!({ "fact": "candidate_reviewed", "candidate": it.candidate, "outcome": "approved" });
            self.tell(-18 * DAY, batch, reviewed).await;
        }
        self.tell(-10 * DAY, batch, json!({ "fact": "roster_frozen" })).await;
    }

    async fn day(&self, session: CaseId, batch: &str, rooms: &[RoomId], all: &[Ends]) {
        let interval = json!({ "start_us": NINE_US, "end_us": at(5_400) });
        let turn = json!({ "number": 1, "subject": "theory", "interval": interval });
        let rooms: Vec<_> = rooms.iter().map(|room| json!({ "room": room, "location": "1 号楼" })).collect();
        let planned = json!({ "fact": "session_planned", "batch": batch, "turns": [turn], "rooms": rooms });
        self.tell(-9 * DAY, session, planned).await;
        let seat = |it: &Ends| json!({ "candidate": it.candidate, "turn": 1, "room": it.room, "seat": it.seat });
        let seats: Vec<_> = all.iter().map(seat).collect();
        self.tell(-8 * DAY, session, json!({ "fact": "seats_assigned", "seats": seats })).await;
        for (place, it) in (0..).zip(all) {
            let checked = json!({
                "fact": "candidate_checked_in", "candidate": it.candidate, "turn": 1, "method": "face", "result": "match",
                "photo_sha256": Sha256::of(it.candidate.as_bytes()),
            });
            self.tell(-1_500 + place * 10, session, checked).await;
            let entered = json!({ "fact": "entered", "candidate": it.candidate, "turn": 1, "room": it.room });
            self.tell(-1_495 + place * 10, session, entered).await;
        }
        self.tell(0, session, json!({ "fact": "turn_started", "turn": 1 })).await;
        for (place, it) in (0..).zip(all) {
            let left = json!({ "fact": "handed_in", "candidate": it.candidate, "turn": 1 });
            self.tell(5_000 + place * 3, session, left).await;
        }
        self.tell(5_400, session, json!({ "fact": "turn_ended", "turn": 1 })).await;
        let signature = json!({ "name": "李站长", "post": "考点负责人" });
        self.tell(5_700, session, json!({ "fact": "session_sealed", "signature": signature })).await;
    }

    async fn after(&self, batch: CaseId, staff: StaffId, ends: &[Ends]) {
        let all: Vec<_> = ends.iter().map(|it| &it.candidate).collect();
        let signature = json!({ "name": "张负责", "post": "负责人" });
        for it in ends {
            let total = json!({
                "fact": "machine_total_told", "candidate": it.candidate, "subject": "theory", "centi": 7_500,
                "reference": "CBT-1",
            });
            self.tell(DAY, batch, total).await;
        }
        let confirmed = json!({ "fact": "machine_totals_confirmed", "subject": "theory", "marker": staff, "candidates": all });
        self.tell(2 * DAY, batch, confirmed).await;
        let result = |it: &&String| json!({ "candidate": it, "total": 7_500, "passed": true });
        let results: Vec<_> = all.iter().map(result).collect();
        let released = json!({ "fact": "scores_released", "results": results, "signature": signature });
        self.tell(3 * DAY, batch, released).await;
        let posted = json!({
            "fact": "notice_posted", "notice": "GS-1", "posted_on": "2026-11-25", "channel": "public", "place": "公示栏",
            "document_sha256": Sha256::of(b"notice"), "candidates": all,
        });
        self.tell(3 * DAY, batch, posted).await;
        let uploaded = json!({
            "fact": "results_uploaded", "notice": "GS-1", "uploaded_on": "2026-12-04", "reference": "P-1", "candidates": all,
        });
        self.tell(12 * DAY, batch, uploaded).await;
        for it in ends {
            let numbered = json!({
                "fact": "certificate_numbered", "candidate": it.candidate, "number": it.certificate, "reference": "FM-1",
            });
            self.tell(14 * DAY, batch, numbered).await;
        }
        let confirmed = json!({
            "fact": "certificates_confirmed", "authority": "枣庄市人社局", "reference": "QR-1", "confirmed_on": "2026-12-08",
            "candidates": all,
        });
        self.tell(16 * DAY, batch, confirmed).await;
        for it in ends {
            let issued = json!({
                "fact": "certificate_issued", "candidate": it.candidate, "number": it.certificate, "occupation": "车工",
                "job_type": "——", "level": "四级/中级工", "issued_on": "2026-12-10", "handwritten": false, "hand_sealed": false,
            });
            self.tell(18 * DAY, batch, issued).await;
        }
        let reported = json!({ "fact": "data_reported", "reported_on": "2026-12-12", "reference": "SJ-1", "candidates": all });
        self.tell(20 * DAY, batch, reported).await;
        self.tell(21 * DAY, batch, json!({ "fact": "batch_closed", "signature": signature })).await;
    }
}

fn seat(place: usize) -> String {
    format!("{:02}", place + 1)
}
