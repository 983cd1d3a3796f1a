//! The demonstration: two rooms of two cameras each, one of which is cut off for 20 s while candidates work before it; an
//! exam that is held there, from its plan to the certificates; and the way from a certificate back to the minute.
//!
//! In: [`Options`]. Out: lines on the terminal, and after one round a [`Summary`] of what was checked.
//! There is one person for each role: the inspector follows the board, the external supervisor looks at footage, the
//! auditor looks back.
//! Always: truth is what the demonstration itself did (when it killed the camera, when somebody could
//! see it again), never what the server says of it.

mod board;
mod check;
mod exam;
mod people;
mod plan;
mod spans;
mod summary;
mod traced;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::people::v1::Role;
use liuhen_proto::world::{Clock as _, SystemClock};

use crate::world::Site;
use board::Board;
use exam::{Exam, LOSING};
pub use summary::{CameraSummary, GapSummary, PersonSummary, Summary, TraceSummary};

/// How long the camera is cut off.
const CUT: Duration = Duration::from_secs(20);

/// What to show.
#[derive(Debug, Clone)]
pub struct Options {
    /// One round that checks itself, instead of going on.
    pub once: bool,
    /// A directory of footage that the cameras play, instead of synthetic rooms.
    pub footage: Option<PathBuf>,
}

/// What was done to the camera, by this program's clock.
#[derive(Debug, Clone, Copy)]
struct Truth {
    /// Index of the camera in the plan.
    camera: usize,
    /// When its program was killed.
    cut_us: i64,
    /// When it listened again.
    restored_us: i64,
    /// When somebody could see it again.
    seen_us: i64,
}

/// Runs the demonstration. Gives a summary after one round; without `once` it goes on until it is dropped.
pub async fn run(options: &Options) -> Result<Option<Summary>> {
    let directory = tempfile::Builder::new().prefix("liuhen-demo-").tempdir().context("make a directory")?;
    let plan = plan::plan(options.footage.as_deref())?;
    board::title("Starting server, four RTSP cameras, recorder · 启动服务、四路摄像机和录像机");
    let mut site = Site::start_over_network(directory.path(), &plan).await?;
    site.until_watched(Duration::from_secs(30)).await?;
    let people = people::admit(&site).await?;
    board::who_is_who(&people);
    let mut exam = Exam::begins(&site)?;
    let mut events = site.server.centre().await?.events().await?;
    let session = exam.until(exam::told(&mut events, "session_planned")).await?;
    let window = exam::window(&site, &session).await?;
    board::introduce(&site, &session);
    let board = Board::follow(people::centre_of(&site, &people, Role::Inspector).await?, &site, &session).await?;
    for _ in 0..LOSING {
        exam.until(exam::told(&mut events, "turn_started")).await?;
    }
    board::addresses(&site, window).await?;
    let truth = cut_one_off(&mut site, &session, &board).await?;
    let settled = exam.ends().await?;
    let trace = traced::walk(&site, &people, &settled, truth).await?;
    if !options.once {
        board::addresses(&site, window).await?;
        board::title("It goes on until Ctrl-C · 按 Ctrl-C 结束");
        std::future::pending::<()>().await;
    }
    board::title("Stopping the recorder, checking everything · 停止录像，全面核验");
    // One more tolerance: a gap that comes too late would come now.
    tokio::time::sleep(Duration::from_secs(3)).await;
    // That nothing comes once the recorder is gone is nobody's gap.
    let seen = board.seen();
    drop(board);
    site.recorder.stop().await?;
    let summary = check::check(&site, (&session, window), &people, truth, &seen).await?;
    Ok(Some(summary.with(trace)))
}

async fn cut_one_off(site: &mut Site, session: &str, board: &Board) -> Result<Truth> {
    let camera = site.cameras.len() - 1;
    let viewpoint = site.declared.cameras[camera].viewpoint_id.clone();
    let name = site.declared.cameras[camera].name.clone();
    board::title(&format!("Cutting off {name} for {} s · 断开 {name}", CUT.as_secs()));
    site.cameras[camera].cut_off()?;
    let cut_us = now_us();
    sleep_until(cut_us + micros(CUT)).await;
    anyhow::ensure!(board.has_open_gap(&viewpoint), "no gap was on the board {CUT:?} after the cut\n{}", site.logs());
    site.cameras[camera].restore().await?;
    let restored_us = now_us();
    board::title(&format!("{name} is back · {name} 已恢复"));
    let seen_us = site.until_watched_after(camera, cut_us, Duration::from_secs(40)).await?;
    let closed = |coverage: &liuhen_proto::wire::review::v1::Coverage| {
        let mut gaps = coverage.gaps.iter().filter(|gap| gap.viewpoint_id == viewpoint);
        gaps.all(|gap| gap.closed_us.is_some()).then_some(())
    };
    site.until(session, Duration::from_secs(30), "the closing of the gap", closed).await?;
    Ok(Truth { camera, cut_us, restored_us, seen_us })
}

fn now_us() -> i64 {
    SystemClock.now().as_micros()
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).expect("a span of a demonstration")
}

async fn sleep_until(at_us: i64) {
    let left = u64::try_from(at_us - now_us()).unwrap_or(0);
    tokio::time::sleep(Duration::from_micros(left)).await;
}

fn part(interval: Interval, from_us: i64, to_us: i64) -> Option<Interval> {
    let (start_us, end_us) = (interval.start_us.max(from_us), interval.end_us.min(to_us));
    (start_us < end_us).then_some(Interval { start_us, end_us })
}
