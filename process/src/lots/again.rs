//! Which draw of a session this is. A session has one; another needs a reason, and hides nothing.

use liuhen_proto::Sha256;
use liuhen_proto::ids::SessionId;
use serde::{Deserialize, Serialize};

use super::{Announcement, DrawRecord, PhysicalDraw, Reason};

/// A draw that was announced or held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// For which session.
    pub session: SessionId,
    /// Which one of that session, from 1.
    pub number: u32,
    /// The commitment of a computed draw; the digest of the record of a draw with paper.
    pub digest: Sha256,
}

/// Why there is a draw after another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// [`Held::digest`] of the draw before.
    pub previous: Sha256,
    /// Why that one does not stand.
    pub reason: Reason,
}

/// The place of a draw among those of its session. Only [`next_draw`] gives one out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub(super) session: SessionId,
    pub(super) number: u32,
    pub(super) again: Option<Again>,
}

/// Why there is no next draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// A draw stands, and nobody said why it should not.
    #[error("draw {number} of session {session} stands: to draw again, give the reason why it does not")]
    Stands {
        /// Whose draw.
        session: SessionId,
        /// Which draw goes on standing.
        number: u32,
    },
    /// The draws that were given are not all the draws of this session in their order.
    #[error(
        "draw {number} of session {found} stands where draw {expected} of session {session} should: give every draw of the session, in order"
    )]
    NotItsDraws {
        /// The session that is to be drawn.
        session: SessionId,
        /// The number that should come here.
        expected: u32,
        /// The session of the draw that came.
        found: SessionId,
        /// Its number.
        number: u32,
    },
}

impl TurnError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Stands { session, number } => {
                format!("场次 {session} 的第 {number} 次抽签结果有效；如需重新抽签，请说明该结果不能成立的原因")
            }
            Self::NotItsDraws { session, expected, found, number } => {
                format!(
                    "此处应为场次 {session} 的第 {expected} 次抽签，却是场次 {found} 的第 {number} 次；请按顺序提供该场次的全部抽签"
                )
            }
        }
    }
}

/// Says which draw comes next, given every draw of the session so far in order. What was announced counts, even if it
/// was never opened: else a draw that nobody liked could be dropped in silence. With a reason the next draw names the one
/// before, which is kept; without, the one before stands. A reason for a first draw is not needed and not kept.
pub fn next_draw(session: SessionId, held: &[Held], reason: Option<Reason>) -> Result<Turn, TurnError> {
    let mut number = 1;
    for draw in held {
        if (draw.session, draw.number) != (session, number) {
            return Err(TurnError::NotItsDraws { session, expected: number, found: draw.session, number: draw.number });
        }
        number += 1;
    }
    let again = match (held.last(), reason) {
        (None, _) => None,
        (Some(last), Some(reason)) => Some(Again { previous: last.digest, reason }),
        (Some(last), None) => return Err(TurnError::Stands { session, number: last.number }),
    };
    Ok(Turn { session, number, again })
}

/// A draw that is none of the session in question, or not the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is draw {number} of session {found}, and draw {expected} of session {session} was asked for: every session has a draw of its own"
)]
pub struct OtherDraw {
    session: SessionId,
    expected: u32,
    found: SessionId,
    number: u32,
}

impl OtherDraw {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        let Self { session, expected, found, number } = self;
        format!("这是场次 {found} 的第 {number} 次抽签，而需要的是场次 {session} 的第 {expected} 次；每场考试须单独抽签")
    }
}

impl Held {
    /// Checks that it is this draw of this session: a draw serves no second session ([`super::RULE`]).
    pub fn must_be(&self, session: SessionId, number: u32) -> Result<(), OtherDraw> {
        let right = (self.session, self.number) == (session, number);
        right.then_some(()).ok_or(OtherDraw { session, expected: number, found: self.session, number: self.number })
    }
}

impl Announcement {
    /// As a draw of its session.
    pub fn held(&self) -> Held {
        Held { session: self.lottery.session(), number: self.lottery.number(), digest: self.commitment }
    }
}

impl DrawRecord {
    /// As a draw of its session; the same as that of its announcement.
    pub fn held(&self) -> Held {
        Held { session: self.lottery.session(), number: self.lottery.number(), digest: self.commitment }
    }
}

impl PhysicalDraw {
    /// As a draw of its session.
    pub fn held(&self) -> Held {
        let digest = Sha256::of(&self.to_bytes());
        Held { session: self.lottery.session(), number: self.lottery.number(), digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::story;

    fn held(number: u32) -> Held {
        Held { session: story::session(1), number, digest: Sha256::of(&number.to_be_bytes()) }
    }

    /// Story 2, G1.
    #[test]
    fn a_second_draw_without_a_reason_is_refused_and_the_first_stands() {
        let session = story::session(1);
        assert_eq!(next_draw(session, &[], None).unwrap().number, 1);
        let refused = next_draw(session, &[held(1)], None).unwrap_err();
        assert_eq!(refused, TurnError::Stands { session, number: 1 });
        assert!(refused.to_string().contains("give the reason") && refused.zh().contains("第 1 次"));
    }

    #[test]
    fn a_second_draw_with_a_reason_names_the_first() {
        let reason = Reason::new("第 3 考场停用").unwrap();
        let turn = next_draw(story::session(1), &[held(1)], Some(reason.clone())).unwrap();
        assert_eq!(turn.again, Some(Again { previous: held(1).digest, reason }));
        assert_eq!(turn.number, 2);
    }

    #[test]
    fn draws_that_are_left_out_or_of_another_session_are_noticed() {
        let wrong = [vec![held(2)], vec![held(1), held(1)], vec![Held { session: story::session(2), ..held(1) }]];
        for draws in wrong {
            let error = next_draw(story::session(1), &draws, None).unwrap_err();
            assert!(matches!(error, TurnError::NotItsDraws { .. }), "{error}");
        }
    }

    /// G1: random again each session.
    #[test]
    fn the_draw_of_one_session_serves_no_other() {
        assert!(held(1).must_be(story::session(1), 1).is_ok());
        for (session, number) in [(story::session(2), 1), (story::session(1), 2)] {
            assert!(held(1).must_be(session, number).unwrap_err().zh().contains("单独抽签"));
        }
    }
}
