//! Rows F1 to F5, F7, G2 to G5 and C8 to C10: checklists, and the papers that go with them.

use liuhen_proto::ids::RoomId;

use crate::fact::Fact;
use crate::fact::words::{DocumentSlot, Phase, Subject};
use crate::finding::Broken;
use crate::form::{Kind, Template};
use crate::words::RoomKind;

use super::Moment;
use super::people::rooms;

/// What the checklists of the pack need for a row in a phase.
fn needed(moment: &Moment<'_>, phase: Phase, row: &str) -> impl Iterator<Item = &'static str> {
    let forms = moment.pack.parameters.forms.iter().filter_map(|name| Template::named(name));
    let asked = forms.filter(|template| template.kind == Kind::Checklist).flat_map(move |template| template.asked(phase));
    let row = row.to_owned();
    asked.filter(move |item| item.needed && item.row() == row).map(|item| item.id.as_str())
}

/// Items that nobody has answered, or that were found wrong and not put right.
fn missing_items(moment: &Moment<'_>, phase: Phase, room: Option<RoomId>, row: &str) -> Vec<Broken> {
    let items = &moment.view.session.papers.items;
    let about = room.map_or_else(|| "session".to_owned(), |room| room.to_string());
    let broken = |item: &'static str| {
        let (english, chinese) = match items.get(&(phase, room, item.to_owned())) {
            Some(item) if item.is_right() => return None,
            Some(_) => (format!("{item}: found wrong and not put right"), format!("{item}：发现问题尚未整改")),
            None => (format!("{item}: not checked"), format!("{item}：尚未检查")),
        };
        Some(Broken::about(&about, english, chinese).because("item", item).because("phase", phase))
    };
    needed(moment, phase, row).filter_map(broken).collect()
}

fn day_before(moment: &Moment<'_>, row: &str) -> Vec<Broken> {
    let Fact::TurnStarted(_) = moment.fact else { return Vec::new() };
    missing_items(moment, Phase::DayBefore, None, row)
}

/// F1: what candidates must see is posted.
pub(super) fn notices(moment: &Moment<'_>) -> Vec<Broken> {
    day_before(moment, "F1")
}

/// F2: candidates know room, devices and station.
pub(super) fn acquainted(moment: &Moment<'_>) -> Vec<Broken> {
    day_before(moment, "F2")
}

/// F3: the head has checked rooms and papers, and met with staff.
pub(super) fn head_check(moment: &Moment<'_>) -> Vec<Broken> {
    day_before(moment, "F3")
}

/// F4: invigilators know the rules and how papers are handled.
pub(super) fn invigilators_trained(moment: &Moment<'_>) -> Vec<Broken> {
    day_before(moment, "F4")
}

/// F5: examiners know items and standards.
pub(super) fn examiners_prepared(moment: &Moment<'_>) -> Vec<Broken> {
    day_before(moment, "F5")
}

fn on_file(moment: &Moment<'_>, slot: DocumentSlot) -> Vec<Broken> {
    let Fact::TurnStarted(_) = moment.fact else { return Vec::new() };
    if moment.view.batch.documents.contains_key(&slot) {
        return Vec::new();
    }
    vec![Broken::about(
        slot,
        format!("{slot} is not on file (document_filed)"),
        format!("缺少资料 {slot}，请上传 document_filed"),
    )]
}

/// F3: the meeting before the exam has minutes.
pub(super) fn minutes(moment: &Moment<'_>) -> Vec<Broken> {
    on_file(moment, DocumentSlot::MeetingMinutes)
}

/// F7: the handbook (考务手册) is made, and handed out.
pub(super) fn handbook(moment: &Moment<'_>) -> Vec<Broken> {
    let mut broken = on_file(moment, DocumentSlot::Handbook);
    broken.extend(day_before(moment, "F7"));
    broken
}

/// What a row needs in each room of a turn that begins, where the turn is of that kind.
fn before_start(moment: &Moment<'_>, applies: impl Fn(Subject) -> bool, row: &str) -> Vec<Broken> {
    let Fact::TurnStarted(it) = moment.fact else { return Vec::new() };
    if !moment.subject(it.turn).is_some_and(applies) {
        return Vec::new();
    }
    let rooms = rooms(moment, it.turn).into_iter();
    rooms.flat_map(|room| missing_items(moment, Phase::PreStart, Some(room), row)).collect()
}

/// G2: main machine and network are checked where the exam is by computer.
pub(super) fn machines(moment: &Moment<'_>) -> Vec<Broken> {
    before_start(moment, |subject| moment.by_computer(subject), "G2")
}

/// G3: bags of papers are checked where theory is on paper. Whether another test uses paper, no plan says.
pub(super) fn papers(moment: &Moment<'_>) -> Vec<Broken> {
    before_start(moment, |subject| subject == Subject::Theory && !moment.by_computer(subject), "G3")
}

/// G4: the examiners check place, devices, tools and material of a practical test.
pub(super) fn place(moment: &Moment<'_>) -> Vec<Broken> {
    before_start(moment, |subject| subject == Subject::Practical, "G4")
}

/// C8: the theory room is quiet, tidy, aired and bright.
pub(super) fn theory_room(moment: &Moment<'_>) -> Vec<Broken> {
    before_start(moment, |subject| subject == Subject::Theory, "C8")
}

/// C10: the room of a comprehensive appraisal is quiet and tidy, wherever it is held.
pub(super) fn review_room(moment: &Moment<'_>) -> Vec<Broken> {
    before_start(moment, |subject| subject == Subject::ComprehensiveAppraisal, "C10")
}

/// C9: the equipment of a practical room was checked.
pub(super) fn equipment(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::RoomReady(it) = moment.fact else { return Vec::new() };
    if moment.view.rooms.get(&it.room).map(|room| room.kind) != Some(RoomKind::Practical) {
        return Vec::new();
    }
    missing_items(moment, Phase::PreStart, Some(it.room), "C9")
}

/// G5: what was found wrong before the start and put right was reported as well (及时纠正并上报), by a checklist or by the
/// supervisor's form.
pub(super) fn reported(moment: &Moment<'_>) -> Vec<Broken> {
    let Fact::SessionSealed(_) = moment.fact else { return Vec::new() };
    let mut broken = silent_items(moment);
    let forms = moment.view.session.papers.forms.iter().filter(|(_, form)| form.filled.phase == Phase::PreStart);
    for (id, form) in forms {
        for (item, _) in form.rectified.iter().filter(|(_, reported)| !reported) {
            let english = format!("{item}: found wrong before the start, put right and reported to nobody (form_item_rectified)");
            let chinese = format!("{item}：开考前发现问题已整改，未上报 form_item_rectified");
            broken.push(Broken::about(id, english, chinese).because("item", item));
        }
    }
    broken
}

fn silent_items(moment: &Moment<'_>) -> Vec<Broken> {
    let items = moment.view.session.papers.items.iter();
    let silent = items.filter(|((phase, ..), item)| *phase == Phase::PreStart && item.corrected && !item.reported);
    let broken = |((_, room, item), _): (&(Phase, Option<RoomId>, String), _)| {
        let about = room.map_or_else(|| "session".to_owned(), |room| room.to_string());
        let english = format!("{item}: found wrong before the start, put right and reported to nobody (item_corrected)");
        let chinese = format!("{item}：开考前发现问题已纠正，未上报 item_corrected");
        Broken::about(about, english, chinese).because("item", item)
    };
    silent.map(broken).collect()
}
