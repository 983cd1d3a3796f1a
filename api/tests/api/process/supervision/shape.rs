//! The shape of a document: which fields it has, and what is in them. `LIUHEN_BLESS=1` writes the golden file where there is
//! none; it never overwrites one: what is published stays.

use std::collections::BTreeSet;

use serde_json::Value;

/// Each field by its path, with its type. What is null or empty in this document says nothing.
fn fields(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Null => {}
        Value::Object(fields_of) => fields_of.iter().for_each(|(name, value)| fields(value, &format!("{path}.{name}"), found)),
        Value::Array(items) => items.iter().for_each(|item| fields(item, &format!("{path}[]"), found)),
        Value::Bool(_) => drop(found.insert(format!("{path} bool"))),
        Value::Number(_) => drop(found.insert(format!("{path} integer"))),
        Value::String(_) => drop(found.insert(format!("{path} text"))),
    }
}

/// Every field is in the golden file, and in docs/ref/supervision.md by its name.
pub(super) fn is_as_documented(document: &Value) {
    assert_eq!(document["schema"], "liuhen.supervision.session.v1");
    let mut found = BTreeSet::new();
    fields(document, "", &mut found);
    let text: String = found.iter().map(|field| format!("{field}\n")).collect();
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = directory.join("tests/golden/supervision.v1.txt");
    if !golden.exists() && std::env::var_os("LIUHEN_BLESS").is_some() {
        std::fs::create_dir_all(golden.parent().unwrap()).unwrap();
        std::fs::write(&golden, &text).unwrap();
    }
    let golden = std::fs::read_to_string(golden).expect("LIUHEN_BLESS=1 writes it");
    assert_eq!(text, golden, "the shape of a document has changed: a new name (v2) is needed where a field goes or changes");
    let page = std::fs::read_to_string(directory.join("../docs/ref/supervision.md")).unwrap();
    for field in &found {
        let (path, _) = field.split_once(' ').unwrap();
        let name = path.rsplit('.').next().unwrap().trim_end_matches("[]");
        assert!(page.contains(&format!("`{name}`")), "docs/ref/supervision.md does not speak of {path}");
    }
}
