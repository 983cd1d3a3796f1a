//! A network camera over RTSP, media interleaved in the same TCP connection.
//!
//! Frames are handed on as the camera encoded them: all NAL units, SEI included, except parameter sets
//! that are repeated in band, which stand in the init segment; a change of them is a change of tracks.
//! A packet that cannot be read costs its frame, and the next one is marked; only when nothing else
//! comes is the connection given up.

mod refusal;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use liuhen_media::cutter::AccessUnit;
use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::world::Clock;
use liuhen_proto::{BootTime, MediaTime, Span, Timestamp};
use retina::client::{
    self, Credentials, Demuxed, Described, InitialTimestampPolicy, PlayOptions, Session, SessionGroup, SessionIdPolicy,
    SessionOptions, SetupOptions, Transport,
};
use retina::codec::{AudioFrame, CodecItem, FrameFormat, ParametersRef, VideoFrame};

use super::choice::{Choice, NotOpened};
use super::parameters::{self, AUDIO, PictureSets, VIDEO};
use super::{CameraClock, Event, Refusal, Source, SourceError, Unit};
use crate::config::{self, RtspSource};
use refusal::{Step, plain};

/// How long a connected camera may take to its first frame, before it is left to the watchdog.
const FIRST: Duration = Duration::from_secs(1);
/// How long taking leave may last.
const LEAVE: Duration = Duration::from_secs(1);
/// How long the sound waits for a picture whose parameters are not known yet, before it goes alone.
const SOUND_WAITS: Span = Span::from_secs(3);
/// So many packets that cannot be read, with no frame between them, are rubbish.
const MAX_BAD_PACKETS: u32 = 200;
/// Seconds from 1900, where NTP begins, to 1970.
const NTP_TO_UNIX_SECS: i64 = 2_208_988_800;

/// A connected camera.
pub(super) struct Rtsp {
    session: Demuxed,
    /// Knows of the session until the camera knows that it has ended.
    group: Arc<SessionGroup>,
    choice: Choice,
    clock: Arc<dyn Clock>,
    video: Option<usize>,
    audio: Option<(usize, String)>,
    sets: PictureSets,
    tracks: Vec<Track>,
    began: BootTime,
    bad_packets: u32,
    damaged: bool,
    /// Per track: ticks and the camera's time there, from its last sender report.
    reports: [Option<(i64, Timestamp)>; 2],
    ready: VecDeque<Event>,
}

impl Rtsp {
    pub(super) async fn open(config: &RtspSource, choice: Choice, clock: Arc<dyn Clock>) -> Result<Self, NotOpened> {
        let credentials = config
            .credentials
            .as_ref()
            .map(|c| Credentials { username: c.username.clone(), password: c.password.reveal().to_owned() });
        let (knocks, group) = (credentials.is_some(), Arc::new(SessionGroup::default()));
        let options = SessionOptions::default()
            .creds(credentials)
            .user_agent("liuhen-recorder".into())
            .session_group(group.clone())
            .session_id(SessionIdPolicy::UseFirst);
        let mut session = Step::Describe.take(knocks, Session::describe(config.url.clone(), options)).await?;
        let (video, mut audio) = choose(session.streams())?;
        if let Some(video) = video {
            session = set_up(session, video, knocks).await?.map_err(|(_, refused)| refused)?;
        }
        if let Some((sound, _)) = audio {
            session = match set_up(session, sound, knocks).await? {
                // The picture is worth having without.
                Err((session, NotOpened::Failed(error))) if video.is_some() => {
                    tracing::warn!(%error, "sound is not recorded: the camera offers it, and refuses it");
                    audio = None;
                    session
                }
                other => other.map_err(|(_, refused)| refused)?,
            };
        }
        let options = PlayOptions::default().initial_timestamp(InitialTimestampPolicy::Permissive);
        let session = Step::Play.take(knocks, session.play(options)).await?;
        let session = session.demuxed().map_err(|error| Step::Describe.refused(knocks, &error))?;
        let (began, sets) = (clock.boot_now(), PictureSets::default());
        let (tracks, ready, reports) = (Vec::new(), VecDeque::new(), [None; 2]);
        let (bad_packets, damaged) = (0, false);
        let mut rtsp =
            Self { session, group, choice, clock, video, audio, sets, tracks, began, bad_packets, damaged, reports, ready };
        rtsp.announce(false);
        // What does not come in time is the watchdog's matter.
        tokio::time::timeout(FIRST, rtsp.first_frame()).await.unwrap_or(Ok(()))?;
        Ok(rtsp)
    }

    /// Waits for the first frame: only packets tell whether they are what SETUP promised.
    async fn first_frame(&mut self) -> Result<(), NotOpened> {
        loop {
            match self.session.next().await {
                Some(Err(error)) if plain(&error).starts_with("wrong ssrc") => {
                    let reason = "the camera sends another ssrc than it tells".to_owned();
                    let error = SourceError::Invalid(format!("{reason}; set reader = \"gstreamer\""));
                    return Err(NotOpened::Unfit { reason, transport: config::Transport::Tcp, error });
                }
                Some(Err(error)) => self.bear(&error)?,
                Some(Ok(item)) => {
                    let is_frame = matches!(item, CodecItem::VideoFrame(_) | CodecItem::AudioFrame(_));
                    self.take(item);
                    if is_frame {
                        return Ok(());
                    }
                }
                None => return Err(hung_up().into()),
            }
        }
    }

    /// Queues the tracks where they are known and new. The sound alone only if it `may_go_alone`.
    fn announce(&mut self, may_go_alone: bool) {
        let streams = self.session.streams();
        let video = self.video.and_then(|i| match streams[i].parameters() {
            Some(ParametersRef::Video(found)) => parameters::video(found, &mut self.sets),
            _ => None,
        });
        let audio = self.audio.as_ref().and_then(|(i, encoding)| match streams[*i].parameters() {
            Some(ParametersRef::Audio(found)) => parameters::audio(encoding, found),
            _ => None,
        });
        if self.video.is_some() && video.is_none() && !may_go_alone {
            return;
        }
        let tracks: Vec<_> = [video, audio].into_iter().flatten().collect();
        if !tracks.is_empty() && tracks != self.tracks {
            self.tracks.clone_from(&tracks);
            self.ready.push_back(Event::Tracks(tracks));
        }
    }

    fn known(&self, track: u32) -> Option<&Track> {
        self.tracks.iter().find(|known| known.id == track)
    }

    fn video_frame(&mut self, frame: VideoFrame) {
        if frame.has_new_parameters() || self.known(VIDEO).is_none() {
            self.announce(false);
        }
        let (lost, timestamp) = (frame.loss(), frame.timestamp());
        let Some(track) = self.known(VIDEO) else { return self.ready.push_back(Event::Alive) };
        let data = Bytes::from(frame.into_data());
        let sync = parameters::is_sync(&data, matches!(track.entry, SampleEntry::H265 { .. }));
        self.unit(VIDEO, timestamp, sync, data, lost);
    }

    fn audio_frame(&mut self, frame: &AudioFrame) {
        if self.known(AUDIO).is_none() {
            self.announce(self.clock.boot_now().since(self.began) > SOUND_WAITS);
        }
        if self.known(AUDIO).is_none() {
            return self.ready.push_back(Event::Alive);
        }
        self.unit(AUDIO, frame.timestamp(), true, Bytes::copy_from_slice(frame.data()), frame.loss());
    }

    fn unit(&mut self, track: u32, timestamp: retina::Timestamp, sync: bool, data: Bytes, lost: u16) {
        let common_us = self.common_us(track, timestamp);
        let damaged = std::mem::take(&mut self.damaged) || lost > 0;
        let arrival = self.clock.boot_now();
        let unit = AccessUnit { track, pts: timestamp.timestamp(), sync, data, lost_packets: lost.into(), damaged, arrival };
        self.ready.push_back(Event::Unit(Unit { unit, common_us }));
    }

    /// The camera's own time where all tracks have told it, else the time since the beginning of play.
    fn common_us(&self, track: u32, timestamp: retina::Timestamp) -> Option<i64> {
        let micros = |ticks| MediaTime { ticks, timescale: timestamp.clock_rate() }.to_micros();
        let all_told = self.tracks.iter().all(|track| self.report(track.id).is_some());
        match self.report(track) {
            Some((ticks, at)) if all_told => {
                Some(at.as_micros().saturating_add(micros(timestamp.timestamp().saturating_sub(ticks))))
            }
            _ => Some(micros(timestamp.elapsed())),
        }
    }

    fn report(&self, track: u32) -> Option<(i64, Timestamp)> {
        self.reports[usize::from(track == AUDIO)]
    }

    fn control(&mut self, packet: &retina::rtcp::ReceivedCompoundPacket) {
        self.ready.push_back(Event::Alive);
        let track = if self.video == Some(packet.stream_id()) { VIDEO } else { AUDIO };
        let report = packet.pkts().find_map(|packet| packet.as_sender_report().ok().flatten());
        let (Some(report), Some(timestamp)) = (report, packet.rtp_timestamp()) else { return };
        let Some(at) = from_ntp(report.ntp_timestamp().0) else { return };
        let ticks = timestamp.timestamp();
        self.reports[usize::from(track == AUDIO)] = Some((ticks, at));
        self.ready.push_back(Event::CameraClock(CameraClock { track, ticks, at }));
    }

    fn take(&mut self, item: CodecItem) {
        match item {
            CodecItem::VideoFrame(frame) => {
                self.bad_packets = 0;
                self.video_frame(frame);
            }
            CodecItem::AudioFrame(frame) => {
                self.bad_packets = 0;
                self.audio_frame(&frame);
            }
            CodecItem::Rtcp(packet) => self.control(&packet),
            _ => self.ready.push_back(Event::Alive),
        }
    }

    /// A packet that cannot be read is borne; what breaks the connection is not.
    fn bear(&mut self, error: &retina::Error) -> Result<(), SourceError> {
        let text = plain(error);
        if text.contains("respond to keepalive") {
            let text = "the camera does not answer the requests that keep its session alive; set reader = \"gstreamer\"";
            return Err(SourceError::Closed(text.into()));
        }
        if text.starts_with("Error reading") || text.starts_with("Error writing") || text.starts_with("Timeout") {
            return Err(SourceError::Closed(text));
        }
        if text.starts_with("RTSP framing") || text.starts_with("Failed precondition") {
            return Err(SourceError::Invalid(text));
        }
        self.bad_packets += 1;
        self.damaged = true;
        if self.bad_packets >= MAX_BAD_PACKETS {
            return Err(SourceError::Invalid(format!("{MAX_BAD_PACKETS} packets in a row cannot be read; the last: {text}")));
        }
        tracing::debug!(error = text, "packet cannot be read");
        self.ready.push_back(Event::Alive);
        Ok(())
    }
}

#[async_trait]
impl Source for Rtsp {
    async fn close(self: Box<Self>) {
        let group = self.group.clone();
        drop(self);
        // A camera that does not answer is left; its session ends by itself.
        let _ = tokio::time::timeout(LEAVE, group.await_teardown()).await;
    }

    fn choice(&self) -> Choice {
        self.choice.clone()
    }

    async fn next(&mut self) -> Result<Event, SourceError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            match self.session.next().await {
                Some(Ok(item)) => self.take(item),
                Some(Err(error)) => self.bear(&error)?,
                None => return Err(hung_up()),
            }
        }
    }
}

/// Encodings of pictures, and of sound, that can be recorded.
const PICTURE: &[&str] = &["h264", "h265"];
const SOUND: &[&str] = &["mpeg4-generic", "pcma", "pcmu"];
/// Encodings that retina cannot hand over and GStreamer can.
const GSTREAMER_READS: &[&str] = &["opus", "mp4a-latm", "mp2t"];

fn hung_up() -> SourceError {
    SourceError::Closed("the camera closed the connection".into())
}

/// A session in which a track is set up; where the camera refuses that, the session as it was, and why.
type SetUp = Result<Session<Described>, (Session<Described>, NotOpened)>;

async fn set_up(mut session: Session<Described>, stream: usize, knocks: bool) -> Result<SetUp, NotOpened> {
    let options = SetupOptions::default().transport(Transport::Tcp(client::TcpTransportOptions::default()));
    let options = options.frame_format(FrameFormat::MP4);
    let asked = Step::SetUp.in_time(async move { (session.setup(stream, options).await, session) }).await?;
    Ok(match asked {
        (Ok(()), session) => Ok(session),
        (Err(error), _) if error.status_code().is_none() => return Err(Step::SetUp.refused(knocks, &error)),
        (Err(error), session) => Err((session, Step::SetUp.refused(knocks, &error))),
    })
}

/// Index of the picture, and of the sound with its encoding.
type Chosen = (Option<usize>, Option<(usize, String)>);

/// The first picture and the first sound that can be recorded.
fn choose(streams: &[client::Stream]) -> Result<Chosen, NotOpened> {
    let picture = |s: &client::Stream| PICTURE.contains(&s.encoding_name().to_lowercase().as_str());
    let video = streams.iter().position(|s| s.media() == "video" && picture(s));
    // Sound is described in full, or in a way that cannot be read.
    let sound = |s: &client::Stream| s.parameters().is_some() && SOUND.contains(&s.encoding_name().to_lowercase().as_str());
    let audio = streams.iter().position(|s| s.media() == "audio" && sound(s));
    let audio = audio.map(|i| (i, streams[i].encoding_name().to_lowercase()));
    for stream in streams {
        let (media, encoding) = (stream.media(), stream.encoding_name().to_lowercase());
        let missing = media == "video" && video.is_none() || media == "audio" && audio.is_none();
        if missing && GSTREAMER_READS.contains(&encoding.as_str()) {
            let reason = format!("it does not read {media} of kind {encoding}");
            let text = format!("{reason}; set the camera to H.264 or H.265, and AAC or G.711");
            let error = SourceError::Refused(Refusal::Codec, text);
            return Err(NotOpened::Unfit { reason, transport: config::Transport::Tcp, error });
        }
    }
    if video.is_none() && audio.is_none() {
        let offered: Vec<_> = streams.iter().take(8).map(|s| format!("{}/{:.40}", s.media(), s.encoding_name())).collect();
        let offered = offered.join(", ");
        let advice = "set the camera to H.264 or H.265, and AAC or G.711";
        let text = format!("offers nothing that can be recorded ({offered}); {advice}");
        return Err(SourceError::Refused(Refusal::Codec, text).into());
    }
    for stream in streams.iter().filter(|s| s.media() == "audio") {
        if audio.is_none() {
            let encoding = stream.encoding_name();
            tracing::warn!(
                encoding,
                "sound is not recorded: its kind or its description is not known; set the camera to AAC or G.711"
            );
        }
    }
    Ok((video, audio))
}

/// NTP's 32.32 seconds since 1900; nothing where the camera does not know the time.
fn from_ntp(ntp: u64) -> Option<Timestamp> {
    let (seconds, fraction) = (i64::try_from(ntp >> 32).ok()?, i64::try_from(ntp & 0xffff_ffff).ok()?);
    if seconds == 0 {
        return None;
    }
    Some(Timestamp::from_micros((seconds - NTP_TO_UNIX_SECS) * 1_000_000 + ((fraction * 1_000_000) >> 32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ntp_becomes_utc_and_no_time_is_none() {
        assert_eq!(from_ntp(0), None);
        assert_eq!(from_ntp((2_208_988_800 + 1) << 32 | 0x8000_0000), Some(Timestamp::from_micros(1_500_000)));
    }
}
