//! Hands sealed sessions out to the supervision service platform (监管服务平台, S四(四)2(1)), and takes its receipts in.
//!
//! In: the outbox of the archive. Out: a document for each session ([`Adapter`]: a file that is dropped, or a POST), and
//! the fact `session_received`. docs/ref/supervision.md has the shape of both.
//! - A document is kept before it leaves, and is the same each time it is sent under its key.
//! - What is not taken is tried again, ever more rarely, for ever: a restart loses none, and a platform that is away
//!   harms no other session.
//! - What the platform says is bounded and read as data; a receipt counts only as the adapter vouches for it.
//!
//! Not here: which sessions there are to hand out (the archive puts them in its outbox as they are sealed).

mod adapter;
mod answer;
mod calls;
mod document;
mod files;
mod post;

use std::sync::Arc;
use std::time::Duration;

use liuhen_archive::Archive;
use liuhen_archive::records::{Act, HandedOut, MAX_WORDS_BYTES, PlatformAnswer, Report};
use liuhen_proto::{Principal, Problem, Span, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::error::{chain, records as failed};
pub use adapter::{Adapter, Answer, Trouble};
pub(crate) use calls::Reports;
pub use files::FileDrop;
pub use post::{Http, HttpError};

/// Sessions of one look.
const PAGE: u32 = 20;
/// Where nothing happens, the archive is asked so often.
const LONGEST: Duration = Duration::from_secs(10);

/// How sessions are handed out.
#[derive(Debug, Clone)]
pub struct Supervision {
    /// To whom.
    pub adapter: Arc<dyn Adapter>,
    /// First pause after a failure; it doubles from then on.
    pub first_pause: Span,
    /// The longest pause.
    pub longest_pause: Span,
    /// How often the archive is asked whether there is something to do.
    pub looks: Duration,
}

impl Supervision {
    /// Tries again after half a minute, then ever more rarely, at least every hour.
    pub fn new(adapter: Arc<dyn Adapter>) -> Self {
        Self { adapter, first_pause: Span::from_secs(30), longest_pause: Span::from_secs(3600), looks: LONGEST }
    }
}

/// Hands out what is due until it is told to stop.
pub async fn run(supervision: Supervision, archive: Archive, by: Principal, shutdown: CancellationToken) {
    let handing = Handing { supervision, archive, by };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = handing.forever() => {}
    }
}

struct Handing {
    supervision: Supervision,
    archive: Archive,
    by: Principal,
}

impl Handing {
    async fn forever(&self) {
        loop {
            // What goes wrong with the archive was logged where it did; it is asked again.
            let more = self.round().await.is_ok_and(|many| many == PAGE as usize);
            if !more {
                tokio::time::sleep(self.supervision.looks).await;
            }
        }
    }

    /// Hands a page out; gives how many there were.
    async fn round(&self) -> Result<usize, Problem> {
        let due = self.archive.records.reports_due(self.archive.clock.now(), PAGE).await;
        let due = due.map_err(|error| failed("read what is to be handed out", error))?;
        for report in &due {
            self.hand_out(report).await?;
        }
        Ok(due.len())
    }

    /// One session. What goes wrong with it is noted, and harms no other.
    async fn hand_out(&self, report: &Report) -> Result<(), Problem> {
        let answer = match document::kept(&self.archive, report, self.by).await {
            Ok(document) => {
                let now = self.archive.clock.now();
                let answer = self.supervision.adapter.hand_out(&report.key(), document, now).await;
                answer.map_err(|trouble| chain(&trouble))
            }
            Err(problem) => Err(problem.message().to_owned()),
        };
        match answer {
            Ok(Answer::Taken) => self.note(report, true, String::new()).await,
            Ok(Answer::Said(answer)) => self.take(report, answer).await,
            Err(words) => {
                if report.tries == 0 {
                    let adapter = self.supervision.adapter.name();
                    tracing::warn!(adapter, key = report.key(), error = words, "a session is not handed out; tried again");
                }
                self.note(report, false, words).await
            }
        }
    }

    async fn take(&self, report: &Report, answer: PlatformAnswer) -> Result<(), Problem> {
        let act = Act::new(self.by, self.archive.clock.now());
        let is_refused = matches!(answer, PlatformAnswer::Refused { .. });
        let taken = self.archive.records.take_answer(&act, report.session, report.version, answer).await;
        match taken.map_err(|error| failed("take the platform's answer in", error)) {
            Ok(_) => {
                let (adapter, key) = (self.supervision.adapter.name(), report.key());
                if is_refused {
                    tracing::error!(adapter, key, "the platform refuses a session: `liuhen supervision show` says why");
                } else {
                    tracing::info!(adapter, key, "the platform has taken a session in");
                }
                Ok(())
            }
            Err(problem) => self.note(report, true, problem.message().to_owned()).await,
        }
    }

    async fn note(&self, report: &Report, taken: bool, words: String) -> Result<(), Problem> {
        let now = self.archive.clock.now();
        let act = Act::new(self.by, now);
        let next =
            if taken && words.is_empty() { now.after(self.supervision.adapter.asks_again()) } else { self.later(report, now) };
        let how = HandedOut { taken, words: bounded(words), next };
        let noted = self.archive.records.note_handed_out(&act, report.session, report.version, how).await;
        noted.map(drop).map_err(|error| failed("note what was handed out", error))
    }

    /// Doubles with each try; between a half and the whole of it, by chance.
    fn later(&self, report: &Report, now: Timestamp) -> Timestamp {
        let whole = self.supervision.first_pause.times(1 << report.tries.min(16)).min(self.supervision.longest_pause);
        let mut chance = [0; 1];
        self.archive.random.fill(&mut chance);
        let half = whole.as_micros() / 2;
        now.after(Span::from_micros(half + half * i64::from(chance[0]) / 255))
    }
}

/// Words that are kept: on one line, and no longer than they may be.
fn bounded(words: String) -> String {
    let clean: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut end = clean.len().min(MAX_WORDS_BYTES);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    clean[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_between_characters_and_stand_on_one_line() {
        assert_eq!(bounded("a\nb\u{7}".to_owned()), "a b ");
        let long = bounded("拒".repeat(1000));
        assert_eq!((long.len(), long.chars().count()), (999, 333));
    }
}
