//! What only GStreamer reads: RTMP, SRT, MPEG program and transport streams, pipelines that the site writes.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use liuhen_media::track::{SampleEntry, Track};
use liuhen_proto::fragment::TrackKind;
use liuhen_recorder::source::{Refusal, SourceError};
use liuhen_tests::camera::RtmpServer;
use liuhen_tests::clips::{self, ClipFile, ClipSound};
use liuhen_tests::program::Program;
use liuhen_tests::world::run_tool;
use tokio::io::AsyncWriteExt as _;

use crate::watch::{Seen, config, watch};

fn clip(directory: &Path, sound: ClipSound) -> ClipFile {
    clips::brief(directory, "clip", Some("libx264"), sound).unwrap()
}

/// A port that nobody listens at. Somebody else may take it before the server does; then the test says so.
fn udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// FFmpeg plays the clip to there again and again, as it was encoded.
fn ffmpeg(directory: &Path, clip: &ClipFile, to: &[&str]) -> Program {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i"]).arg(&clip.path).args(["-c", "copy"]).args(to);
    Program::spawn("ffmpeg", command, &directory.join("ffmpeg.log")).unwrap()
}

/// A server needs a moment until it listens: the recorder tries again, and so do we.
async fn until_it_answers(source: &str, enough: impl Fn(&Seen) -> bool) -> Seen {
    let config = config(source, "");
    let mut last = None;
    for _ in 0..50 {
        match watch(&config, &enough).await {
            Ok(seen) => return seen,
            Err(error @ SourceError::Unreachable(_)) => last = Some(error),
            Err(other) => panic!("{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{source} never answered: {last:?}");
}

fn is_the_clip(seen: &Seen, clip: &ClipFile) {
    assert_eq!(seen.choice.reader, "gstreamer");
    assert_eq!((seen.last_tracks().len(), seen.lost(), seen.damaged()), (2, 0, 0), "{:?}", seen.tracks);
    seen.is_the_clip(clip).unwrap();
    seen.times_are_right().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rtmp() {
    let directory = tempfile::tempdir().unwrap();
    let clip = clip(directory.path(), ClipSound::Aac);
    let (file, flv) = (clip.path.to_str().unwrap(), directory.path().join("clip.flv"));
    run_tool("ffmpeg", &["-v", "error", "-i", file, "-c", "copy", flv.to_str().unwrap()]).unwrap();
    let server = RtmpServer::start(&flv).await.unwrap();
    is_the_clip(&watch(&config(&server.url(), ""), |seen| seen.pictures() >= 25).await.unwrap(), &clip);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn srt() {
    let directory = tempfile::tempdir().unwrap();
    let (clip, url) = (clip(directory.path(), ClipSound::Aac), format!("srt://127.0.0.1:{}", udp_port()));
    let _server = ffmpeg(directory.path(), &clip, &["-f", "mpegts", &format!("{url}?mode=listener")]);
    is_the_clip(&until_it_answers(&url, |seen| seen.pictures() >= 25).await, &clip);
}

/// MPEG program and transport streams over TCP: the pipeline is the network's element alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mpeg_streams_over_tcp() {
    let directory = tempfile::tempdir().unwrap();
    let clip = clip(directory.path(), ClipSound::Aac);
    for muxer in ["mpegtsmux", "mpegpsmux"] {
        let file = directory.path().join(muxer);
        let (from, to) = (format!("location={}", clip.path.display()), format!("location={}", file.display()));
        let front = ["-q", "filesrc", &from, "!", "matroskademux", "name=d"];
        let tracks = ["d.", "!", "queue", "!", "h264parse", "!", "m.", "d.", "!", "queue", "!", "aacparse", "!", "m."];
        let end = [muxer, "name=m", "!", "filesink", &to];
        run_tool("gst-launch-1.0", &[&front[..], &tracks, &end].concat()).unwrap();
        let port = play(file).await;
        let source = format!("gstreamer:tcpclientsrc host=127.0.0.1 port={port}");
        let seen = watch(&config(&source, ""), |seen| seen.pictures() >= 25).await.unwrap();
        is_the_clip(&seen, &clip);
    }
}

/// Plays the bytes of a file in four seconds to whoever connects, once; gives the port.
async fn play(file: PathBuf) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let bytes = std::fs::read(file)?;
        let (mut player, _) = listener.accept().await?;
        for part in bytes.chunks(bytes.len() / 40 + 1) {
            player.write_all(part).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok::<_, std::io::Error>(())
    });
    port
}

/// The site's own encoders: the elements with the two names are recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipeline_of_the_site() {
    let text = "gstreamer:videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=96,framerate=10/1
                ! x264enc tune=zerolatency speed-preset=ultrafast threads=1 key-int-max=10 ! h264parse name=picture \
                audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=1 ! opusenc name=sound";
    let seen = watch(&config(text, ""), |seen| seen.pictures() >= 20).await.unwrap();
    let kinds: Vec<_> = seen.last_tracks().iter().map(Track::kind).collect();
    assert_eq!(kinds, [TrackKind::Video, TrackKind::Audio]);
    assert!(matches!(seen.last_tracks()[1].entry, SampleEntry::Opus { .. }));
    seen.times_are_right().unwrap();
    assert!(seen.of(TrackKind::Video)[0].unit.sync);
}

/// A file is read at the pace at which it was recorded, and comes to its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_in_a_pipeline_comes_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let clip = clip(directory.path(), ClipSound::Opus);
    let source = format!("gstreamer:filesrc location={}", clip.path.display());
    let seen = watch(&config(&source, ""), |_| false).await.unwrap();
    assert_eq!(seen.end, Some(SourceError::Ended));
    let arrivals: Vec<_> = seen.of(TrackKind::Video).iter().map(|unit| unit.unit.arrival).collect();
    let lasted = arrivals[arrivals.len() - 1].since(arrivals[0]).as_secs_f64();
    assert!(arrivals.len() == 40 && (3.5..5.0).contains(&lasted), "{} pictures in {lasted} s", arrivals.len());
    seen.is_the_clip(&clip).unwrap();
}

/// Another resolution is another description of the tracks, before the first frame of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_picture_is_a_change_of_tracks() {
    let encode = "x264enc tune=zerolatency speed-preset=ultrafast threads=1 key-int-max=10 \
                  ! video/x-h264,stream-format=byte-stream,profile=constrained-baseline";
    let part = |width, frames, name| {
        format!(
            "videotestsrc num-buffers={frames} ! video/x-raw,format=I420,width={width},height=96,framerate=10/1 ! {encode} ! {name}."
        )
    };
    let text = format!("gstreamer:concat name=c ! h264parse name=picture {} {}", part(160, 10, "c"), part(320, 10, "c"));
    let seen = watch(&config(&text, ""), |_| false).await.unwrap();
    let widths: Vec<_> = seen.tracks.iter().filter_map(|tracks| width(&tracks[0])).collect();
    assert_eq!((widths, seen.units.len(), seen.end), (vec![160, 320], 20, Some(SourceError::Ended)));
}

fn width(track: &Track) -> Option<u16> {
    if let SampleEntry::H264 { width, .. } = track.entry { Some(width) } else { None }
}

/// What cannot be is refused with a sentence. There is no camera at this machine to try more of V4L2 with.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_is_refused_with_a_sentence() {
    let secret = "gstreamer:rtspsrc location=rtsp://admin:hidden@127.0.0.1:1/a user-pw=hidden";
    for (source, what) in [
        ("v4l2:/dev/video-none", "no such device"),
        ("gstreamer:videotestsrc ! nosuchelement", "install its plugin"),
        ("gstreamer:videotestsrc ! fakesink name=picture", "no free source pad"),
        ("rtmp://127.0.0.1:1/live/hidden", "refused"),
        ("srt://127.0.0.1:9", "no answer"),
        (secret, ""),
    ] {
        let error = watch(&config(source, ""), |_| true).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(what) && !text.contains("hidden"), "{source}: {text}");
    }
    let error = watch(&config("gstreamer:videotestsrc is-live=true", ""), |_| true).await.unwrap_err();
    assert!(matches!(&error, SourceError::Refused(Refusal::Codec, text) if text.contains("video/x-raw")), "{error:?}");
}
