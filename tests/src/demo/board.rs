//! The board: follows a session's coverage, prints what changes, remembers when it saw it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use liuhen_proto::wire::common::v1::{Interval, TrackKind};
use liuhen_proto::wire::review::v1::{Coverage, Gap, GapCause, GapKind, WatchCoverageRequest};
use tokio::task::JoinHandle;
use tokio_stream::StreamExt as _;

use super::now_us;
use super::people::Person;
use crate::world::{Centre, Declared, Site};

/// A gap and when this program saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// As last heard.
    pub(super) gap: Gap,
    /// When it was first on the board, by this program's clock.
    pub(super) at_us: i64,
}

/// Follows a session until it is dropped.
pub(super) struct Board {
    seen: Arc<Mutex<BTreeMap<String, Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Board {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Board {
    /// As one who may.
    pub(super) async fn follow(mut centre: Centre, site: &Site, session: &str) -> Result<Self> {
        let request = WatchCoverageRequest { session_id: session.to_owned() };
        let mut stream = centre.review.watch_coverage(request).await.context("follow the coverage")?.into_inner();
        let seen = Arc::new(Mutex::new(BTreeMap::new()));
        let (shared, declared) = (Arc::clone(&seen), site.declared.clone());
        let task = tokio::spawn(async move {
            let mut said_us = 0;
            while let Some(Ok(answer)) = stream.next().await {
                let Some(coverage) = answer.coverage else { continue };
                let mut seen = shared.lock().expect("no one panics while holding the board");
                for gap in &coverage.gaps {
                    note(&mut seen, gap, &declared);
                }
                drop(seen);
                if now_us() - said_us > 10_000_000 {
                    said_us = now_us();
                    say(&standing(&coverage, &declared));
                }
            }
        });
        Ok(Self { seen, task })
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no one panics while holding the board").values().cloned().collect()
    }

    pub(super) fn has_open_gap(&self, viewpoint: &str) -> bool {
        self.seen().iter().any(|seen| seen.gap.viewpoint_id == viewpoint && seen.gap.closed_us.is_none())
    }
}

fn note(seen: &mut BTreeMap<String, Seen>, gap: &Gap, declared: &Declared) {
    let name = declared.at_viewpoint(&gap.viewpoint_id).map_or("?", |camera| camera.name.as_str());
    let what = format!("{name}: {} ({})", kind(gap), cause(gap));
    match seen.get_mut(&gap.gap_id) {
        None => {
            say(&format!("GAP OPEN   缺口出现  {what}, since {}", clock(gap.start_us)));
            seen.insert(gap.gap_id.clone(), Seen { gap: gap.clone(), at_us: now_us() });
        }
        Some(old) => {
            if let (None, Some(end_us)) = (old.gap.end_us, gap.end_us) {
                #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
                let length = (end_us - gap.start_us) as f64 / 1e6;
                say(&format!("GAP CLOSED 缺口结束  {what}, {} – {}, {length:.1} s", clock(gap.start_us), clock(end_us)));
            } else if old.gap.cause != gap.cause {
                say(&format!("GAP        缺口原因  {what}"));
            }
            old.gap = gap.clone();
        }
    }
}

/// One line about all cameras.
fn standing(coverage: &Coverage, declared: &Declared) -> String {
    let age = |end_us: Option<i64>| match end_us {
        #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
        Some(end_us) => format!("{:.1} s ago", (coverage.as_of_us - end_us) as f64 / 1e6),
        None => "nothing yet".to_owned(),
    };
    let viewpoints = coverage.viewpoints.iter().map(|viewpoint| {
        let name = declared.at_viewpoint(&viewpoint.viewpoint_id).map_or("?", |camera| camera.name.as_str());
        let video = viewpoint.tracks.iter().find(|track| track.kind() == TrackKind::Video);
        format!("{name}: {}", age(video.and_then(|track| track.last_stored_us)))
    });
    format!("stored 已存  {}", viewpoints.collect::<Vec<_>>().join(" | "))
}

pub(super) fn kind(gap: &Gap) -> &'static str {
    match gap.kind() {
        GapKind::NoPicture => "no picture 无画面",
        GapKind::NoSound => "no sound 无声音",
        GapKind::Damaged => "damaged 画面受损",
        GapKind::Black => "black 黑屏",
        GapKind::Frozen => "frozen 画面冻结",
        GapKind::Blurred => "blurred 画面模糊",
        GapKind::Covered => "covered 镜头被遮挡",
        GapKind::Moved => "moved 镜头移位",
        GapKind::LowFrameRate => "low frame rate 帧率过低",
        GapKind::LowResolution => "low resolution 分辨率过低",
        GapKind::Silent => "silent 静音",
        GapKind::Clipped => "clipped 声音削波",
        GapKind::Unspecified => "?",
    }
}

pub(super) fn cause(gap: &Gap) -> &'static str {
    match gap.cause() {
        GapCause::CameraUnreachable => "camera unreachable 摄像机失联",
        GapCause::RecorderUnreachable => "recorder unreachable 录像机失联",
        GapCause::UploadPending => "upload pending 等待上传",
        GapCause::ClockStep => "clock step 时钟跳变",
        GapCause::DiskFull => "disk full 磁盘已满",
        GapCause::StoppedOnPurpose => "stopped on purpose 主动停止",
        GapCause::Judged => "judged by a detector 由检测器判定",
        GapCause::Lost => "lost 已丢失",
        GapCause::PacketsLost => "packets lost 丢包",
        GapCause::Unknown | GapCause::Unspecified => "unknown 原因不明",
    }
}

/// A headline.
pub(super) fn title(text: &str) {
    say(&format!("== {text}"));
}

/// What another program has to say.
pub(super) fn text(text: &str) {
    eprintln!("{}", text.trim_end());
}

/// Who is who.
pub(super) fn introduce(site: &Site, session: &str) {
    say(&format!("server 服务 {} · session 场次 {session}", site.server.address()));
    say(&format!("files 文件 {}", site.directory().display()));
    for camera in &site.declared.cameras {
        say(&format!("  {}  {}  {}", camera.name, camera.url, camera.stream_id));
    }
}

/// Whom to log in as.
pub(super) fn who_is_who(people: &[Person]) {
    title("One person for each role: `liuhen login ACCOUNT` · 每个角色一人");
    people.iter().for_each(|person| say(&format!("  {}  {}", person.account, person.password)));
}

/// Where to play from.
pub(super) async fn addresses(site: &Site, window: Interval) -> Result<()> {
    let mut centre = site.server.centre().await?;
    title("To play what was recorded so far (ffplay, or any player) · 播放地址");
    for camera in &site.declared.cameras {
        let until = Interval { end_us: now_us().max(window.start_us + 1), ..window };
        let (hls, mp4) = centre.playback(&camera.stream_id, until).await?;
        let server = site.server.address();
        say(&format!("  {}\n      HLS {server}{hls}\n      MP4 {server}{mp4}", camera.name));
    }
    Ok(())
}

fn clock(at_us: i64) -> String {
    let day_s = at_us.div_euclid(1_000_000).rem_euclid(86_400);
    let tenths = at_us.rem_euclid(1_000_000) / 100_000;
    format!("{:02}:{:02}:{:02}.{tenths}Z", day_s / 3600, day_s / 60 % 60, day_s % 60)
}

fn say(text: &str) {
    eprintln!("{} {text}", clock(now_us()));
}
