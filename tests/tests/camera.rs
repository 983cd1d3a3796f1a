//! The cameras of these tests are worth their name: what they send is the file's own, and the loop has no seam.

use std::time::Duration;

use liuhen_tests::camera::{Camera, Spec};
use liuhen_tests::clips;
use liuhen_tests::elementary::{is_piece_of_loop, nal_units};
use liuhen_tests::world::run_tool;

/// Cut off and restored, a camera stands at the same address; what it sends is the file's units in order, from
/// its end to its beginning too.
#[tokio::test(flavor = "multi_thread")]
async fn a_footage_camera_sends_the_files_own_units() {
    let directory = tempfile::tempdir().unwrap();
    let all = clips::make(directory.path()).unwrap();
    let clip = all.iter().find(|clip| clip.name == "alaw").unwrap();
    let (short, out) = (directory.path().join("short.mkv"), directory.path().join("out.mkv"));
    let (source, short, out) = (clip.path.to_str().unwrap(), short.to_str().unwrap(), out.to_str().unwrap());
    run_tool("ffmpeg", &["-v", "error", "-i", source, "-c", "copy", "-t", "4", short]).unwrap();
    let mut camera = Camera::start(vec![Spec::footage("a", short)], &directory.path().join("camera.log")).await.unwrap();
    let before = camera.url("a");
    camera.cut_off().unwrap();
    camera.restore().await.unwrap();
    assert_eq!(camera.url("a"), before);
    let url = camera.url("a");
    let record = ["-v", "error", "-rtsp_transport", "tcp", "-i", &url, "-map", "0:v", "-c", "copy", "-t", "10", out];
    tokio::time::timeout(Duration::from_secs(40), async { run_tool("ffmpeg", &record) }).await.unwrap().unwrap();
    let (sent, came) = (nal_units(short, false).unwrap(), nal_units(out, false).unwrap());
    assert!(came.len() > 2 * sent.len(), "{} of {}: the loop was not crossed", came.len(), sent.len());
    is_piece_of_loop(&came, &sent).unwrap();
    assert!(camera.playing_since_us().is_some());
}
