//! The sessions of a site, as its recorder is told over Control.
//!
//! In: what is declared, and whether papers are sealed. Out: [`pb::Schedule`], at the beginning and again after each
//! change. Always: all of it, since it replaces what was sent before; not more often than every [`SHORTEST`].
//! Time alone changes it too: sessions come near and go by.

use std::time::Duration;

use liuhen_archive::Archive;
use liuhen_archive::records::ScheduledSession;
use liuhen_proto::ids::SiteId;
use liuhen_proto::wire::ingest::v1 as pb;
use tokio::sync::mpsc;
use tonic::Status;

/// At most so often.
const SHORTEST: Duration = Duration::from_secs(1);
/// Looked at at least so often: time passes, and another process may have changed it.
const LONGEST: Duration = Duration::from_secs(10);

type Say = mpsc::Sender<Result<pb::ControlResponse, Status>>;

/// Tells the schedule of a site until nobody hears any more.
pub(crate) async fn tell(archive: &Archive, site: SiteId, say: &Say) {
    let mut changes = archive.live.sessions();
    let mut told: Option<Vec<ScheduledSession>> = None;
    loop {
        changes.mark_unchanged();
        let read = archive.records.schedule_of_site(site, archive.clock.now()).await;
        let failed = read.is_err();
        match read {
            Ok(now) if told.as_ref() == Some(&now) => {}
            Ok(now) => {
                let word = pb::control_response::Word::Schedule(schedule(&now));
                if say.send(Ok(pb::ControlResponse { word: Some(word) })).await.is_err() {
                    return;
                }
                told = Some(now);
            }
            Err(error) => tracing::warn!(%site, error = %crate::seal::full(&error), "the schedule is told later"),
        }
        tokio::time::sleep(SHORTEST).await;
        if !failed {
            // Late or changed: both are looked at in the same way.
            let _ = tokio::time::timeout(LONGEST, changes.changed()).await;
        }
    }
}

fn schedule(sessions: &[ScheduledSession]) -> pb::Schedule {
    let session = |session: &ScheduledSession| pb::ScheduledSession {
        session_id: session.session.to_string(),
        name: session.name.clone(),
        window: Some(session.window.into()),
        stream_ids: session.streams.iter().map(ToString::to_string).collect(),
        sealed: session.sealed,
    };
    pb::Schedule { sessions: sessions.iter().map(session).collect() }
}
