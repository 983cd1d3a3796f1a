//! Verifiers that share nothing with us read what we write, and refuse what was altered: Go's note and tlog
//! (golang.org/x/mod/sumdb), pymerkle, and OpenSSL for the signature alone. `./dev setup` installs them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use liuhen_proto::Sha256;
use liuhen_proto::custody::note::NoteKey;
use liuhen_proto::custody::proof_file::{Continuation, LeafProof};
use liuhen_proto::custody::shape::{self, Part};
use liuhen_proto::custody::tile::{Content, bundle_to_bytes, bundles_between, hashes_to_bytes, perfect_root, tiles_between};
use liuhen_proto::custody::tree::leaf_hash;
use liuhen_proto::custody::{Checkpoint, TreeHead};
use liuhen_proto::digest::hex;
use liuhen_proto::signing::SigningKey;
use serde_json::{Value as Json, json};

/// A log of so many entries, made anew from nothing but hashes of leaves.
struct Log {
    entries: Vec<String>,
    leaves: Vec<Sha256>,
    key: NoteKey,
    public: [u8; 32],
}

impl Log {
    fn new(count: usize) -> Self {
        let secret = SigningKey::from_seed(&[5; 32]);
        let entries: Vec<_> = (0..count).map(|n| format!("{{\"n\":{n}}}")).collect();
        let leaves = entries.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
        let public = secret.public().to_bytes();
        Self { entries, leaves, key: NoteKey::new("liuhen.example/log".parse().unwrap(), secret), public }
    }

    fn part(&self, part: &Part, known: &mut HashMap<shape::Subtree, Sha256>) -> Sha256 {
        let place = |index: u64| usize::try_from(index).unwrap();
        let subtree = |it: shape::Subtree| {
            let leaves = &self.leaves[place(it.index << it.level)..place((it.index + 1) << it.level)];
            *known.entry(it).or_insert_with(|| perfect_root(leaves))
        };
        shape::join(&part.subtrees().into_iter().map(subtree).collect::<Vec<_>>())
    }

    fn hashes(&self, parts: Option<Vec<Part>>, known: &mut HashMap<shape::Subtree, Sha256>) -> Vec<Sha256> {
        parts.unwrap().iter().map(|part| self.part(part, known)).collect()
    }

    fn checkpoint(&self, size: u64) -> Vec<u8> {
        let root = self.part(&Part::whole(size), &mut HashMap::new());
        let origin = self.key.verifier().name().clone();
        Checkpoint { origin, tree: TreeHead { size, root } }.sign(&self.key).to_bytes()
    }

    /// Proofs of all trees up to its size.
    fn vectors(&self) -> Json {
        let (mut known, most) = (HashMap::new(), self.leaves.len() as u64);
        let text = |hashes: Vec<Sha256>| hashes.iter().map(Sha256::to_string).collect::<Vec<_>>();
        let roots: Vec<_> = (0..=most).map(|size| self.part(&Part::whole(size), &mut known).to_string()).collect();
        let (mut inclusion, mut consistency) = (Vec::new(), Vec::new());
        for size in 1..=most {
            for old in 0..size {
                let proof = text(self.hashes(shape::inclusion(old, size), &mut known));
                inclusion.push(json!({ "Old": old, "Size": size, "Proof": proof }));
            }
            for old in 1..=size {
                let proof = text(self.hashes(shape::consistency(old, size), &mut known));
                consistency.push(json!({ "Old": old, "Size": size, "Proof": proof }));
            }
        }
        json!({ "Entries": self.entries, "Roots": roots, "Inclusion": inclusion, "Consistency": consistency })
    }
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; `./dev setup` installs what is missing"))
}

fn accepts(command: &mut Command) {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn refuses(command: &mut Command) {
    let output = run(command);
    assert_eq!(output.status.code(), Some(1), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
}

/// The Go program, built without a network against the Debian package of x/mod.
fn go(directory: &Path) -> PathBuf {
    let program = directory.join("log");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(".").current_dir(tests().join("go/log"));
    build.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "").env("GOPROXY", "off");
    build.env("GOCACHE", directory.join("cache"));
    accepts(&mut build);
    program
}

#[test]
fn go_accepts_all_proofs_of_130_trees_and_none_that_was_altered() {
    let directory = tempfile::tempdir().unwrap();
    let (go, file) = (go(directory.path()), directory.path().join("vectors.json"));
    let mut vectors = Log::new(130).vectors();
    std::fs::write(&file, vectors.to_string()).unwrap();
    accepts(Command::new(&go).arg("vectors").arg(&file));
    vectors["Roots"][77] = vectors["Roots"][76].clone();
    std::fs::write(&file, vectors.to_string()).unwrap();
    refuses(Command::new(&go).arg("vectors").arg(&file));
}

#[test]
fn go_opens_checkpoints_and_no_altered_one() {
    let directory = tempfile::tempdir().unwrap();
    let (go, log) = (go(directory.path()), Log::new(130));
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let key = log.key.verifier().to_string();
    let notes = [0, 1, 130].map(|size| file(&format!("{size}.checkpoint"), &log.checkpoint(size)));
    accepts(Command::new(&go).args(["note", &key]).args(notes));

    let mut known = HashMap::new();
    let hashes = log.hashes(shape::inclusion(77, 130), &mut known);
    let proof = file("77.tlog-proof", &LeafProof { index: 77, hashes, checkpoint: log.checkpoint(130) }.to_bytes());
    let entry = file("77.json", log.entries[77].as_bytes());
    accepts(Command::new(&go).args(["proof", &key]).arg(&proof).arg(&entry));
    refuses(Command::new(&go).args(["proof", &key]).arg(&proof).arg(file("78.json", log.entries[78].as_bytes())));

    let hashes = log.hashes(shape::consistency(100, 130), &mut known);
    let request = file("request", &Continuation { old_size: 100, hashes, checkpoint: log.checkpoint(130) }.to_bytes());
    let grown = |old: &str, bytes: &[u8]| {
        let mut grown = Command::new(&go);
        grown.args(["grown", &key]).arg(file(old, bytes)).arg(&request);
        grown
    };
    accepts(&mut grown("old", &log.checkpoint(100)));
    refuses(&mut grown("older", &log.checkpoint(99)));
    let fork = Checkpoint { origin: log.key.verifier().name().clone(), tree: TreeHead { size: 100, root: Sha256::of(b"fork") } };
    refuses(&mut grown("fork", &fork.sign(&log.key).to_bytes()));
}

#[test]
fn go_reads_a_published_log_by_its_tiles_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (go, log, root) = (go(directory.path()), Log::new(600), directory.path().join("published"));
    let write = |path: &str, bytes: Vec<u8>| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let full: Vec<_> = log.leaves.as_chunks::<256>().0.iter().map(|hashes| perfect_root(hashes)).collect();
    let rows = [&log.leaves, &full];
    for tile in tiles_between(0, 600) {
        let Content::Hashes { level } = tile.content else { unreachable!("only hashes were asked for") };
        let start = usize::try_from(tile.start()).unwrap();
        write(&tile.path(), hashes_to_bytes(&rows[usize::from(level)][start..start + usize::from(tile.width)]));
    }
    for bundle in bundles_between(0, 600) {
        let start = usize::try_from(bundle.start()).unwrap();
        let entries = log.entries[start..start + usize::from(bundle.width)].iter().map(|entry| entry.as_bytes());
        write(&bundle.path(), bundle_to_bytes(entries).unwrap());
    }
    write("checkpoint", log.checkpoint(600));
    let read = || {
        let mut read = Command::new(&go);
        read.args(["tiles", &log.key.verifier().to_string()]).arg(&root);
        read
    };
    accepts(&mut read());
    for path in ["tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/88"] {
        let sound = std::fs::read(root.join(path)).unwrap();
        let mut altered = sound.clone();
        altered[40] ^= 1;
        write(path, altered);
        refuses(&mut read());
        write(path, sound);
    }
    write(
        "checkpoint",
        Log { key: NoteKey::new("liuhen.example/log".parse().unwrap(), SigningKey::from_seed(&[6; 32])), ..Log::new(600) }
            .checkpoint(600),
    );
    refuses(&mut read());
}

#[test]
fn pymerkle_makes_the_same_roots() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("vectors.json");
    let mut vectors = Log::new(130).vectors();
    std::fs::write(&file, vectors.to_string()).unwrap();
    let check = || {
        let mut check = Command::new(python());
        check.arg("-B").arg(tests().join("python/merkle_roots.py")).arg(&file);
        check
    };
    accepts(&mut check());
    vectors["Entries"][129] = "another".into();
    std::fs::write(&file, vectors.to_string()).unwrap();
    refuses(&mut check());
}

/// By the reference alone: the text is signed as it stands, and the 64 bytes after the key's id are the signature.
#[test]
fn openssl_verifies_the_signature_of_a_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let log = Log::new(130);
    let note = String::from_utf8(log.checkpoint(130)).unwrap();
    let (text, line) = note.rsplit_once("\n\n").unwrap();
    let signature = BASE64.decode(line.trim_end().rsplit_once(' ').unwrap().1).unwrap();
    std::fs::write(path("text"), format!("{text}\n")).unwrap();
    std::fs::write(path("signature"), &signature[4..]).unwrap();
    // SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) is twelve fixed bytes and the key.
    let spki = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".to_vec(), log.public.to_vec()].concat();
    assert_eq!(spki.len(), 44, "{}", hex(&spki));
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&spki));
    std::fs::write(path("key.pem"), pem).unwrap();
    let verify = || {
        let mut verify = Command::new("openssl");
        verify.args(["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"]).arg(path("key.pem"));
        verify.arg("-in").arg(path("text")).arg("-sigfile").arg(path("signature"));
        verify
    };
    accepts(&mut verify());
    std::fs::write(path("text"), format!("{text}\n").replace("\n130\n", "\n131\n")).unwrap();
    refuses(&mut verify());
}

/// The Python into which `./dev setup` put what is needed.
fn python() -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.dev/python/bin/python3");
    if ours.is_file() { ours } else { PathBuf::from("python3") }
}
