//! No order of facts after the exam changes a result unseen, and what holds one candidate back holds nobody else back.

use liuhen_process::{calendar, case, fact, finding, form, lots, pack, rule, text, words};
use liuhen_proto::ids::FactId;
use proptest::prelude::*;

use case::View;
use fact::Fact;
use fact::certificate::{CertificateReissued, DataCorrected, DataReturned};
use fact::score::{ObjectionDecided, ObjectionRaised, ResultsUploaded, ScoreAmended, ScoresReleased, ScoresVerified};
use fact::words::{DecidedBy, IncidentKind, RecordCategory, Subject};
use rule::Refused;
use words::OrganizationKind;

#[allow(dead_code, unused_imports, reason = "the examples of the rules use the rest of it")]
#[path = "../src/rule/examples/world.rs"]
mod world;

use world::*;

/// A fact by numbers, some of which name what nobody has told of.
#[derive(Debug, Clone, Copy)]
struct Step {
    kind: usize,
    who: u32,
    staff: u32,
    subject: usize,
    centi: u32,
    stale: bool,
    breach: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let names = (0..KINDS.len(), 1..4u32, 26..31u32, 0..3usize);
    let step = (names, 0..10_500u32, any::<bool>(), any::<bool>());
    let step = step.prop_map(|((kind, who, staff, subject), centi, stale, breach)| Step {
        kind,
        who,
        staff,
        subject,
        centi,
        stale,
        breach,
    });
    proptest::collection::vec(step, 1..40)
}

fn subject(it: &Step) -> Subject {
    Subject::ALL[it.subject]
}

/// The fact that told the score which holds, or another one.
fn held(world: &World, it: &Step) -> FactId {
    let score = world.view.batch.scores.of(candidate(it.who), subject(it));
    score.filter(|_| !it.stale).map_or(world.telling.id, |score| score.fact)
}

const KINDS: &[fn(&World, &Step) -> Fact] = &[
    |_, it| score(it.who, subject(it), it.centi).into(),
    |_, it| sheet(it.who, subject(it), it.staff, it.centi).into(),
    |_, it| {
        let (verifier, candidates) = (staff(it.staff), vec![candidate(it.who)]);
        ScoresVerified { subject: subject(it), verifier, candidates }.into()
    },
    |world, it| {
        let (amended_by, approved_by, supersedes) = (staff(CLERK), staff(it.staff), held(world, it));
        let (candidate, centi, reason, document_sha256) = (candidate(it.who), it.centi, text("合分错误"), None);
        let subject = subject(it);
        ScoreAmended { candidate, subject, supersedes, centi, reason, amended_by, approved_by, document_sha256 }.into()
    },
    |world, it| {
        let mut released = results();
        released.results.truncate(it.who as usize);
        for result in &mut released.results {
            if let Some(whole) = world.view.batch.whole(result.candidate).filter(|_| !it.stale) {
                (result.total, result.passed) = (whole.total, whole.least >= 6_000 && whole.total >= 6_000);
            }
        }
        released.into()
    },
    |world, it| {
        let mut posted = notice(world.kind);
        posted.notice = text(&format!("GS-{}", it.staff));
        posted.candidates = vec![candidate(it.who)];
        posted.into()
    },
    |_, it| {
        let candidate = it.stale.then(|| candidate(it.who));
        let (objection, notice) = (text(&format!("YY-{}", it.who)), text(&format!("GS-{}", it.staff)));
        ObjectionRaised { objection, notice, candidate, raised_on: date("2026-10-21"), grounds: text("不服") }.into()
    },
    |_, it| {
        let (decided_by, reasons, signatures) = (DecidedBy::Committee, text("已复核"), vec![signature("委员")]);
        let objection = text(&format!("YY-{}", it.who));
        ObjectionDecided { objection, decided_by, upheld: it.stale, reasons, signatures }.into()
    },
    |_, it| {
        let (notice, candidates) = (text(&format!("GS-{}", it.staff)), vec![candidate(it.who)]);
        ResultsUploaded { notice, candidates, ..upload("2026-10-28") }.into()
    },
    |_, it| fact::certificate::CertificateNumbered { candidate: candidate(it.who), ..numbered() }.into(),
    |_, _| certificates_confirmed().into(),
    |_, it| fact::certificate::CertificateIssued { candidate: candidate(it.who), ..issue() }.into(),
    |_, it| {
        let (number, reason, document_sha256) = (text(NUMBER), text("遗失"), None);
        let (candidate, applied_on, issued_on) = (candidate(it.who), date("2027-03-01"), date("2027-03-05"));
        CertificateReissued { candidate, number, applied_on, issued_on, reason, document_sha256 }.into()
    },
    |_, _| reported("2026-11-20").into(),
    |_, it| {
        let (returning, reason, candidates) = (text("TH-1"), text("有误"), vec![candidate(it.who)]);
        DataReturned { returning, returned_on: date("2026-11-24"), reason, candidates }.into()
    },
    |_, _| DataCorrected { returning: text("TH-1"), reported_on: date("2026-12-01"), reference: text("SJ-2") }.into(),
    |_, it| record(RecordCategory::ALL[it.staff as usize % RecordCategory::ALL.len()]).into(),
    |_, _| closed().into(),
];

/// What must hold of one step, said without the code that keeps it.
fn lawful(was: &View, is: &View, fact: &Fact) -> Result<(), TestCaseError> {
    let (before, after) = (&was.batch.scores.scores, &is.batch.scores.scores);
    for (key, score) in before {
        let now = &after[key];
        if now.centi != score.centi {
            let Fact::ScoreAmended(it) = fact else { return Err(TestCaseError::fail(format!("{fact:?} changed a score"))) };
            prop_assert!(it.supersedes == score.fact && it.amended_by != it.approved_by);
            prop_assert!(!is.batch.scores.released.contains_key(&key.0), "an amended result stays released");
            prop_assert!(!is.batch.notices.uploaded.contains_key(&key.0), "an amended result stays uploaded");
        }
    }
    let numbers = &is.batch.certificates;
    for (candidate, certificate) in &was.batch.certificates.of {
        prop_assert_eq!(&numbers.of[candidate].number, &certificate.number, "a number is for ever");
    }
    prop_assert!(is.batch.findings.starts_with(&was.batch.findings), "a finding was changed");
    prop_assert!(was.batch.records.closed.is_none() || was.batch.scores == is.batch.scores, "a closed batch was changed");
    Ok(())
}

fn tell(world: &mut World, step: &Step) -> Result<(), TestCaseError> {
    let fact = KINDS[step.kind](world, step);
    let before = world.view.clone();
    let judged = if step.breach { world.judge_breach(&fact) } else { world.judge(&fact) };
    prop_assert!(world.view == before, "judging changes nothing");
    let mut told = before.clone();
    if told.take(&fact, &world.telling, &[]).is_err() {
        prop_assert!(told == before, "{fact:?} was refused and changed something");
    }
    match judged {
        Ok(found) => {
            world.record(&fact, &found);
            lawful(&before, &world.view, &fact)?;
        }
        Err(Refused::Unfit(_)) => {}
        Err(Refused::Blocked(found)) => {
            prop_assert!(!step.breach && !found.is_empty(), "a rule refuses permission, never a fact: {found:?}");
        }
    }
    Ok(())
}

fn begin(kind: OrganizationKind, stage: u8) -> World {
    let mut world = World::new(kind, Some(ZAOZHUANG));
    match stage {
        0 => world.judged(),
        1 => world.scored(),
        2 => world.posted(),
        3 => world.issued(),
        _ => world.volume(),
    };
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Facts in any order, right and wrong: nothing panics, what is refused changes nothing, and a score changes only by
    /// an amendment of two persons that names it.
    #[test]
    fn no_order_of_facts_changes_a_result_unseen(kind in 0..3usize, stage in 0..5u8, steps in steps()) {
        let mut world = begin(OrganizationKind::ALL[kind], stage);
        for step in &steps {
            tell(&mut world, step)?;
        }
    }

    /// Whatever is wrong with candidate 1, candidate 2 is released; and what is found names candidate 1 alone.
    #[test]
    fn what_holds_one_back_holds_nobody_else_back(
        kind in 0..3usize, unconfirmed in proptest::collection::vec(any::<bool>(), 3), incident_open: bool, disputed: bool,
    ) {
        let mut world = begin(OrganizationKind::ALL[kind], 1);
        for (subject, _) in Subject::ALL.iter().zip(&unconfirmed).filter(|(_, wrong)| **wrong) {
            world.view.batch.scores.scores.get_mut(&(candidate(1), *subject)).unwrap().confirmed = false;
        }
        if incident_open {
            world.when(at("14:00:00")).tell(incident(IncidentKind::Candidate)).look_at_session();
        }
        if disputed {
            world.view.batch.scores.disputed.insert(candidate(1));
        }
        let all: Fact = results().into();
        match world.judge(&all) {
            Ok(_) => prop_assert!(!incident_open && !disputed && unconfirmed.iter().all(|wrong| !wrong)),
            Err(Refused::Blocked(found)) => prop_assert!(found.iter().all(|it| it.about == candidate(1).to_string())),
            Err(unfit) => prop_assert!(false, "{:?}", unfit),
        }
        let second = results().results.into_iter().filter(|it| it.candidate == candidate(2)).collect();
        let second: Fact = ScoresReleased { results: second, signature: signature("负责人") }.into();
        prop_assert_eq!(world.judge(&second), Ok(Vec::new()));
    }
}
