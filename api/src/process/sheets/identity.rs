//! What is given unmasked and taken in again is what was told, whatever was told: for every form that is both.

use std::collections::BTreeSet;
use std::sync::Arc;

use liuhen_archive::records::Known;
use liuhen_process::calendar::{Calendar, Date};
use liuhen_process::case::View;
use liuhen_process::case::batch::Candidate;
use liuhen_process::case::score::{Origin, Score};
use liuhen_process::fact::Fact;
use liuhen_process::fact::batch::{BatchPlanned, CandidateEnrolled};
use liuhen_process::fact::parts::{DateRange, Occupation, RoomPlan, Seat, SubjectPlan, Turn};
use liuhen_process::fact::plan::SessionPlanned;
use liuhen_process::fact::words::{Assessment, IdDocumentType, Level, Subject};
use liuhen_process::pack::Pack;
use liuhen_process::text::Text;
use liuhen_process::words::OrganizationKind;
use liuhen_proto::ids::{BatchId, CandidateId, FactId, OrganizationId, RoomId, StaffId};
use liuhen_proto::world::{Randomness, SeededRandom};
use liuhen_proto::{Interval, Timestamp};
use liuhen_sheets::writer::{to_csv, to_xlsx};
use proptest::prelude::*;

use super::Shape;
use super::page::{Giving, page};
use super::read::{Reading, filled, told};
use crate::vault::Vault;

const NOW: Timestamp = Timestamp::from_micros(1_764_032_400_000_000);
const HOUR: i64 = 3_600_000_000;

/// A person of a roster, a score, and where the person sits.
#[derive(Debug, Clone)]
struct Person {
    name: String,
    digits: String,
    document: IdDocumentType,
    has_ticket: bool,
    employer: Option<String>,
    level: Level,
    centi: u32,
    note: Option<String>,
    rooms: [usize; 2],
}

/// Words that people write, signs of formulas and words of feet included.
fn words() -> impl Strategy<Value = String> {
    let words = prop_oneof![
        "[王李欧阳𠮷·A-Za-z0-9\"',;=+@-]{1,12}",
        "(负责人|日期|备注|制表|审核)[一-龥]{0,4}",
        "[=+@'-]{1,3}[a-z(]{1,5}",
        "[一-龥]{1,6}\n?[a-z&<>_x]{1,4}",
    ];
    words.prop_map(|words| words.trim().to_owned()).prop_filter("words", |words| !words.is_empty())
}

fn person() -> impl Strategy<Value = Person> {
    let document = prop::sample::select(IdDocumentType::ALL);
    let (level, rooms) = (prop::sample::select(Level::ALL), [0..2_usize, 0..2]);
    let who = (words(), "[1-9][0-9]{16}", document, any::<bool>(), prop::option::of(words()));
    let what = (level, 0..=10_000_u32, prop::option::of(words()), rooms);
    (who, what).prop_map(|((name, digits, document, has_ticket, employer), (level, centi, note, rooms))| Person {
        name,
        digits,
        document,
        has_ticket,
        employer,
        level,
        centi,
        note,
        rooms,
    })
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

/// With the check character of GB 11643, where it is a resident identity card.
fn number(it: &Person) -> String {
    if it.document != IdDocumentType::ResidentIdCard {
        return format!("E{}", &it.digits[..8]);
    }
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = it.digits.bytes().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    format!("{}{}", it.digits, char::from(b"10X98765432"[sum % 11]))
}

fn plan(random: &dyn Randomness) -> BatchPlanned {
    let day = Date::new(2026, 11, 22).unwrap();
    let subject = |subject| SubjectPlan { subject, weight_permille: 500, minutes: 90, by_computer: false };
    BatchPlanned {
        organization: OrganizationId::mint(NOW, random),
        name: text("20261122某机构第1期社会化评价"),
        platform_plan: None,
        responsible: text("张负责"),
        occupation: Occupation { code: text("6-18-01-01"), name: text("车工") },
        levels: Level::ALL.to_vec(),
        assessment: Assessment::Result,
        subjects: [Subject::Theory, Subject::Practical].map(subject).to_vec(),
        held: DateRange { first: day, last: day },
        headcount: 3,
    }
}

/// A batch with a session of two rooms and two turns, and nobody in it.
fn empty(random: &dyn Randomness) -> Known {
    let mut view = View::new(OrganizationKind::TechnicalCollege);
    view.batch.plan = Some(plan(random));
    let turn = |number: u32, subject| {
        let start = NOW.as_micros() + i64::from(number) * 2 * HOUR;
        let interval = Interval::new(Timestamp::from_micros(start), Timestamp::from_micros(start + HOUR)).unwrap();
        Turn { number, subject, interval }
    };
    let room = |place: usize| RoomPlan { room: RoomId::mint(NOW, random), location: text(&format!("3号楼 30{place}")) };
    view.session.plan = Some(SessionPlanned {
        batch: BatchId::mint(NOW, random),
        turns: vec![turn(1, Subject::Theory), turn(2, Subject::Practical)],
        rooms: (0..2).map(room).collect(),
        standby_rooms: Vec::new(),
        secure_rooms: Vec::new(),
    });
    let pack = Pack::newest(OrganizationKind::TechnicalCollege, None);
    Known { view, pack, facts: 0, calendar: Calendar::embedded() }
}

/// The same with these people; their seats are numbered as their tickets, room by room.
fn peopled(people: &[Person], everybody_has_a_ticket: bool, vault: &Vault, random: &dyn Randomness) -> Known {
    let mut known = empty(random);
    let rooms: Vec<_> = known.view.session.plan.iter().flat_map(|plan| &plan.rooms).map(|plan| plan.room).collect();
    let mut taken = [[0; 2]; 2];
    for (place, it) in people.iter().enumerate() {
        let candidate = CandidateId::mint(NOW, random);
        let ticket = (it.has_ticket || everybody_has_a_ticket).then(|| text(&format!("2026{place:03}")));
        let enrolled = CandidateEnrolled {
            candidate,
            name: text(&it.name),
            id_type: it.document,
            id_number: vault.seal(&number(it)).unwrap(),
            ticket,
            employer: it.employer.as_deref().map(text),
            photo_sha256: None,
            photo_bytes: 0,
            level: it.level,
        };
        known.view.batch.candidates.insert(candidate, Candidate { enrolled, review: None, employment: None, version: 1 });
        let (fact, origin) = (FactId::mint(NOW, random), Origin::Machine);
        let (by, noted) = (None, it.note.is_some());
        let score = Score { fact, centi: it.centi, origin, by, confirmed: false, noted };
        known.view.batch.scores.scores.insert((candidate, Subject::Practical), score);
        if let Some(note) = &it.note {
            known.view.batch.scores.notes.insert((candidate, Subject::Practical), text(note));
        }
        for (turn, room) in (1..).zip(it.rooms) {
            let label = &mut taken[room][usize::from(turn == 2)];
            *label += 1;
            let seat = Seat { candidate, turn, room: rooms[room], seat: text(&label.to_string()) };
            known.view.session.seats.insert((candidate, turn), seat);
        }
    }
    known
}

/// What a fact tells, but for what is made anew: ids and seals.
fn said(facts: impl Iterator<Item = Fact>, vault: &Vault) -> BTreeSet<String> {
    let one = |fact| match fact {
        Fact::CandidateEnrolled(it) => {
            let number = vault.open(&it.id_number).unwrap();
            vec![format!("{:?}", (it.name, it.id_type, number, it.ticket, it.employer, it.level))]
        }
        Fact::SeatsAssigned(it) => it.seats.iter().map(|seat| format!("{seat:?}")).collect(),
        Fact::ScoreEntered(it) => vec![format!("{:?}", (it.candidate, it.subject, it.centi, it.violation_note))],
        other => panic!("{other:?}"),
    };
    facts.flat_map(one).collect()
}

/// What is known, as the facts that a form tells.
fn known_as(shape: Shape, known: &Known, vault: &Vault) -> BTreeSet<String> {
    let view = &known.view;
    match shape {
        Shape::Roster | Shape::Enrolment => {
            said(view.batch.candidates.values().map(|it| Fact::CandidateEnrolled(it.enrolled.clone())), vault)
        }
        Shape::Arrangement | Shape::Seats => view.session.seats.values().map(|seat| format!("{seat:?}")).collect(),
        Shape::Scores => {
            let of = |((candidate, subject), score): (&(CandidateId, Subject), &Score)| {
                let note = view.batch.scores.notes.get(&(*candidate, *subject));
                format!("{:?}", (candidate, subject, score.centi, note))
            };
            view.batch.scores.scores.iter().map(of).collect()
        }
        Shape::Plan => panic!("it is no list"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_form_comes_back(people in prop::collection::vec(person(), 1..12), seed in any::<u64>()) {
        let mut numbers = BTreeSet::new();
        let people: Vec<_> = people.into_iter().filter(|it| numbers.insert(number(it))).collect();
        let random: Arc<dyn Randomness> = Arc::new(SeededRandom::new(seed));
        let vault = Vault::from_toml(&Vault::generate(&*random), Arc::clone(&random)).unwrap();
        for shape in [Shape::Roster, Shape::Enrolment, Shape::Arrangement, Shape::Seats, Shape::Scores] {
            let is_of_people = matches!(shape, Shape::Roster | Shape::Enrolment);
            let known = peopled(&people, !is_of_people, &vault, &*random);
            let giving = Giving { known: &known, vault: Some(&vault), subject: None };
            let giving = Giving { subject: (shape == Shape::Scores).then_some(Subject::Practical), ..giving };
            let (given, _) = page(shape, &giving).unwrap();
            let into = if is_of_people { empty(&*random) } else { known.clone() };
            let reading = Reading {
                known: &into,
                vault: &vault,
                random: &*random,
                now: NOW,
                subject: None,
                organization: None,
                clerk: Some(StaffId::mint(NOW, &*random)),
            };
            for file in [to_xlsx(&given).unwrap(), to_csv(&given)] {
                let filled = filled(&file, None, shape).map_err(|it| TestCaseError::fail(format!("{shape:?} {it:?}")))?;
                let told = told(&filled, shape, &reading).map_err(|it| TestCaseError::fail(format!("{shape:?} {it:?}")))?;
                let came = said(told.into_iter().map(|it| it.fact), &vault);
                prop_assert_eq!(came, known_as(shape, &known, &vault), "{:?}", shape);
            }
        }
    }
}
