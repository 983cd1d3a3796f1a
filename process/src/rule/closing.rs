//! Rows H2, I2, K1 and K2: what must be there before a batch is closed, and who brings it.

use liuhen_proto::ids::SessionId;

use crate::case::session::Phase;
use crate::case::volume::Line;
use crate::fact::Fact;
use crate::fact::words::{Phase as FormPhase, RecordCategory};
use crate::finding::Broken;

use super::Moment;

/// So many ids stand with a finding about many.
const NAMED: usize = 20;

const fn closes(moment: &Moment<'_>) -> bool {
    matches!(moment.fact, Fact::BatchClosed(_))
}

/// H2: a hole in the recording has an explanation that somebody signed.
pub(super) fn explained(moment: &Moment<'_>) -> Vec<Broken> {
    if !closes(moment) {
        return Vec::new();
    }
    let explained = &moment.view.batch.records.explained;
    let holes = moment.view.sessions.iter().flat_map(|(session, it)| it.holes().map(|incident| (*session, incident)));
    let broken = |(session, incident)| {
        let english = "part of the session was not recorded: the responsible head explains it (recording_explained)";
        let chinese = "录像存在缺口，须由机构负责人签字说明 recording_explained";
        Broken::about(incident, english, chinese).because("session", session)
    };
    holes.filter(|hole| !explained.contains(hole)).map(broken).collect()
}

/// H2: the supervision service platform has taken in what was recorded.
pub(super) fn received_by_platform(moment: &Moment<'_>) -> Vec<Broken> {
    if !closes(moment) {
        return Vec::new();
    }
    let silent = moment.view.sessions.iter().filter(|(_, session)| session.received.is_none());
    silent.map(|(session, _)| not_reported(*session)).collect()
}

/// A session without the platform's receipt, when the batch is closed or after the pack's term.
pub(crate) fn not_reported(session: SessionId) -> Broken {
    let english = "not_reported_to_supervision_platform: no receipt of the platform is on record (session_received)";
    Broken::about(session, english, "未接入监管服务平台：缺少平台回执 session_received")
}

/// I2: the supervisor has signed the overall evaluation of each session.
pub(super) fn evaluated(moment: &Moment<'_>) -> Vec<Broken> {
    if !closes(moment) {
        return Vec::new();
    }
    let silent = moment.view.sessions.iter().filter(|(_, session)| !session.papers.signed(FormPhase::After, None));
    let english = "no supervisor has signed the overall evaluation of this session (form_signed)";
    silent.map(|(session, _)| Broken::about(session, english, "督导人员未签署本场次总体评价（质量督导表）form_signed")).collect()
}

/// K1: nothing of the batch waits for somebody.
pub(super) fn finished(moment: &Moment<'_>) -> Vec<Broken> {
    if !closes(moment) {
        return Vec::new();
    }
    let mut broken = candidates_wait(moment);
    broken.extend(sessions_wait(moment));
    let batch = &moment.view.batch;
    let objections = batch.notices.open().map(|name| {
        Broken::about(name, "the objection is not decided: who decides tells of it (objection_decided)", "异议尚未处理")
    });
    broken.extend(objections);
    let returned = batch.certificates.waiting().map(|it| {
        let english = "data came back and are not put right: the registrar reports them again (data_corrected)";
        Broken::about(&it.told.returning, english, "退回数据尚未重新上报 data_corrected")
    });
    broken.extend(returned);
    broken
}

/// A step, what is missing of it in both languages, and of whom.
type Step = (&'static str, &'static str, &'static str, fn(&Moment<'_>, liuhen_proto::ids::CandidateId) -> bool);

/// The steps of a candidate's result, in order: of whom one is missing, the later ones are not asked.
const STEPS: [Step; 4] = [
    (
        "scores",
        "scores are not released: the registrar releases them (scores_released)",
        "成绩尚未发布 scores_released",
        |moment, whose| moment.view.batch.scores.released.contains_key(&whose),
    ),
    (
        "notice",
        "results are on no public notice: the registrar posts them (notice_posted)",
        "成绩尚未公示 notice_posted",
        |moment, whose| moment.view.batch.notices.of.contains_key(&whose),
    ),
    (
        "upload",
        "results are not on the platform: the registrar uploads them (results_uploaded)",
        "认定结果尚未上传 results_uploaded",
        |moment, whose| moment.view.batch.notices.uploaded.contains_key(&whose),
    ),
    (
        "certificates",
        "who passed has no certificate: the registrar issues it (certificate_issued)",
        "合格考生尚未发证 certificate_issued",
        |moment, whose| {
            let certificate = moment.view.batch.certificates.of.get(&whose);
            !moment.view.batch.has_passed(whose) || certificate.is_some_and(|certificate| certificate.issued_on.is_some())
        },
    ),
];

fn candidates_wait(moment: &Moment<'_>) -> Vec<Broken> {
    let mut left: Vec<_> = moment.view.batch.candidates.keys().copied().filter(|it| moment.view.took_part(*it)).collect();
    let mut broken = Vec::new();
    for (step, english, chinese, is_done) in STEPS {
        let (done, waiting): (Vec<_>, Vec<_>) = left.into_iter().partition(|whose| is_done(moment, *whose));
        left = done;
        if waiting.is_empty() {
            continue;
        }
        let named: Vec<_> = waiting.iter().take(NAMED).map(ToString::to_string).collect();
        let english = format!("{} candidates: {english}", waiting.len());
        let chinese = format!("{} 名考生{chinese}", waiting.len());
        broken.push(Broken::about(step, english, chinese).because("candidates", named.join(" ")));
    }
    broken
}

fn sessions_wait(moment: &Moment<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    for (session, it) in &moment.view.sessions {
        if it.phase() != Phase::Sealed {
            let english = "the session is not sealed: its site head seals it (session_sealed)";
            broken.push(Broken::about(session, english, "场次尚未封存 session_sealed").because("phase", it.phase().as_str()));
        }
        let open = it.papers.incidents.iter().filter(|(_, incident)| incident.is_open());
        let english = "the incident waits for a decision: a supervisor decides (incident_decided)";
        broken.extend(open.map(|(incident, _)| Broken::about(incident, english, "事件尚未处理 incident_decided")));
    }
    broken
}

/// K2: the volume has what the guideline lists, as far as the batch has it.
pub(super) fn complete(moment: &Moment<'_>) -> Vec<Broken> {
    if !closes(moment) {
        return Vec::new();
    }
    let missing = moment.view.volume(&moment.pack.parameters.records).filter(Line::is_missing).map(|line| line.category);
    let broken = |category: RecordCategory| {
        let english = format!("{category} is missing in the volume: the registrar or the archivist files it (record_filed)");
        let chinese = format!("案卷缺少材料 {category}，请由考务管理员或档案管理员归档 record_filed");
        Broken::about(category, english, chinese).because("category", category)
    };
    missing.map(broken).collect()
}
