//! Every codec on the whole way: camera, recorder, server, FFmpeg and a real browser.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use liuhen_media::g711;
use liuhen_media::track::Law;
use liuhen_proto::wire::common::v1::Interval;
use liuhen_tests::camera::Spec;
use liuhen_tests::clips::{self, ClipFile, ClipSound};
use liuhen_tests::elementary::{codes, is_piece_of_loop, nal_units, samples, sei_count};
use liuhen_tests::world::{Plan, Site, ffmpeg_decodes, packet_hashes, run_tool};

/// A camera that is cut off in the middle for a moment: two runs, and a gap that players must get over.
const CUT_OFF: &str = "cut-off";
/// How much of the window it may lack.
const LACK_S: f64 = 9.0;

/// B-frames, variable frame rate, 8 s between key frames, both laws of G.711, no sound; and whatever real footage
/// lies beside the project. What the archive holds is what the camera sent, and it plays everywhere.
#[tokio::test(flavor = "multi_thread")]
async fn every_codec_survives_the_whole_way() {
    let directory = tempfile::tempdir().unwrap();
    let mut files = clips::make(&directory.path().join("clips")).unwrap();
    files.extend(clips::footage().unwrap());
    let again = files.iter().find(|file| file.name == "alaw").unwrap();
    files.push(ClipFile { name: CUT_OFF.to_owned(), ..again.clone() });
    let specs = files.iter().map(|file| Spec::footage(&file.name, &file.path));
    let mut site = Site::start_over_network(directory.path(), &Plan::one_room(specs)).await.unwrap();
    site.until_watched(Duration::from_secs(60)).await.unwrap();
    let (_, window) = site.session(Duration::from_secs(4), Duration::from_secs(22)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(12)).await;
    let cut_off = site.cameras.last_mut().unwrap();
    cut_off.cut_off().unwrap();
    cut_off.restore().await.unwrap();
    tokio::time::sleep(Duration::from_secs(15)).await;
    site.recorder.stop().await.unwrap();
    let streams: Vec<&str> = site.declared.cameras.iter().map(|camera| camera.stream_id.as_str()).collect();
    site.until_sealed(&streams, window, Duration::from_secs(30)).await.unwrap();

    let mut problems = Vec::new();
    let mut to_play = Vec::new();
    let mut centre = site.server.centre().await.unwrap();
    for (file, camera) in files.iter().zip(&site.declared.cameras) {
        let (hls, mp4) = centre.playback(&camera.stream_id, window).await.unwrap();
        let address = |path: &str| format!("{}{path}", site.server.address());
        let mut checks = vec![
            ("HLS decodes", decodes(&address(&hls), window, &file.name)),
            ("MP4 decodes", decodes(&address(&mp4), window, &file.name)),
        ];
        if file.name != CUT_OFF {
            checks.push(("pictures are the camera's", same_pictures(&address(&mp4), file)));
            checks.push(("sound is the camera's", same_sound(&address(&mp4), file)));
        }
        for (what, result) in checks {
            problems.extend(result.err().map(|error| format!("{}: {what}: {error:#}", file.name)));
        }
        if !file.h265 {
            for (kind, path) in [("hls", hls), ("mp4", mp4)] {
                to_play.push(serde_json::json!({ "name": file.name, "kind": kind, "path": path }));
            }
        }
    }
    problems.extend(browser(&site.server.address(), &to_play, window).unwrap());
    problems.extend(site.errors());
    assert!(problems.is_empty(), "{}\n{}", problems.join("\n"), site.logs());
}

/// How much of a camera must be there.
fn seconds(window: Interval, name: &str) -> f64 {
    let all = (window.end_us - window.start_us) as f64 / 1e6;
    if name == CUT_OFF { all - LACK_S } else { all }
}

/// The slowest footage has 7 frames a second.
fn decodes(address: &str, window: Interval, name: &str) -> Result<()> {
    let frames = ffmpeg_decodes(address)?.frames;
    ensure!(frames as f64 >= 6.0 * seconds(window, name), "only {frames} frames came out");
    Ok(())
}

fn same_pictures(mp4: &str, file: &ClipFile) -> Result<()> {
    let source = file.path.to_str().context("a path of text")?;
    let (sent, held) = (nal_units(source, file.h265)?, nal_units(mp4, file.h265)?);
    is_piece_of_loop(&held, &sent)?;
    // That SEI was there to be lost is known of one clip: it stands with every picture.
    ensure!(file.name != "bframes-aac" || sei_count(mp4, false)? > 100, "no SEI is left of the camera's");
    Ok(())
}

fn same_sound(mp4: &str, file: &ClipFile) -> Result<()> {
    let source = file.path.to_str().context("a path of text")?;
    let g711 = |law, format| {
        let restored = samples(mp4)?.into_iter().map(|sample| g711::compress(law, sample));
        let restored: Option<Vec<u8>> = restored.collect();
        is_piece_of_loop(&restored.context("a sample that no code of G.711 has")?, &codes(source, format)?)
    };
    match file.sound {
        ClipSound::None => Ok(()),
        ClipSound::Aac | ClipSound::Opus => is_piece_of_loop(&packet_hashes(mp4, "a:0")?, &packet_hashes(source, "a:0")?),
        ClipSound::Alaw => g711(Law::A, "alaw"),
        ClipSound::Mulaw => g711(Law::Mu, "mulaw"),
    }
}

/// Plays everything in Chromium, and gives what went wrong.
fn browser(server: &str, to_play: &[serde_json::Value], window: Interval) -> Result<Vec<String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/play.mjs");
    let wanted = serde_json::to_string(to_play)?;
    let printed = run_tool("node", &[script.to_str().context("a path of text")?, server, &wanted])?;
    let printed = String::from_utf8(printed).context("the player writes text")?;
    let results: Vec<serde_json::Value> = serde_json::from_str(printed.lines().last().context("the player said nothing")?)?;
    ensure!(results.len() == to_play.len(), "only {} of {} were played", results.len(), to_play.len());
    let problem = |result: &serde_json::Value| {
        let seconds = seconds(window, result["name"].as_str().unwrap_or_default());
        let wrong = result["problems"].as_array().is_none_or(|problems| !problems.is_empty());
        let (played, frames) = (result["playedS"].as_f64().unwrap_or(0.0), result["frames"].as_f64().unwrap_or(0.0));
        // Some pictures may be dropped at this speed on a busy machine, but not counted ones.
        let short = played < seconds - 0.5 || frames < 3.0 * seconds;
        (wrong || short).then(|| format!("{} as {} in Chromium: {result}", result["name"], result["kind"]))
    };
    Ok(results.iter().filter_map(problem).collect())
}
