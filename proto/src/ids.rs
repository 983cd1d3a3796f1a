//! Ids: one registry, append-only. In text everywhere they are seen: a prefix that tells the kind, and
//! a ULID, so ids sort by birth and cannot be taken for one another.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

use crate::time::Timestamp;
use crate::world::Randomness;

/// Why a text is no id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {kind} id: expected `{prefix}_` and 26 characters of a ULID")]
pub struct IdError {
    kind: &'static str,
    prefix: &'static str,
    found: String,
}

fn mint(now: Timestamp, random: &dyn Randomness) -> Ulid {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let millis = u64::try_from(now.as_micros() / 1_000).unwrap_or(0);
    Ulid::from_parts(millis, u128::from_be_bytes(bytes) & ((1 << 80) - 1))
}

fn parse(kind: &'static str, prefix: &'static str, text: &str) -> Result<Ulid, IdError> {
    let refuse = || IdError { kind, prefix, found: text.chars().take(64).collect() };
    let ulid = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or_else(refuse)?;
    let id = Ulid::from_string(ulid).map_err(|_| refuse())?;
    // Crockford's alphabet reads several spellings; only the one we write is an id.
    if id.to_string() == ulid { Ok(id) } else { Err(refuse()) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// What the text form begins with, before `_`.
            pub const PREFIX: &'static str = $prefix;

            /// Makes a new id, born `now`.
            pub fn mint(now: Timestamp, random: &dyn Randomness) -> Self {
                Self(mint(now, random))
            }

            /// When the id was minted, to the millisecond.
            pub fn born(self) -> Timestamp {
                Timestamp::from_micros(i64::try_from(self.0.timestamp_ms()).unwrap_or(0) * 1_000)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(stringify!($name), $prefix, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A body that certifies (评价机构).
    OrganizationId = "org";
    /// An exam site (考点).
    SiteId = "site";
    /// An exam room (考场).
    RoomId = "room";
    /// A place from which a room is seen, whichever camera hangs there.
    ViewpointId = "vp";
    /// A camera at a viewpoint.
    CameraId = "cam";
    /// One stream of a camera: its evidence or its viewing stream.
    StreamId = "str";
    /// A recorder of a site.
    RecorderId = "rec";
    /// One boot of a recorder's machine; boot times of different boots cannot be compared.
    BootId = "boot";
    /// One unbroken recording of one stream.
    RunId = "run";
    /// A sitting of an exam (场次).
    SessionId = "ses";
    /// A stretch of an expected window for which nothing is stored.
    GapId = "gap";
    /// A person with an account.
    PersonId = "per";
    /// A node of the centre, acting on its own.
    NodeId = "node";
    /// What a detector found in a stream.
    FlagId = "flag";
    /// A picture made from a key frame.
    StillId = "still";
    /// A file that was taken in from another device.
    ImportId = "imp";
    /// A key of a person who signs imports.
    KeyId = "key";
    /// Something that is wrong, and whom it was told.
    AlarmId = "alarm";
    /// A role that a person has somewhere.
    GrantId = "grant";
    /// What lets one person into one session.
    PassId = "pass";
    /// That a person was let in.
    LoginId = "login";
    /// That somebody looked at footage.
    AccessId = "acc";
    /// That somebody was refused.
    RefusalId = "rfs";
    /// A person who serves at exams (考务人员), with or without an account.
    StaffId = "stf";
    /// That a person is known to an outside provider.
    IdentityId = "idn";
    /// A person who takes exams (考生) in one batch.
    CandidateId = "cand";
    /// An assessment plan (认定计划) with all that is done under it.
    BatchId = "bat";
    /// Something that was told about the process: see `liuhen_process::fact`.
    FactId = "fact";
    /// Something that happened in a room and may be a violation.
    IncidentId = "inc";
    /// A quality supervision form (质量督导表).
    FormId = "form";
    /// Leave of an enterprise not to record a room (E四(五)1).
    ExemptionId = "exm";
    /// A neighbouring system: it tells facts and reads states.
    NeighbourId = "nbr";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SeededRandom;

    #[test]
    fn an_id_reads_back_and_tells_its_birth() {
        let now = Timestamp::from_micros(1_790_000_000_123_456);
        let id = RunId::mint(now, &SeededRandom::new(7));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.born().as_micros(), 1_790_000_000_123_000);
        assert!(id.to_string().starts_with("run_"));
    }

    #[test]
    fn ids_sort_by_birth_as_text_too() {
        let random = SeededRandom::new(1);
        let ids: Vec<_> = (0..50).map(|ms| RunId::mint(Timestamp::from_micros(ms * 1_000), &random)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().map(ToString::to_string).is_sorted());
    }

    #[test]
    fn another_kind_another_spelling_and_rubbish_are_refused() {
        let id = RunId::mint(Timestamp::from_micros(0), &SeededRandom::new(7)).to_string();
        let cases = [id.replace("run", "ses"), id.to_lowercase(), format!("{id}0"), String::new(), "run_".repeat(10_000)];
        for text in cases {
            assert!(text.parse::<RunId>().is_err(), "{text:.40}");
        }
    }
}
