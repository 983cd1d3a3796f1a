//! The day before, and the day.

use crate::fact::appraisal::DefenceHeld;
use crate::fact::day::{CameraTested, CandidateCheckedIn, ChecklistAnswered, Entered, HandedIn, StaffArrived};
use crate::fact::incident::{FormFilled, FormSigned, IncidentRecorded};
use crate::fact::parts::{ClipReference, FormAnswer};
use crate::fact::state::{RoomReady, SessionSealed, TurnEnded, TurnStarted};
use crate::fact::words::{Answer, AppraisalMethod, IdentityMethod, IdentityResult, IncidentKind, IncidentSource, Phase};
use crate::form::{Item, Template, Value};

use super::text;
use super::{
    EXAMINED, SUPERVISOR, World, at, between, camera, candidate, file, form_id, incident_id, on, room, signature, staff,
};

const DAY_BEFORE: [&str; 7] =
    ["F1.notices", "F2.acquainted", "F3.head_check", "F3.meeting", "F4.invigilators", "F5.examiners", "F7.handed_out"];
const PRE_START: [&str; 7] = ["C8.quiet", "C9.equipment", "C9.tools", "C10.quiet", "G2.machines", "G3.papers", "G4.place"];

/// With a photo.
fn yes(item: &str) -> FormAnswer {
    let (item, evidence_sha256) = (text(item), vec![file("photo")]);
    FormAnswer { item, answer: Answer::Yes, remark: None, evidence_sha256, grade: None, count: None, text: None }
}

/// With a remark and a photo.
pub(crate) fn no(item: &str) -> FormAnswer {
    FormAnswer { answer: Answer::No, remark: Some(text("不符合要求")), ..yes(item) }
}

/// What a supervision form needs in a phase, with nothing to complain of.
pub(crate) fn sound(template: &str, phase: Phase) -> Vec<FormAnswer> {
    let template = Template::named(template).expect("a form of a test is one");
    let answer = |item: &Item| FormAnswer {
        grade: item.most.filter(|_| item.value == Some(Value::Grade)),
        count: (item.value == Some(Value::Count)).then_some(0),
        text: (item.value == Some(Value::Text)).then(|| text("无")),
        ..yes(&item.id)
    };
    template.asked(phase).filter(|item| item.needed).map(answer).collect()
}

/// Candidate `n` is heard in the turn of appraisals, by the panel of its room.
pub(crate) fn heard(n: u32) -> DefenceHeld {
    DefenceHeld {
        candidate: candidate(n),
        turn: 3,
        method: AppraisalMethod::OralDefence,
        examiners: (24..27).map(staff).collect(),
        interval: between("15:40:00", "15:55:00"),
        questions: vec![text("简述刀具磨损的判断方法")],
        evidence_sha256: vec![file("评审记录")],
    }
}

/// Candidate `n` of a turn, whose identity matches.
pub(crate) fn checked_in(n: u32, turn: u32) -> CandidateCheckedIn {
    let (method, result) = (IdentityMethod::Document, IdentityResult::Match);
    CandidateCheckedIn { candidate: candidate(n), turn, method, result, photo_sha256: None }
}

pub(crate) fn entered(n: u32, turn: u32) -> Entered {
    Entered { candidate: candidate(n), turn, room: room(turn) }
}

pub(crate) fn handed_in(n: u32, turn: u32) -> HandedIn {
    HandedIn { candidate: candidate(n), turn }
}

pub(crate) fn started(turn: u32) -> TurnStarted {
    TurnStarted { turn }
}

pub(crate) fn sealed() -> SessionSealed {
    SessionSealed { signature: signature("考点负责人") }
}

/// Something about candidate 1 in room 1, told by a person.
pub(crate) fn incident(about: IncidentKind) -> IncidentRecorded {
    IncidentRecorded {
        incident: incident_id(1),
        about,
        source: IncidentSource::Person,
        room: Some(room(1)),
        candidate: Some(candidate(1)),
        staff: None,
        catalogue_item: None,
        description: text("发现手机"),
        clips: Vec::new(),
        evidence_sha256: vec![file("photo")],
        catalogue: None,
    }
}

impl World {
    /// A supervision form of that phase without anything to complain of, number `n`.
    pub(crate) fn form(&mut self, n: u32, phase: Phase) -> &mut Self {
        let (template, supervisor) = (text("supervision-internal@1"), staff(SUPERVISOR));
        let answers = sound("supervision-internal@1", phase);
        self.tell(FormFilled { form: form_id(n), template, phase, supervisor, answers, problems: None, guidance: None });
        self.tell(FormSigned { form: form_id(n), signature: signature("质量督导员") })
    }

    /// Everything up to the moment before rooms are opened at 08:00.
    pub(crate) fn morning(&mut self) -> &mut Self {
        self.planned().when(on("2026-10-16", "15:00:00"));
        let answers = DAY_BEFORE.map(yes).to_vec();
        self.tell(ChecklistAnswered { phase: Phase::DayBefore, room: None, answers, template: None });
        self.form(1, Phase::DayBefore).when(at("07:30:00"));
        let (committed, drawn) = self.draw();
        self.tell(committed).tell(drawn);
        (1..30).for_each(|n| {
            self.tell(StaffArrived { staff: staff(n), badge_worn: true });
        });
        for n in 1..4 {
            let played = ClipReference { camera: camera(n), interval: between("07:00:00", "07:01:00") };
            self.tell(CameraTested { room: room(n), camera: camera(n), works: true, played });
            let (phase, room, answers) = (Phase::PreStart, Some(room(n)), PRE_START.map(yes).to_vec());
            self.tell(ChecklistAnswered { phase, room, answers, template: None });
        }
        self.form(2, Phase::PreStart).when(at("08:00:00"))
    }

    /// Rooms are open.
    pub(crate) fn open(&mut self) -> &mut Self {
        self.morning();
        (1..4).for_each(|n| {
            self.tell(RoomReady { room: room(n), substitute: None });
        });
        self
    }

    /// Up to the moment before a turn begins; turns before it are over.
    pub(crate) fn before_turn(&mut self, turn: u32) -> &mut Self {
        match turn {
            1 => self.open(),
            _ => self.after_turn(turn - 1),
        };
        self.when(at(EXAMINED[turn as usize - 1].2));
        (1..3).for_each(|n| {
            self.tell(checked_in(n, turn)).tell(entered(n, turn));
        });
        self
    }

    /// A turn has begun, and all who sit in it are inside.
    pub(crate) fn during_turn(&mut self, turn: u32) -> &mut Self {
        self.before_turn(turn).tell(started(turn))
    }

    /// All of a turn have handed in, and it is over.
    pub(crate) fn after_turn(&mut self, turn: u32) -> &mut Self {
        self.during_turn(turn).when(at(EXAMINED[turn as usize - 1].3));
        (1..3).for_each(|n| {
            if turn == 3 {
                self.tell(heard(n));
            }
            self.tell(handed_in(n, turn));
        });
        self.tell(TurnEnded { turn })
    }

    /// All turns are over, and the supervisor has evaluated.
    pub(crate) fn over(&mut self) -> &mut Self {
        self.after_turn(3).when(at("16:50:00"));
        self.form(3, Phase::After)
    }
}
