//! A site for a long time, on a line that is dead for half of it: memory stays flat, and everything arrives. For
//! `./dev soak`.

use std::time::Duration;

use liuhen_tests::faults::{Lab, Line};
use tokio::time::Instant;

const CAMERAS: usize = 8;
const CAMERA: &str = "synthetic:width=320,height=192,fps=25,gop=50,audio=pcma";
/// Growth that is none: what allocators keep.
const SLACK_KIB: u64 = 8 << 10;

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// The most that was seen in a part of the samples.
fn most(samples: &[(u64, u64)], from: usize, to: usize) -> (u64, u64) {
    let part = &samples[samples.len() * from / 8..samples.len() * to / 8];
    (part.iter().map(|sample| sample.0).max().unwrap(), part.iter().map(|sample| sample.1).max().unwrap())
}

#[ignore = "takes half an hour or more: ./dev soak"]
#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_and_everything_arrives() {
    let minutes: u64 = std::env::var("LIUHEN_SOAK_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(30);
    let length = Duration::from_secs(minutes * 60);
    let directory = tempfile::tempdir().unwrap();
    let mut lab = Lab::start(directory.path(), &vec![CAMERA.to_owned(); CAMERAS], Line::default()).await.unwrap();
    lab.recorder.start().unwrap();
    lab.until_recording(Duration::from_secs(60)).await.unwrap();
    let (began, mut samples, mut away) = (Instant::now(), Vec::new(), false);
    while began.elapsed() < length {
        tokio::time::sleep(Duration::from_secs(5)).await;
        samples.push((resident_kib(lab.recorder.process().unwrap()), resident_kib(lab.server.process().unwrap())));
        // Dead from the second quarter to the third, which for two hours is a real hour.
        let now_away = (length / 4..length * 3 / 4).contains(&began.elapsed());
        if now_away != away {
            if now_away {
                lab.proxy.cut()
            } else {
                lab.proxy.come_back()
            }
            away = now_away;
            println!("after {:?} the line is {}", began.elapsed(), if away { "dead" } else { "back" });
        }
    }
    let (early, late) = (most(&samples, 1, 2), most(&samples, 7, 8));
    println!("resident memory of recorder and server: {early:?} KiB early, {late:?} KiB late, {CAMERAS} cameras");
    assert!(late.0 <= early.0 * 11 / 10 + SLACK_KIB, "the recorder grew");
    assert!(late.1 <= early.1 * 11 / 10 + SLACK_KIB, "the server grew");
    lab.recorder.stop().await.unwrap();
    lab.change_sources("rtsp://127.0.0.1:9/none").unwrap();
    lab.recorder.start().unwrap();
    let held = lab.until_sealed(Duration::from_secs(600)).await.unwrap();
    println!("{} fragments in {} runs", held.fragments(), held.runs.len());
    lab.is_sound(&[]).unwrap();
    lab.recorder.kill().unwrap();
}
