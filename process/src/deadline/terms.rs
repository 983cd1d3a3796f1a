//! The terms of one kind of organisation, and the deadlines that they make.

use std::borrow::Cow;

use crate::calendar::{Date, DayCount, Month};

use super::{Deadline, Rule, What};

/// A number of the guidelines, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<T> {
    /// The number.
    pub value: T,
    /// The clause, such as `S七(一)`.
    pub clause: Cow<'static, str>,
}

impl<T> Term<T> {
    /// The number of that clause.
    pub fn new(value: T, clause: impl Into<Cow<'static, str>>) -> Self {
        Self { value, clause: clause.into() }
    }
}

/// The terms of a rule pack. What is absent, the guideline of that kind of organisation does not limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// The year's plan is announced by the end of this month.
    pub announcement: Option<Term<Month>>,
    /// A newly selected organisation announces within so many months.
    pub first_announcement_months: Option<Term<u8>>,
    /// The plan is filed so many days before what it must precede.
    pub plan_filing: Option<Term<DayCount>>,
    /// Registration lasts so many days, its first and last one counted.
    pub registration: Option<Term<DayCount>>,
    /// The review ends so many days after registration closed.
    pub review: Option<Term<DayCount>>,
    /// Tickets can be had so many days before the exam.
    pub admission_ticket: Option<Term<DayCount>>,
    /// Results are on public notice for so many days after the posting day.
    pub public_notice: Option<Term<DayCount>>,
    /// Certificate data are reported so many days after issue.
    pub data_report: Option<Term<DayCount>>,
    /// Returned data are corrected so many days after they came back.
    pub returned_data: Option<Term<DayCount>>,
    /// The year's summary is handed in by the end of this month.
    pub annual_summary: Option<Term<Month>>,
}

impl Terms {
    /// The deadline that a trigger day sets off ([`What`] says which day that is); nothing where there is no term.
    pub fn deadline(&self, what: What, trigger: Date) -> Option<Deadline> {
        let (rule, clause) = match what {
            What::Announcement => rule(&self.announcement, Rule::EndOfMonth),
            What::FirstAnnouncement => rule(&self.first_announcement_months, Rule::MonthsAfter),
            What::PlanFiling => rule(&self.plan_filing, Rule::Before),
            What::RegistrationCloses => rule(&self.registration, Rule::Lasting),
            What::ReviewEnds => rule(&self.review, Rule::After),
            What::AdmissionTicket => rule(&self.admission_ticket, Rule::Before),
            What::PublicNoticeEnds => rule(&self.public_notice, Rule::After),
            What::UploadOpens => rule(&self.public_notice, Rule::DayAfter),
            What::DataReport => rule(&self.data_report, Rule::After),
            What::ReturnedData => rule(&self.returned_data, Rule::After),
            What::AnnualSummary => rule(&self.annual_summary, Rule::EndOfMonth),
        }?;
        Some(Deadline::new(what, rule, clause, trigger))
    }
}

fn rule<T: Copy>(term: &Option<Term<T>>, make: fn(T) -> Rule) -> Option<(Rule, Cow<'static, str>)> {
    term.as_ref().map(|term| (make(term.value), term.clause.clone()))
}
