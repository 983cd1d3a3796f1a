//! The demonstration is itself a test: it compares everything with what it did.

use std::process::Command;

use liuhen_tests::demo::Summary;

/// `liuhen-demo --once` ends with 0, and its summary shows four recorded cameras, one gap, and nothing else.
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
}
