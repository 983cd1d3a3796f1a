//! A workbook: which sheets it has and where they lie.
//!
//! Always: only sheets that people see are read; the same file is read in the same way every time.

use std::collections::BTreeMap;

use crate::package::{Package, broken};
use crate::strings;
use crate::styles::Styles;
use crate::table::{MAX_CELLS, Table, too_many_cells};
use crate::trouble::Trouble;
use crate::worksheet::{self, Shared};
use crate::xml::{Piece, Pieces, attribute, is_set};

const PART: &str = "xl/workbook.xml";
const MAX_SHEETS: usize = 64;
/// Excel lets a name have 31 characters, other programs somewhat more. It stands in every trouble of its sheet.
const MAX_NAME: usize = 100;

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
    if let Some(target) = only(&parts, "/sharedStrings")?.filter(|target| package.has(target)) {
        shared.strings = strings::read(&package.part(target)?)?;
    }
    if let Some(target) = only(&parts, "/styles")?.filter(|target| package.has(target)) {
        shared.styles = Styles::read(&package.part(target)?)?;
    }
    let (mut tables, mut cells) = (Vec::new(), 0);
    for sheet in sheets {
        // Charts and dialogues are sheets of another kind.
        if let Some((_, target)) = parts.get(&sheet.relation).filter(|(kind, _)| kind.ends_with("/worksheet")) {
            let table = worksheet::read(&sheet.name, &package.part(target)?, &shared)?;
            cells += table.rows.iter().map(|row| row.cells.len()).sum::<usize>();
            if cells > MAX_CELLS {
                return Err(too_many_cells());
            }
            tables.push(table);
        }
    }
    Ok(tables)
}

/// Kind and part of each relation, by its id.
type Relations = BTreeMap<String, (String, String)>;

/// The part of a kind of which a workbook has one at most: of two, nobody knows which one counts.
fn only<'a>(parts: &'a Relations, kind: &str) -> Result<Option<&'a str>, Trouble> {
    let mut found = parts.values().filter(|(known, _)| known.ends_with(kind)).map(|(_, target)| target.as_str());
    match (found.next(), found.next()) {
        (found, None) => Ok(found),
        _ => Err(broken()),
    }
}

fn relations(part: &str) -> Result<Relations, Trouble> {
    let (mut pieces, mut found) = (Pieces::of(part), Relations::new());
    while let Some(piece) = pieces.next()? {
        let Piece::Start(start, _) = piece else { continue };
        if start.local_name().as_ref() == "Relationship" && found.len() < MAX_SHEETS * 4 {
            let of = |name| attribute(&start, name).map(Option::unwrap_or_default);
            let (id, kind, target) = (of("Id")?, of("Type")?, of("Target")?);
            let target = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            if found.insert(id, (kind, target)).is_some() {
                return Err(broken());
            }
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
                if name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME) {
                    let english = format!("a sheet has a name of more than {MAX_NAME} characters: give it a shorter one");
                    return Err(Trouble::of_file(english, format!("有工作表名称超过 {MAX_NAME} 个字符，请改短")));
                }
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
