//! H2: sessions that are sealed, and of which the supervision service platform (监管服务平台) has given no receipt in time.
//!
//! In: what is known, the pack and the time. Out: findings as the rule finds them when the batch is closed. Always: they
//! stand in no entry, and are gone when the receipt is told; what was recorded at the closing is not said twice.
//! Not here: who asks the platform.

use liuhen_proto::ids::SessionId;
use liuhen_proto::{Span, Timestamp};

use super::Overdue;
use crate::calendar::Date;
use crate::case::session::Session;
use crate::case::{CaseId, View};
use crate::pack::Pack;
use crate::rule::not_reported;

/// The rule that judges it when the batch is closed.
const RULE: &str = "H2.platform";

/// Sessions of a case that are sealed longer than the pack allows, without a receipt.
pub fn unreported(case: CaseId, (view, pack): (&View, &Pack), now: Timestamp) -> Vec<Overdue> {
    let Some(hours) = pack.parameters.supervision_hours else { return Vec::new() };
    let late = |session: &Session| {
        let sealed = session.sealed.filter(|_| session.received.is_none())?;
        (now.since(sealed) > Span::from_secs(3600).times(hours)).then_some(sealed)
    };
    let found = |(session, sealed): (SessionId, Timestamp)| {
        let broken = not_reported(session).because("sealed", Date::of(sealed)).because("hours", hours);
        let finding = pack.weigh(RULE, broken.because("as_of", Date::of(now)))?;
        Some(Overdue { finding, provisional: false })
    };
    let recorded = |overdue: &Overdue| view.batch.findings.iter().any(|finding| finding.key() == overdue.finding.key());
    match case {
        CaseId::Session(id) => late(&view.session).and_then(|sealed| found((id, sealed))).into_iter().collect(),
        CaseId::Batch(_) => {
            let sessions = view.sessions.iter().filter_map(|(id, session)| Some((*id, late(session)?)));
            sessions.filter_map(found).filter(|overdue| !recorded(overdue)).collect()
        }
        CaseId::Organization(_) | CaseId::Site(_) => Vec::new(),
    }
}
