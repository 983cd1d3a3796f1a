//! Who keeps out of which room, and why (回避). How relations are declared is not for here.

use liuhen_proto::ids::RoomId;
use serde::{Deserialize, Serialize};

/// Why somebody may not serve in a room (P3, P4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recusal {
    /// Kin of a candidate in it.
    Kin,
    /// Teacher or student of a candidate in it.
    TeacherStudent,
    /// Master or apprentice of a candidate in it.
    MasterApprentice,
    /// Of the same unit as a candidate in it.
    SameUnit,
    /// Trained candidates who sit in it (S四(三)1).
    OwnTrainees,
    /// Another reason, which is on file.
    Other,
}

impl std::fmt::Display for Recusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Kin => "kin",
            Self::TeacherStudent => "teacher and student",
            Self::MasterApprentice => "master and apprentice",
            Self::SameUnit => "the same unit",
            Self::OwnTrainees => "own trainees",
            Self::Other => "another reason",
        })
    }
}

impl Recusal {
    /// In Chinese, as people say it.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Kin => "亲属",
            Self::TeacherStudent => "师生",
            Self::MasterApprentice => "师徒",
            Self::SameUnit => "同单位",
            Self::OwnTrainees => "本人培训的考生",
            Self::Other => "其他应当回避的情形",
        }
    }
}

/// One room in which somebody may not serve. One reason is enough, even where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Which room.
    pub room: RoomId,
    /// Why.
    pub reason: Recusal,
}
