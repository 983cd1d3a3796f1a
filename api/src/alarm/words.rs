//! Alarms in words of footage, Chinese and English: what, why, and what to do first. Pure.

use liuhen_archive::records::{Alarm, AlarmKind, GapCause, SiteLayout};
use liuhen_proto::Span;
use liuhen_proto::wire::review::v1::AlarmWords;

use super::names::{camera, recorder, room};

/// Both languages: Chinese, English.
pub(super) fn of(alarm: &Alarm, layout: Option<&SiteLayout>) -> (AlarmWords, AlarmWords) {
    let (what, cause, step) = (what(alarm, layout), cause(alarm), first_step(alarm));
    let words = |what: String, cause: &str, step: &str| AlarmWords { what, cause: cause.to_owned(), first_step: step.to_owned() };
    (words(what.0, cause.0, step.0), words(what.1, cause.1, step.1))
}

fn what(alarm: &Alarm, layout: Option<&SiteLayout>) -> (String, String) {
    let state = &alarm.state;
    let site = layout.map_or("", |layout| layout.site.name.as_str());
    let recorder = alarm.recorder.map(|id| recorder(layout, id)).unwrap_or_default();
    let (rooms, missing, fillable) = (state.room_count, span(state.missing), span(state.fillable));
    let plural = if rooms == 1 { "room" } else { "rooms" };
    match alarm.kind {
        AlarmKind::NoFragments => {
            let room = state.rooms.first().map(|id| room(layout, *id)).unwrap_or_default();
            let camera = state.streams.first().map(|id| camera(layout, *id)).unwrap_or_default();
            (
                format!("{site} {room} {camera} 已 {missing} 没有录像入库"),
                format!("{site} {room} {camera}: nothing stored for {missing}"),
            )
        }
        AlarmKind::Gap => {
            let (zh, en) = match state.fillable {
                Span::ZERO => ("设备缓存暂无可补".to_owned(), "nothing waits at the site".to_owned()),
                _ => (format!("设备缓存可补 {fillable}"), format!("{fillable} wait at the site and can come")),
            };
            (
                format!("{site} {rooms} 个考场 已缺 {missing}，{zh}"),
                format!("{site}: {rooms} {plural} lack {missing} of footage; {en}"),
            )
        }
        AlarmKind::RecorderUnreachable => (
            format!("{site} 录像机 {recorder} 失联，涉及 {rooms} 个考场"),
            format!("{site}: recorder {recorder} is not heard; it records {rooms} {plural}"),
        ),
        AlarmKind::SpoolFilling => {
            let left = span(state.spool_left.unwrap_or(Span::ZERO));
            (
                format!("{site} 录像机 {recorder} 缓存约 {left} 后写满"),
                format!("{site}: the spool of recorder {recorder} is full in {left}"),
            )
        }
        AlarmKind::SpoolFull => (
            format!("{site} 录像机 {recorder} 缓存已满，新录像无法保存"),
            format!("{site}: the spool of recorder {recorder} is full; new footage is refused"),
        ),
        AlarmKind::ClockUnproven => {
            (format!("{site} 录像机 {recorder} 时间不可信"), format!("{site}: the times of recorder {recorder} are not proven"))
        }
        AlarmKind::ClockOff => {
            let off = state.offset_us.unwrap_or(0) as f64 / 1e6;
            (
                format!("{site} 录像机 {recorder} 时钟与中心相差 {off:+.1} s"),
                format!("{site}: the clock of recorder {recorder} differs from the centre's by {off:+.1} s"),
            )
        }
        AlarmKind::UploadBehind => (
            format!("{site} 录像机 {recorder} 有 {fillable} 录像待补传"),
            format!("{site}: {fillable} of footage wait at recorder {recorder}"),
        ),
        AlarmKind::StorageFailed => {
            let part = alarm.condition.split_once('/').map_or("", |(_, part)| part);
            (
                format!("中心存储（{part}）写入失败：{}", state.detail),
                format!("the centre's storage ({part}) refuses: {}", state.detail),
            )
        }
        AlarmKind::Lost => (
            format!("{site} {rooms} 个考场 丢失 {missing} 录像，无法补回"),
            format!("{site}: {missing} of footage of {rooms} {plural} are lost and will not come"),
        ),
    }
}

/// Seconds to ten minutes, minutes to a hundred, hours beyond.
fn span(span: Span) -> String {
    match span.as_micros() / 1_000_000 {
        seconds @ ..600 => format!("{seconds} s"),
        seconds @ 600..6_000 => format!("{} min", seconds / 60),
        seconds => format!("{:.1} h", seconds as f64 / 3_600.0),
    }
}

fn cause(alarm: &Alarm) -> (&'static str, &'static str) {
    match (alarm.kind, alarm.state.cause) {
        (AlarmKind::Lost, _) => {
            ("曾上报在现场，中心没有，现场也已没有", "it was announced, is not here, and is no longer at the site")
        }
        (_, Some(cause)) => of_gap(cause),
        (AlarmKind::SpoolFilling, None) => ("补传慢于录制", "footage is sent slower than it is recorded"),
        (AlarmKind::ClockUnproven, None) => {
            ("设备时钟失准且尚未校正", "its clock is known to be wrong, and nothing better is known yet")
        }
        (AlarmKind::ClockOff, None) => ("设备与中心的对时源不一致", "recorder and centre do not follow the same time"),
        (AlarmKind::StorageFailed, None) => {
            ("磁盘、对象存储或数据库拒绝写入", "a disk, the object store or the database refuses")
        }
        (_, None) => ("原因未知", "not known"),
    }
}

const fn of_gap(cause: GapCause) -> (&'static str, &'static str) {
    match cause {
        GapCause::CameraUnreachable => ("录像机连不上摄像机", "the recorder does not reach the camera"),
        GapCause::RecorderUnreachable => ("中心收不到录像机的消息", "the centre does not hear the recorder"),
        GapCause::UploadPending => ("录像在现场，等待补传", "the footage lies at the site and waits to be sent"),
        GapCause::ClockStep => ("录像机时钟被调整", "the recorder's clock was stepped"),
        GapCause::DiskFull => ("录像机磁盘已满或过慢", "the recorder's disk is full or too slow"),
        GapCause::StoppedOnPurpose => ("人为停止", "stopped on purpose"),
        GapCause::Judged => ("检测器提示", "a detector flagged it"),
        GapCause::PacketsLost => ("摄像机与录像机之间丢包", "packets were lost between camera and recorder"),
        GapCause::Lost => ("录像已丢失", "the footage is lost"),
        GapCause::Unknown => {
            ("原因未知：录像机称正常，但没有录像", "not known: the recorder says that all is well, and no footage comes")
        }
    }
}

fn first_step(alarm: &Alarm) -> (&'static str, &'static str) {
    match (alarm.kind, alarm.state.cause) {
        (AlarmKind::NoFragments | AlarmKind::Gap, Some(GapCause::CameraUnreachable)) => (
            "查看摄像机供电和网线；仍无画面时启用备用录像",
            "look at the camera's power and cable; if no picture comes, record by other means",
        ),
        (AlarmKind::NoFragments | AlarmKind::Gap, Some(GapCause::UploadPending)) => (
            "录像仍在现场：检查现场到中心的网络，等待补传",
            "the footage is safe at the site: look at the link to the centre, and wait",
        ),
        (AlarmKind::NoFragments | AlarmKind::Gap, Some(GapCause::DiskFull)) | (AlarmKind::SpoolFull, _) => (
            "立即恢复网络或扩大缓存；不要删除未补传的录像",
            "restore the link or give the spool more room now; delete nothing that was not sent",
        ),
        (AlarmKind::Gap, Some(GapCause::RecorderUnreachable)) | (AlarmKind::RecorderUnreachable, _) => (
            "现场查看录像机是否通电、网络是否连通；失联期间它会继续录制",
            "see whether the recorder has power and network; it goes on recording by itself",
        ),
        (AlarmKind::NoFragments | AlarmKind::Gap, _) => (
            "在现场打开录像机状态页，核对该摄像机的最后录像时间",
            "open the recorder's status page on site and look at the camera's last fragment",
        ),
        (AlarmKind::SpoolFilling, _) => (
            "检查现场到中心的带宽；考试前腾出或增加磁盘",
            "look at the bandwidth to the centre; give the spool more disk before the exam",
        ),
        (AlarmKind::ClockUnproven | AlarmKind::ClockOff, _) => (
            "检查录像机的 NTP 对时；勿在考试中手动改时间",
            "look at the recorder's NTP; do not set its clock by hand during an exam",
        ),
        (AlarmKind::UploadBehind, _) => {
            ("无需操作；若持续增长，检查现场带宽", "nothing to do; if it grows, look at the site's bandwidth")
        }
        (AlarmKind::StorageFailed, _) => (
            "查看中心磁盘空间和服务日志；现场会继续录制并保存",
            "look at the centre's disks and the server's log; the sites go on recording meanwhile",
        ),
        (AlarmKind::Lost, _) => (
            "封存该录像机的磁盘；查找其他录像（如硬盘录像机）并导入",
            "set the recorder's disk aside; look for other footage (an NVR, a card) and import it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_as_people_count_them() {
        let of = |seconds| span(Span::from_secs(seconds));
        assert_eq!([of(134), of(599), of(2_400), of(7_200)], ["134 s", "599 s", "40 min", "2.0 h"]);
    }
}
