//! Whether answers fit the template that they answer. Asked when they are told, and never again: what stands in the log
//! was right when it came.

use super::{Item, Kind, Template, Value};
use crate::case::{Unfit, View};
use crate::fact::Fact;
use crate::fact::incident::{FormFilled, FormSigned};
use crate::fact::parts::FormAnswer;
use crate::fact::words::{Duty, Phase};

/// Whether a fact that answers a form fits its template; all others do.
pub(crate) fn fits(view: &View, fact: &Fact) -> Result<(), Unfit> {
    match fact {
        Fact::ChecklistAnswered(it) => {
            let template = match &it.template {
                Some(name) => Some(known("checklist_answered.template", name.as_str(), Kind::Checklist)?),
                None => Template::newest_checklist(),
            };
            let Some(template) = template else { return Ok(()) };
            let of_room = Some(it.room.is_some());
            answered("checklist_answered", template, (it.phase, of_room), &it.answers)
        }
        Fact::FormFilled(it) => filled(view, it),
        Fact::FormSigned(it) => signed(view, it),
        _ => Ok(()),
    }
}

fn known(field: &str, name: &str, kind: Kind) -> Result<&'static Template, Unfit> {
    let template = Template::named(name).filter(|template| template.kind == kind);
    template.ok_or_else(|| Unfit::unknown(field, name, "the templates (docs/ref/forms.md)"))
}

/// The form of an internal supervisor is not an external one's, and the other way round.
fn filled(view: &View, it: &FormFilled) -> Result<(), Unfit> {
    let template = known("form_filled.template", it.template.as_str(), Kind::Supervision)?;
    let holds = |duty: Duty| view.session.on(duty, None).any(|held| held.staff == it.supervisor);
    let other =
        [Duty::SupervisorInternal, Duty::SupervisorExternal].into_iter().filter(|duty| Some(*duty) != template.supervisor());
    if template.supervisor().is_some_and(|own| !holds(own)) && other.into_iter().any(holds) {
        let english =
            format!("{} is no form of this supervisor: internal and external supervisors have their own", template.id());
        let chinese = format!("{} 不是该督导人员的表：内部督导和外部督导各用各表", template.id());
        return Err(Unfit::wrong("form_filled.template", english, chinese));
    }
    answered("form_filled", template, (it.phase, None), &it.answers)
}

/// Nobody signs a form with an item left out.
fn signed(view: &View, it: &FormSigned) -> Result<(), Unfit> {
    let Some(form) = view.session.papers.forms.get(&it.form) else { return Ok(()) };
    match form.missing_items().first() {
        Some(item) => {
            let english = format!("item {item} is not answered: fill the form in again (form_filled)");
            Err(Unfit::state(it.form, "incomplete", english, format!("项目 {item} 尚未填写，请补填 form_filled")))
        }
        None => Ok(()),
    }
}

/// `of_room`: whether a room is named, where that matters.
fn answered(
    field: &str,
    template: &Template,
    (phase, of_room): (Phase, Option<bool>),
    answers: &[FormAnswer],
) -> Result<(), Unfit> {
    for (place, answer) in answers.iter().enumerate() {
        let path = format!("{field}.answers[{place}]");
        let name = answer.item.as_str();
        let Some(item) = template.asked(phase).find(|item| item.id == name) else {
            let english = format!("{} asks no item {name} in the phase {phase}: docs/ref/forms.md has its items", template.id());
            let chinese = format!("{} 在 {phase} 阶段没有项目 {name}，项目见 docs/ref/forms.md", template.id());
            return Err(Unfit::wrong(path + ".item", english, chinese));
        };
        if answers[..place].iter().any(|other| other.item == answer.item) {
            return Err(Unfit::wrong(path + ".item", format!("item {name} is answered twice"), format!("项目 {name} 重复填写")));
        }
        if of_room.is_some_and(|of_room| of_room != item.of_room && item.of_room) {
            let english = format!("item {name} is asked of each room: say which (room_id)");
            return Err(Unfit::wrong(path + ".item", english, format!("项目 {name} 按考场检查，请写明考场 room_id")));
        }
        one(&path, item, answer)?;
    }
    Ok(())
}

fn one(path: &str, item: &Item, answer: &FormAnswer) -> Result<(), Unfit> {
    if !item.takes(answer.answer) {
        let english = format!("item {}: {} is no answer to it, yes or no is", item.id, answer.answer);
        return Err(Unfit::wrong(format!("{path}.answer"), english, format!("项目 {} 只能选是或否", item.id)));
    }
    if item.photo && answer.evidence_sha256.is_empty() {
        let english = format!("item {}: a photo belongs to it", item.id);
        return Err(Unfit::wrong(format!("{path}.evidence_sha256"), english, format!("项目 {} 须附照片", item.id)));
    }
    value(path, item, answer)
}

/// Just what the item asks for is there, within its bounds. What does not apply has none.
fn value(path: &str, item: &Item, answer: &FormAnswer) -> Result<(), Unfit> {
    let wanted = item.value.filter(|_| answer.answer != crate::fact::words::Answer::NotApplicable);
    let given = [
        ("grade", Value::Grade, answer.grade.is_some()),
        ("count", Value::Count, answer.count.is_some()),
        ("text", Value::Text, answer.text.is_some()),
    ];
    for (name, value, is_given) in given {
        let path = format!("{path}.{name}");
        match (wanted == Some(value), is_given) {
            (true, false) => {
                return Err(Unfit::wrong(path, format!("item {} asks for it", item.id), format!("项目 {} 须填写该值", item.id)));
            }
            (false, true) => {
                let english = format!("item {} does not ask for it", item.id);
                return Err(Unfit::wrong(path, english, format!("项目 {} 不需填写该值", item.id)));
            }
            _ => {}
        }
    }
    let least = u32::from(wanted == Some(Value::Grade));
    let most = item.most.unwrap_or(u32::MAX);
    match answer.grade.or(answer.count) {
        Some(number) if number < least || number > most => {
            let name = if answer.grade.is_some() { "grade" } else { "count" };
            let english = format!("item {}: {least} to {most}", item.id);
            Err(Unfit::wrong(format!("{path}.{name}"), english, format!("项目 {} 应为 {least} 至 {most}", item.id)))
        }
        _ => Ok(()),
    }
}
