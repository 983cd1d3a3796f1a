//! What is known of marking and scores: sheets, totals, entries, and what is released.
//!
//! Always: one score holds for a candidate in a subject, and names the fact that told it; another takes its place only
//! by naming that fact, so that of two who amend at once one is refused; what was entered or amended waits for a second
//! look. Not here: who may be released
//! ([`crate::rule`]), and how subjects make a whole ([`super::result`]).

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::ids::{CandidateId, FactId, PersonId, SessionId, StaffId};

use super::batch::Batch;
use super::{Telling, Unfit};
use crate::fact::Fact;
use crate::fact::score::{MarkingGroupFormed, ReleasedResult, ScoreAmended, ScoreSheetSigned, ScoresReleased};
use crate::fact::words::Subject;
use crate::text::Text;

/// The highest score of a subject, in hundredths of a point.
pub const MOST_CENTI: u32 = 10_000;

/// What an examiner or a marker judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// The fact that told it.
    pub fact: FactId,
    /// Hundredths of a point.
    pub centi: u32,
    /// In which session; not set where it was marked later.
    pub session: Option<SessionId>,
}

/// How a score came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A computer marked it.
    Machine,
    /// It was entered from paper, by that person.
    Entered(StaffId),
    /// It was put right since; the second person, who agreed, has yet to say so.
    Amended(StaffId),
}

/// A score that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// The fact that told it.
    pub fact: FactId,
    /// Hundredths of a point.
    pub centi: u32,
    /// How it came to be.
    pub origin: Origin,
    /// Under whose login; nothing where a machine told it.
    pub by: Option<PersonId>,
    /// A second look confirmed it.
    pub confirmed: bool,
    /// A violation of the room record is noted with it.
    pub noted: bool,
}

/// The work of marking in a subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Days of work that are on record.
    pub days: u32,
    /// Data were backed up.
    pub backed_up: bool,
}

/// Marking and scores of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scores {
    /// Groups of markers, by name.
    pub groups: BTreeMap<String, MarkingGroupFormed>,
    /// What was done, by subject.
    pub work: BTreeMap<Subject, Work>,
    /// Sheets, by candidate and subject, of each examiner.
    pub sheets: BTreeMap<(CandidateId, Subject), BTreeMap<StaffId, Sheet>>,
    /// Scores that hold.
    pub scores: BTreeMap<(CandidateId, Subject), Score>,
    /// What the room record says of a violation, where it is noted with a score.
    pub notes: BTreeMap<(CandidateId, Subject), Text<1000>>,
    /// What was released.
    pub released: BTreeMap<CandidateId, ReleasedResult>,
    /// Candidates whose objection was right and whose score is not amended yet.
    pub disputed: BTreeSet<CandidateId>,
}

impl Scores {
    /// The score that holds.
    pub fn of(&self, candidate: CandidateId, subject: Subject) -> Option<&Score> {
        self.scores.get(&(candidate, subject))
    }

    /// What the sheets come to: their mean, rounded half up. The texts do not say how several examiners make one score.
    pub fn mean_of_sheets(&self, candidate: CandidateId, subject: Subject) -> Option<u32> {
        let sheets = self.sheets.get(&(candidate, subject))?;
        let sum: u64 = sheets.values().map(|sheet| u64::from(sheet.centi)).sum();
        let count = u64::try_from(sheets.len()).ok().filter(|count| *count > 0)?;
        u32::try_from((2 * sum + count) / (2 * count)).ok()
    }

    /// Whether anything was judged of a candidate.
    pub fn any_of(&self, candidate: CandidateId) -> bool {
        self.scores.keys().chain(self.sheets.keys()).any(|(whose, _)| *whose == candidate)
    }

    pub(super) fn apply(&mut self, fact: &Fact, telling: &Telling) {
        match fact {
            Fact::MarkingGroupFormed(it) => {
                self.groups.insert(it.group.to_string(), it.clone());
            }
            Fact::MarkingLogged(it) => {
                let work = self.work.entry(it.subject).or_default();
                (work.days, work.backed_up) = (work.days.saturating_add(1), work.backed_up || it.backup_sha256.is_some());
            }
            Fact::ScoreSheetSigned(it) => {
                let sheet = Sheet { fact: telling.id, centi: it.centi, session: it.session };
                self.sheets.entry((it.candidate, it.subject)).or_default().insert(it.examiner, sheet);
            }
            Fact::MachineTotalTold(it) => {
                let score = Score::new(telling, it.centi, Origin::Machine);
                self.scores.insert((it.candidate, it.subject), score);
            }
            Fact::MachineTotalsConfirmed(it) => self.confirm(it.subject, &it.candidates),
            Fact::ScoresVerified(it) => self.confirm(it.subject, &it.candidates),
            Fact::ScoreEntered(it) => {
                let noted = it.violation_note.is_some();
                if let Some(note) = &it.violation_note {
                    self.notes.insert((it.candidate, it.subject), note.clone());
                }
                let score = Score { noted, ..Score::new(telling, it.centi, Origin::Entered(it.clerk)) };
                self.scores.insert((it.candidate, it.subject), score);
            }
            Fact::ScoreAmended(it) => self.amend(it, telling),
            Fact::ScoresReleased(it) => {
                self.released.extend(it.results.iter().map(|result| (result.candidate, result.clone())));
            }
            _ => {}
        }
    }

    fn confirm(&mut self, subject: Subject, candidates: &[CandidateId]) {
        for candidate in candidates {
            if let Some(score) = self.scores.get_mut(&(*candidate, subject)) {
                score.confirmed = true;
            }
        }
    }

    /// What is amended waits for the second person, and has to be released and posted again.
    fn amend(&mut self, it: &ScoreAmended, telling: &Telling) {
        let noted = self.of(it.candidate, it.subject).is_some_and(|score| score.noted);
        let score = Score { noted, ..Score::new(telling, it.centi, Origin::Amended(it.approved_by)) };
        self.scores.insert((it.candidate, it.subject), score);
        self.released.remove(&it.candidate);
        self.disputed.remove(&it.candidate);
    }
}

impl Score {
    const fn new(telling: &Telling, centi: u32, origin: Origin) -> Self {
        Self { fact: telling.id, centi, origin, by: telling.by, confirmed: false, noted: false }
    }
}

/// Whether a fact of scores fits the batch.
pub(super) fn check(batch: &Batch, fact: &Fact) -> Result<(), Unfit> {
    match fact {
        Fact::MarkingPrepared(it) => planned(batch, it.subject, "marking_prepared"),
        Fact::MarkingGroupFormed(it) => planned(batch, it.subject, "marking_group_formed"),
        Fact::MarkingMaterialChanged(it) => planned(batch, it.subject, "marking_material_changed"),
        Fact::MarkingLogged(it) => planned(batch, it.subject, "marking_logged"),
        Fact::MarkingAnomalyRecorded(it) => match batch.scores.groups.contains_key(it.group.as_str()) {
            true => Ok(()),
            false => Err(Unfit::unknown("marking_anomaly_recorded.group", &it.group, "the marking groups of the batch")),
        },
        Fact::ScoreSheetSigned(it) => sheet(batch, it),
        Fact::MachineTotalTold(it) => first(batch, (it.candidate, it.subject, it.centi), "machine_total_told"),
        Fact::ScoreEntered(it) => first(batch, (it.candidate, it.subject, it.centi), "score_entered"),
        Fact::MachineTotalsConfirmed(it) => {
            let machine = |score: &Score| score.origin == Origin::Machine;
            waiting(batch, it.subject, &it.candidates, machine, "machine_totals_confirmed")
        }
        Fact::ScoresVerified(it) => {
            let entered = |score: &Score| score.origin != Origin::Machine;
            waiting(batch, it.subject, &it.candidates, entered, "scores_verified")
        }
        Fact::ScoreAmended(it) => amendable(batch, it),
        Fact::ScoresReleased(it) => releasable(batch, it),
        _ => Ok(()),
    }
}

fn planned(batch: &Batch, subject: Subject, fact: &str) -> Result<(), Unfit> {
    match batch.plan.iter().flat_map(|plan| &plan.subjects).any(|plan| plan.subject == subject) {
        true => Ok(()),
        false => Err(Unfit::unknown(format!("{fact}.subject"), subject, "the plan of the batch")),
    }
}

fn scored(batch: &Batch, (candidate, subject, centi): (CandidateId, Subject, u32), fact: &str) -> Result<(), Unfit> {
    batch.known(candidate, &format!("{fact}.candidate_id"))?;
    planned(batch, subject, fact)?;
    match centi <= MOST_CENTI {
        true => Ok(()),
        false => {
            let english = format!("{centi} hundredths of a point, at most {MOST_CENTI} can be had");
            Err(Unfit::wrong(format!("{fact}.score_centi"), english, format!("分值为百分之 {centi} 分，最高为 100 分")))
        }
    }
}

/// A score is told once; after that it is amended.
fn first(batch: &Batch, what: (CandidateId, Subject, u32), fact: &str) -> Result<(), Unfit> {
    scored(batch, what, fact)?;
    match batch.scores.of(what.0, what.1) {
        None => Ok(()),
        Some(_) => {
            let english = "a score was told already: amend it (score_amended), naming the fact that it supersedes";
            Err(Unfit::state(what.0, "scored", english, "该科目成绩已登记，更正请用 score_amended 并注明被替代的记录"))
        }
    }
}

fn sheet(batch: &Batch, it: &ScoreSheetSigned) -> Result<(), Unfit> {
    scored(batch, (it.candidate, it.subject, it.centi), "score_sheet_signed")?;
    if batch.scores.of(it.candidate, it.subject).is_some() {
        let english = "the score is entered: amend it (score_amended) instead of signing another sheet";
        return Err(Unfit::state(it.candidate, "scored", english, "成绩已登记，请更正成绩，不再补签评分表"));
    }
    let before = batch.scores.sheets.get(&(it.candidate, it.subject)).and_then(|sheets| sheets.get(&it.examiner));
    match before.map(|sheet| sheet.fact) == it.supersedes {
        true => Ok(()),
        false => {
            let english = "this examiner's sheet must name the one that it supersedes, and no other";
            Err(Unfit::wrong("score_sheet_signed.supersedes_fact_id", english, "同一考评员重签评分表须注明被替代的评分表"))
        }
    }
}

fn waiting(
    batch: &Batch,
    subject: Subject,
    candidates: &[CandidateId],
    of: impl Fn(&Score) -> bool,
    fact: &str,
) -> Result<(), Unfit> {
    planned(batch, subject, fact)?;
    for (place, candidate) in candidates.iter().enumerate() {
        let field = format!("{fact}.candidate_ids[{place}]");
        batch.known(*candidate, &field)?;
        match batch.scores.of(*candidate, subject) {
            Some(score) if of(score) && !score.confirmed => {}
            Some(score) if score.confirmed => {
                return Err(Unfit::state(candidate, "confirmed", "its score was confirmed before", "该科目成绩已确认"));
            }
            _ => return Err(Unfit::unknown(field, format!("a score of {candidate} to confirm"), "the scores of that subject")),
        }
    }
    Ok(())
}

/// Only who saw the score that holds amends it, and never alone: no breach lets one person change a result.
fn amendable(batch: &Batch, it: &ScoreAmended) -> Result<(), Unfit> {
    scored(batch, (it.candidate, it.subject, it.centi), "score_amended")?;
    let Some(score) = batch.scores.of(it.candidate, it.subject) else {
        return Err(Unfit::state(it.candidate, "not scored", "there is no score to amend", "尚无成绩可更正"));
    };
    if it.amended_by == it.approved_by {
        let english = "who amends a score does not agree to it as well: name a second person";
        return Err(Unfit::wrong("score_amended.approved_by_id", english, "成绩更正须由第二人复核同意"));
    }
    if score.fact != it.supersedes {
        let english = format!("the score that holds was told by {}: read it again", score.fact);
        let chinese = format!("现行成绩为记录 {}，请重新核对后更正", score.fact);
        return Err(Unfit::wrong("score_amended.supersedes_fact_id", english, chinese));
    }
    Ok(())
}

fn releasable(batch: &Batch, it: &ScoresReleased) -> Result<(), Unfit> {
    for (place, result) in it.results.iter().enumerate() {
        let field = format!("scores_released.results[{place}].candidate_id");
        batch.known(result.candidate, &field)?;
        if it.results[..place].iter().any(|other| other.candidate == result.candidate) {
            return Err(Unfit::wrong(field, "stands there twice", "考生重复"));
        }
        if batch.scores.released.contains_key(&result.candidate) {
            return Err(Unfit::state(result.candidate, "released", "its scores were released before", "该考生成绩已发布"));
        }
    }
    Ok(())
}
