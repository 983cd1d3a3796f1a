use std::collections::BTreeSet;

use super::*;

#[test]
fn every_form_reads_and_names_each_item_once() {
    let mut ids = BTreeSet::new();
    for template in Template::all() {
        assert!(ids.insert(template.id()), "{} stands there twice", template.id());
        assert_eq!(template.kind == Kind::Supervision, template.supervisor().is_some(), "{}", template.id());
        let mut items = BTreeSet::new();
        for item in &template.items {
            assert!(items.insert(&item.id), "{}: {} stands there twice", template.id(), item.id);
            assert!(item.id.len() <= 60 && !item.phases.is_empty() && !item.source.is_empty(), "{}", item.id);
            assert!(item.value != Some(Value::Grade) || item.most.is_some(), "{}: a grade has a best one", item.id);
        }
    }
    assert_eq!(Template::newest_checklist().map(Template::id).as_deref(), Some("checklist@1"));
}

/// Each phase has something to ask, of internal and external supervisors.
#[test]
fn a_supervisor_has_a_form_for_each_phase() {
    for template in Template::all().iter().filter(|template| template.kind == Kind::Supervision) {
        for phase in Phase::ALL {
            assert!(template.asked(*phase).any(|item| item.needed), "{}: {phase}", template.id());
        }
    }
}

/// What a checklist needs is asked for by a rule, and nothing else is.
#[test]
fn what_a_checklist_needs_is_of_a_row_with_a_rule() {
    let checklist = Template::newest_checklist().unwrap();
    for item in checklist.items.iter().filter(|item| item.needed) {
        assert!(crate::rule::RULES.iter().any(|rule| rule.row() == item.row()), "no rule asks for {}", item.id);
    }
}
