//! The house as it was planned: which room may know which, and the cheap laws of its style.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Who may depend on whom, besides on `proto`. `deploy/standalone` may depend on all but `tests`.
const ARROWS: &[(&str, &[&str])] = &[
    ("liuhen-proto", &[]),
    ("liuhen-process", &[]),
    ("liuhen-sheets", &[]),
    ("liuhen-media", &[]),
    ("liuhen-recorder", &["liuhen-media"]),
    ("liuhen-ingest", &["liuhen-media", "liuhen-archive"]),
    ("liuhen-archive", &["liuhen-process"]),
    ("liuhen-api", &["liuhen-media", "liuhen-archive", "liuhen-process", "liuhen-sheets"]),
    ("liuhen-verify", &[]),
];
const EVERYTHING: &[&str] = &["liuhen-standalone", "liuhen-tests"];

/// What a test of a room may use beyond the arrows: to make the footage that it reads.
const IN_TESTS: &[(&str, &str)] = &[("liuhen-archive", "liuhen-media"), ("liuhen-verify", "liuhen-media")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the workspace").to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Package name → (dependency, kind) of ours, from `cargo metadata`.
fn dependencies() -> BTreeMap<String, Vec<(String, String)>> {
    let cargo = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).expect("cargo writes JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("normal").to_owned();
    let packages = metadata["packages"].as_array().expect("packages").iter().map(|package| {
        let needs = package["dependencies"].as_array().expect("dependencies").iter();
        let needs = needs.map(|need| (text(&need["name"]), text(&need["kind"])));
        (text(&package["name"]), needs.filter(|(name, _)| name.starts_with("liuhen-")).collect())
    });
    packages.collect()
}

#[test]
fn rooms_know_only_what_the_plan_lets_them_know() {
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    for (package, needs) in dependencies() {
        for (need, kind) in needs {
            assert_ne!(need, "liuhen-tests", "{package} depends on the tests");
            if EVERYTHING.contains(&package.as_str()) || need == "liuhen-proto" && package != need {
                continue;
            }
            let allowed = arrows.get(package.as_str()).unwrap_or_else(|| panic!("{package} has no arrows: add it to the plan"));
            let in_tests = kind == "dev" && IN_TESTS.contains(&(package.as_str(), need.as_str()));
            assert!(in_tests || allowed.contains(&need.as_str()), "{package} → {need} ({kind}) is no arrow of the plan");
        }
    }
}

#[test]
fn ingest_links_no_ffmpeg() {
    // The lock file knows no features, and `media` has FFmpeg behind one.
    let cargo = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--package=liuhen-ingest", "--edges=normal,build", "--prefix=none", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let tree = String::from_utf8(cargo.stdout).expect("cargo writes UTF-8");
    assert!(tree.lines().count() > 20, "the tree was not understood: {tree}");
    let found = tree.lines().find(|line| line.starts_with("ffmpeg"));
    assert_eq!(found, None, "ingest links FFmpeg");
}

/// All files that people write, and none that tools make.
fn files() -> Vec<PathBuf> {
    let mut open = vec![root()];
    let mut files = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory of ours").map(|entry| entry.expect("an entry").path()) {
            let name = entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if entry.is_dir() {
                let made = ["target", "node_modules", ".git", ".dev", "__pycache__", "dist", "generated"].contains(&name);
                open.extend((!made).then_some(entry));
            } else {
                files.push(entry);
            }
        }
    }
    files
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| extensions.contains(&extension))
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let code = |path: &PathBuf| has_extension(path, &["rs", "proto", "sql", "py", "mjs", "ts", "svelte", "css", "sh"]);
    let long = files().into_iter().filter(code).map(|path| (read(&path).lines().count(), path));
    let long: Vec<_> = long.filter(|(lines, _)| *lines > 500).collect();
    assert!(long.is_empty(), "{long:?}");
}

/// A module says what it is for. `proto/liuhen/common` is the one exception: a protobuf package of the
/// words that all packages share, whose name is part of the wire.
#[test]
fn nothing_is_called_common_util_or_misc() {
    let wire = root().join("proto/liuhen/common");
    let bad = ["common", "util", "utils", "misc", "helpers"];
    let named = |path: &PathBuf| {
        let inside = path.strip_prefix(root()).expect("a file of ours").with_extension("");
        !path.starts_with(&wire) && inside.iter().any(|part| part.to_str().is_some_and(|part| bad.contains(&part)))
    };
    let found: Vec<_> = files().into_iter().filter(named).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let text = |path: &PathBuf| {
        has_extension(path, &["rs", "proto", "sql", "py", "mjs", "ts", "svelte", "css", "sh", "toml", "md", "json"])
    };
    let machine = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    for path in files().into_iter().filter(text) {
        let content = read(&path);
        let line = content.lines().position(|line| machine.iter().any(|machine| line.contains(machine)));
        assert!(line.is_none(), "{}:{} names a path of one machine", path.display(), line.unwrap_or_default() + 1);
    }
}
