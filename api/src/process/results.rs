//! How far the results of a batch are, for who may read it: counts and days.

use liuhen_archive::records::Known;
use liuhen_process::case::volume::Line;
use liuhen_process::fact::score::NoticePosted;
use liuhen_process::{deadline, timer};
use liuhen_proto::wire::session::v1 as pb;

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The results of a batch.
pub(super) fn of(known: &Known) -> pb::BatchResults {
    let batch = &known.view.batch;
    let figures = batch.figures();
    let certificates = batch.certificates.of.values();
    pb::BatchResults {
        judged: figures.candidates,
        released: count(batch.scores.released.len()),
        passed: figures.passed,
        on_notice: count(batch.notices.of.len()),
        uploaded: count(batch.notices.uploaded.len()),
        numbered: count(batch.certificates.of.len()),
        confirmed: count(certificates.filter(|certificate| certificate.confirmed_on.is_some()).count()),
        issued: figures.certificates,
        notices: batch.notices.posted.values().map(|notice| posted(known, notice)).collect(),
        volume: known.view.volume(&known.pack.parameters.records).map(line).collect(),
        closed: batch.records.closed.is_some(),
    }
}

fn posted(known: &Known, it: &NoticePosted) -> pb::NoticeState {
    let batch = &known.view.batch;
    let timers = timer::of(batch, &known.pack);
    let opens = |timer: &&timer::Timer| timer.about == it.notice.as_str() && timer.deadline.what() == deadline::What::UploadOpens;
    let opens = timers.iter().find(opens).map(|timer| timer.deadline.due(&known.calendar));
    let objections = batch.notices.objections.values();
    let open = objections.filter(|objection| objection.upheld.is_none() && objection.raised.notice == it.notice);
    pb::NoticeState {
        notice: it.notice.to_string(),
        posted_on: it.posted_on.to_string(),
        upload_opens_on: opens.as_ref().map_or_else(String::new, |due| due.date.to_string()),
        provisional: opens.is_some_and(|due| !due.is_firm()),
        open_objections: count(open.count()),
    }
}

fn line(it: Line) -> pb::VolumeLine {
    let category = pb::RecordCategory::from(it.category).into();
    pb::VolumeLine { category, wanted: it.wanted, filed: count(it.filed), missing: it.is_missing() }
}
