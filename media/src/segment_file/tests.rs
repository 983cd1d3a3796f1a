use super::*;
use crate::cutter::Cutter;
use crate::testing::{h264_track, header_of, run, unit};
use crate::track::init_segment;
use crate::writer::write_fragment;

fn fragments(count: usize) -> (Vec<u8>, Vec<Bytes>) {
    let tracks = [h264_track(1)];
    let mut cutter = Cutter::new(&tracks).unwrap();
    let pictures = (0..count as i64 * 2).map(|i| unit(1, i * 90_000, i % 2 == 0, vec![i as u8; 20]));
    let mut cuts: Vec<_> = pictures.flat_map(|unit| cutter.push(unit).unwrap()).collect();
    cuts.extend(cutter.finish());
    let written = cuts.iter().enumerate().map(|(i, cut)| write_fragment(&header_of(cut, &tracks, run(1), i as u64, 0), cut));
    (init_segment(&tracks).unwrap(), written.collect())
}

fn write(path: &Path, init: &[u8], fragments: &[Bytes]) -> Vec<u64> {
    let mut writer = SegmentWriter::create(path, init).unwrap();
    let mut ends = vec![writer.size_bytes()];
    for bytes in fragments {
        writer.append(bytes, Sha256::of(bytes)).unwrap();
        ends.push(writer.size_bytes());
    }
    writer.sync().unwrap();
    ends
}

#[test]
fn a_file_reads_back_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.mp4");
    let (init, fragments) = fragments(5);
    write(&path, &init, &fragments[..3]);
    let found = recover(&path).unwrap().unwrap();
    assert_eq!((found.fragments.len(), found.torn_bytes), (3, 0));
    assert_eq!(found.sha256, Sha256::of(&std::fs::read(&path).unwrap()));
    let mut writer = SegmentWriter::reopen(&path, &found).unwrap();
    for bytes in &fragments[3..] {
        writer.append(bytes, Sha256::of(bytes)).unwrap();
    }
    let found = scan(&path).unwrap().unwrap();
    let file = std::fs::read(&path).unwrap();
    for (indexed, bytes) in found.fragments.iter().zip(&fragments) {
        assert_eq!(file[indexed.offset_bytes as usize..][..indexed.size_bytes as usize], **bytes);
        assert_eq!(indexed.sha256, Sha256::of(bytes));
    }
    assert_eq!(found.fragments.len(), 5);
    assert!(matches!(SegmentWriter::create(&path, &init), Err(SegmentFileError::Io { act: "create", .. })));
}

#[test]
fn a_file_torn_at_any_byte_keeps_its_sound_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.mp4");
    let (init, fragments) = fragments(3);
    let ends = write(&path, &init, &fragments);
    let file = std::fs::read(&path).unwrap();
    for length in 0..=file.len() {
        // What had not reached the disk is missing, or zeros.
        for zeros in [0, 40] {
            let torn = [&file[..length], &vec![0; zeros]].concat();
            std::fs::write(&path, &torn).unwrap();
            let whole = ends.iter().filter(|&&end| end <= length as u64).count();
            let found = recover(&path).unwrap();
            // Zeros may by chance be what the init segment ends with.
            let held = found.as_ref().map_or(0, |found| found.fragments.len());
            assert_eq!(held, whole.saturating_sub(1), "torn at {length}");
            assert!(found.is_some() || whole == 0);
            if let Some(found) = found.filter(|_| whole > 0) {
                assert_eq!(found.size_bytes, ends[whole - 1]);
                assert_eq!(found.torn_bytes, torn.len() as u64 - found.size_bytes);
                assert_eq!(std::fs::read(&path).unwrap(), file[..found.size_bytes as usize]);
            }
        }
    }
}

#[test]
fn any_flipped_byte_ends_the_sound_prefix_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run.mp4");
    let (init, fragments) = fragments(2);
    let ends = write(&path, &init, &fragments);
    let file = std::fs::read(&path).unwrap();
    for at in ends[0] as usize..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 0x40;
        std::fs::write(&path, &changed).unwrap();
        let found = scan(&path).unwrap().unwrap();
        assert_eq!(found.fragments.len(), usize::from(at as u64 >= ends[1]), "flipped at {at}");
    }
}

#[test]
fn another_run_or_a_hole_in_the_sequence_ends_the_sound_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let (init, fragments) = fragments(3);
    let path = dir.path().join("hole.mp4");
    write(&path, &init, &[fragments[0].clone(), fragments[2].clone()]);
    assert_eq!(scan(&path).unwrap().unwrap().fragments.len(), 1);
}

#[test]
fn something_else_is_not_taken_for_a_segment() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, b"this is a text and no segment file at all, whatever its name may say").unwrap();
    assert!(matches!(recover(&path), Err(SegmentFileError::Init { .. })));
    assert!(matches!(recover(&dir.path().join("none")), Err(SegmentFileError::Io { .. })));
}
