//! The rules: what each looks at. How much it weighs is in the packs.
//!
//! In: a [`Moment`]: what is known, and a fact that is told or asked about. Out: [`Finding`]s, weighed. Always: a rule is
//! pure; it refuses permission, never a fact: what blocks lets a fact pass that is told as a breach, as a finding.
//! One rule serves one row of the requirements: `P2.few`
//! serves row P2.

use liuhen_proto::{Code, Problem};

use crate::calendar::{Calendar, Date};
use crate::case::{Telling, Unfit, View};
use crate::fact::Fact;
use crate::fact::words::Subject;
use crate::finding::{Broken, Finding, Severity};
use crate::pack::Pack;

mod announcement;
mod before;
mod certificate;
mod checks;
mod closing;
mod day;
mod examiners;
#[cfg(test)]
mod examples;
mod incident;
mod marking;
mod notice;
mod people;
mod place;
mod plan;
mod record;
mod recusal;
mod release;
mod supervision;

pub(crate) use closing::not_reported;

/// What rules look at.
pub struct Moment<'a> {
    /// What is known.
    pub view: &'a View,
    /// The rules that bind.
    pub pack: &'a Pack,
    /// Which days are worked.
    pub calendar: &'a Calendar,
    /// How the fact is told, or would be.
    pub telling: &'a Telling,
    /// The fact.
    pub fact: &'a Fact,
}

impl Moment<'_> {
    fn day(&self) -> Date {
        self.telling.day()
    }

    /// What is examined in a turn.
    fn subject(&self, turn: u32) -> Option<Subject> {
        self.view.session.planned_turn(turn).map(|turn| turn.subject)
    }

    /// Whether the plan has a subject examined by computer (智能化考试).
    fn by_computer(&self, subject: Subject) -> bool {
        let subjects = self.view.batch.plan.iter().flat_map(|plan| &plan.subjects);
        subjects.filter(|plan| plan.subject == subject).any(|plan| plan.by_computer)
    }
}

/// One rule.
pub struct Rule {
    /// Its name.
    pub id: &'static str,
    check: fn(&Moment<'_>) -> Vec<Broken>,
}

impl Rule {
    /// The row of the requirements that it serves.
    pub fn row(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }
}

/// All of them, in the order of the rows.
pub const RULES: &[Rule] = &[
    rule("A4", plan::stamped),
    rule("A5", plan::employment),
    rule("A6", people::supervised_from_outside),
    rule("A7", announcement::scope),
    rule("A8", announcement::announced),
    rule("A9", announcement::on_file),
    rule("A10", plan::subjects),
    rule("A10.appraisal", plan::appraisal),
    rule("B1.late", announcement::announcement_in_time),
    rule("B1.approved", announcement::announcement_approved),
    rule("B2.late", plan::filed_in_time),
    rule("B2.confirmed", plan::confirmed),
    rule("B3.registration", before::registration),
    rule("B3.review", before::review),
    rule("B3.tickets", before::tickets),
    rule("B5", before::photo),
    rule("B6", before::once),
    rule("B9", before::approved),
    rule("B10", before::corrected),
    rule("B11", plan::documents),
    rule("B12.name", plan::name),
    rule("B14", plan::undertaking),
    rule("B15.weights", plan::weights),
    rule("B15.method", plan::method),
    rule("B16", plan::process),
    rule("C1", place::site_approved),
    rule("C3", place::facilities),
    rule("C4", place::guarded),
    rule("C5.test", place::tested),
    rule("C5.devices", place::devices),
    rule("C6", place::covered),
    rule("C7.allowed", place::exemption_allowed),
    rule("C7.traces", place::traces),
    rule("C8.seats", place::seats_apart),
    rule("C8.computers", place::computers),
    rule("C8.quiet", checks::theory_room),
    rule("C9", checks::equipment),
    rule("C10", checks::review_room),
    rule("C12", day::right_room),
    rule("C13", before::tickets_handed_out),
    rule("D1.once", before::paper_once),
    rule("D1.computer", plan::theory_by_computer),
    rule("D2", day::signed_over),
    rule("P1", people::posts),
    rule("P2.few", people::few_invigilators),
    rule("P2.many", people::many_invigilators),
    rule("P2.head", people::site_head),
    rule("P3", recusal::recusal),
    rule("P4", recusal::trainer),
    rule("P5.count", examiners::enough),
    rule("P5.lead", examiners::led),
    rule("P5.random", examiners::at_random),
    rule("P5.card", examiners::carded),
    rule("P6.present", people::supervised),
    rule("P6.card", people::supervisor_qualified),
    rule("P7.roles", recusal::one_role),
    rule("P7.badge", people::badge),
    rule("P8", supervision::guidance),
    rule("F1", checks::notices),
    rule("F2", checks::acquainted),
    rule("F3.check", checks::head_check),
    rule("F3.minutes", checks::minutes),
    rule("F4", checks::invigilators_trained),
    rule("F5", checks::examiners_prepared),
    rule("F6", supervision::day_before_form),
    rule("F7", checks::handbook),
    rule("G1.drawn", people::drawn),
    rule("G1.announced", people::announced),
    rule("G2", checks::machines),
    rule("G3", checks::papers),
    rule("G4", checks::place),
    rule("G5.form", supervision::pre_start_form),
    rule("G5.reported", checks::reported),
    rule("H2", incident::hole),
    rule("H3.entry", day::late_entry),
    rule("H3.leaving", day::early_leave),
    rule("H4.police", incident::police),
    rule("H4.reported", incident::reported),
    rule("H4.time", day::time_kept),
    rule("H5.identity", day::identified),
    rule("H5.reported", incident::seen_by_supervisor),
    rule("H6", incident::compensated),
    rule("H6.defence", examiners::heard),
    rule("H7", supervision::decided_by_supervisor),
    rule("H8", incident::staff_misconduct),
    rule("I1", day::all_collected),
    rule("I2", supervision::overall),
    // After the exam: rows that come before I have rules here as well, which ask for what is known by then.
    rule("B4.open", record::last_plan_certified),
    rule("B15.total", release::total_recomputed),
    rule("D1.batch", record::paper_of_one_batch),
    rule("P5.scores", marking::scored_by_enough),
    rule("P5.sent", marking::scored_by_examiners),
    rule("H2.explained", closing::explained),
    rule("H2.platform", closing::received_by_platform),
    rule("H6.signed", marking::sheet_signed),
    rule("I2.closed", closing::evaluated),
    rule("I3.protected", marking::protected),
    rule("I3.confirmed", release::machine_confirmed),
    rule("I4.encrypted", marking::encrypted),
    rule("I4.approved", marking::change_approved),
    rule("I5.logged", marking::logged),
    rule("I6.group", marking::marked_by_group),
    rule("I6.anomaly", marking::anomaly_reported),
    rule("I7.entered", marking::entered_as_judged),
    rule("I7.noted", marking::violation_noted),
    rule("I7.incident", release::incidents_decided),
    rule("I7.missing", release::all_scored),
    rule("I8.verified", release::entry_verified),
    rule("I8.two", marking::checked_by_another),
    rule("I8.login", marking::checked_under_another_login),
    rule("J1.released", notice::released),
    rule("J1.channel", notice::channel),
    rule("J1.early", notice::lasted),
    rule("J1.posted", notice::posted),
    rule("J1.objection", notice::undisputed),
    rule("J1.disputed", release::dispute_settled),
    rule("J1.amended", marking::amended_after_notice),
    rule("J2.committee", notice::committee),
    rule("J3.form", certificate::form),
    rule("J3.code", certificate::code),
    rule("J3.level", certificate::level),
    rule("J3.unique", certificate::unique),
    rule("J3.passed", certificate::passed),
    rule("J3.year", certificate::year),
    rule("J3.confirmed", certificate::confirmed),
    rule("J4.number", certificate::number_printed),
    rule("J4.fields", certificate::fields),
    rule("J4.sealed", certificate::hand_sealed),
    rule("J5.number", certificate::original_number),
    rule("J6.late", certificate::reported_in_time),
    rule("J7.late", certificate::corrected_in_time),
    rule("K1.open", closing::finished),
    rule("K1.place", record::found_again),
    rule("K2.complete", closing::complete),
    rule("K5.late", record::summary_in_time),
    rule("K5.figures", record::figures),
];

const fn rule(id: &'static str, check: fn(&Moment<'_>) -> Vec<Broken>) -> Rule {
    Rule { id, check }
}

/// Why a fact was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not fit what is known.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Rules that block are broken. All of them, with what else was found.
    #[error("{}", .0.first().map_or("", |finding| finding.english.as_str()))]
    Blocked(Vec<Finding>),
}

impl Refused {
    /// What kind of refusal it is.
    pub const fn code(&self) -> Code {
        match self {
            Self::Unfit(Unfit::State { .. }) | Self::Blocked(_) => Code::FailedPrecondition,
            Self::Unfit(_) => Code::InvalidArgument,
        }
    }
}

impl From<Refused> for Problem {
    /// Each rule that blocks with its clause, its facts and who may let it pass, in both languages.
    fn from(refused: Refused) -> Self {
        let findings = match refused {
            Refused::Unfit(unfit) => return unfit.into(),
            Refused::Blocked(findings) => findings,
        };
        let blocking: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Block).collect();
        let english = |finding: &&Finding| {
            let who = finding
                .waiver
                .as_ref()
                .map_or_else(|| "nobody may let it pass".to_owned(), |who| format!("{who} may let it pass"));
            format!("{} [{}, {}] ({who})", finding.english, finding.rule, finding.clause)
        };
        let chinese = |finding: &&Finding| {
            let who = finding.waiver.as_ref().map_or_else(|| "不可豁免".to_owned(), |who| format!("可由 {who} 豁免"));
            format!("{}〔{}，{}〕（{who}）", finding.chinese, finding.rule, finding.clause)
        };
        let all = |tell: &dyn Fn(&&Finding) -> String, between| blocking.iter().map(tell).collect::<Vec<_>>().join(between);
        let problem = Self::new(Code::FailedPrecondition, all(&english, "; "), all(&chinese, "；"));
        blocking.iter().fold(problem, |problem, finding| {
            let facts: Vec<_> = finding.facts.iter().map(|(name, fact)| format!("{name}={fact}")).collect();
            problem.with_violation(format!("{}:{}", finding.rule, finding.about), facts.join(", "))
        })
    }
}

/// What the rules find about a fact.
pub fn findings(moment: &Moment<'_>) -> Vec<Finding> {
    let bound = RULES.iter().filter(|rule| moment.pack.weight(rule.id).is_some());
    bound.flat_map(|rule| (rule.check)(moment).into_iter().filter_map(|broken| moment.pack.weigh(rule.id, broken))).collect()
}

/// Whether a fact is taken, and with which findings. What blocks is refused, unless it is told as what happened against
/// the rule.
pub fn judge(moment: &Moment<'_>) -> Result<Vec<Finding>, Refused> {
    moment.view.fits(moment.fact, moment.telling)?;
    let found = findings(moment);
    let blocks = found.iter().any(|finding| finding.severity == Severity::Block);
    if blocks && moment.telling.breach.is_none() { Err(Refused::Blocked(found)) } else { Ok(found) }
}
