//! `liuhen alarms`: what is wrong now, in words of footage; and who has seen it.

use anyhow::Result;
use liuhen_api::webhook::alarm_json;
use liuhen_proto::wire::common::v1::Interval;
use liuhen_proto::wire::review::v1 as pb;
use serde_json::json;

use super::{Voice, at, read_interval};
use crate::arguments::{Acknowledge, AlarmAction, Alarms};
use crate::client::{Client, refused};
use crate::language::Language;
use crate::moment::Zone;
use crate::say::sayln;

pub(crate) async fn run(arguments: &Alarms, voice: Voice) -> Result<()> {
    match &arguments.action {
        Some(AlarmAction::Ack(acknowledge)) => say_seen(acknowledge, voice).await,
        None if arguments.watch => watch(arguments, voice).await,
        None => list(arguments, voice).await,
    }
}

async fn list(arguments: &Alarms, voice: Voice) -> Result<()> {
    let zone = arguments.times.zone;
    let interval = arguments.from.as_ref().zip(arguments.to.as_ref()).map(|(from, to)| read_interval(zone, from, to));
    let interval: Option<Interval> = interval.transpose()?.map(Into::into);
    let open_only = interval.is_none();
    let request = pb::ListAlarmsRequest { interval, site_id: arguments.site.clone(), open_only, limit: 0 };
    let mut client = Client::connect(&arguments.remote).await?;
    let answer = client.alarms.list_alarms(request).await.map_err(|status| refused(&status, voice.language))?.into_inner();
    if voice.json {
        let alarms: Vec<_> = answer.alarms.iter().map(alarm_json).collect();
        voice.line(&json!({ "alarms": alarms, "truncated": answer.truncated }));
        return Ok(());
    }
    for alarm in &answer.alarms {
        show(alarm, "", zone, voice);
    }
    match answer.alarms.len() {
        0 => sayln!("{}", voice.pick("没有告警", "no alarms")),
        count => sayln!("{count} {}{}", voice.pick("条告警", "alarms"), if answer.truncated { " …" } else { "" }),
    }
    Ok(())
}

async fn watch(arguments: &Alarms, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::WatchAlarmsRequest { site_id: arguments.site.clone(), after_event: None };
    let answers = client.alarms.watch_alarms(request).await.map_err(|status| refused(&status, voice.language))?;
    let mut answers = answers.into_inner();
    while let Some(answer) = answers.message().await.map_err(|status| refused(&status, voice.language))? {
        let Some(alarm) = &answer.alarm else { continue };
        let event = answer.event();
        if voice.json {
            let word = event.as_str_name().trim_start_matches("ALARM_EVENT_KIND_").to_lowercase();
            voice.line(&json!({ "event": word, "event_number": answer.event_number, "alarm": alarm_json(alarm) }));
        } else {
            show(alarm, happened(event, voice), arguments.times.zone, voice);
        }
    }
    Ok(())
}

async fn say_seen(arguments: &Acknowledge, voice: Voice) -> Result<()> {
    let mut client = Client::connect(&arguments.remote).await?;
    let (alarm_id, note, name) = (arguments.alarm.clone(), arguments.note.clone(), arguments.name.clone());
    let answer = client.alarms.acknowledge_alarm(pb::AcknowledgeAlarmRequest { alarm_id, note, name }).await;
    let answer = answer.map_err(|status| refused(&status, voice.language))?.into_inner();
    let alarm = answer.alarm.unwrap_or_default();
    if voice.json {
        let leaf_index = answer.receipt.map(|receipt| receipt.leaf_index);
        voice.line(&json!({ "alarm": alarm_json(&alarm), "repeated": answer.repeated, "leaf_index": leaf_index }));
    } else {
        show(&alarm, happened(pb::AlarmEventKind::Acknowledged, voice), arguments.times.zone, voice);
    }
    Ok(())
}

fn happened(event: pb::AlarmEventKind, voice: Voice) -> &'static str {
    let (chinese, english) = match event {
        pb::AlarmEventKind::Opened => ("新告警", "raised"),
        pb::AlarmEventKind::Changed => ("更新", "changed"),
        pb::AlarmEventKind::Acknowledged => ("已确认", "acknowledged"),
        pb::AlarmEventKind::Closed => ("已恢复", "over"),
        pb::AlarmEventKind::Standing | pb::AlarmEventKind::Unspecified => ("进行中", "open"),
    };
    voice.language.pick(chinese, english)
}

fn show(alarm: &pb::Alarm, event: &str, zone: Zone, voice: Voice) {
    let words = match voice.language {
        Language::Chinese => alarm.chinese.clone(),
        Language::English => alarm.english.clone(),
    };
    let words = words.unwrap_or_default();
    let (chinese, english) = match alarm.state.as_ref().map(pb::AlarmState::severity) {
        Some(pb::AlarmSeverity::Urgent) => ("紧急", "URGENT"),
        Some(pb::AlarmSeverity::Warning) => ("警告", "warning"),
        _ => ("提示", "notice"),
    };
    let (since, severity) = (zone.show(at(alarm.since_us)), voice.pick(chinese, english));
    let over = alarm.closed_us.map(|closed| format!("  {} {}", voice.pick("结束", "over"), zone.show_time(at(closed))));
    let event = if event.is_empty() { String::new() } else { format!("{event}  ") };
    sayln!("{event}{severity}  {}  {} {since}{}", words.what, voice.pick("自", "since"), over.unwrap_or_default());
    sayln!("    {}{}", voice.pick("原因：", "why: "), words.cause);
    sayln!("    {}{}", voice.pick("先做：", "first: "), words.first_step);
    for said in &alarm.acknowledgements {
        let who = if said.name.is_empty() { &said.by } else { &said.name };
        sayln!("    ✔ {who}  {}  {}", zone.show_time(at(said.at_us)), said.note);
    }
    sayln!("    {}", alarm.alarm_id);
}
