//! Whether what is stored is what was streamed.

use anyhow::{Context as _, Result};
use liuhen_proto::digest::hex;
use liuhen_proto::wire::common::v1::{Interval, TrackKind};
use liuhen_proto::wire::people::v1::Role;
use liuhen_proto::wire::review::v1::{Coverage, Gap, GapCause, ListAccessesRequest, ListEntriesRequest, ViewpointCoverage};

use super::board::{Seen, cause, kind};
use super::people::{Person, centre_of, try_to_look};
use super::spans::{seconds, within_us};
use super::summary::{CameraSummary, GapSummary, Summary};
use super::{Truth, part};
use crate::world::{Centre, DeclaredCamera, Site, digests_right, ffmpeg_decodes};

/// No fragment is longer.
const FRAGMENT_US: i64 = 2_000_000;
/// A gap is on the board after its tolerance and this.
const BOARD_US: i64 = 1_500_000;
/// A covered second may lack so much at its edges: clocks of camera and recorder drift, sound comes in packets.
const EDGE_US: i64 = 50_000;

/// Checks a finished round.
pub(super) async fn check(
    site: &Site,
    (session, window): (&str, Interval),
    people: &[Person],
    truth: Truth,
    seen: &[Seen],
) -> Result<Summary> {
    let mut centre = centre_of(site, people, Role::SupervisorExternal).await?;
    let streams: Vec<&str> = site.declared.cameras.iter().map(|camera| camera.stream_id.as_str()).collect();
    site.until_sealed(&streams, window, std::time::Duration::from_secs(30)).await?;
    let coverage = centre.coverage(session).await?;
    let mut summary =
        Summary { session_id: session.to_owned(), window_s: seconds_of(window.end_us - window.start_us), ..Default::default() };
    for (index, camera) in site.declared.cameras.iter().enumerate() {
        let away = (index == truth.camera).then_some(truth);
        let place = coverage.viewpoints.iter().find(|viewpoint| viewpoint.viewpoint_id == camera.viewpoint_id);
        let place = place.with_context(|| format!("no coverage of {}", camera.name))?;
        let found = camera_summary(site, &mut centre, camera, place, window, away, &mut summary.problems).await?;
        summary.cameras.push(found);
    }
    gaps(site, (&coverage, window), truth, seen, &mut summary);
    looks(site, (session, window), people, &mut summary).await?;
    let mut centre = centre_of(site, people, Role::Auditor).await?;
    let entries = centre.review.list_entries(ListEntriesRequest { limit: 1, ..Default::default() }).await?.into_inner();
    summary.custody_entries = entries.tree_size;
    summary.custody_root = hex(&entries.root_hash);
    match site.server.fsck() {
        Ok((clean, report)) => {
            summary.fsck_clean = clean;
            if !clean {
                summary.problems.push(format!("fsck: {report}"));
            }
            summary.fsck = report;
        }
        Err(error) => summary.problems.push(format!("{error:#}")),
    }
    summary.problems.extend(site.errors().into_iter().map(|line| format!("logged as an error: {line}")));
    summary.ok = summary.problems.is_empty();
    Ok(summary)
}

/// Who may look does, who may not does not; and every look stands in the log.
async fn looks(site: &Site, (session, window): (&str, Interval), people: &[Person], summary: &mut Summary) -> Result<()> {
    summary.people = try_to_look(site, people, window).await?;
    let wrong = summary.people.iter().filter(|person| person.sees_footage != person.should);
    summary.problems.extend(wrong.map(|person| format!("{} sees footage: {}", person.account, person.sees_footage)));
    let looked = summary.people.iter().filter(|person| person.sees_footage).count();
    let mut auditor = centre_of(site, people, Role::Auditor).await?;
    let purpose = "the demonstration looks back".to_owned();
    let request = ListAccessesRequest { session_id: session.to_owned(), purpose, ..Default::default() };
    let accesses = auditor.review.list_accesses(request).await.context("ask who looked")?.into_inner().accesses;
    summary.looks = accesses.len() as u64;
    // Those who tried, at least one clip and playlist of each camera, and the auditor.
    let least = looked + 2 * site.declared.cameras.len() + 1;
    if accesses.len() < least || accesses.iter().any(|look| look.purpose.is_empty()) {
        summary.problems.push(format!("{} looks stand in the log, at least {least} were taken", accesses.len()));
    }
    Ok(())
}

async fn camera_summary(
    site: &Site,
    centre: &mut Centre,
    camera: &DeclaredCamera,
    place: &ViewpointCoverage,
    window: Interval,
    away: Option<Truth>,
    problems: &mut Vec<String>,
) -> Result<CameraSummary> {
    let mut summary = CameraSummary { name: camera.name.clone(), stream_id: camera.stream_id.clone(), ..Default::default() };
    covered_seconds(&mut summary, camera, place, window, away, problems);
    for segment in centre.segments(&camera.stream_id, window).await? {
        summary.segments += 1;
        summary.bytes += segment.object_size_bytes;
        match digests_right(site.server.data(), &segment) {
            Ok(()) => summary.digests_right += 1,
            Err(wrong) => problems.push(format!("{}: {wrong:#}", camera.name)),
        }
    }
    let (hls, _) = centre.playback(&camera.stream_id, window).await?;
    match ffmpeg_decodes(&format!("{}{hls}", site.server.address())) {
        Ok(decoded) => summary.hls_frames = decoded.frames,
        Err(wrong) => problems.push(format!("{}: {wrong:#}", camera.name)),
    }
    for (index, span) in unbroken(window, away).into_iter().enumerate() {
        let clip = centre.clip(&camera.stream_id, span).await.with_context(|| format!("clip of {}", camera.name))?;
        let file = site.directory().join(format!("{}-{index}.mp4", camera.stream_id));
        std::fs::write(&file, clip.bytes).context("write the clip")?;
        match ffmpeg_decodes(file.to_str().context("a path of text")?) {
            Ok(decoded) => summary.clip_frames += decoded.frames,
            Err(wrong) => problems.push(format!("{}: {wrong:#}", camera.name)),
        }
    }
    if summary.hls_frames == 0 || summary.clip_frames == 0 || summary.segments == 0 {
        problems.push(format!("{} was not recorded", camera.name));
    }
    Ok(summary)
}

/// Counts the seconds that the camera streamed and that are covered, and finds those that cannot be covered and are.
fn covered_seconds(
    summary: &mut CameraSummary,
    camera: &DeclaredCamera,
    place: &ViewpointCoverage,
    window: Interval,
    away: Option<Truth>,
    problems: &mut Vec<String>,
) {
    let streamed: Vec<Interval> = unbroken(window, away).into_iter().flat_map(seconds).collect();
    summary.seconds_streamed = streamed.len() as u64;
    for track in &place.tracks {
        let name = if track.kind() == TrackKind::Video { "video" } else { "audio" };
        let whole = |second: &&Interval| within_us(**second, &track.covered) >= 1_000_000 - EDGE_US;
        let covered = streamed.iter().filter(whole).count() as u64;
        summary.seconds_covered.push((name.to_owned(), covered));
        let needed = track.kind() == TrackKind::Video || track.required || covered > 0;
        if needed && covered != summary.seconds_streamed {
            let missing = streamed.iter().filter(|second| !whole(second)).map(|second| second.start_us - window.start_us);
            let missing: Vec<i64> = missing.map(|us| us / 1_000).collect();
            problems.push(format!("{}: {name} lacks the seconds at {missing:?} ms of the window", camera.name));
        }
        let dark = away.and_then(|away| part(window, away.cut_us + FRAGMENT_US, away.seen_us - FRAGMENT_US));
        let claimed = dark.map_or(0, |dark| within_us(dark, &track.covered));
        if claimed > 0 {
            problems.push(format!("{}: {name} claims {claimed} µs while the camera was off", camera.name));
        }
    }
}

/// The parts of the window in which the camera surely was to be seen.
fn unbroken(window: Interval, away: Option<Truth>) -> Vec<Interval> {
    let Some(away) = away else { return vec![window] };
    let before = part(window, window.start_us, away.cut_us - FRAGMENT_US);
    let after = part(window, away.seen_us + FRAGMENT_US, window.end_us);
    before.into_iter().chain(after).collect()
}

/// Of the gaps that touch the window: a room must be recorded from long before the first turn, when nobody filmed yet.
fn gaps(site: &Site, (coverage, window): (&Coverage, Interval), truth: Truth, seen: &[Seen], summary: &mut Summary) {
    let viewpoint = &site.declared.cameras[truth.camera].viewpoint_id;
    let touches = |gap: &&Gap| gap.start_us < window.end_us && gap.end_us.is_none_or(|end_us| end_us > window.start_us);
    for gap in coverage.gaps.iter().filter(touches) {
        if gap.viewpoint_id != *viewpoint || summary.gap.is_some() {
            let name = site.declared.at_viewpoint(&gap.viewpoint_id).map_or("?", |camera| &camera.name);
            let text = format!("{name}: {} ({}) {}–{:?}", kind(gap), cause(gap), gap.start_us, gap.end_us);
            summary.problems.push(format!("a gap that nobody caused: {text}"));
            summary.other_gaps.push(text);
            continue;
        }
        let place = coverage.viewpoints.iter().find(|place| place.viewpoint_id == *viewpoint);
        let tolerance_us = place.map_or(0, |place| place.tolerance_us);
        let at_us = seen.iter().find(|seen| seen.gap.gap_id == gap.gap_id).map_or(i64::MAX, |seen| seen.at_us);
        let (start, end) = (gap.start_us - truth.cut_us, gap.end_us.unwrap_or(i64::MAX) - truth.seen_us);
        let board = at_us - gap.start_us;
        let mut wrong = |text: String| summary.problems.push(format!("the gap: {text}"));
        if gap.cause() != GapCause::CameraUnreachable {
            wrong(format!("its cause is said to be {}", cause(gap)));
        }
        if start.abs() > FRAGMENT_US || end.abs() > FRAGMENT_US {
            wrong(format!("its ends are wrong by {start} µs and {end} µs"));
        }
        if board > tolerance_us + BOARD_US {
            wrong(format!("it was on the board {board} µs after its start, the tolerance is {tolerance_us} µs"));
        }
        summary.gap = Some(GapSummary {
            cause: gap.cause().as_str_name().trim_start_matches("GAP_CAUSE_").to_lowercase(),
            true_length_s: seconds_of(truth.seen_us - truth.cut_us),
            start_error_s: seconds_of(start),
            end_error_s: seconds_of(end),
            fragment_s: seconds_of(FRAGMENT_US),
            tolerance_s: seconds_of(tolerance_us),
            on_board_after_s: seconds_of(board),
            reconnected_after_s: seconds_of(truth.seen_us - truth.restored_us),
        });
    }
    if summary.gap.is_none() {
        summary.problems.push("the gap was not found".to_owned());
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn seconds_of(micros: i64) -> f64 {
    micros as f64 / 1e6
}
