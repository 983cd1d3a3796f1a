//! Incidents, supervision forms and checklists: what was found, decided, put right.

use std::collections::BTreeMap;

use liuhen_proto::Timestamp;
use liuhen_proto::ids::{CandidateId, FormId, IncidentId, RoomId, StaffId};

use super::{Telling, Unfit, View};
use crate::calendar::Date;
use crate::fact::Fact;
use crate::fact::incident::{FormFilled, IncidentRecorded};
use crate::fact::parts::FormAnswer;
use crate::fact::words::{Answer, IncidentKind, IncidentOutcome, IncidentSource, Phase, ReportTo, ViolationSubject};
use crate::form::Template;

/// What happened and may be a violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What about.
    pub about: IncidentKind,
    /// Who or what noticed it.
    pub source: IncidentSource,
    /// Where.
    pub room: Option<RoomId>,
    /// Whom it concerns.
    pub candidate: Option<CandidateId>,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// When a supervisor saw it.
    pub acknowledged: Option<Timestamp>,
    /// What a supervisor decided, and what holds after an appeal.
    pub outcome: Option<IncidentOutcome>,
    /// Of the catalogue, as decided.
    pub catalogue_item: Option<String>,
    /// Which catalogue was named, and the day by which the one is found that was not.
    pub catalogue: (Option<String>, Date),
    /// An appeal waits for a decision.
    pub appealed: bool,
    /// To whom it was reported.
    pub reported: Vec<ReportTo>,
}

/// How far an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Recorded, and nobody has decided.
    Suspected,
    /// Decided: it was a violation.
    Confirmed,
    /// Decided: it was none.
    Dismissed,
    /// Decided, and not accepted.
    Appealed,
}

impl Incident {
    fn new(it: &IncidentRecorded, telling: &Telling) -> Self {
        Self {
            about: it.about,
            source: it.source,
            room: it.room,
            candidate: it.candidate,
            recorded: telling.occurred,
            acknowledged: None,
            outcome: None,
            catalogue_item: it.catalogue_item.as_ref().map(ToString::to_string),
            catalogue: (it.catalogue.as_ref().map(ToString::to_string), telling.day()),
            appealed: false,
            reported: Vec::new(),
        }
    }

    /// How far it is.
    pub const fn standing(&self) -> Standing {
        match (self.outcome, self.appealed) {
            (None, _) => Standing::Suspected,
            (Some(_), true) => Standing::Appealed,
            (Some(IncidentOutcome::Confirmed), false) => Standing::Confirmed,
            (Some(IncidentOutcome::Dismissed), false) => Standing::Dismissed,
        }
    }

    /// Whether it still waits for somebody. What is technical accuses nobody, and waits for nobody.
    pub fn is_open(&self) -> bool {
        self.about != IncidentKind::Technical && matches!(self.standing(), Standing::Suspected | Standing::Appealed)
    }
}

/// A quality supervision form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// As it was filled in last.
    pub filled: FormFilled,
    /// Items that were put right, and whether that was reported.
    pub rectified: Vec<(String, bool)>,
    /// When it was signed.
    pub signed: Option<Timestamp>,
}

impl Form {
    /// Items that were found wrong and are not put right.
    pub fn open_items(&self) -> impl Iterator<Item = &str> {
        let wrong = self.filled.answers.iter().filter(|answer| answer.answer == Answer::No);
        wrong.map(|answer| answer.item.as_str()).filter(|item| !self.rectified.iter().any(|(done, _)| done == item))
    }

    /// Items that its template needs and nobody has answered.
    pub fn missing_items(&self) -> Vec<&'static str> {
        let template = Template::named(self.filled.template.as_str());
        let missing = template.map(|template| template.unanswered(self.filled.phase, &self.filled.answers));
        missing.into_iter().flatten().map(|item| item.id.as_str()).collect()
    }
}

/// An item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What was found last.
    pub answer: Answer,
    /// It was found wrong, and put right since.
    pub corrected: bool,
    /// To whom it was reported.
    pub reported: bool,
}

impl Item {
    /// Whether it is as it should be.
    pub fn is_right(&self) -> bool {
        self.answer != Answer::No || self.corrected
    }
}

/// Incidents, forms and checklists of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Papers {
    /// What happened.
    pub incidents: BTreeMap<IncidentId, Incident>,
    /// Supervision forms.
    pub forms: BTreeMap<FormId, Form>,
    /// Items by phase, room (none: the whole site) and name.
    pub items: BTreeMap<(Phase, Option<RoomId>, String), Item>,
}

/// A no needs words and something that shows it (story 11).
fn answered(field: &str, answers: &[FormAnswer]) -> Result<(), Unfit> {
    for (place, answer) in answers.iter().enumerate() {
        if answer.answer == Answer::No && (answer.remark.is_none() || answer.evidence_sha256.is_empty()) {
            let english = format!("item {}: a no needs a remark and a photo", answer.item);
            let chinese = format!("项目 {} 选“否”时须填写说明并附照片", answer.item);
            return Err(Unfit::wrong(format!("{field}.answers[{place}]"), english, chinese));
        }
    }
    Ok(())
}

/// What an incident is called must be in the catalogue that holds, and be about those whom it concerns. What was decided
/// once stands, whatever catalogue comes later.
pub(super) fn known_violation(view: &View, fact: &Fact, telling: &Telling) -> Result<(), Unfit> {
    let (catalogue, item, about) = match fact {
        Fact::IncidentRecorded(it) => (&it.catalogue, &it.catalogue_item, Some(it.about)),
        Fact::IncidentDecided(it) => {
            let about = view.session.papers.incidents.get(&it.incident).map(|incident| incident.about);
            (&it.catalogue, &it.catalogue_item, about)
        }
        _ => return Ok(()),
    };
    let named = catalogue.as_ref().map(crate::text::Text::as_str);
    let Some(catalogue) = view.organization.catalogue(named, telling.day()) else {
        let field = format!("{}.catalogue", fact.kind());
        return Err(Unfit::unknown(field, named.unwrap_or_default(), "the catalogues of the organisation"));
    };
    let Some(code) = item else { return Ok(()) };
    let field = format!("{}.catalogue_item", fact.kind());
    let Some(item) = catalogue.item(code.as_str()) else {
        let english = format!("{code} is no item of the catalogue {}: docs/ref/violations.md has the default", catalogue.name);
        return Err(Unfit::wrong(field, english, format!("违纪违规目录 {} 中没有条目 {code}", catalogue.name)));
    };
    let fits = match about {
        Some(IncidentKind::Candidate | IncidentKind::Identity) => item.subject == ViolationSubject::Candidate,
        Some(IncidentKind::StaffMisconduct) => item.subject != ViolationSubject::Candidate,
        _ => true,
    };
    match fits {
        true => Ok(()),
        false => {
            let english = format!("{code} is about {}, and the incident is not", item.subject);
            Err(Unfit::wrong(field, english, format!("条目 {code} 的对象与事件不符")))
        }
    }
}

impl Papers {
    fn incident(&self, id: IncidentId, field: &str) -> Result<&Incident, Unfit> {
        self.incidents.get(&id).ok_or_else(|| Unfit::unknown(field, id, "the session"))
    }

    fn form(&self, id: FormId, field: &str) -> Result<&Form, Unfit> {
        let form = self.forms.get(&id).ok_or_else(|| Unfit::unknown(field, id, "the session"))?;
        match form.signed {
            Some(_) => Err(Unfit::state(id, "signed", "fill in another form", "该表已签字，请另填一份")),
            None => Ok(form),
        }
    }

    pub(super) fn check(&self, fact: &Fact) -> Result<(), Unfit> {
        match fact {
            Fact::IncidentRecorded(it) if self.incidents.contains_key(&it.incident) => {
                Err(Unfit::wrong("incident_recorded.incident_id", "was recorded before", "该事件已记录"))
            }
            Fact::IncidentAcknowledged(it) => self.incident(it.incident, "incident_acknowledged.incident_id").map(|_| ()),
            Fact::IncidentReported(it) => self.incident(it.incident, "incident_reported.incident_id").map(|_| ()),
            Fact::IncidentDecided(it) => {
                if self.incident(it.incident, "incident_decided.incident_id")?.outcome.is_some() {
                    return Err(Unfit::state(it.incident, "decided", "appeal, or leave it", "该事件已有处理决定，只能申诉"));
                }
                match (it.outcome, &it.catalogue_item) {
                    (IncidentOutcome::Confirmed, None) => {
                        let english = "a violation is one of the catalogue";
                        Err(Unfit::wrong("incident_decided.catalogue_item", english, "认定违纪须写明目录条目"))
                    }
                    _ => Ok(()),
                }
            }
            Fact::IncidentAppealed(it) => match self.incident(it.incident, "incident_appealed.incident_id")?.standing() {
                Standing::Confirmed | Standing::Dismissed => Ok(()),
                _ => Err(Unfit::state(it.incident, "not decided", "there is nothing to appeal against", "尚无决定可申诉")),
            },
            Fact::AppealDecided(it) => match self.incident(it.incident, "appeal_decided.incident_id")?.appealed {
                true => Ok(()),
                false => Err(Unfit::state(it.incident, "not appealed", "nobody has appealed", "没有待处理的申诉")),
            },
            Fact::ChecklistAnswered(it) => answered("checklist_answered", &it.answers),
            Fact::ItemCorrected(it) => match self.items.contains_key(&(it.phase, it.room, it.item.to_string())) {
                true => Ok(()),
                false => Err(Unfit::unknown("item_corrected.item", &it.item, "the checklist of that phase and room")),
            },
            Fact::FormFilled(it) => {
                answered("form_filled", &it.answers)?;
                if self.forms.contains_key(&it.form) {
                    self.form(it.form, "form_filled.form_id")?;
                }
                Ok(())
            }
            Fact::FormItemRectified(it) => self.form(it.form, "form_item_rectified.form_id").map(|_| ()),
            Fact::FormSigned(it) => {
                let form = self.form(it.form, "form_signed.form_id")?;
                match form.open_items().next() {
                    Some(item) => {
                        let english = format!("item {item} is open: have it put right first");
                        Err(Unfit::state(it.form, "open", english, format!("项目 {item} 尚未整改，不能签字")))
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    pub(super) fn apply(&mut self, fact: &Fact, telling: &Telling) {
        let incident = |id: &IncidentId, papers: &mut Self, change: &dyn Fn(&mut Incident)| {
            if let Some(incident) = papers.incidents.get_mut(id) {
                change(incident);
            }
        };
        match fact {
            Fact::IncidentRecorded(it) => {
                self.incidents.insert(it.incident, Incident::new(it, telling));
            }
            Fact::IncidentAcknowledged(it) => incident(&it.incident, self, &|incident| {
                incident.acknowledged.get_or_insert(telling.occurred);
            }),
            Fact::IncidentDecided(it) => incident(&it.incident, self, &|incident| {
                incident.outcome = Some(it.outcome);
                incident.catalogue_item = it.catalogue_item.as_ref().map(ToString::to_string);
                incident.catalogue = (it.catalogue.as_ref().map(ToString::to_string), telling.day());
                incident.acknowledged.get_or_insert(telling.occurred);
            }),
            Fact::IncidentAppealed(it) => incident(&it.incident, self, &|incident| incident.appealed = true),
            Fact::AppealDecided(it) => incident(&it.incident, self, &|incident| {
                (incident.appealed, incident.outcome) = (false, Some(it.outcome));
            }),
            Fact::IncidentReported(it) => incident(&it.incident, self, &|incident| incident.reported.push(it.to)),
            Fact::ChecklistAnswered(it) => {
                for answer in &it.answers {
                    let item = Item { answer: answer.answer, corrected: false, reported: false };
                    self.items.insert((it.phase, it.room, answer.item.to_string()), item);
                }
            }
            Fact::ItemCorrected(it) => {
                if let Some(item) = self.items.get_mut(&(it.phase, it.room, it.item.to_string())) {
                    (item.corrected, item.reported) = (true, item.reported || it.reported_to.is_some());
                }
            }
            Fact::FormFilled(it) => {
                let rectified = self.forms.remove(&it.form).map_or_else(Vec::new, |form| form.rectified);
                self.forms.insert(it.form, Form { filled: it.clone(), rectified, signed: None });
            }
            Fact::FormItemRectified(it) => {
                if let Some(form) = self.forms.get_mut(&it.form) {
                    form.rectified.push((it.item.to_string(), it.reported_to.is_some()));
                }
            }
            Fact::FormSigned(it) => {
                if let Some(form) = self.forms.get_mut(&it.form) {
                    form.signed = Some(telling.occurred);
                }
            }
            _ => {}
        }
    }

    /// Whether a supervisor has signed a form of that phase.
    pub fn signed(&self, phase: Phase, supervisor: Option<StaffId>) -> bool {
        let of = |form: &&Form| form.filled.phase == phase && supervisor.is_none_or(|who| form.filled.supervisor == who);
        self.forms.values().filter(of).any(|form| form.signed.is_some())
    }
}
