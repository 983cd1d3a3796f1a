//! Lots for the invigilators of a session (抽签): who serves in which room, drawn so that anybody can
//! draw it again. The site head has lots drawn on the day of the exam, and again for every session ([`RULE`]).
//!
//! In the order of the day:
//! - [`Turn`], from [`next_draw`]: which draw of the session this is, and why there is another;
//! - [`Lottery`]: rooms, people and who may not serve where, which everybody may read before the draw;
//! - [`Announcement`]: the lottery and a digest that fixes a secret [`Seed`] before the draw;
//! - [`Contributions`]: what witnesses say after that, so that nobody chose the result;
//! - [`DrawRecord`]: everything, published. [`DrawRecord::verify`] draws it again;
//! - [`PhysicalDraw`]: what was drawn with paper instead, held against the same rules;
//! - [`Drawn::substitute`]: who serves in place of somebody who is absent. That is no new draw.
//!
//! Always: nobody serves where they are excluded, nobody serves twice, and if some assignment fills every
//! place, the draw finds one. The bytes and the algorithm are for ever: `docs/ref/draw.md`, with a golden file.
//! Not here: where the seed comes from and where it is kept until it is opened, when something was published, and
//! how relations are declared. No clock is read, and all chance comes in as bytes.

mod again;
mod assign;
mod breach;
mod contribution;
mod deal;
mod difference;
mod error;
mod lottery;
mod numbers;
mod physical;
mod record;
mod recusal;
mod seed;
#[cfg(test)]
mod story;
mod substitute;
mod text;

pub use again::{Again, Held, OtherDraw, Turn, TurnError, next_draw};
pub use assign::Shortage;
pub use breach::Breach;
pub use contribution::{Contribution, ContributionError, Contributions};
pub use deal::Seat;
pub use difference::Difference;
pub use error::{Counted, LotteryError};
pub use lottery::{Lottery, Member, RoomPlaces};
pub use physical::PhysicalDraw;
pub use record::DrawRecord;
pub use recusal::{Exclusion, Recusal};
pub use seed::{Announcement, OpenError, Seed};
pub use substitute::{Drawn, SubstituteError, Substitution};
pub use text::{Entropy, Reason, TextError};

use crate::Clause;

/// What the version of this algorithm and of its bytes is called.
pub const VERSION: &str = "liuhen-lot-1";

/// People in one lottery, at most.
pub const MAX_PEOPLE: usize = 500;
/// Rooms in one lottery, at most.
pub const MAX_ROOMS: usize = 200;
/// Places in all rooms together, at most.
pub const MAX_PLACES: usize = 2_000;
/// Contributions of witnesses, at most.
pub const MAX_CONTRIBUTIONS: usize = 100;
/// Bytes of one record of this module, at most; the largest lottery, with every exclusion, stays below.
pub const MAX_BYTES: usize = 8 << 20;

/// S asks for lots («考点负责人组织抽签确定各考场监考人员»), S and T for chance anew in every session
/// («每场考试要随机安排考场监考人员»). E has no such rule.
pub const RULE: Clause = Clause("S四(四)1(2), T七(一)2");

/// People keep out of rooms by recusal (S and E), and trainers out of the rooms of their own trainees (S).
pub const RECUSAL: Clause = Clause("S四(三)1, E四(五)2");

/// How many witnesses outside the pool a draw with paper has. The texts name none; the house asks for two.
pub const WITNESSES: (usize, Clause) = (2, Clause("house"));
