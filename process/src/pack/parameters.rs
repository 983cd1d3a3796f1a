//! The numbers of a pack: section 0 of the requirements.

use serde::Deserialize;

use crate::calendar::DayCount;
use crate::fact::words::{Assessment, DocumentSlot, Facility, Level, NoticeChannel, RecordCategory, Subject};

/// How invigilators come to their rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lots {
    /// Drawn by lot on the day, anew for each session (S四(四)1(2)).
    Drawn,
    /// Anew at random for each session, however (T七(一)2).
    Random,
    /// No rule.
    Free,
}

/// The numbers. What is not set is not asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The annual announcement stands by the end of this month (1–12).
    pub announcement_by_month: Option<u8>,
    /// A body that was newly selected in that year announces within so many months instead.
    pub first_announcement_months: Option<u8>,
    /// The plan is handed in so long before registration opens, or before the first day where there is no registration.
    pub plan_filing: DayCount,
    /// Registration is open so long.
    pub registration: Option<DayCount>,
    /// Applications are reviewed so long after it has closed.
    pub review: Option<DayCount>,
    /// Tickets can be had, or are handed out, so long before the first day.
    pub tickets: Option<DayCount>,
    /// The next plan only when the last one has its certificates.
    pub one_open_plan: bool,
    /// The largest photo, in bytes.
    pub photo_bytes: Option<u32>,
    /// Without these no room is ready.
    pub documents: Vec<DocumentSlot>,
    /// How it may be assessed.
    pub assessments: Vec<Assessment>,
    /// What the name of a plan ends in, after `第N期`.
    pub plan_name_ending: Option<String>,
    /// These are examined at every level.
    pub subjects: Vec<Subject>,
    /// At these levels there is a comprehensive appraisal.
    pub appraisal_levels: Vec<Level>,
    /// Checklists and supervision forms that are asked for, with their versions.
    pub forms: Vec<String>,
    /// What a site must have.
    pub facilities: Vec<Facility>,
    /// Whether devices belong to each room rather than to the site.
    pub devices_by_room: bool,
    /// The least distance between seats, in centimetres.
    pub spacing_cm: Option<u32>,
    /// Whether seats stand in single rows.
    pub single_row: bool,
    /// Whether a site has just one head; where not, it has one at least.
    pub one_site_head: bool,
    /// So many invigilators in each room at least.
    pub invigilators: u32,
    /// Whether it is just that many.
    pub invigilators_exact: bool,
    /// How they come to their rooms.
    pub lots: Lots,
    /// So many examiners in each panel at least.
    pub examiners: u32,
    /// Whether their number is odd.
    pub examiners_odd: bool,
    /// Nobody enters so many minutes after the start, or later.
    pub late_entry_minutes: Option<u32>,
    /// Nobody leaves earlier than so many minutes before the end.
    pub early_leave_minutes: Option<u32>,
    /// Public notice lasts so long (issue of results).
    pub public_notice: DayCount,
    /// Data of certificates are reported so long after the issue.
    pub data_report: Option<DayCount>,
    /// Returned data are corrected within.
    pub data_return: DayCount,
    /// The annual summary is due at the end of this month (1–12).
    pub annual_summary_month: Option<u8>,
    /// Who has less in a subject has not passed; hundredths of a point.
    pub pass_mark_centi: u32,
    /// Where results may be posted.
    pub notice_channels: Vec<NoticeChannel>,
    /// What the volume of a batch has, as far as the batch has anything of it.
    pub records: Vec<RecordCategory>,
    /// What was sealed so many hours ago, and the supervision service platform has not taken in, is found.
    pub supervision_hours: Option<u32>,
}
