//! A workbook: which sheets it has and where they lie.
//!
//! Always: only sheets that people see are read.

use std::collections::HashMap;

use crate::package::Package;
use crate::strings;
use crate::styles::Styles;
use crate::table::Table;
use crate::trouble::Trouble;
use crate::worksheet::{self, Shared};
use crate::xml::{Piece, Pieces, attribute, is_set};

const PART: &str = "xl/workbook.xml";
const MAX_SHEETS: usize = 64;

/// A sheet as the workbook names it.
struct Named {
    name: String,
    relation: String,
}

/// Reads all sheets that people see.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Table>, Trouble> {
    let mut package = Package::open(bytes)?;
    let parts = relations(&package.part("xl/_rels/workbook.xml.rels")?)?;
    let (sheets, since_1904) = sheets(&package.part(PART)?)?;
    let mut shared = Shared { since_1904, ..Shared::default() };
    for (kind, target) in parts.values() {
        if kind.ends_with("/sharedStrings") && package.has(target) {
            shared.strings = strings::read(&package.part(target)?)?;
        } else if kind.ends_with("/styles") && package.has(target) {
            shared.styles = Styles::read(&package.part(target)?)?;
        }
    }
    let mut tables = Vec::new();
    for sheet in sheets {
        // Charts and dialogues are sheets of another kind.
        if let Some((_, target)) = parts.get(&sheet.relation).filter(|(kind, _)| kind.ends_with("/worksheet")) {
            tables.push(worksheet::read(&sheet.name, &package.part(target)?, &shared)?);
        }
    }
    Ok(tables)
}

/// Kind and part of each relation.
fn relations(part: &str) -> Result<HashMap<String, (String, String)>, Trouble> {
    let (mut pieces, mut found) = (Pieces::of(part), HashMap::new());
    while let Some(piece) = pieces.next()? {
        let Piece::Start(start, _) = piece else { continue };
        if start.local_name().as_ref() == "Relationship" && found.len() < MAX_SHEETS * 4 {
            let of = |name| attribute(&start, name).map(Option::unwrap_or_default);
            let (id, kind, target) = (of("Id")?, of("Type")?, of("Target")?);
            let target = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            found.insert(id, (kind, target));
        }
    }
    Ok(found)
}

/// The sheets that people see, and from when days are counted.
fn sheets(part: &str) -> Result<(Vec<Named>, bool), Trouble> {
    let (mut pieces, mut found, mut since_1904) = (Pieces::of(part), Vec::new(), false);
    while let Some(piece) = pieces.next()? {
        let Piece::Start(start, _) = piece else { continue };
        match start.local_name().as_ref() {
            "workbookPr" => since_1904 = is_set(&start, "date1904")?,
            "sheet" => {
                let seen = attribute(&start, "state")?.is_none_or(|state| state == "visible");
                let (name, relation) = (attribute(&start, "name")?, attribute(&start, "id")?);
                if let (true, Some(name), Some(relation)) = (seen, name, relation) {
                    found.push(Named { name, relation });
                }
            }
            _ => {}
        }
        if found.len() > MAX_SHEETS {
            let english = format!("the workbook has more than {MAX_SHEETS} sheets: keep the one of the form");
            return Err(Trouble::of_file(english, format!("工作表超过 {MAX_SHEETS} 张，请只保留需导入的一张")));
        }
    }
    Ok((found, since_1904))
}
