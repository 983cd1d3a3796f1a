//! Rows J1 and J2: public notice, objections, upload.

use crate::fact::Fact;
use crate::fact::parts::Signature;
use crate::fact::score::{ObjectionDecided, ObjectionRaised};
use crate::fact::words::{DecidedBy, NoticeChannel};
use crate::words::OrganizationKind;

use super::world::{World, candidate, date, notice, on, results, signature, text, upload};
use super::{Example, change};

fn posting(world: &mut World) -> Fact {
    world.scored().tell(results());
    notice(world.kind).into()
}

fn uploading(world: &mut World) -> Fact {
    world.posted().when(on("2026-10-28", "09:00:00"));
    upload("2026-10-28").into()
}

fn objection() -> ObjectionRaised {
    let (objection, notice, grounds) = (text("YY-1"), text("GS-1"), text("合分有误"));
    ObjectionRaised { objection, notice, candidate: Some(candidate(1)), raised_on: date("2026-10-22"), grounds }
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: "J1.released",
        fact: posting,
        spoil: |world, _| {
            world.view.batch.scores.released.remove(&candidate(1));
        },
    },
    Example {
        rule: "J1.channel",
        fact: posting,
        spoil: |world, fact| {
            let Fact::NoticePosted(it) = fact else { unreachable!("a notice is judged") };
            let college = world.kind == OrganizationKind::TechnicalCollege;
            it.channel = if college { NoticeChannel::Enterprise } else { NoticeChannel::School };
        },
    },
    Example { rule: "J1.early", fact: uploading, spoil: change!(ResultsUploaded, it => it.uploaded_on = date("2026-10-27")) },
    Example {
        rule: "J1.early",
        fact: uploading,
        spoil: |world, _| {
            // Whatever the caller says: by the centre's clock the day has not come.
            world.when(on("2026-10-27", "23:59:59"));
        },
    },
    Example {
        rule: "J1.posted",
        fact: uploading,
        spoil: |world, _| {
            world.view.batch.notices.of.remove(&candidate(1));
        },
    },
    Example {
        rule: "J1.objection",
        fact: uploading,
        spoil: |world, _| {
            world.tell(objection());
        },
    },
    Example {
        rule: "J2.committee",
        fact: |world| {
            world.posted().tell(objection());
            let signatures: Vec<Signature> = vec![signature("主任委员"), signature("委员")];
            let (decided_by, reasons) = (DecidedBy::Committee, text("复核无误"));
            ObjectionDecided { objection: text("YY-1"), decided_by, upheld: false, reasons, signatures }.into()
        },
        spoil: change!(ObjectionDecided, it => it.decided_by = DecidedBy::Organization),
    },
];
