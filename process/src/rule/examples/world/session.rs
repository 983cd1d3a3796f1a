//! The session: turns, rooms, seats, duties, lots.

use crate::fact::parts::{Panel, RoomPlan, Seat, Turn};
use crate::fact::plan::{DutyAssigned, ExaminersDispatched, LotsCommitted, LotsDrawn, SeatsAssigned, SessionPlanned};
use crate::fact::words::{Duty, Subject};
use crate::lots::{Announcement, Contributions, DrawRecord, Lottery, Member, RoomPlaces, Seed, next_draw};

use super::{World, between, candidate, on, room, session_id, staff, text, the_batch};

/// Turn, room, from and to: turn 1 is in room 1 and so on.
pub(crate) const EXAMINED: [(u32, Subject, &str, &str); 3] = [
    (1, Subject::Theory, "09:00:00", "10:30:00"),
    (2, Subject::Practical, "13:00:00", "15:00:00"),
    (3, Subject::ComprehensiveAppraisal, "15:30:00", "16:30:00"),
];

/// Three turns in three rooms.
pub(crate) fn session_planned() -> SessionPlanned {
    let turn = |(number, subject, from, to)| Turn { number, subject, interval: between(from, to) };
    let place = |n| RoomPlan { room: room(n), location: text(&format!("1号楼{n}层{n}01室")) };
    SessionPlanned {
        batch: the_batch(),
        turns: EXAMINED.map(turn).to_vec(),
        rooms: (1..4).map(place).collect(),
        standby_rooms: vec![room(4)],
        secure_rooms: Vec::new(),
    }
}

pub(crate) fn duty(n: u32, duty: Duty, of: Option<u32>) -> DutyAssigned {
    DutyAssigned { staff: staff(n), duty, room: of.map(room) }
}

/// Two invigilators of 11 to 17 for each of three rooms, one left: the same whenever it is drawn.
fn draw() -> DrawRecord {
    let rooms = (1..4).map(|n| RoomPlaces { room: room(n), places: 2 }).collect();
    let pool = (11..18).map(|n| Member { staff: staff(n), excluded_rooms: Vec::new() }).collect();
    let turn = next_draw(session_id(1), &[], None).expect("it is the first draw");
    let lottery = Lottery::new(turn, rooms, pool).expect("it is in form");
    let seed = Seed::from_bytes([7; 32]);
    let announced = Announcement::new(lottery, &seed).expect("there are enough people");
    announced.open(seed, Contributions::default()).expect("it is the seed")
}

impl World {
    /// Everything up to the day before.
    pub(crate) fn planned(&mut self) -> &mut Self {
        self.with_organization().with_site().with_batch();
        self.when(on("2026-10-12", "10:00:00"));
        self.tell(session_planned());
        self.with_seats().with_duties()
    }

    fn with_seats(&mut self) -> &mut Self {
        let seat = |turn| move |n| Seat { candidate: candidate(n), turn, room: room(turn), seat: text(&format!("A{n}")) };
        self.tell(SeatsAssigned { seats: (1..4).flat_map(|turn| (1..3).map(seat(turn))).collect() })
    }

    fn with_duties(&mut self) -> &mut Self {
        let duties = [Duty::SiteHead, Duty::ChiefInvigilator, Duty::ExamStaff, Duty::Guard];
        let duties = duties.into_iter().chain([Duty::SupervisorInternal, Duty::SupervisorExternal]);
        for (n, of) in (1..).zip(duties) {
            self.tell(duty(n, of, None));
        }
        let panel = |n: u32| Panel {
            room: room(n),
            examiners: (n * 3 + 15..n * 3 + 18).map(staff).collect(),
            lead: Some(staff(n * 3 + 15)),
        };
        self.tell(ExaminersDispatched { dispatch: text("PQ-9"), at_random: true, panels: vec![panel(2), panel(3)] })
    }

    /// What is told before a draw, and the draw.
    pub(crate) fn draw(&self) -> (LotsCommitted, LotsDrawn) {
        let record = draw();
        let lottery = String::from_utf8(record.lottery.to_bytes()).expect("a lottery is JSON");
        let committed = LotsCommitted { commitment_sha256: record.commitment, lottery: text(&lottery) };
        let bytes = String::from_utf8(record.to_bytes()).expect("a record is JSON");
        (committed, LotsDrawn { record: text(&bytes), reason: None })
    }
}
