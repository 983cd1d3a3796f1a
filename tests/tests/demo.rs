//! The demonstration is itself a test: it compares everything with what it did.

use std::process::Command;

use liuhen_tests::demo::Summary;

/// `liuhen-demo --once` ends with 0, and its summary shows four recorded cameras, one gap, and nothing else; and a chain
/// from the certificate to the minute and back in which no link is open and that gap stands.
#[test]
fn alone_the_demonstration_finds_its_gap_and_nothing_else() {
    let output = Command::new(env!("CARGO_BIN_EXE_liuhen-demo")).arg("--once").output().unwrap();
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let begin = printed.find('{').unwrap_or_else(|| panic!("no summary ({}): {printed}\n{said}", output.status));
    let summary: Summary = serde_json::from_str(&printed[begin..]).unwrap();
    assert!(output.status.success() && summary.ok, "{:#?}\n{said}", summary.problems);
    assert_eq!(summary.cameras.len(), 4);
    assert!(summary.gap.is_some_and(|gap| gap.cause == "camera_unreachable"));
    assert!(summary.other_gaps.is_empty() && summary.fsck_clean);
    let trace = summary.trace;
    assert!(trace.links >= 20 && trace.links_open.is_empty() && trace.back_again, "{trace:#?}");
    assert_eq!((trace.stays, trace.breaches, trace.holes_of_others), (3, 1, 0), "{trace:#?}");
    assert!(trace.gaps > 0 && trace.holes_of_lost_camera > 0 && trace.incidents > 0 && trace.clip_frames > 0, "{trace:#?}");
}
