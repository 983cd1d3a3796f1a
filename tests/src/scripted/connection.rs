//! One connection to a scripted camera: requests in, replies and packets out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, Interval};

use super::auth::Door;
use super::message::{Reply, Request};
use super::rtp::{Start, TICK_MS, Track};
use super::sdp::Medium;
use super::transport::{Wanted, Wire};
use super::{Fault, State};

/// Serves until the client goes, or the script ends the connection.
pub(super) async fn serve(stream: TcpStream, state: Arc<State>) {
    let door = state.manners.lock.as_ref().map(Door::new);
    let media = state.model.sdp().map(|sdp| Medium::all(&sdp)).unwrap_or_default();
    let mut connection = Connection {
        stream,
        state,
        door,
        media,
        buffer: Vec::new(),
        tracks: Vec::new(),
        setups: 0,
        playing: None,
        ticks: 0,
        heard: Instant::now(),
    };
    // A client may hang up at any time; what it did until then is in the list of requests.
    let _ = connection.run().await;
    connection.leave_seat();
}

struct Connection {
    stream: TcpStream,
    state: Arc<State>,
    door: Option<Door>,
    media: Vec<Medium>,
    buffer: Vec<u8>,
    tracks: Vec<SetUp>,
    setups: usize,
    playing: Option<Interval>,
    ticks: u64,
    /// When the client last said something.
    heard: Instant,
}

/// A track that is set up.
struct SetUp {
    medium: Medium,
    wire: Wire,
    ssrc: u32,
    /// There once it plays.
    track: Option<Track>,
}

/// What there is to do next.
enum Next {
    Answer(Request),
    Send,
    CutOff,
}

impl Connection {
    async fn run(&mut self) -> Result<()> {
        loop {
            let deadline = self.state.manners.timeout.filter(|_| self.setups > 0).map(|timeout| self.heard + timeout);
            let next = tokio::select! {
                request = request(&mut self.stream, &mut self.buffer, &mut self.heard) => Next::Answer(request?),
                () = tick(&mut self.playing) => Next::Send,
                () = until(deadline) => Next::CutOff,
            };
            match next {
                Next::Answer(request) => {
                    self.state.asked().push(request.clone());
                    self.answer(&request).await?;
                }
                Next::Send => self.send().await?,
                Next::CutOff if self.state.manners.timeout.is_some_and(|timeout| self.heard.elapsed() < timeout) => {
                    // A report came meanwhile.
                }
                Next::CutOff => {
                    self.state.cut_off.fetch_add(1, Ordering::SeqCst);
                    return Ok(());
                }
            }
        }
    }

    async fn answer(&mut self, request: &Request) -> Result<()> {
        if let Some(refusal) = self.door.as_mut().and_then(|door| door.check(request)) {
            return self.reply(refusal, request).await;
        }
        let model = self.state.model.clone();
        match request.method.as_str() {
            "OPTIONS" | "GET_PARAMETER" | "SET_PARAMETER" if self.state.manners.ignores_keep_alive && self.playing.is_some() => {
                Ok(())
            }
            "DESCRIBE" => return self.describe(request).await,
            "SETUP" => {
                let reply = self.set_up(request).await?;
                self.reply(reply, request).await
            }
            "PLAY" => self.play(request).await,
            "OPTIONS" => {
                let methods = "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN".into();
                self.reply(model.options().map_or_else(|| Ok(Reply::plain("200 OK", &[methods])), Reply::read)?, request).await
            }
            "TEARDOWN" if self.state.manners.ignores_teardown => Ok(()),
            "TEARDOWN" => {
                // Before the answer: who has it may come again at once.
                self.leave_seat();
                self.reply(model.teardown().map_or_else(|| Ok(Reply::plain("200 OK", &[])), Reply::read)?, request).await?;
                bail!("torn down")
            }
            "GET_PARAMETER" | "SET_PARAMETER" => self.reply(Reply::plain("200 OK", &[]), request).await,
            _ => self.reply(Reply::plain("501 Not Implemented", &[]), request).await,
        }
    }

    fn leave_seat(&mut self) {
        if self.playing.take().is_some() {
            self.state.playing.fetch_sub(1, Ordering::SeqCst);
        }
    }

    async fn reply(&mut self, mut reply: Reply, request: &Request) -> Result<()> {
        reply.rehost(self.state.address);
        self.stream.write_all(&reply.bytes(request)).await.context("send a reply")
    }

    async fn describe(&mut self, request: &Request) -> Result<()> {
        let manners = self.state.manners.clone();
        let number = self.state.describes.fetch_add(1, Ordering::SeqCst);
        if let Some(address) = manners.elsewhere {
            // The address is another camera's, and stays.
            let moved = Reply::plain("302 Moved Temporarily", &[format!("Location: {address}")]);
            return self.stream.write_all(&moved.bytes(request)).await.context("send a reply");
        }
        if manners.busy.contains(&number) {
            return self.reply(Reply::plain("503 Service Unavailable", &[]), request).await;
        }
        if manners.one_viewer && self.state.playing.load(Ordering::SeqCst) > 0 {
            return self.reply(Reply::plain("453 Not Enough Bandwidth", &[]), request).await;
        }
        let mut reply = self.state.model.describe()?;
        reply.rehost(self.state.address);
        match manners.fault {
            Some(fault) => self.spoil(fault, reply, request).await,
            None => self.reply(reply, request).await,
        }
    }

    async fn spoil(&mut self, fault: Fault, mut reply: Reply, request: &Request) -> Result<()> {
        if fault == Fault::HugeDescription {
            let track = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
            reply = Reply::plain("200 OK", &[]).with_body("application/sdp", &format!("v=0\r\n{}", track.repeat(10_000)));
        }
        if fault == Fault::EmptyBody {
            reply = Reply::plain("200 OK", &[]).with_body("application/sdp", "");
        }
        if fault == Fault::OtherSequence {
            let other = Request { headers: vec![("cseq".into(), "4711".into())], ..request.clone() };
            return self.stream.write_all(&reply.bytes(&other)).await.context("send a reply");
        }
        let whole = reply.bytes(request);
        let (beginning, rest): (&[u8], Vec<u8>) = match fault {
            Fault::Silence => (b"", Vec::new()),
            Fault::Half | Fault::HalfAndEnd => (&whole[..whole.len() / 2], Vec::new()),
            Fault::EndlessHeaders => (b"RTSP/1.0 200 OK\r\n", b"X-Filler: and so on\r\n".repeat(800)),
            Fault::EndlessLine => (b"RTSP/1.0 200 OK\r\nX-Filler: ", vec![b'a'; 16 << 10]),
            Fault::EndlessBody => (b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4000000000\r\n\r\n", vec![b'v'; 64 << 10]),
            Fault::NotRtsp => (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", Vec::new()),
            Fault::EmptyBody | Fault::HugeDescription | Fault::OtherSequence => (&whole, Vec::new()),
        };
        self.stream.write_all(beginning).await.context("send a part")?;
        while !rest.is_empty() {
            self.stream.write_all(&rest).await.context("send without end")?;
            // Without end, but not as fast as this machine can: others are tested at the same time.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if matches!(fault, Fault::HalfAndEnd | Fault::NotRtsp) { bail!("ended by script") } else { Ok(()) }
    }

    async fn set_up(&mut self, request: &Request) -> Result<Reply> {
        let manners = self.state.manners.clone();
        let Some(medium) = self.medium(&request.url) else { return Ok(Reply::plain("404 Not Found", &[])) };
        let Some(wanted) = request.header("transport").and_then(Wanted::read) else {
            return Ok(Reply::plain("461 Unsupported Transport", &[]));
        };
        if manners.only_udp && matches!(wanted, Wanted::Interleaved(..)) {
            return Ok(Reply::plain("461 Unsupported Transport", &[]));
        }
        if let Some(status) = manners.refuses_sound.filter(|_| medium.sound) {
            return Ok(Reply::plain(&format!("{status} No"), &[]));
        }
        let wire = Wire::open(wanted, self.stream.peer_addr().context("ask for the client")?.ip()).await?;
        let mut reply = match self.state.model.set_up(self.setups, matches!(wanted, Wanted::Interleaved(..)))? {
            Some(reply) => reply,
            None => {
                let session = "Session: 20261122;timeout=60".into();
                Reply::plain("200 OK", &[format!("Transport: {}", wire.plain(wanted)), session])
            }
        };
        let agreed = wire.agree(reply.header("transport").context("a reply to SETUP names the transport")?, wanted)?;
        reply.set("transport", &agreed);
        if let Some(timeout) = manners.timeout {
            let session = reply.header("session").and_then(|session| session.split(';').next()).unwrap_or_default();
            let session = format!("{};timeout={}", session, timeout.as_secs());
            reply.set("session", &session);
        }
        let told = agreed.split(';').find_map(|part| u32::from_str_radix(part.strip_prefix("ssrc=")?.trim(), 16).ok());
        let ssrc = told.filter(|ssrc| *ssrc != 0).unwrap_or(0x5eed_0000 + self.setups as u32);
        let ssrc = if manners.lies_about_ssrc { !ssrc } else { ssrc };
        self.setups += 1;
        self.tracks.push(SetUp { medium, wire, ssrc, track: None });
        Ok(reply)
    }

    /// The track of an address: the one whose control stands in it, the longest where there are several.
    fn medium(&self, url: &str) -> Option<Medium> {
        let control = |medium: &&Medium| medium.control.rsplit('/').next().is_some_and(|control| url.contains(control));
        let found = self.media.iter().filter(control).max_by_key(|medium| medium.control.len());
        found.or_else(|| self.media.iter().find(|_| self.media.len() == 1)).cloned()
    }

    async fn play(&mut self, request: &Request) -> Result<()> {
        if self.tracks.is_empty() {
            return self.reply(Reply::plain("455 Method Not Valid in This State", &[]), request).await;
        }
        let session = "Session: 20261122".into();
        let reply = self.state.model.play().map_or_else(|| Ok(Reply::plain("200 OK", &[session])), Reply::read)?;
        let info = reply.header("rtp-info").unwrap_or_default().to_owned();
        let in_band = self.state.model.in_band;
        for set_up in &mut self.tracks {
            let (sequence, timestamp) = told(&info, &set_up.medium.control, self.media.len() == 1);
            let start = Start { ssrc: set_up.ssrc, sequence, timestamp };
            set_up.track = Some(Track::new(set_up.medium.clone(), in_band, start).await?);
        }
        self.reply(reply, request).await?;
        if self.playing.is_none() {
            self.state.playing.fetch_add(1, Ordering::SeqCst);
            self.playing = Some(tokio::time::interval(Duration::from_millis(TICK_MS)));
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        for set_up in &mut self.tracks {
            for packet in set_up.track.as_mut().map(|track| track.tick(self.ticks)).unwrap_or_default() {
                match &set_up.wire {
                    Wire::Interleaved(channel) => {
                        let length = u16::try_from(packet.len()).context("a packet is short")?.to_be_bytes();
                        let framed = [&[b'$', *channel, length[0], length[1]], &packet[..]].concat();
                        self.stream.write_all(&framed).await.context("send a packet")?;
                    }
                    Wire::Datagrams(ports, client) => {
                        // One that does not arrive is lost, as datagrams are.
                        let _ = ports.packets.send_to(&packet, client).await;
                    }
                }
            }
        }
        self.ticks += 1;
        Ok(())
    }
}

/// Number and time of a track's first packet, as the reply to PLAY tells them; made up where it does not. Servers that
/// tell 0 or 1 as the number tell it whatever they send.
fn told(info: &str, control: &str, only_one: bool) -> (u16, u32) {
    let name = control.rsplit('/').next().unwrap_or(control);
    let about = info.split(',').find(|about| only_one || about.split(';').next().is_some_and(|url| url.contains(name)));
    let value = |name: &str| about.and_then(|about| about.split(';').find_map(|part| part.strip_prefix(name)));
    let sequence = value("seq=").and_then(|number| number.parse().ok()).filter(|number| *number > 1).unwrap_or(4_000);
    (sequence, value("rtptime=").and_then(|time| time.parse().ok()).unwrap_or(90_000))
}

/// The next request; reports between are left out, but are signs of life too (RFC 2326, 12.37). May be cancelled.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>, heard: &mut Instant) -> Result<Request> {
    loop {
        while let [b'$', _, high, low, ..] = buffer[..] {
            let length = 4 + usize::from(u16::from_be_bytes([high, low]));
            if buffer.len() < length {
                break;
            }
            buffer.drain(..length);
            *heard = Instant::now();
        }
        if buffer.first().is_some_and(|first| *first != b'$')
            && let Some((request, length)) = Request::read(buffer)?
        {
            buffer.drain(..length);
            *heard = Instant::now();
            return Ok(request);
        }
        if stream.read_buf(buffer).await.context("read a request")? == 0 {
            bail!("the client hung up");
        }
    }
}

async fn tick(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
