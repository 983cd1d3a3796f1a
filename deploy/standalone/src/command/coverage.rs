//! `liuhen coverage`: what a session should hold, holds, and lacks.
//!
//! In: coverage, and the flags of the session where one of its gaps was flagged. Out: a board for people, with
//! what each stream alone holds; or JSON.

mod gap;
mod json;

use std::collections::{HashMap, HashSet};
use std::io::IsTerminal as _;

use anyhow::Result;
use liuhen_proto::Span;
use liuhen_proto::wire::common::v1::{Interval, TrackKind, TrustLevel};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::session::v1 as session;

use super::{Voice, at, show_interval, span_of};
use crate::arguments::Coverage;
use crate::client::{Client, refused};
use crate::moment::{Zone, show_span};
use crate::say::{say, sayln};

/// The most stretches that are printed of one kind: more of them say no more to people.
const MAX_STRETCHES: usize = 20;

pub(crate) async fn run(arguments: &Coverage, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let names = if voice.json { Names::default() } else { names(&mut client, &arguments.session, voice).await? };
    let board = Board { names, zone: arguments.times.zone, voice };
    let session_id = arguments.session.clone();
    if !arguments.watch {
        let answer = client.review.get_coverage(pb::GetCoverageRequest { session_id }).await;
        let answer = answer.map_err(|status| refused(&status, voice.language))?.into_inner();
        return board.show(&mut client, &answer.coverage.unwrap_or_default()).await;
    }
    let answers = client.review.watch_coverage(pb::WatchCoverageRequest { session_id }).await;
    let mut answers = answers.map_err(|status| refused(&status, voice.language))?.into_inner();
    while let Some(answer) = answers.message().await.map_err(|status| refused(&status, voice.language))? {
        if !voice.json && std::io::stdout().is_terminal() {
            // Clears the screen and goes to its corner (ECMA-48 ED, CUP).
            say(format_args!("\x1b[2J\x1b[H"));
        }
        board.show(&mut client, &answer.coverage.unwrap_or_default()).await?;
    }
    Ok(())
}

/// What people call things.
#[derive(Default)]
struct Names {
    /// Rooms, viewpoints and cameras, by their ids.
    of: HashMap<String, String>,
    /// Cameras that give sound only.
    pickups: HashSet<String>,
}

async fn names(client: &mut Client, session: &str, voice: Voice) -> Result<Names> {
    let failed = |status| refused(&status, voice.language);
    let request = session::GetSessionRequest { session_id: session.to_owned() };
    let session = client.sessions.get_session(request).await.map_err(failed)?.into_inner().session.unwrap_or_default();
    let request = session::GetSiteRequest { site_id: session.site_id };
    let site = client.sessions.get_site(request).await.map_err(failed)?.into_inner();
    let pickups = site.cameras.iter().filter(|camera| camera.kind() == session::CameraKind::Pickup);
    let pickups = pickups.map(|camera| camera.camera_id.clone()).collect();
    let rooms = site.rooms.into_iter().map(|room| (room.room_id, room.name));
    let viewpoints = site.viewpoints.into_iter().map(|view| (view.viewpoint_id, view.name));
    let cameras = site.cameras.into_iter().map(|camera| (camera.camera_id, camera.name));
    Ok(Names { of: rooms.chain(viewpoints).chain(cameras).collect(), pickups })
}

/// Flags of the session, where one of its gaps was flagged.
async fn flags(client: &mut Client, coverage: &pb::Coverage, voice: Voice) -> Result<Vec<pb::Flag>> {
    if !coverage.gaps.iter().any(|gap| gap::flagged(gap.kind()).is_some()) {
        return Ok(Vec::new());
    }
    let request = pb::ListFlagsRequest { session_id: coverage.session_id.clone(), ..Default::default() };
    let answer = client.review.list_flags(request).await.map_err(|status| refused(&status, voice.language))?;
    Ok(answer.into_inner().flags)
}

struct Board {
    names: Names,
    zone: Zone,
    voice: Voice,
}

impl Board {
    async fn show(&self, client: &mut Client, coverage: &pb::Coverage) -> Result<()> {
        let flags = flags(client, coverage, self.voice).await?;
        if self.voice.json {
            self.voice.line(&json::coverage(coverage, &flags));
            return Ok(());
        }
        sayln!("{}  {}", coverage.session_id, self.zone.show(at(coverage.as_of_us)));
        for viewpoint in &coverage.viewpoints {
            self.show_viewpoint(viewpoint, coverage.as_of_us);
        }
        let open = coverage.gaps.iter().filter(|gap| gap.end_us.is_none()).count();
        let (gaps, still) = (coverage.gaps.len(), self.voice.pick("未结束", "open"));
        sayln!("{} {gaps} ({open} {still})", self.voice.pick("缺口", "gaps"));
        for gap in &coverage.gaps {
            self.show_gap(gap, &flags);
        }
        Ok(())
    }

    fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.of.get(id).map_or(id, String::as_str)
    }

    fn show_viewpoint(&self, viewpoint: &pb::ViewpointCoverage, as_of_us: i64) {
        let expected = viewpoint.expected.unwrap_or_default();
        let tolerance = show_span(Span::from_micros(viewpoint.tolerance_us));
        let (room, name) = (self.name(&viewpoint.room_id), self.name(&viewpoint.viewpoint_id));
        let tolerated = self.voice.pick("容差", "tolerance");
        sayln!("  {room} · {name}  {}  {tolerated} {tolerance}", show_interval(self.zone, &expected));
        for track in &viewpoint.tracks {
            // Up to now, since what is to come cannot be missing yet.
            let due = Span::from_micros(expected.end_us.min(as_of_us).saturating_sub(expected.start_us));
            let have: i64 = track.covered.iter().map(|covered| span_of(covered).as_micros()).sum();
            let percent = if due == Span::ZERO { 100.0 } else { (have as f64 / due.as_micros() as f64 * 100.0).min(100.0) };
            let missing: i64 = track.missing.iter().map(|missing| span_of(missing).as_micros()).sum();
            let mark = if !track.required {
                "·"
            } else if track.missing.is_empty() {
                "✔"
            } else {
                "✖"
            };
            let (have, missing) = (show_span(Span::from_micros(have)), show_span(Span::from_micros(missing)));
            let (stored, lacks) = (self.voice.pick("已存", "stored"), self.voice.pick("缺失", "missing"));
            let kind = self.kind(track);
            sayln!("    {mark} {kind}  {stored} {have} ({percent:.2} %)  {lacks} {missing}{}", self.remarks(track));
            self.show_stretches(self.voice.pick("受损", "damaged"), &track.damaged);
            self.show_stretches(self.voice.pick("导入", "imported"), &track.imported);
        }
        for stream in &viewpoint.streams {
            self.show_stream(stream);
        }
    }

    fn kind(&self, track: &pb::TrackCoverage) -> &'static str {
        match track.kind() {
            TrackKind::Audio => self.voice.language.pick("声音", "sound"),
            _ => self.voice.language.pick("画面", "picture"),
        }
    }

    /// What is stored, but not clean, or not captured.
    fn remarks(&self, track: &pb::TrackCoverage) -> String {
        let sum = |intervals: &[Interval]| intervals.iter().map(|one| span_of(one).as_micros()).sum();
        let remark = |words: &str, intervals: &[Interval]| match sum(intervals) {
            0 => String::new(),
            sum => format!("  {words} {}", show_span(Span::from_micros(sum))),
        };
        let damaged = remark(self.voice.pick("受损", "damaged"), &track.damaged);
        let lost = match track.lost_packets {
            0 => String::new(),
            lost => format!(" ({} {lost})", self.voice.pick("丢包", "packets lost")),
        };
        format!("{damaged}{lost}{}", remark(self.voice.pick("导入", "imported"), &track.imported))
    }

    fn show_stretches(&self, words: &str, intervals: &[Interval]) {
        for interval in intervals.iter().take(MAX_STRETCHES) {
            sayln!("        {words} {} ({})", show_interval(self.zone, interval), show_span(span_of(interval)));
        }
        if let Some(more) = intervals.len().checked_sub(MAX_STRETCHES).filter(|more| *more > 0) {
            sayln!("        {words} … +{more}");
        }
    }

    /// What a stream alone holds.
    fn show_stream(&self, stream: &pb::StreamCoverage) {
        let pickup = self.names.pickups.contains(&stream.camera_id);
        let role = match (stream.trust(), stream.role()) {
            (TrustLevel::Imported, _) => self.voice.pick("导入", "imported"),
            (_, pb::StreamRole::Viewing) => self.voice.pick("预览", "viewing"),
            _ if pickup => self.voice.pick("拾音", "pickup"),
            _ => self.voice.pick("存证", "evidence"),
        };
        let hold = |track: &pb::TrackCoverage| {
            let have = track.covered.iter().map(|one| span_of(one).as_micros()).sum();
            format!("  {} {}{}", self.kind(track), show_span(Span::from_micros(have)), self.remarks(track))
        };
        let held: String = stream.tracks.iter().map(hold).collect();
        let held = if held.is_empty() { format!("  {}", self.voice.pick("尚无录像", "nothing yet")) } else { held };
        sayln!("      {role}  {}  {}{held}", self.name(&stream.camera_id), stream.stream_id);
    }

    fn show_gap(&self, gap: &pb::Gap, flags: &[pb::Flag]) {
        let start = self.zone.show(at(gap.start_us));
        let end = match gap.end_us {
            Some(end) => {
                let long = show_span(Span::from_micros(end.saturating_sub(gap.start_us)));
                format!("{} ({long})", self.zone.show_time(at(end)))
            }
            None => self.voice.pick("至今", "until now").to_owned(),
        };
        let kind = gap::kind(gap.kind(), self.voice);
        let measured = gap::measured(gap, flags, self.voice).map(|text| format!(" {text}")).unwrap_or_default();
        let (cause, filled) = (gap::cause(gap.cause(), self.voice), gap::filled(gap.filled_by(), self.voice));
        let late = if gap.late_upload { self.voice.pick("  补传", "  late upload") } else { "" };
        sayln!("  {start} – {end}  {}  {kind}{measured}  {cause}{filled}{late}", self.name(&gap.viewpoint_id));
    }
}
