//! Notes of the specification hold, ours hold, and no changed bit of either does.

use super::*;
use crate::signing::SigningKey;

/// The example of C2SP signed-note.
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn log() -> NoteKey {
    NoteKey::new("example.org/log".parse().unwrap(), SigningKey::from_seed(&[7; 32]))
}

/// As a witness answers.
fn cosign(witness: &SigningKey, name: &str, at: u64, text: &str) -> (VerifierKey, String) {
    let key = VerifierKey::new(name.parse().unwrap(), KeyKind::Cosignature, witness.public());
    let signature = witness.sign(cosigned(at, text).as_bytes());
    let bytes = [&key.id().to_bytes()[..], &at.to_be_bytes(), signature.as_bytes()].concat();
    let line = format!("{SIGNATURE}{name} {}\n", BASE64.encode(bytes));
    (key, line)
}

#[test]
fn the_example_of_the_specification_holds() {
    let key: VerifierKey = KEY.parse().unwrap();
    assert_eq!(key.to_string(), KEY);
    let note = Note::from_bytes(NOTE.as_bytes()).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.verify(&[key]).unwrap().len(), 1);
    assert_eq!(note.to_bytes(), NOTE.as_bytes());
}

#[test]
fn every_changed_bit_of_a_note_is_refused() {
    let mut note = Note::new("example.org/log\n12\nq2hr\n\na text may have empty lines\n".to_owned()).unwrap();
    note.sign(&log());
    let (bytes, known) = (note.to_bytes(), [log().verifier()]);
    assert_eq!(Note::from_bytes(&bytes).unwrap().verify(&known).unwrap()[0].key, known[0]);
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let read = Note::from_bytes(&changed).and_then(|note| note.verify(&known));
        assert!(read.is_err(), "bit {bit}: {}", String::from_utf8_lossy(&changed));
    }
    for end in 0..bytes.len() {
        assert!(Note::from_bytes(&bytes[..end]).and_then(|note| note.verify(&known)).is_err(), "cut at {end}");
    }
}

#[test]
fn a_witness_is_heard_with_its_time_and_strangers_are_not() {
    let mut note = Note::new("example.org/log\n12\nq2hr\n".to_owned()).unwrap();
    note.sign(&log());
    let (witness, line) = cosign(&SigningKey::from_seed(&[8; 32]), "witness.example", 1_795_312_800, note.text());
    let (stranger, other) = cosign(&SigningKey::from_seed(&[9; 32]), "stranger.example", 1, "another text\n");
    note.add_lines(&format!("{line}{other}")).unwrap();
    let note = Note::from_bytes(&note.to_bytes()).unwrap();
    assert_eq!(note.verify(&[log().verifier()]).unwrap().len(), 1);
    let signers = note.verify(&[witness.clone(), log().verifier()]).unwrap();
    assert_eq!(signers.last(), Some(&Signer { key: witness.clone(), at_secs: Some(1_795_312_800) }));
    assert_eq!(note.verify(&[log().verifier(), stranger.clone()]), Err(NoteError::Signature { name: stranger.name().clone() }));
    let as_a_log = VerifierKey::new(witness.name().clone(), KeyKind::Ed25519, witness.public());
    assert_eq!(note.verify(&[as_a_log]), Err(NoteError::Unsigned), "a cosignature is no signature of the text");
}

#[test]
fn what_is_no_note_and_no_key_is_refused() {
    for wrong in ["", "\n\n", "text\n", "text\n\n", "text\r\n\n\u{2014} a AAAAAAAA\n", "text\n\n- a AAAAAAAA\n"] {
        assert!(Note::from_bytes(wrong.as_bytes()).is_err(), "{wrong:?}");
    }
    assert!(Note::new("no line feed".to_owned()).is_err() && Note::new("a\tb\n".to_owned()).is_err());
    for wrong in [
        "",
        "a",
        "a b",
        "a+b",
        "example.com/foo+530d903a",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ] {
        assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
    }
    assert!("a+b".parse::<KeyName>().is_err() && "a\u{3000}b".parse::<KeyName>().is_err() && "".parse::<KeyName>().is_err());
    let many = NOTE.to_owned() + &"\u{2014} a AAAAAAA=\n".repeat(MAX_SIGNATURES);
    assert!(Note::from_bytes(many.as_bytes()).is_err());
}
