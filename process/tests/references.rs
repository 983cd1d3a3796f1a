//! Writes `docs/ref/violations.md` and `docs/ref/forms.md` from the data that the rules go by. `LIUHEN_WRITE_DOCS=1`
//! writes them.

use std::fmt::Write as _;
use std::path::Path;

use liuhen_process::catalogue::Catalogue;
use liuhen_process::form::{Item, Template, Value};

#[track_caller]
fn shows(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ref").join(name);
    if std::env::var_os("LIUHEN_WRITE_DOCS").is_some() {
        std::fs::write(&path, page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/ref/{name} is not what the data say: run this test with LIUHEN_WRITE_DOCS=1");
}

#[test]
fn the_page_of_violations_shows_the_catalogue() {
    let catalogue = Catalogue::embedded();
    let mut page = format!(
        "# Violations (违纪违规)\n\n\
         Made from `process/data/violations` by a test; do not edit.\n\n\
         `catalogue_item` of an incident is a code of a catalogue: of the one that `catalogue` names, else of the one that the \
         organisation goes by on the day. The default is `{}`: the national guide (技能人才评价违纪违规行为处理工作指引(试行)) is not \
         published as far as we found, so each item says what it follows. An organisation adopts another one, or a later \
         version, with the fact `catalogue_adopted`, whole or over a base: an item of the same code takes the other's place. \
         A decision keeps the catalogue that held on its day. Unknown codes are refused, and so is an item about staff where a \
         candidate is concerned. What is marked goes to the police before the papers are sealed (H4, S四(四)2(2)).\n\n\
         | code | tier | whose | what | what follows | source | police |\n|---|---|---|---|---|---|---|\n",
        catalogue.name
    );
    for item in catalogue.items() {
        let police = if item.police { "yes" } else { "" };
        writeln!(
            page,
            "| {} | {} | {} | {}<br>{} | {}<br>{} | {} | {police} |",
            item.code,
            item.tier,
            item.subject,
            item.chinese,
            item.english,
            item.consequence_chinese,
            item.consequence_english,
            item.source
        )
        .expect("a string takes everything");
    }
    shows("violations.md", &page);
}

/// What an item asks for, in a few words.
fn asks(item: &Item) -> String {
    let mut said = vec![if item.not_applicable { "yes, no, 不适用" } else { "yes, no" }.to_owned()];
    let most = item.most.map_or_else(String::new, |most| format!(" to {most}"));
    said.extend(item.value.map(|value| match value {
        Value::Grade => format!("a grade, 1{most}"),
        Value::Count => format!("a number{most}"),
        Value::Text => "words".to_owned(),
    }));
    said.extend(item.photo.then(|| "a photo".to_owned()));
    said.join("; ")
}

#[test]
fn the_page_of_forms_shows_the_templates() {
    let mut page = String::from(
        "# Checklists and supervision forms\n\n\
         Made from `process/data/forms` by a test; do not edit.\n\n\
         A checklist (`checklist_answered`) may be answered in parts, the quality supervision form (`form_filled`) bit by bit. \
         An item that the version does not have, or an answer that does not count, is refused with its path: \
         `checklist_answered.answers[3].item`. A no needs a remark and a photo (story 11). A needed item of a checklist that is \
         left out is a finding when the turn begins (the row stands before the dot); a form with one is not signed, nor one \
         with an item that is not put right (`form_item_rectified`, with `reported_to` where it was reported: G5). Which \
         versions a kind of organisation goes by is in its rule pack; 61 items of the province's 日常督导情况记录表 are not \
         published as far as we found.\n",
    );
    for template in Template::all() {
        writeln!(page, "\n## `{}`: {}, {}\n", template.id(), template.chinese, template.english).expect("a string takes all");
        page.push_str("| item | phase | of | what | answer | needed | source |\n|---|---|---|---|---|---|---|\n");
        for item in &template.items {
            let phases = item.phases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let of = if item.of_room { "room" } else { "site" };
            let needed = if item.needed { "yes" } else { "" };
            let (chinese, english, source) = (&item.chinese, &item.english, &item.source);
            let row =
                format!("| `{}` | {phases} | {of} | {chinese}<br>{english} | {} | {needed} | {source} |", item.id, asks(item));
            page.push_str(&row);
            page.push('\n');
        }
    }
    shows("forms.md", &page);
}
