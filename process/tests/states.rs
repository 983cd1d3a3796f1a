//! No order of facts brings a session into a state that the rules forbid.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, words};
use liuhen_proto::{Span, Timestamp};
use proptest::prelude::*;

use case::View;
use fact::Fact;
use fact::appraisal::DefenceHeld;
use fact::day::*;
use fact::incident::*;
use fact::parts::{Compensation, Seat};
use fact::plan::*;
use fact::state::*;
use fact::words::Phase as FormPhase;
use fact::words::*;
use rule::Refused;
use words::OrganizationKind;

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

#[path = "states/law.rs"]
mod law;

use world::*;

/// A fact by numbers, some of which name what nobody has told of.
#[derive(Debug, Clone, Copy)]
struct Step {
    kind: usize,
    turn: u32,
    who: u32,
    place: u32,
    staff: u32,
    minutes: i64,
    late: bool,
    breach: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // What moves a session on comes more often than the rest.
    let kind = prop_oneof![3 => 0..10usize, 2 => 10..KINDS.len()];
    // Few names, so that facts meet; and some that nobody knows.
    let (turn, who) = (prop_oneof![3 => Just(1u32), 1 => 2..5u32], prop_oneof![3 => Just(1u32), 1 => 2..4u32]);
    let names = (turn, who, 1..6u32, 1..32u32);
    let step = (kind, names, -90..700i64, any::<bool>(), any::<bool>());
    let step = step.prop_map(|(kind, (turn, who, place, staff), minutes, late, breach)| Step {
        kind,
        turn,
        who,
        place,
        staff,
        minutes,
        late,
        breach,
    });
    proptest::collection::vec(step, 1..60)
}

const KINDS: &[fn(&Step) -> Fact] = &[
    |it| started(it.turn).into(),
    |it| TurnEnded { turn: it.turn }.into(),
    |it| TurnPaused { turn: it.turn, reason: text("停电") }.into(),
    |it| TurnResumed { turn: it.turn }.into(),
    |it| RoomReady { room: room(it.place), substitute: None }.into(),
    |it| checked_in(it.who, it.turn).into(),
    |it| entered(it.who, it.turn).into(),
    |it| handed_in(it.who, it.turn).into(),
    |_| sealed().into(),
    |it| IdentityDecided { candidate: candidate(it.who), turn: it.turn, accepted: it.late, reason: text("已核对") }.into(),
    |it| CandidateCheckedIn { result: IdentityResult::Mismatch, ..checked_in(it.who, it.turn) }.into(),
    |it| Moved { candidate: candidate(it.who), turn: it.turn, room: room(it.place), reason: text("设备故障") }.into(),
    |it| {
        let mut planned = session_planned();
        planned.turns.truncate(it.turn as usize - 1);
        planned.into()
    },
    |it| {
        let seat = Seat { candidate: candidate(it.who), turn: it.turn, room: room(it.place), seat: text("A1") };
        SeatsAssigned { seats: vec![seat] }.into()
    },
    |it| duty(it.staff, Duty::ALL[it.staff as usize % Duty::ALL.len()], (it.place > 1).then_some(it.place)).into(),
    |it| DutyEnded { staff: staff(it.staff), duty: Duty::Invigilator, reason: text("离岗") }.into(),
    |it| StaffLeft { staff: staff(it.staff) }.into(),
    |it| StaffArrived { staff: staff(it.staff), badge_worn: it.late }.into(),
    |it| ReserveTaken { absent: staff(it.staff), reserve: staff(it.staff + 1), reason: text("缺席") }.into(),
    |it| {
        let (material, step) = (MaterialKind::Papers, MaterialStep::ALL[it.place as usize % MaterialStep::ALL.len()]);
        let signed_by = vec![staff(it.staff)];
        let (package, count, seal) = (text("袋"), u32::MAX / it.turn, SealState::Whole);
        MaterialHandled { material, package, paper: None, step, count, room: None, seal, signed_by }.into()
    },
    |it| {
        let compensations = vec![Compensation { candidate: candidate(it.who), minutes: it.staff * it.staff }];
        let interval = between("09:30:00", "09:40:00");
        EquipmentFailed { room: room(it.place), what: text("死机"), interval, compensations }.into()
    },
    |it| IncidentRecorded { incident: incident_id(it.who), ..incident(IncidentKind::ALL[it.staff as usize % 6]) }.into(),
    |it| IncidentAcknowledged { incident: incident_id(it.who) }.into(),
    |it| {
        let (supervisor, outcome) = (staff(it.staff), IncidentOutcome::Dismissed);
        let (catalogue_item, reasons) = (None, text("查无实据"));
        IncidentDecided {
            incident: incident_id(it.who),
            supervisor,
            outcome,
            catalogue_item,
            reasons,
            candidate_heard: true,
            catalogue: None,
        }
        .into()
    },
    |it| IncidentAppealed { incident: incident_id(it.who), grounds: text("不服") }.into(),
    |it| FormSigned { form: form_id(it.who), signature: signature("质量督导员") }.into(),
    |it| {
        let phase = [FormPhase::DayBefore, FormPhase::PreStart, FormPhase::During, FormPhase::After][it.place as usize % 4];
        ChecklistAnswered { phase, room: None, answers: vec![no("F1.notices")], template: None }.into()
    },
    |it| {
        FindingWaived {
            rule: text("P2.few"),
            about: text(&room(it.place).to_string()),
            reason: text("人手不足"),
            signature: signature("考点负责人"),
        }
        .into()
    },
    |it| DefenceHeld { turn: it.turn, ..heard(it.who) }.into(),
    |it| {
        let phase = FormPhase::ALL[it.place as usize % 4];
        let mut answers = sound("supervision-internal@1", phase);
        answers.truncate(it.staff as usize);
        let (template, supervisor) = (text("supervision-internal@1"), staff(SUPERVISOR + it.turn - 1));
        FormFilled { form: form_id(it.who), template, phase, supervisor, answers, problems: None, guidance: None }.into()
    },
    |_| World::new(OrganizationKind::SocialOrg, None).draw().1.into(),
    |it| {
        fact::batch::CandidateReviewed {
            candidate: candidate(it.who),
            outcome: ReviewOutcome::Refused,
            reason: it.late.then(|| text("不符")),
        }
        .into()
    },
    |_| fact::batch::RosterFrozen { roster_sha256: None }.into(),
];

fn tell(world: &mut World, step: &Step) -> Result<(), TestCaseError> {
    let fact = KINDS[step.kind](step);
    let minutes = step.minutes.unsigned_abs() as u32;
    let start: Timestamp = at("09:00:00");
    let span = Span::from_secs(minutes * 60);
    world.when(if step.minutes < 0 { start.before(span) } else { start.after(span) });
    let before: View = world.view.clone();
    let fits = before.fits(&fact, &world.telling);
    let mut told = before.clone();
    match told.take(&fact, &world.telling, &[]) {
        Ok(()) => {}
        Err(unfit) => {
            prop_assert!(fits.is_err(), "{fact:?} fits and is not taken: {unfit}");
            prop_assert!(told == before, "{fact:?} was refused and changed something");
        }
    }
    let judged = if step.breach { world.judge_breach(&fact) } else { world.judge(&fact) };
    prop_assert!(world.view == before, "judging changes nothing");
    match judged {
        Ok(found) => {
            prop_assert!(fits.is_ok());
            world.record(&fact, &found);
            let (was, is) = (&before.session, &world.view.session);
            let lawful = law::step(was, is, &fact, &world.telling).and_then(|()| law::state(is));
            prop_assert!(lawful.is_ok(), "{lawful:?} by {fact:?}");
        }
        Err(Refused::Unfit(unfit)) => prop_assert_eq!(Err(unfit), fits),
        Err(Refused::Blocked(found)) => {
            prop_assert!(!step.breach, "a rule refuses permission, never a fact: {found:?}");
            prop_assert!(fits.is_ok() && !found.is_empty());
        }
    }
    Ok(())
}

/// The morning more often than other hours: what comes before a turn may come in any order.
fn stages() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(2u8), 4 => 0..5u8]
}

/// How far the world is before chance takes over.
fn begin(kind: OrganizationKind, stage: u8) -> World {
    let mut world = World::new(kind, Some(ZAOZHUANG));
    match stage {
        0 => world.with_organization().with_site().with_batch(),
        1 => world.planned(),
        2 => world.open(),
        3 => world.during_turn(1),
        _ => world.over(),
    };
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Facts in any order, right and wrong: nothing panics, what fits is taken, what is refused changes nothing, and a
    /// session never goes back.
    #[test]
    fn no_order_of_facts_takes_a_session_back(kind in 0..3usize, stage in stages(), steps in steps()) {
        let mut world = begin(OrganizationKind::ALL[kind], stage);
        for step in &steps {
            tell(&mut world, step)?;
        }
    }

    /// The same facts in the same order make the same case, whoever puts them together.
    #[test]
    fn the_same_facts_make_the_same_case(stage in stages(), steps in steps()) {
        let mut first = begin(OrganizationKind::SocialOrg, stage);
        let mut second = begin(OrganizationKind::SocialOrg, stage);
        for step in &steps {
            tell(&mut first, step)?;
            tell(&mut second, step)?;
        }
        prop_assert!(first.view == second.view);
    }
}
