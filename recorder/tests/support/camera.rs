//! A camera over RTSP that follows a script, and misbehaves as it says.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use liuhen_media::track::SampleEntry;
use liuhen_proto::world::SystemClock;
use liuhen_recorder::config::{Pace, SourceConfig, SyntheticAudio, SyntheticSource};
use liuhen_recorder::source::{self, Event};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a camera does next.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends so many frames, 25 a second by their time stamps, and as fast as it can.
    Frames(usize),
    /// Leaves so many frames out, and the time they take.
    Skip(usize),
    /// Sends so many frames at their pace, none of them a key frame, whose time stamps nearly stand still.
    Creep(usize),
    /// Its time stamps jump by so many seconds.
    Jump(i64),
    /// So many packets are lost on the way.
    Lose(u16),
    /// Sends so many packets that are no video.
    BadPackets(usize),
    /// Sends bytes that are no RTSP.
    Rubbish,
    /// Sends a sender report with this NTP time.
    Report(u64),
    /// Changes its picture to so many pixels in the square.
    Resize(u32),
    /// Waits so many milliseconds.
    Pause(u64),
    /// Stays connected and says nothing more.
    Silence,
    /// Breaks the connection.
    Reset,
}

/// A camera. Connection number n follows script number n; the last script is for all others too.
pub struct Camera {
    pub address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// NAL units of frame `number` of a picture of that size, as the camera encodes it, and its parameter sets.
pub struct Film {
    pub frames: Vec<Vec<Bytes>>,
    pub parameters: Vec<Bytes>,
}

impl Film {
    /// 25 frames a second, key frames every 25.
    pub async fn new(side: u32) -> Self {
        let config = SyntheticSource {
            width: side,
            height: side,
            fps: 25,
            gop: 25,
            audio: SyntheticAudio::None,
            frames: Some(600),
            pace: Pace::Fast,
        };
        let mut source = source::open(&SourceConfig::Synthetic(config), Arc::new(SystemClock)).await.unwrap();
        let (mut frames, mut parameters) = (Vec::new(), Vec::new());
        while let Ok(event) = source.next().await {
            match event {
                Event::Tracks(tracks) => parameters = parameter_sets(&tracks[0].entry),
                Event::Unit(unit) => frames.push(nal_units(&unit.unit.data)),
                _ => {}
            }
        }
        Self { frames, parameters }
    }
}

/// Splits at the lengths of 4 bytes.
pub fn nal_units(data: &[u8]) -> Vec<Bytes> {
    let (mut rest, mut all) = (data, Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (nal, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        all.push(Bytes::copy_from_slice(nal));
        rest = after;
    }
    all
}

fn parameter_sets(entry: &SampleEntry) -> Vec<Bytes> {
    let SampleEntry::H264 { config, .. } = entry else { panic!("the synthetic camera sends H.264") };
    let length = usize::from(config[7]);
    vec![config.slice(8..8 + length), config.slice(8 + length + 3..)]
}

impl Camera {
    pub async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let films = Arc::new([Film::new(64).await, Film::new(96).await]);
        let task = tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let script = scripts[connection.min(scripts.len() - 1)].clone();
                connection += 1;
                let films = films.clone();
                tokio::spawn(async move {
                    // The recorder may hang up at any time.
                    let _ = play(stream, &script, &films).await;
                });
            }
        });
        Self { address, task }
    }

    pub fn url(&self) -> String {
        format!("rtsp://{}/main", self.address)
    }
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\na=control:*\r\n\
                   m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n";

async fn play(stream: TcpStream, script: &[Act], films: &[Film; 2]) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let request = request(&mut stream).await?;
        let cseq = request.lines().find_map(|line| line.strip_prefix("CSeq: ")).unwrap_or("0").to_owned();
        let method = request.split(' ').next().unwrap_or_default();
        let answer = match method {
            "DESCRIBE" => format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}", SDP.len()),
            "SETUP" => "Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n".to_owned(),
            _ => "Session: 7\r\n\r\n".to_owned(),
        };
        stream.write_all(format!("RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{answer}").as_bytes()).await?;
        if method == "PLAY" {
            break;
        }
    }
    let mut actor = Actor { stream, films, film: 0, frame: 0, timestamp: 1_000, sequence: 65_500 };
    for act in script {
        actor.act(act).await?;
    }
    Ok(())
}

async fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut request = String::new();
    loop {
        let before = request.len();
        if stream.read_line(&mut request).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if request[before..].trim().is_empty() {
            return Ok(request);
        }
    }
}

struct Actor<'a> {
    stream: BufReader<TcpStream>,
    films: &'a [Film; 2],
    film: usize,
    frame: usize,
    timestamp: u32,
    sequence: u16,
}

impl Actor<'_> {
    async fn act(&mut self, act: &Act) -> std::io::Result<()> {
        match *act {
            Act::Frames(count) => {
                for _ in 0..count {
                    self.frame().await?;
                }
            }
            Act::Creep(count) => {
                for _ in 0..count {
                    // A key frame would end a fragment, however short.
                    self.frame += usize::from(self.frame.is_multiple_of(25));
                    self.frame().await?;
                    self.timestamp = self.timestamp.wrapping_sub(3_600 - 9);
                    self.stream.flush().await?;
                    tokio::time::sleep(std::time::Duration::from_millis(40)).await;
                }
            }
            Act::Skip(count) => {
                self.frame += count;
                self.timestamp = self.timestamp.wrapping_add(3_600 * count as u32);
            }
            Act::Jump(seconds) => self.timestamp = self.timestamp.wrapping_add((seconds * 90_000) as u32),
            Act::Lose(count) => self.sequence = self.sequence.wrapping_add(count),
            Act::BadPackets(count) => {
                for _ in 0..count {
                    self.packet(&[0x7e, 1, 2, 3], true).await?;
                }
            }
            Act::Rubbish => self.stream.write_all(&[0xaa; 4_000]).await?,
            Act::Report(ntp) => self.report(ntp).await?,
            Act::Resize(side) => {
                self.film = usize::from(side != 64);
                self.frame = 0;
            }
            Act::Pause(millis) => tokio::time::sleep(std::time::Duration::from_millis(millis)).await,
            Act::Silence => {
                let mut rest = [0; 1_024];
                while self.stream.read(&mut rest).await? > 0 {}
            }
            Act::Reset => {
                // A reset takes back what the other side has not read yet.
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                self.stream.get_ref().set_zero_linger()?;
            }
        }
        self.stream.flush().await
    }

    async fn frame(&mut self) -> std::io::Result<()> {
        let film = &self.films[self.film];
        let frame = &film.frames[self.frame % film.frames.len()];
        let parameters = if self.frame.is_multiple_of(25) { film.parameters.as_slice() } else { &[] };
        for nal in parameters.iter().chain(&frame[..frame.len() - 1]) {
            self.packet(nal, false).await?;
        }
        self.packet(&frame[frame.len() - 1], true).await?;
        self.frame += 1;
        self.timestamp = self.timestamp.wrapping_add(3_600);
        Ok(())
    }

    async fn packet(&mut self, payload: &[u8], mark: bool) -> std::io::Result<()> {
        let mut packet = vec![b'$', 0];
        packet.extend(u16::try_from(payload.len() + 12).unwrap().to_be_bytes());
        packet.extend([0x80, 96 | u8::from(mark) << 7]);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(0x1234_5678_u32.to_be_bytes());
        packet.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.stream.write_all(&packet).await
    }

    async fn report(&mut self, ntp: u64) -> std::io::Result<()> {
        let mut packet = vec![b'$', 1, 0, 28, 0x80, 200, 0, 6];
        packet.extend(0x1234_5678_u32.to_be_bytes());
        packet.extend(ntp.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend([0; 8]);
        self.stream.write_all(&packet).await
    }
}
