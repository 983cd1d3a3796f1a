//! The links as callers are told of them.

use std::sync::Arc;

use liuhen_archive::records::{Recorded, Role};
use liuhen_process::case::CaseId;
use liuhen_process::fact::FactKind;
use liuhen_process::pack::Pack;
use liuhen_process::trace::{Link, Standing, Told, chain};
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::wire::session::v1 as words;
use liuhen_proto::{Code, Problem};

use super::Traced;
use crate::auth::action::of_fact;
use crate::auth::table::may;
use crate::process::summary;

/// The chain; by the pack that judged the plan.
pub(super) fn shown(traced: &Traced, told: &[Told<'_>]) -> Result<Vec<pb::TraceLink>, Problem> {
    let planned = traced.facts.iter().find(|it| it.fact.kind() == FactKind::BatchPlanned);
    let name = planned.map_or("", |it| it.telling.pack.as_str());
    let unknown = || {
        let english = format!("this version does not know the rule pack {name:?}: use one that is not older than the archive");
        Problem::new(Code::Internal, english, format!("本版本不认识规则包 {name}：请使用不早于存档的版本"))
    };
    let pack = Pack::named(name).ok_or_else(unknown)?;
    let links = chain(traced.candidate, told, &pack);
    Ok(links.iter().map(|link| shown_link(link, &traced.facts)).collect())
}

fn shown_link(link: &Link, facts: &[Arc<Recorded>]) -> pb::TraceLink {
    let of = |(case, number): &(CaseId, u64)| facts.iter().find(|it| (it.case, it.number) == (*case, *number)).map(|it| fact(it));
    let is_wanting = matches!(link.standing, Standing::Open | Standing::Missing);
    let kinds = if is_wanting { link.kinds } else { &[] };
    pb::TraceLink {
        step: link.step.as_str().to_owned(),
        chinese: link.step.zh().to_owned(),
        session_id: link.session.map(|id| id.to_string()).unwrap_or_default(),
        turn: link.turn.unwrap_or_default(),
        subject: link.subject.map_or(0, |subject| words::Subject::from(subject).into()),
        standing: link.standing.as_str().to_owned(),
        facts: link.facts.iter().filter_map(of).collect(),
        kinds: kinds.iter().map(ToString::to_string).collect(),
        owners: owners(kinds),
    }
}

pub(super) fn fact(it: &Recorded) -> pb::TraceFact {
    pb::TraceFact { case_id: it.case.to_string(), fact: Some(summary(it)) }
}

/// Who may tell one of these kinds of facts.
fn owners(kinds: &[FactKind]) -> Vec<String> {
    let tells = |role: &&Role| kinds.iter().any(|kind| may(**role, of_fact(*kind)));
    Role::ALL.iter().filter(tells).map(ToString::to_string).collect()
}
