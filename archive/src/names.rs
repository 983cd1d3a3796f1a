//! Names of objects: readable, and never the same for two contents.

use liuhen_proto::fragment::Sequence;
use liuhen_proto::ids::{CameraId, ImportId, RunId, SiteId, StreamId};
use liuhen_proto::{Sha256, Timestamp};

use crate::records::StreamPlace;

/// `media/2026/11/22/<site>/<camera>-<stream>/<run>-<first>-<last>-<sha8>.mp4`, by the UTC date on which
/// the segment starts.
pub fn object(place: &StreamPlace, start: Timestamp, run: RunId, first: Sequence, last: Sequence, sha256: &Sha256) -> String {
    object_of((place.site, place.camera, place.stream), start, (run, first, last), sha256)
}

/// The same, of a stream that the records do not know yet: that of an import.
pub fn object_of(
    (site, camera, stream): (SiteId, CameraId, StreamId),
    start: Timestamp,
    (run, first, last): (RunId, Sequence, Sequence),
    sha256: &Sha256,
) -> String {
    let (year, month, day) = date(start);
    let short = sha256.short();
    format!("media/{year:04}/{month:02}/{day:02}/{site}/{camera}-{stream}/{run}-{first}-{last}-{short}.mp4")
}

/// Name of the manifest that lies beside an object.
pub fn manifest(object: &str) -> String {
    format!("{}.manifest.json", object.strip_suffix(".mp4").unwrap_or(object))
}

/// `originals/2026/11/22/<site>/<import>-<sha8>`: a file as it came, by the UTC date on which the import was made.
pub fn original(site: SiteId, import: ImportId, sha256: &Sha256) -> String {
    let (year, month, day) = date(import.born());
    format!("originals/{year:04}/{month:02}/{day:02}/{site}/{import}-{}", sha256.short())
}

/// The import that an original of this name belongs to; nothing where the name is none that we make.
pub fn import_of(name: &str) -> Option<ImportId> {
    let (_, file) = name.strip_prefix("originals/")?.rsplit_once('/')?;
    file.split_once('-')?.0.parse().ok()
}

/// `derived/2026/11/22/<site>/<camera>-<stream>/still-<taken>-<sha8>.jpg`: by the UTC date on which it was taken.
pub fn still(place: &StreamPlace, taken: Timestamp, sha256: &Sha256) -> String {
    let (year, month, day) = date(taken);
    let StreamPlace { site, camera, stream, .. } = place;
    let (taken, short) = (taken.as_micros(), sha256.short());
    format!("derived/{year:04}/{month:02}/{day:02}/{site}/{camera}-{stream}/still-{taken}-{short}.jpg")
}

/// The stream and the moment of a still of this name; nothing where the name is none that we make.
pub fn still_of(name: &str) -> Option<(StreamId, Timestamp)> {
    let mut parts = name.strip_prefix("derived/")?.rsplitn(3, '/');
    let taken = parts.next()?.strip_prefix("still-")?.rsplit_once('-')?.0.parse().ok()?;
    let (_, stream) = parts.next()?.split_once('-')?;
    Some((stream.parse().ok()?, Timestamp::from_micros(taken)))
}

/// The run and the first fragment of the segment that an object or a manifest of this name belongs to; nothing where
/// the name is none that we make.
pub fn segment_of(name: &str) -> Option<(RunId, Sequence)> {
    let (_, file) = name.rsplit_once('/')?;
    let mut parts = file.split('-');
    let (run, first) = (parts.next()?, parts.next()?);
    Some((run.parse().ok()?, Sequence::new(first.parse().ok()?)?))
}

/// Year and month of the run's birth as one number, 202611 for instance: what segments are partitioned by.
pub fn month(run: RunId) -> i64 {
    let (year, month, _) = date(run.born());
    year * 100 + month
}

/// Year, month and day, UTC (Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
fn date(at: Timestamp) -> (i64, i64, i64) {
    let days = at.as_micros().div_euclid(86_400_000_000) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_segment() {
        let run = RunId::mint(Timestamp::from_micros(0), &liuhen_proto::world::SeededRandom::new(1));
        let first = Sequence::new(30).unwrap();
        for name in [format!("media/1970/01/01/site/cam-str/{run}-30-59-0a1b2c3d.mp4"), format!("x/{run}-30-59-0a.manifest.json")]
        {
            assert_eq!(segment_of(&name), Some((run, first)));
        }
        assert_eq!(segment_of("media/stray.mp4"), None);
    }

    #[test]
    fn names_of_originals_and_stills_tell_whose_they_are() {
        let (at, random) = (Timestamp::from_micros(1_795_305_599_999_999), liuhen_proto::world::SeededRandom::new(1));
        let place = StreamPlace {
            stream: StreamId::mint(at, &random),
            role: crate::records::StreamRole::Evidence,
            camera: liuhen_proto::ids::CameraId::mint(at, &random),
            viewpoint: liuhen_proto::ids::ViewpointId::mint(at, &random),
            room: liuhen_proto::ids::RoomId::mint(at, &random),
            site: SiteId::mint(at, &random),
            trust: crate::records::TrustLevel::Captured,
        };
        let (import, sha256) = (ImportId::mint(at, &random), Sha256::of(b"x"));
        let (original, still) = (original(place.site, import, &sha256), still(&place, at, &sha256));
        assert!(original.starts_with("originals/2026/11/21/site_") && still.starts_with("derived/2026/11/21/site_"));
        assert_eq!((import_of(&original), still_of(&still)), (Some(import), Some((place.stream, at))));
        assert_eq!((import_of(&still), still_of(&original), still_of("derived/x.jpg")), (None, None, None));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let day = |n: i64| date(Timestamp::from_micros(n * 86_400_000_000));
        assert_eq!(day(0), (1970, 1, 1));
        assert_eq!(day(-1), (1969, 12, 31));
        assert_eq!(day(11_016), (2000, 2, 29));
        assert_eq!(day(20_779), (2026, 11, 22));
        assert_eq!(date(Timestamp::from_micros(20_779 * 86_400_000_000 - 1)), (2026, 11, 21));
    }
}
