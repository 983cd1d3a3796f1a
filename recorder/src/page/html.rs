//! The page: one table of cameras, one of the spool, in both languages. It refreshes itself.

use std::fmt::Write as _;

use liuhen_proto::Span;
use liuhen_proto::fragment::ClockSource;
use liuhen_proto::wire::ingest::v1::CameraState;

use super::{Camera, Seen, Spool};
use crate::camera::Role;
use crate::config::Bytes;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width"><title>Liuhen 留痕</title><style>
body{font:16px/1.5 sans-serif;margin:1.5em;max-width:75em}table{border-collapse:collapse;width:100%;margin-bottom:1.5em}
th,td{text-align:left;padding:.3em .7em;border-bottom:1px solid #ccc}.good{background:#e3f4e3}.bad{background:#fbdcdc}
.quiet{background:#eee}td.number{text-align:right}
</style></head><body><h1>Liuhen recorder · 留痕录制端</h1>
"#;

/// A fragment may be so old before the camera is marked; fragments are some seconds long.
const FRESH: Span = Span::from_secs(10);

/// A room that lasts longer is no trouble yet.
const A_DAY: Span = Span::from_secs(24 * 3600);

pub(super) fn page(seen: &Seen) -> String {
    let mut html = HEAD.to_owned();
    html += "<table><tr><th>Camera 摄像机<th>Stream 码流<th>State 状态<th>Last fragment 最近片段<th>Rate 码率<th>Clock 时钟差<th>Detail 说明\n";
    seen.cameras.iter().for_each(|camera| row(&mut html, camera, seen));
    html += "</table><table>\n";
    spool(&mut html, &seen.spool);
    let (centre, class) = match seen.centre {
        Some(true) => ("reachable 已连接", "good"),
        Some(false) => ("not reachable; recording goes on 未连接，录制继续", "bad"),
        None => ("none named 未配置", "quiet"),
    };
    line(&mut html, "Centre 中心", centre, class);
    let (clock, class) = match seen.clock_source {
        ClockSource::Synchronized => ("synchronised 已同步", "good"),
        ClockSource::TimeUnproven => ("known to be wrong: set it 时间错误，请校准", "bad"),
        _ => ("not synchronised: look at its time source 未同步，请检查对时", "bad"),
    };
    line(&mut html, "This machine's clock 本机时钟", clock, class);
    html += "</table></body></html>\n";
    html
}

fn row(html: &mut String, camera: &Camera, seen: &Seen) {
    let age = camera.age(seen.now);
    let (state, class) = match camera.status.state() {
        CameraState::Recording if age.is_none_or(|age| age > FRESH) => ("recording, late 录制中，片段迟到", "bad"),
        CameraState::Recording => ("recording 录制中", "good"),
        CameraState::Connecting => ("connecting 连接中", "bad"),
        CameraState::Unreachable => ("unreachable 无响应", "bad"),
        CameraState::Unreadable => ("unreadable 无法录制", "bad"),
        CameraState::Stopped => ("stopped 已停止", "quiet"),
        CameraState::Unspecified => ("unknown 未知", "bad"),
    };
    let role = if camera.role == Role::Evidence { "evidence 证据" } else { "viewing 查看" };
    let age = age.map_or_else(|| "–".to_owned(), |age| format!("{:.0} s", age.as_secs_f64()));
    let offset = camera.status.camera_offset_us.map(|offset| Span::from_micros(offset).as_secs_f64());
    let offset = offset.map_or_else(|| "–".to_owned(), |offset| format!("{offset:+.2} s"));
    let (name, detail) = (escaped(&camera.name), escaped(&camera.status.detail));
    let rate = camera.status.bits_per_second as f64 / 1e6;
    // Writing to a String cannot fail.
    let _ = writeln!(
        html,
        "<tr class={class}><td>{name}<td>{role}<td>{state}<td class=number>{age}<td class=number>{rate:.2} Mbit/s\
         <td class=number>{offset}<td>{detail}"
    );
}

fn spool(html: &mut String, spool: &Spool) {
    let used = format!("{} / {}", Bytes(spool.used_bytes), Bytes(spool.quota_bytes));
    line(html, "Spool 本地缓存", &used, "");
    line(html, "Not sealed yet 未封存", &Bytes(spool.unsealed_bytes).to_string(), "");
    line(html, "Not at the centre yet 待上传", &Bytes(spool.backlog_bytes).to_string(), "");
    let (left, class) = match spool.left {
        _ if spool.full => {
            ("full: new footage is refused, nothing is deleted 已满：新录像无法写入，已有录像不删除".into(), "bad")
        }
        Some(left) => (format!("{:.1} h", left.as_secs_f64() / 3600.0), if left < A_DAY { "bad" } else { "" }),
        None => ("–".into(), ""),
    };
    line(html, "Full in 剩余可录", &left, class);
}

fn line(html: &mut String, name: &str, value: &str, class: &str) {
    let _ = writeln!(html, "<tr class=\"{class}\"><th>{name}<td>{value}");
}

/// What came from outside, as text and nothing else.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '&' => "&amp;".into(),
        '"' => "&quot;".into(),
        '\'' => "&#39;".into(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_text_and_nothing_else() {
        assert_eq!(super::escaped("<b a='x'>\"&"), "&lt;b a=&#39;x&#39;&gt;&quot;&amp;");
    }
}
