//! The name of an issuer, byte by byte: whoever checks a certificate compares it so, and what makes ours knows simple names
//! only (of `DC=example,DC=cn` it keeps one part).
//!
//! In: a certificate, and a name as it stands in that of its issuer. Out: the same certificate, by that name, signed again.

use rcgen::{KeyPair, SigningKey as _};

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// Nothing where it is no certificate, or the key cannot sign.
pub(super) fn issued_by(certificate: &[u8], name: &[u8], key: &KeyPair) -> Option<Vec<u8>> {
    // RFC 5280 section 4.1: { tbs { version, serial, algorithm, issuer, … }, algorithm, signature }
    let (_, certificate, _) = element(certificate)?;
    let (_, tbs, rest) = element(certificate)?;
    let (algorithm, ..) = element(rest)?;
    let (version, _, rest) = element(tbs)?;
    let (serial, _, rest) = element(rest)?;
    let (inner, _, rest) = element(rest)?;
    let (_, _, rest) = element(rest)?;
    let tbs = wrapped(SEQUENCE, &[version, serial, inner, name, rest]);
    let signature = wrapped(BIT_STRING, &[&[0], &key.sign(&tbs).ok()?]);
    Some(wrapped(SEQUENCE, &[&tbs, algorithm, &signature]))
}

/// The first element of DER as it stands, what is in it, and what follows.
fn element(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (head, size) = match *bytes.get(1)? {
        short @ ..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(*bytes.get(2)?)),
        0x82 => (4, usize::from(*bytes.get(2)?) << 8 | usize::from(*bytes.get(3)?)),
        _ => return None,
    };
    let (whole, rest) = bytes.split_at_checked(head + size)?;
    Some((whole, &whole[head..], rest))
}

fn wrapped(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let size = content.len();
    let [.., high, low] = size.to_be_bytes();
    let head = match size {
        0..0x80 => vec![tag, low],
        0x80..0x100 => vec![tag, 0x81, low],
        // Far below 64 KiB: a name is bounded by the file that it comes from, and `element` reads no more either.
        _ => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrapped_is_read_again() {
        for size in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff] {
            let content = vec![7; size];
            let whole = wrapped(SEQUENCE, &[&content]);
            let bytes = [&whole[..], b"rest"].concat();
            assert_eq!(element(&bytes), Some((&whole[..], &content[..], &b"rest"[..])));
            assert_eq!(element(&whole[..whole.len() - 1]), None, "{size}");
        }
        for rubbish in [&[][..], &[0x30], &[0x30, 0x83, 1, 1, 1], &[0x30, 0x82, 1], &[0x30, 5, 1]] {
            assert_eq!(element(rubbish), None);
        }
    }

    #[test]
    fn what_is_no_certificate_is_signed_by_nobody() {
        let key = KeyPair::generate().unwrap();
        for rubbish in [&b""[..], b"no certificate", &wrapped(SEQUENCE, &[&wrapped(SEQUENCE, &[])])] {
            assert_eq!(issued_by(rubbish, &[0x30, 0], &key), None);
        }
    }
}
