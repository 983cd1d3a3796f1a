//! Starts and stops streams as the schedule says.
//!
//! In: a [`Stream`] and the schedule. Out: the stream is recorded while it is to be; while not, its state says until
//! when. Looked at every second and at each word of the centre.
//!
//! Not here: when a stream is to be recorded ([`crate::schedule`]), how ([`crate::camera`]).

use std::time::{Duration, UNIX_EPOCH};

use liuhen_proto::fragment::ClockSource;
use liuhen_proto::ids::StreamId;
use liuhen_proto::{Span, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::camera::{self, Stream, World};
use crate::config::When;
use crate::schedule::{Decision, Known};
use crate::spool::SpoolError;
use crate::status::State;

const LOOK: Duration = Duration::from_secs(1);
/// All sites keep this time.
const ZONE: Span = Span::from_secs(8 * 3600);

/// Records the stream whenever it is to be, until `stop` or the end of its source.
pub async fn attend(stream: Stream, world: World, when: When, stop: CancellationToken) -> Result<(), SpoolError> {
    while !stop.is_cancelled() {
        match decide(&world, when, stream.id) {
            Decision::Record => {
                let rest = stop.child_token();
                world.board.set(stream.id, State::Connecting, "");
                let mut recording = std::pin::pin!(camera::record(stream.clone(), world.clone(), rest.clone()));
                tokio::select! {
                    recorded = &mut recording => return recorded,
                    () = rests(&world, when, stream.id) => rest.cancel(),
                }
                recording.await?;
            }
            Decision::Rest { until } => {
                world.board.set(stream.id, State::Stopped, &words(until));
                tokio::select! {
                    () = look(&world) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
    Ok(())
}

/// Returns when the stream is no longer to be recorded.
async fn rests(world: &World, when: When, stream: StreamId) {
    while decide(world, when, stream) == Decision::Record {
        look(world).await;
    }
}

/// Waits until it is to be looked at again.
async fn look(world: &World) {
    let mut changes = world.schedule.changes();
    // A second or a word of the centre: both are looked at in the same way.
    let _ = tokio::time::timeout(LOOK, changes.changed()).await;
}

fn decide(world: &World, when: When, stream: StreamId) -> Decision {
    let mapping = world.wall.current();
    let now = mapping.wall(world.clock.boot_now());
    let clock_wrong = mapping.mapping.source == ClockSource::TimeUnproven;
    world.schedule.decide(when, stream, Known { now, clock_wrong, cut_off: world.reach.is_cut_off() })
}

/// For people at the site, in both languages.
fn words(until: Option<(Timestamp, String)>) -> String {
    let Some((until, session)) = until else {
        return "not recorded: no session is planned here (暂无场次，未录制)".into();
    };
    let micros = u64::try_from(until.after(ZONE).as_micros()).unwrap_or_default();
    let text = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_micros(micros)).to_string();
    let local = text.get(..16).unwrap_or(&text).replace('T', " ");
    format!("not recorded until {local} (UTC+8), session {session} (未录制，{local} 开始)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_until_when() {
        let until = Timestamp::from_micros(1_795_309_200_000_000);
        let text = words(Some((until, "morning".into())));
        assert!(text.contains("until 2026-11-22 ") && text.contains(" (UTC+8), session morning"), "{text}");
    }
}
