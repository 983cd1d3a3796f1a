//! Rows J3 to J7: certificates.

use crate::fact::Fact;
use crate::fact::certificate::{CertificateReissued, DataCorrected, DataReturned};

use super::world::{NUMBER, World, candidate, certificates_confirmed, date, issue, numbered, on, reported, text};
use super::{Example, change};

fn number(world: &mut World) -> Fact {
    world.uploaded().when(on("2026-11-02", "09:00:00"));
    numbered().into()
}

fn issuing(world: &mut World) -> Fact {
    world.uploaded().tell(numbered()).tell(certificates_confirmed());
    issue().into()
}

fn returned(world: &mut World) -> &mut World {
    world.issued().tell(reported("2026-11-20"));
    let (returning, reason) = (text("TH-1"), text("身份证号有误"));
    world.tell(DataReturned { returning, returned_on: date("2026-11-24"), reason, candidates: vec![candidate(1)] })
}

pub(super) const EXAMPLES: &[Example] = &[
    Example {
        rule: "J3.form",
        fact: number,
        spoil: change!(CertificateNumbered, it => it.number = text("S00003704000126400001")),
    },
    Example {
        rule: "J3.form",
        fact: number,
        spoil: change!(CertificateNumbered, it => it.number = text("s000037040001264000001")),
    },
    Example {
        rule: "J3.code",
        fact: number,
        spoil: change!(CertificateNumbered, it => it.number = text("S000037040002264000001")),
    },
    Example {
        rule: "J3.level",
        fact: number,
        spoil: change!(CertificateNumbered, it => it.number = text("S000037040001263000001")),
    },
    Example {
        rule: "J3.unique",
        fact: number,
        spoil: |world, _| {
            world.view.batch.certificates.numbers.insert(NUMBER.to_owned(), candidate(2));
        },
    },
    Example {
        rule: "J3.unique",
        fact: number,
        spoil: |world, _| {
            // In another batch, of another person.
            world.view.numbers_elsewhere.insert(NUMBER.to_owned(), candidate(3));
        },
    },
    Example {
        rule: "J3.passed",
        fact: number,
        spoil: |world, _| {
            world.view.batch.notices.uploaded.clear();
        },
    },
    Example { rule: "J3.passed", fact: number, spoil: change!(CertificateNumbered, it => it.candidate = candidate(2)) },
    Example { rule: "J3.year", fact: issuing, spoil: change!(CertificateIssued, it => it.issued_on = date("2027-01-04")) },
    Example {
        rule: "J3.confirmed",
        fact: issuing,
        spoil: |world, _| world.view.batch.certificates.of.get_mut(&candidate(1)).unwrap().confirmed_on = None,
    },
    Example {
        rule: "J4.number",
        fact: issuing,
        spoil: change!(CertificateIssued, it => it.number = text("S000037040001264000002")),
    },
    Example { rule: "J4.fields", fact: issuing, spoil: change!(CertificateIssued, it => it.job_type = text("无")) },
    Example { rule: "J4.fields", fact: issuing, spoil: change!(CertificateIssued, it => it.level = text("中级工")) },
    Example { rule: "J4.sealed", fact: issuing, spoil: change!(CertificateIssued, it => it.hand_sealed = false) },
    Example {
        rule: "J5.number",
        fact: |world| {
            world.issued();
            let (applied_on, issued_on) = (date("2027-03-01"), date("2027-03-05"));
            let (number, reason, document_sha256) = (text(NUMBER), text("遗失"), None);
            CertificateReissued { candidate: candidate(1), number, applied_on, issued_on, reason, document_sha256 }.into()
        },
        spoil: change!(CertificateReissued, it => it.number = text("S000037040001274000001")),
    },
    Example {
        rule: "J6.late",
        fact: |world| {
            world.issued();
            // Thirty working days after 2026-11-04.
            reported("2026-12-16").into()
        },
        spoil: change!(DataReported, it => it.reported_on = date("2026-12-17")),
    },
    Example {
        rule: "J7.late",
        fact: |world| {
            returned(world);
            // Fifteen working days after 2026-11-24.
            DataCorrected { returning: text("TH-1"), reported_on: date("2026-12-15"), reference: text("SJ-2") }.into()
        },
        spoil: change!(DataCorrected, it => it.reported_on = date("2026-12-16")),
    },
];
