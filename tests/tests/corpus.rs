//! The short run of the fuzzers' targets: the corpus that `./dev fuzz` has kept, and what a seed makes of sound bytes.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use liuhen_media::reader::read_fragment;
use liuhen_proto::Sha256;
use liuhen_proto::Timestamp;
use liuhen_proto::ids::{BootId, RunId, StreamId};
use liuhen_proto::index::{self, IndexedFragment};
use liuhen_proto::wire::ingest::v1::upload_request::Step;
use liuhen_proto::wire::ingest::v1::{EndRun, FragmentChunk, FragmentHead, OpenRun, UploadRequest};
use liuhen_proto::world::SeededRandom;
use liuhen_tests::faults::Chance;
use liuhen_tests::uploader::Footage;
use prost::Message as _;

/// Of what is sound, and of each file that the fuzzers kept.
const CHANGES: u64 = 4_000;
const CHANGES_OF_KEPT: u64 = 50;

/// Sound bytes for each target, from nothing but a seed.
struct Sound {
    footage: Footage,
    fragment: Bytes,
}

impl Sound {
    fn new() -> Self {
        let (now, random) = (Timestamp::from_micros(1_795_334_400_000_000), SeededRandom::new(7));
        let (run, stream, boot) = (RunId::mint(now, &random), StreamId::mint(now, &random), BootId::mint(now, &random));
        let mut footage = Footage::new(run, stream, boot, now).unwrap();
        let fragment = footage.fragment(0).unwrap();
        Self { footage, fragment }
    }

    fn index(&self) -> Vec<u8> {
        let read = read_fragment(&self.fragment).unwrap();
        let size = u32::try_from(self.fragment.len()).unwrap();
        let indexed = IndexedFragment::new(&read.header, Sha256::of(&self.fragment), 900, size, &read.decode_time_offsets);
        index::pack(&[indexed])
    }

    fn requests(&self) -> Vec<Vec<u8>> {
        let (run_id, init) = (self.footage.run.to_string(), self.footage.init.clone());
        let (stream_id, boot_id) = (self.footage.stream.to_string(), self.footage.boot.to_string());
        let init_sha256 = Sha256::of(&init).as_bytes().to_vec();
        let sha256 = Sha256::of(&self.fragment).as_bytes().to_vec();
        let size_bytes = u32::try_from(self.fragment.len()).unwrap();
        let chunk = FragmentChunk { run_id: run_id.clone(), sequence: 0, offset_bytes: 0, data: self.fragment.clone() };
        let steps = [
            Step::OpenRun(OpenRun { run_id: run_id.clone(), stream_id, boot_id, init, init_sha256 }),
            Step::FragmentHead(FragmentHead { run_id: run_id.clone(), sequence: 0, size_bytes, sha256 }),
            Step::FragmentChunk(chunk),
            Step::EndRun(EndRun { run_id, fragments: 1, reason: 1 }),
        ];
        steps.into_iter().map(|step| UploadRequest { step: Some(step) }.encode_to_vec()).collect()
    }
}

/// The bytes with a few of them changed, cut off, doubled or overwritten by a number that tends to be a boundary.
fn changed(bytes: &[u8], chance: &Chance) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=chance.below(3) {
        let place = usize::try_from(chance.below(bytes.len().max(1) as u64)).unwrap();
        match chance.below(5) {
            0 => bytes.truncate(place),
            1 if place + 4 <= bytes.len() => {
                let edges = [0_u32, 1, 7, 8, 0x7fff_ffff, 0x8000_0000, u32::MAX];
                let edge = edges[usize::try_from(chance.below(edges.len() as u64)).unwrap()];
                bytes[place..place + 4].copy_from_slice(&edge.to_be_bytes());
            }
            2 => {
                let tail = bytes[place..].to_vec();
                bytes.extend(tail);
            }
            _ if place < bytes.len() => bytes[place] ^= 1 << chance.below(8),
            _ => {}
        }
    }
    bytes
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name)
}

fn short_run(name: &str, target: fn(&[u8]), sound: &[Vec<u8>]) {
    let kept = std::fs::read_dir(corpus(name)).into_iter().flatten().flatten();
    let kept = kept.map(|file| (std::fs::read(file.path()).unwrap(), CHANGES_OF_KEPT));
    let chance = Chance::of_the_day();
    for (bytes, changes) in sound.iter().map(|bytes| (bytes.clone(), CHANGES)).chain(kept) {
        target(&bytes);
        (0..changes).for_each(|_| target(&changed(&bytes, &chance)));
    }
}

/// What the fuzzers begin with, since from nothing they do not find what a fragment is: it reads as what it is.
/// `./dev fuzz` lets it be written where the fuzzers look.
#[test]
fn the_fuzzers_begin_with_what_is_sound() {
    let sound = Sound::new();
    let footage = vec![sound.footage.init.clone(), sound.fragment.to_vec()];
    assert!(read_fragment(&footage[1]).is_ok());
    let index = sound.index();
    assert_eq!(index::unpack(&index).map(|fragments| fragments.len()), Ok(1));
    let requests = sound.requests();
    assert!(requests.iter().all(|request| UploadRequest::decode(request.as_slice()).is_ok()));
    let Some(directory) = std::env::var_os("LIUHEN_FUZZ_CORPUS").map(PathBuf::from) else { return };
    for (name, all) in [("fmp4", footage), ("spool_index", vec![index]), ("upload", requests)] {
        std::fs::create_dir_all(directory.join(name)).unwrap();
        for (place, bytes) in all.iter().enumerate() {
            std::fs::write(directory.join(name).join(format!("sound-{place}")), bytes).unwrap();
        }
    }
}

#[test]
fn hostile_footage_is_refused_and_harms_nothing() {
    let sound = Sound::new();
    short_run("fmp4", targets::fmp4, &[sound.footage.init.clone(), sound.fragment.to_vec()]);
}

#[test]
fn a_hostile_index_is_refused_and_harms_nothing() {
    short_run("spool_index", targets::spool_index, &[Sound::new().index()]);
}

#[test]
fn hostile_upload_messages_are_refused_and_harm_nothing() {
    short_run("upload", targets::upload, &Sound::new().requests());
}
