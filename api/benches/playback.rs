//! What playback of three hours costs, beside the same bytes as one file; design.md section 11 says what
//! it may.
//!
//! 1. First byte of the virtual MP4, from connecting to the first byte of the body: under an address that
//!    was used before (warm). Limit: 5 ms, median. And, without a limit, under a new address, whose plan must
//!    be made from all indexes of the three hours first.
//! 2. The body, whole, over loopback. The peer is one file of the same bytes, read in the same blocks, as
//!    far ahead, and sent by the same server stack. Limit: 80 % of it, medians of interleaved rounds.
//!
//! `./dev bench playback [minutes of footage]`. Prints ours, the peer and the limit; exits 1 beyond it.

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/api/film.rs"]
mod film;
#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/api/world.rs"]
mod world;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use futures_util::StreamExt as _;
use liuhen_media::cutter::{AccessUnit, Cutter};
use liuhen_media::track::{SampleEntry, Track, init_segment};
use liuhen_proto::BootTime;
use liuhen_proto::wire::review::v1::OpenPlaybackRequest;
use liuhen_proto::world::{Clock as _, SystemClock};
use tokio::net::TcpListener;

use crate::film::Film;
use crate::world::{Site, World, between, pass};

/// 25 frames of 10 kB a second: 2 Mbit/s.
const FRAME_BYTES: usize = 10_000;
/// Rounds of each.
const ROUNDS: usize = 5;
/// First bytes of each kind.
const FIRSTS: usize = 41;
/// What the peer reads at once, and how many of them ahead: as `liuhen_api` does.
const BLOCK_BYTES: u64 = 256 * 1024;
const AHEAD: usize = 3;

const FIRST_BYTE_LIMIT_MS: f64 = 5.0;
const BODY_LIMIT: f64 = 0.8;

/// A record of High profile with an SPS and a PPS that mean nothing.
const AVCC: &[u8] = &[1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1f, 1, 0, 2, 0x68, 0xee];

fn main() {
    let minutes: u32 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(180);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let ok = runtime.block_on(measure(minutes));
    // What is measured is done; open connections need not be waited for.
    runtime.shutdown_background();
    std::process::exit(i32::from(!ok));
}

async fn measure(minutes: u32) -> bool {
    let world = World::new().await;
    let site = world.site().await;
    let film = synthetic(minutes * 60);
    let mut run = world.run(&site, &film, 0).await;
    while !run.is_over() {
        run.store(30);
        run.seal().await;
    }
    run.end().await;
    pass(&world, (minutes + 10) * 60);
    let end = i64::from(minutes) * 60;

    let used = open(&world, &site, end).await;
    let file = world.path("whole.mp4");
    let size = first_copy(world.address, &used, &file).await;
    println!("playback: {minutes} min of 2 Mbit/s video and 64 kbit/s sound, {} segments, {size} bytes", minutes);
    let first = first_bytes(&world, &site, &used, end).await;
    bodies(world.address, &used, &file, size).await && first
}

async fn open(world: &World, site: &Site, end: i64) -> String {
    let stream_id = site.camera.evidence_stream_id.clone();
    let request = OpenPlaybackRequest { stream_id, interval: between(0, end), purpose: "a test".to_owned() };
    world.review().await.open_playback(request).await.expect("an address").into_inner().mp4_path
}

/// The peer's file: ours, downloaded; and all caches are warm then.
async fn first_copy(server: SocketAddr, path: &str, file: &Path) -> u64 {
    let (path, file) = (path.to_owned(), file.to_owned());
    let copy = move || {
        let mut out = std::fs::File::create(file).expect("a file");
        let mut size = 0;
        fetch(server, &path, |bytes| {
            out.write_all(bytes).expect("room on the disk");
            size += bytes.len() as u64;
            true
        });
        size
    };
    tokio::task::spawn_blocking(copy).await.expect("a copy")
}

/// GET on a connection of its own; `take` is given the body as it comes, and says whether to go on.
fn fetch(server: SocketAddr, path: &str, mut take: impl FnMut(&[u8]) -> bool) {
    let mut socket = TcpStream::connect(server).expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("a request");
    let mut buffer = vec![0; 1 << 20];
    let mut head = Vec::new();
    loop {
        let read = socket.read(&mut buffer).expect("an answer");
        if read == 0 {
            return;
        }
        if head.ends_with(b"\r\n\r\n") {
            if !take(&buffer[..read]) {
                return;
            }
            continue;
        }
        head.extend_from_slice(&buffer[..read]);
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head[..end]));
        let body = head.split_off(end + 4);
        if !body.is_empty() && !take(&body) {
            return;
        }
    }
}

/// Milliseconds from connecting to the first byte of the body.
async fn first_byte(server: SocketAddr, path: String) -> f64 {
    let wait = move || {
        let begun = SystemClock.boot_now();
        fetch(server, &path, |_| false);
        SystemClock.boot_now().since(begun).as_secs_f64() * 1e3
    };
    tokio::task::spawn_blocking(wait).await.expect("a first byte")
}

async fn first_bytes(world: &World, site: &Site, used: &str, end: i64) -> bool {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for _ in 0..FIRSTS {
        old.push(first_byte(world.address, used.to_owned()).await);
        let fresh = open(world, site, end).await;
        new.push(first_byte(world.address, fresh).await);
    }
    let (warm, worst) = (median(&mut old), old[old.len() - 1]);
    println!("  first byte, warm: ours {warm:.2} ms (worst {worst:.2}), limit {FIRST_BYTE_LIMIT_MS} ms");
    let (planned, worst) = (median(&mut new), new[new.len() - 1]);
    println!("  first byte, new address: ours {planned:.2} ms (worst {worst:.2}), no limit");
    warm <= FIRST_BYTE_LIMIT_MS
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

async fn bodies(ours: SocketAddr, path: &str, file: &Path, size: u64) -> bool {
    let peer = serve_one_file(file.to_owned(), size).await;
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_ours.push(megabytes_per_second(ours, path.to_owned(), size).await);
        of_peer.push(megabytes_per_second(peer, "/".to_owned(), size).await);
    }
    let (ours, peer) = (median(&mut of_ours), median(&mut of_peer));
    let share = ours / peer;
    println!("  body: ours {ours:.0} MB/s, one file {peer:.0} MB/s, {:.0} %, limit {:.0} %", share * 100.0, BODY_LIMIT * 100.0);
    share >= BODY_LIMIT
}

async fn megabytes_per_second(server: SocketAddr, path: String, size: u64) -> f64 {
    let read = move || {
        let (begun, mut got) = (SystemClock.boot_now(), 0);
        fetch(server, &path, |bytes| {
            got += bytes.len() as u64;
            true
        });
        assert_eq!(got, size, "all of it");
        size as f64 / 1e6 / SystemClock.boot_now().since(begun).as_secs_f64()
    };
    tokio::task::spawn_blocking(read).await.expect("a body")
}

/// The peer: one open file, sent by axum in blocks.
async fn serve_one_file(path: PathBuf, size: u64) -> SocketAddr {
    let file = Arc::new(std::fs::File::open(path).expect("the peer's file"));
    let answer = move || {
        let file = file.clone();
        async move {
            let blocks = (0..size).step_by(usize::try_from(BLOCK_BYTES).expect("small"));
            let read = futures_util::stream::iter(blocks).map(move |at| {
                let file = file.clone();
                async move { tokio::task::spawn_blocking(move || block(&file, at, size)).await.map_err(std::io::Error::other)? }
            });
            let body = Body::from_stream(read.buffered(AHEAD));
            Response::builder().header("content-length", size).body(body).expect("an answer")
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/", get(answer))).await });
    address
}

fn block(file: &std::fs::File, at: u64, size: u64) -> std::io::Result<Bytes> {
    let wanted = usize::try_from(BLOCK_BYTES.min(size - at)).expect("small");
    let mut bytes = Vec::with_capacity(wanted);
    while bytes.len() < wanted {
        let from = at + bytes.len() as u64;
        let got = rustix::io::pread(file, rustix::buffer::spare_capacity(&mut bytes), from)?;
        assert!(got > 0, "the file is as long as it was");
    }
    bytes.truncate(wanted);
    Ok(bytes.into())
}

/// So many seconds of 25 pictures of a size and sound of 64 kbit/s, as far as boxes go: nothing decodes it.
fn synthetic(seconds: u32) -> Film {
    let rate = |ticks| NonZeroU32::new(ticks).expect("what a recorder would make");
    let video = SampleEntry::H264 { config: Bytes::from_static(AVCC), width: 1280, height: 720 };
    let audio = SampleEntry::Aac { config: Bytes::from_static(&[0x11, 0x90]), sample_rate: 48_000, channels: 2 };
    let tracks =
        vec![Track { id: 1, timescale: rate(90_000), entry: video }, Track { id: 2, timescale: rate(48_000), entry: audio }];
    let mut picture = vec![0x5a; FRAME_BYTES];
    picture[..4].copy_from_slice(&u32::try_from(FRAME_BYTES - 4).expect("what a recorder would make").to_be_bytes());
    let (picture, sound) = (Bytes::from(picture), Bytes::from(vec![0xa5; 171]));
    let mut cutter = Cutter::new(&tracks).expect("what a recorder would make");
    let mut cuts = Vec::new();
    let unit = |track, pts: i64, micros: i64, sync, data: &Bytes| {
        let arrival = BootTime::from_micros(60_000_000 + micros.unsigned_abs());
        AccessUnit { track, pts, sync, data: data.clone(), lost_packets: 0, damaged: false, arrival }
    };
    let mut heard = 0;
    for frame in 0..i64::from(seconds) * 25 {
        let micros = frame * 40_000;
        cuts.extend(cutter.push(unit(1, frame * 3_600, micros, frame % 50 == 0, &picture)).expect("what a recorder would make"));
        while heard * 1_024 < (frame + 1) * 1_920 {
            cuts.extend(cutter.push(unit(2, heard * 1_024, micros, true, &sound)).expect("what a recorder would make"));
            heard += 1;
        }
    }
    cuts.extend(cutter.finish());
    let init = init_segment(&tracks).expect("what a recorder would make").into();
    Film { tracks, init, cuts }
}
