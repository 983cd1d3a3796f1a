//! Rows F6, G5, I2 and P8: supervision forms.

use crate::fact::Fact;
use crate::fact::incident::{FormFilled, FormSigned};
use crate::fact::words::Phase;

use super::Example;
use super::world::{SUPERVISOR, World, form_id, sealed, signature, sound, staff, started, text};

fn begins(world: &mut World) -> Fact {
    world.before_turn(1);
    started(1).into()
}

fn unsigned(world: &mut World, n: u32) {
    world.view.session.papers.forms.get_mut(&form_id(n)).unwrap().signed = None;
}

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: "F6", fact: begins, spoil: |world, _| unsigned(world, 1) },
    Example { rule: "G5.form", fact: begins, spoil: |world, _| unsigned(world, 2) },
    Example {
        rule: "I2",
        fact: |world| {
            world.over();
            sealed().into()
        },
        spoil: |world, _| unsigned(world, 3),
    },
    Example {
        rule: "P8",
        fact: |world| {
            world.during_turn(1);
            let (template, phase, supervisor) = (text("supervision-internal@1"), Phase::During, staff(SUPERVISOR));
            let (problems, guidance) = (Some(text("监考人员站位不当")), Some(text("已现场指导")));
            let answers = sound("supervision-internal@1", phase);
            world.tell(FormFilled { form: form_id(9), template, phase, supervisor, answers, problems, guidance });
            FormSigned { form: form_id(9), signature: signature("质量督导员") }.into()
        },
        spoil: |world, _| {
            world.view.session.papers.forms.get_mut(&form_id(9)).unwrap().filled.guidance = None;
        },
    },
];
