//! The exam of the demonstration: from the plan of a batch to its certificates, told over gRPC by a program that shares no
//! code with us (`tests/node/exam.mjs`) and by persons with accounts of their own.
//!
//! In: a site that films. Out: [`Settled`], and on the terminal how far it is. Always: what ends it too soon ends the
//! demonstration, with its reason.

use std::future::Future;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::session::v1::GetSessionStateRequest;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt as _};

use super::board;
use crate::program::Program;
use crate::world::Site;

/// The turn in which a camera is lost: the practical test, in the second room.
pub(super) const LOSING: usize = 2;
/// How long a turn lasts: the camera is back before the papers are sealed.
const TURN_MS: u32 = 15_000;
/// From the first fact to the closed batch.
const PATIENCE: Duration = Duration::from_secs(300);

/// What came of it.
#[derive(Debug, Deserialize)]
pub(super) struct Settled {
    /// Number of the first candidate's certificate.
    pub(super) certificate: String,
    /// How many facts were told.
    pub(super) facts: u64,
    /// What was found about the results that went up before their notice had lasted.
    pub(super) found: Found,
}

/// A finding.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) rule: String,
    pub(super) clause: String,
    pub(super) english: String,
    pub(super) chinese: String,
}

/// The exam, while it is told. Dropping it ends it.
pub(super) struct Exam(JoinHandle<Result<Settled>>);

impl Drop for Exam {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Exam {
    /// Lets the program begin.
    pub(super) fn begins(site: &Site) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/exam.mjs");
        let mut node = Command::new("node");
        node.arg(script).args([site.server.address(), site.server.token()?, "technical_college".to_owned(), stage(site)]);
        let mut program = Program::spawn("node; `./dev setup` installs it", node, &site.directory().join("exam.log"))?;
        Ok(Self(tokio::spawn(async move {
            let said = AtomicUsize::new(0);
            let settled = program.found(0, PATIENCE, "what came of the exam", |printed| last_word(printed, &said));
            serde_json::from_str(&settled.await?).context("read what came of the exam")
        })))
    }

    /// Waits for something that happens before the exam ends.
    pub(super) async fn until<T>(&mut self, what: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            found = what => found,
            ended = &mut self.0 => match ended.context("tell the exam")? {
                Ok(settled) => bail!("the exam ended too soon: {settled:?}"),
                Err(error) => Err(error),
            },
        }
    }

    /// Waits for the closed batch.
    pub(super) async fn ends(mut self) -> Result<Settled> {
        (&mut self.0).await.context("tell the exam")?
    }
}

/// The JSON of its last line; lines before it go to the terminal, once.
fn last_word(printed: &str, said: &AtomicUsize) -> Option<String> {
    let mut lines = printed.split_inclusive('\n').filter(|line| line.ends_with('\n')).enumerate().skip(said.load(Relaxed));
    lines.find_map(|(place, line)| {
        said.store(place + 1, Relaxed);
        if line.starts_with('{') {
            return Some(line.to_owned());
        }
        board::title(&format!("Exam 考试: {}", line.trim()));
        None
    })
}

/// What the program is told of the site.
fn stage(site: &Site) -> String {
    let declared = &site.declared;
    let room = |place: usize| {
        let (room_id, name) = &declared.rooms[place];
        let here: Vec<_> = declared.cameras.iter().filter(|camera| camera.room == *name).collect();
        let cameras: Vec<_> =
            here.iter().map(|camera| json!({ "camera_id": camera.camera_id, "stream_id": camera.stream_id })).collect();
        let tracks = here.len() + here.iter().filter(|camera| camera.sound_required).count();
        json!({ "room_id": room_id, "cameras": cameras, "tracks": tracks })
    };
    let lost = 1 + usize::from(declared.cameras.last().is_some_and(|camera| camera.sound_required));
    let stage = json!({
        "organization_id": declared.organization_id, "site_id": declared.site_id, "theory": room(0), "practical": room(1),
        "losing": LOSING, "lost": lost, "turn_ms": TURN_MS,
    });
    stage.to_string()
}

/// Waits until a fact of a kind is told; gives the case that it belongs to.
pub(super) async fn told(events: &mut (impl Stream<Item = Result<Value>> + Unpin), kind: &str) -> Result<String> {
    let wanted = format!("liuhen.fact.{kind}");
    while let Some(event) = events.next().await.transpose()? {
        if event["type"] == wanted.as_str() {
            return event["subject"].as_str().map(str::to_owned).context("whose fact it is");
        }
    }
    bail!("the log ended before a {kind} was told")
}

/// From the first turn to the end of the last, as planned.
pub(super) async fn window(site: &Site, session: &str) -> Result<Interval> {
    let request = GetSessionStateRequest { session_id: session.to_owned() };
    let state = site.server.centre().await?.process.get_session_state(request).await?.into_inner();
    let turns = state.turns.into_iter().filter_map(|turn| turn.turn?.interval);
    let whole =
        turns.reduce(|all, turn| Interval { start_us: all.start_us.min(turn.start_us), end_us: all.end_us.max(turn.end_us) });
    whole.context("turns of the session")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_are_read_and_none_twice() {
        let said = AtomicUsize::new(0);
        assert_eq!(last_word("one\ntw", &said), None);
        assert_eq!(said.load(Relaxed), 1);
        assert_eq!(last_word("one\ntwo\n{\"a\":1}", &said), None);
        assert_eq!(last_word("one\ntwo\n{\"a\":1}\n", &said).as_deref(), Some("{\"a\":1}\n"));
    }
}
