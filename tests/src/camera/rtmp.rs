//! A server of RTMP with one stream, as small as can be: FFmpeg's own names a stream that it did not promise.
//!
//! In: an FLV file. Out: an address at which it is played, once to each who asks, at the pace of its time stamps.
//! Not here: everything that a player can do without.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Length of the random part of a handshake.
const HANDSHAKE: usize = 1_536;
/// Messages are sent whole: the largest chunk there is.
const CHUNK: u32 = 0x00ff_ffff;

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct RtmpServer {
    address: SocketAddr,
    task: AbortHandle,
}

impl Drop for RtmpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A tag of an FLV file, which is a message of RTMP.
struct Tag {
    kind: u8,
    at_ms: u32,
    data: Vec<u8>,
}

impl RtmpServer {
    /// Begins to serve.
    pub async fn start(flv: &Path) -> Result<Self> {
        let tags = Arc::new(read(&std::fs::read(flv).context("read the FLV file")?)?);
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
        let address = listener.local_addr().context("where it listens")?;
        let task = tokio::spawn(async move {
            while let Ok((player, _)) = listener.accept().await {
                tokio::spawn(serve(player, Arc::clone(&tags)));
            }
        });
        Ok(Self { address, task: task.abort_handle() })
    }

    /// Where it plays.
    pub fn url(&self) -> String {
        format!("rtmp://{}/live/room", self.address)
    }
}

fn read(file: &[u8]) -> Result<Vec<Tag>> {
    let (mut rest, mut tags) = (file.get(13..).context("an FLV file has a header")?, Vec::new());
    while let Some((head, after)) = rest.split_first_chunk::<11>() {
        let [kind, s0, s1, s2, t0, t1, t2, t3, ..] = *head;
        let size = u32::from_be_bytes([0, s0, s1, s2]) as usize;
        ensure!(after.len() >= size + 4, "a tag of {size} bytes where {} are left", after.len());
        tags.push(Tag { kind, at_ms: u32::from_be_bytes([t3, t0, t1, t2]), data: after[..size].to_vec() });
        rest = &after[size + 4..];
    }
    Ok(tags)
}

async fn serve(mut player: TcpStream, tags: Arc<Vec<Tag>>) -> Result<()> {
    let mut hello = vec![0; 1 + HANDSHAKE];
    player.read_exact(&mut hello).await.context("the first half of the handshake")?;
    player.write_all(&[&hello[..1], &[7; HANDSHAKE], &hello[1..]].concat()).await.context("shake hands")?;
    player.read_exact(&mut hello[1..]).await.context("the second half")?;
    player.write_all(&message(2, 0, 1, 0, &CHUNK.to_be_bytes())).await.context("tell the size of chunks")?;

    wait_for(&mut player, b"connect").await?;
    let success = [string("_result"), number(1.0), object(&[]), status("NetConnection.Connect.Success")].concat();
    player.write_all(&message(3, 0, 20, 0, &success)).await.context("connect")?;
    let asked = wait_for(&mut player, b"createStream").await?;
    let asked = asked.first_chunk::<9>().context("the number of the question")?;
    let made = [string("_result"), asked.to_vec(), vec![5], number(1.0)].concat();
    player.write_all(&message(3, 0, 20, 0, &made)).await.context("make a stream")?;
    wait_for(&mut player, b"play").await?;
    let begun = [string("onStatus"), number(0.0), vec![5], status("NetStream.Play.Start")].concat();
    player.write_all(&message(5, 0, 20, 1, &begun)).await.context("begin to play")?;

    let mut before = 0;
    for tag in tags.iter() {
        tokio::time::sleep(Duration::from_millis(tag.at_ms.saturating_sub(before).into())).await;
        before = tag.at_ms;
        player.write_all(&message(4, tag.at_ms, tag.kind, 1, &tag.data)).await.context("play")?;
    }
    // Whoever watched goes; there is nothing more to be seen.
    while player.read(&mut hello).await.context("wait")? > 0 {}
    Ok(())
}

/// Reads until a command of this name has come; gives what stands behind it.
async fn wait_for(player: &mut TcpStream, name: &[u8]) -> Result<Vec<u8>> {
    let (mut read, mut some) = (Vec::new(), [0; 4_096]);
    loop {
        let size = player.read(&mut some).await.context("read a command")?;
        ensure!(size > 0 && read.len() < 65_536, "no command {}", String::from_utf8_lossy(name));
        read.extend_from_slice(&some[..size]);
        let at = read.windows(name.len()).position(|part| part == name);
        if let Some(behind) = at.and_then(|at| read.get(at + name.len()..)).filter(|behind| behind.len() >= 9) {
            return Ok(behind.to_vec());
        }
    }
}

/// A message in one chunk with all of its header.
fn message(channel: u8, at_ms: u32, kind: u8, stream: u32, data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).expect("a message of megabytes");
    [&[channel], &at_ms.to_be_bytes()[1..], &size.to_be_bytes()[1..], &[kind], &stream.to_le_bytes(), data].concat()
}

fn string(text: &str) -> Vec<u8> {
    [&[2][..], &bare(text)].concat()
}

fn bare(text: &str) -> Vec<u8> {
    let size = u16::try_from(text.len()).expect("a short text");
    [&size.to_be_bytes(), text.as_bytes()].concat()
}

fn number(value: f64) -> Vec<u8> {
    [&[0][..], &value.to_be_bytes()].concat()
}

fn object(fields: &[(&str, &str)]) -> Vec<u8> {
    let fields = fields.iter().flat_map(|(key, value)| [bare(key), string(value)].concat());
    [3].into_iter().chain(fields).chain([0, 0, 9]).collect()
}

fn status(code: &str) -> Vec<u8> {
    object(&[("level", "status"), ("code", code), ("description", code)])
}
