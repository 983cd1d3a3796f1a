//! What can differ between a record and the draw that it says it is.

use liuhen_proto::Sha256;
use liuhen_proto::ids::StaffId;

use super::{Seat, Shortage};

/// Where a record differs from what its own lottery and seed give. The first in the order of the computation: what
/// comes after it would differ as well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Another commitment had been announced.
    #[error(
        "the record is for the commitment {recorded}, and {announced} was announced: this is not the draw that was announced"
    )]
    Announced {
        /// In the record.
        recorded: Sha256,
        /// Before the draw.
        announced: Sha256,
    },
    /// The seed or the lottery is another one.
    #[error("seed and lottery give the commitment {computed}, and the record says {recorded}: one of the three was changed")]
    Commitment {
        /// In the record.
        recorded: Sha256,
        /// Computed again.
        computed: Sha256,
    },
    /// Nobody could have drawn this.
    #[error("this lottery cannot be drawn: {0}")]
    Undrawable(Shortage),
    /// The contributions are others.
    #[error("seed and contributions give the randomness {computed}, and the record says {recorded}: one of them was changed")]
    Randomness {
        /// In the record.
        recorded: Sha256,
        /// Computed again.
        computed: Sha256,
    },
    /// Somebody else was drawn.
    #[error(
        "line {line} of the result is {}, and the draw gives {}: the result was changed",
        or_none(recorded),
        or_none(computed)
    )]
    Result {
        /// From 1.
        line: usize,
        /// In the record, if it has this line.
        recorded: Option<Box<Seat>>,
        /// Drawn again, if the draw gives this line.
        computed: Option<Box<Seat>>,
    },
    /// The reserves are others, or in another order.
    #[error("reserve {line} is {}, and the draw gives {}: the reserves were changed", or_none(recorded), or_none(computed))]
    Reserves {
        /// From 1.
        line: usize,
        /// In the record, if it has this line.
        recorded: Option<StaffId>,
        /// Drawn again, if the draw gives this line.
        computed: Option<StaffId>,
    },
}

fn or_none<T: std::fmt::Display>(it: &Option<T>) -> String {
    it.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

impl Difference {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Announced { recorded, announced } => {
                format!("记录的承诺值为 {recorded}，而事先公布的是 {announced}；这不是所公布的抽签")
            }
            Self::Commitment { recorded, computed } => {
                format!("由种子和抽签方案得出的承诺值为 {computed}，记录为 {recorded}；三者之一被改动")
            }
            Self::Undrawable(shortage) => format!("该抽签方案无法抽签：{}", shortage.zh()),
            Self::Randomness { recorded, computed } => {
                format!("由种子和见证人内容得出的随机值为 {computed}，记录为 {recorded}；三者之一被改动")
            }
            Self::Result { line, recorded, computed } => {
                let zh = |seat: &Option<Box<Seat>>| seat.as_ref().map_or_else(|| "无".to_owned(), |it| it.zh());
                format!("抽签结果第 {line} 行为{}，重新抽签为{}；结果被改动", zh(recorded), zh(computed))
            }
            Self::Reserves { line, recorded, computed } => {
                let zh = |staff: &Option<StaffId>| staff.map_or_else(|| "无".to_owned(), |it| it.to_string());
                format!("候补名单第 {line} 位为 {}，重新抽签为 {}；名单被改动", zh(recorded), zh(computed))
            }
        }
    }
}
