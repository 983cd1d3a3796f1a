//! Rows P5, H6 and I3 to I8: who judges, with what, and who enters and checks.

use liuhen_proto::ids::CandidateId;

use crate::fact::Fact;
use crate::fact::score::{
    MarkingAnomalyRecorded, MarkingGroupFormed, MarkingMaterialChanged, MarkingPrepared, ScoreAmended, ScoresVerified,
};
use crate::fact::words::{IncidentKind, Subject};

use super::world::{CLERK, MARKER, VERIFIER, World, candidate, file, incident, results, score, sheet, signature, staff, text};
use super::{Example, change};

fn entry(world: &mut World) -> Fact {
    world.judged();
    score(1, Subject::Practical, 7_500).into()
}

fn sheets(world: &mut World) -> &mut std::collections::BTreeMap<liuhen_proto::ids::StaffId, crate::case::score::Sheet> {
    let of: (CandidateId, Subject) = (candidate(1), Subject::Practical);
    world.view.batch.scores.sheets.get_mut(&of).unwrap()
}

fn prepared(world: &mut World) -> Fact {
    world.gathered();
    MarkingPrepared { subject: Subject::Theory, system: text("CBT"), encrypted: true, protected: true }.into()
}

fn grouped(world: &mut World) -> &mut World {
    let (group, leader, markers) = (text("G1"), staff(VERIFIER), vec![staff(MARKER)]);
    let standard_sha256 = Some(file("standard"));
    world.gathered().tell(MarkingGroupFormed { group, subject: Subject::Practical, leader, markers, standard_sha256 })
}

/// Candidate 1 is amended by the clerk, with the verifier's consent.
fn amended(world: &mut World) -> Fact {
    world.scored();
    ScoreAmended {
        candidate: candidate(1),
        subject: Subject::Practical,
        supersedes: world.view.batch.scores.of(candidate(1), Subject::Practical).unwrap().fact,
        centi: 7_600,
        reason: text("合分错误"),
        amended_by: staff(CLERK),
        approved_by: staff(VERIFIER),
        document_sha256: None,
    }
    .into()
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: "P5.scores",
        fact: entry,
        spoil: |world, _| {
            sheets(world).pop_first();
            sheets(world).pop_last();
        },
    },
    Example {
        rule: "P5.sent",
        fact: |world| {
            world.gathered();
            sheet(1, Subject::Practical, 21, 7_500).into()
        },
        spoil: change!(ScoreSheetSigned, it => it.examiner = staff(MARKER)),
    },
    Example {
        rule: "H6.signed",
        fact: entry,
        spoil: |world, _| {
            world.view.batch.scores.sheets.clear();
        },
    },
    Example { rule: "I3.protected", fact: prepared, spoil: change!(MarkingPrepared, it => it.protected = false) },
    Example { rule: "I4.encrypted", fact: prepared, spoil: change!(MarkingPrepared, it => it.encrypted = false) },
    Example {
        rule: "I4.approved",
        fact: |world| {
            world.gathered();
            let (what, approval) = (text("第 7 题答案有误，改为 B"), Some(signature("负责人")));
            MarkingMaterialChanged { subject: Subject::Theory, what, changed_by: staff(MARKER), approval }.into()
        },
        spoil: change!(MarkingMaterialChanged, it => it.approval = None),
    },
    Example {
        rule: "I5.logged",
        fact: |world| {
            world.scored();
            results().into()
        },
        spoil: |world, _| world.view.batch.scores.work.clear(),
    },
    Example {
        rule: "I6.group",
        fact: |world| {
            grouped(world);
            crate::fact::score::ScoreSheetSigned { session: None, ..sheet(1, Subject::Practical, MARKER, 7_500) }.into()
        },
        spoil: change!(ScoreSheetSigned, it => it.examiner = staff(CLERK)),
    },
    Example {
        rule: "I6.anomaly",
        fact: |world| {
            grouped(world);
            let (what, reported_to) = (text("两份试件雷同"), Some(text("鲁南技能评价中心")));
            MarkingAnomalyRecorded { group: text("G1"), what, reported_to }.into()
        },
        spoil: change!(MarkingAnomalyRecorded, it => it.reported_to = None),
    },
    Example { rule: "I7.entered", fact: entry, spoil: change!(ScoreEntered, it => it.centi = 7_510) },
    Example {
        rule: "I7.noted",
        fact: entry,
        spoil: |world, _| {
            world.when(super::world::at("14:00:00")).tell(incident(IncidentKind::Candidate)).look_at_session();
        },
    },
    Example {
        rule: "I8.two",
        fact: |world| {
            world.judged();
            world.tell(score(1, Subject::Practical, 7_500));
            let (subject, candidates) = (Subject::Practical, vec![candidate(1)]);
            ScoresVerified { subject, verifier: staff(VERIFIER), candidates }.into()
        },
        spoil: change!(ScoresVerified, it => it.verifier = staff(CLERK)),
    },
    Example {
        rule: "I8.login",
        fact: |world| {
            world.judged();
            world.logged_in(1).tell(score(1, Subject::Practical, 7_500)).logged_in(2);
            let (subject, candidates) = (Subject::Practical, vec![candidate(1)]);
            ScoresVerified { subject, verifier: staff(VERIFIER), candidates }.into()
        },
        spoil: |world, _| {
            world.logged_in(1);
        },
    },
    Example {
        rule: "J1.amended",
        fact: amended,
        spoil: |world, _| {
            world.tell(results());
            let notice = super::world::notice(world.kind);
            world.tell(notice);
        },
    },
];
