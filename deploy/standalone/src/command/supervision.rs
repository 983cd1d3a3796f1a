//! `liuhen supervision`: what the supervision service platform (监管服务平台) was handed, and what it answered.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use liuhen_proto::wire::session::v1 as pb;
use serde_json::{Value, json};

use super::{Voice, at, hex};
use crate::arguments::{Remote, StateWord, Supervision, SupervisionAction};
use crate::client::{Client, refused};
use crate::moment::Zone;
use crate::say::sayln;

pub(crate) async fn run(arguments: &Supervision, voice: Voice) -> Result<()> {
    match &arguments.action {
        SupervisionAction::List { state, remote, times } => list(remote, *state, times.zone, voice).await,
        SupervisionAction::Show { session, document, remote, times } => {
            show(remote, (session, *document), times.zone, voice).await
        }
        SupervisionAction::Resend { session, reason, remote, times } => {
            resend(remote, (session, reason), times.zone, voice).await
        }
    }
}

async fn list(remote: &Remote, state: Option<StateWord>, zone: Zone, voice: Voice) -> Result<()> {
    let state = state.map_or(pb::SupervisionState::Unspecified, |state| match state {
        StateWord::Waiting => pb::SupervisionState::Waiting,
        StateWord::Sent => pb::SupervisionState::Sent,
        StateWord::Received => pb::SupervisionState::Received,
        StateWord::Refused => pb::SupervisionState::Refused,
    });
    let mut client = Client::connect(remote).await?;
    let request = pb::ListReportsRequest { state: state.into(), limit: 0 };
    let answer = client.supervision.list_reports(request).await.map_err(|status| refused(&status, voice.language))?;
    let reports = answer.into_inner().reports;
    if voice.json {
        voice.line(&json!({ "reports": reports.iter().map(to_json).collect::<Vec<_>>() }));
        return Ok(());
    }
    reports.iter().for_each(|report| say(report, zone, voice));
    sayln!("{} {}", reports.len(), voice.pick("条报送", "handed out"));
    Ok(())
}

async fn show(remote: &Remote, (session, document): (&str, bool), zone: Zone, voice: Voice) -> Result<()> {
    let mut client = Client::connect(remote).await?;
    let request = pb::GetReportRequest { session_id: session.to_owned() };
    let answer = client.supervision.get_report(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if document {
        let mut out = std::io::stdout().lock();
        return out.write_all(&answer.document).and_then(|()| out.flush()).context("print the document");
    }
    if voice.json {
        voice.line(&json!({ "session_id": session, "reports": answer.reports.iter().map(to_json).collect::<Vec<_>>() }));
        return Ok(());
    }
    if answer.reports.is_empty() {
        sayln!(
            "{}",
            voice.pick(
                "该场次没有报送记录：尚未封存，或所用规则不要求接入监管服务平台",
                "nothing is handed out for this session: it is not sealed, or its rule pack asks for no platform"
            )
        );
    }
    answer.reports.iter().for_each(|report| say(report, zone, voice));
    Ok(())
}

async fn resend(remote: &Remote, (session, reason): (&str, &str), zone: Zone, voice: Voice) -> Result<()> {
    let mut client = Client::connect(remote).await?;
    let request = pb::ResendReportRequest { session_id: session.to_owned(), reason: reason.to_owned() };
    let answer = client.supervision.resend_report(request).await.map_err(|status| refused(&status, voice.language))?;
    let report = answer.into_inner().report.unwrap_or_default();
    if voice.json {
        voice.line(&to_json(&report));
    } else {
        say(&report, zone, voice);
    }
    Ok(())
}

fn word(report: &pb::SupervisionReport) -> String {
    report.state().as_str_name().trim_start_matches("SUPERVISION_STATE_").to_lowercase()
}

fn to_json(it: &pb::SupervisionReport) -> Value {
    let digest = |bytes: &[u8]| Some(hex(bytes)).filter(|text| !text.is_empty());
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    json!({
        "session_id": it.session_id, "version": it.version, "key": it.key, "state": word(it), "since_us": it.since_us,
        "asked_by": text(&it.asked_by), "document_sha256": digest(&it.document_sha256),
        "document_size_bytes": it.document_size_bytes, "made_us": it.made_us, "tries": it.tries, "tried_us": it.tried_us,
        "next_us": it.next_us, "words": text(&it.words), "answered_us": it.answered_us, "reference": text(&it.reference),
        "receipt_sha256": digest(&it.receipt_sha256),
    })
}

fn say(it: &pb::SupervisionReport, zone: Zone, voice: Voice) {
    let (chinese, english) = match it.state() {
        pb::SupervisionState::Waiting => ("待报送", "waiting"),
        pb::SupervisionState::Sent => ("已报送，待回执", "sent, no receipt yet"),
        pb::SupervisionState::Received => ("已接收", "received"),
        pb::SupervisionState::Refused => ("被退回", "REFUSED"),
        pb::SupervisionState::Unspecified => ("", ""),
    };
    let when = zone.show(at(it.answered_us.or(it.tried_us).unwrap_or(it.since_us)));
    let tries = if it.tries > 1 { format!("  {} {}", it.tries, voice.pick("次", "tries")) } else { String::new() };
    sayln!("{}  {}  {when}{tries}", it.key, voice.pick(chinese, english));
    if !it.reference.is_empty() {
        sayln!("    {}{}", voice.pick("回执：", "receipt: "), it.reference);
    }
    if !it.words.is_empty() {
        sayln!("    {}", it.words);
    }
    if let Some(next) = it.next_us {
        sayln!("    {}{}", voice.pick("下次：", "next: "), zone.show(at(next)));
    }
    if it.state() == pb::SupervisionState::Refused {
        let (chinese, english) = ("更正后：liuhen supervision resend", "once that is put right: liuhen supervision resend");
        sayln!("    {} {}", voice.pick(chinese, english), it.session_id);
    }
}
