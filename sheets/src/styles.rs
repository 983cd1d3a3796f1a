//! How numbers are shown: as they are, as days and times, or otherwise.

use std::collections::HashMap;

use crate::trouble::Trouble;
use crate::xml::{Piece, Pieces, attribute};

/// More styles than Excel lets a workbook have.
const MAX_STYLES: usize = 65_536;

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// With its own digits.
    AsIs,
    /// As a day, a time or both.
    Moment,
    /// In another way: thousands, percents, leading zeros.
    Otherwise,
}

/// The formats of a workbook, by the number that cells name.
#[derive(Debug, Default)]
pub(crate) struct Styles(Vec<Shown>);

impl Styles {
    /// Of cells with this number; a cell without one is shown as it is.
    pub(crate) fn shown(&self, style: Option<usize>) -> Shown {
        style.map_or(Shown::AsIs, |style| self.0.get(style).copied().unwrap_or(Shown::AsIs))
    }

    pub(crate) fn read(part: &str) -> Result<Self, Trouble> {
        let (mut pieces, mut own, mut styles) = (Pieces::of(part), HashMap::new(), Vec::new());
        let mut in_cells = false;
        while let Some(piece) = pieces.next()? {
            match piece {
                Piece::Start(start, is_empty) => match start.local_name().as_ref() {
                    "numFmt" if own.len() < MAX_STYLES => {
                        let id = attribute(&start, "numFmtId")?.and_then(|id| id.parse::<u32>().ok());
                        if let (Some(id), Some(code)) = (id, attribute(&start, "formatCode")?) {
                            own.insert(id, of_code(&code));
                        }
                    }
                    "cellXfs" => in_cells = !is_empty,
                    "xf" if in_cells && styles.len() < MAX_STYLES => {
                        let id = attribute(&start, "numFmtId")?.and_then(|id| id.parse().ok()).unwrap_or(0);
                        styles.push(own.get(&id).copied().unwrap_or_else(|| of_number(id)));
                    }
                    _ => {}
                },
                Piece::End(name) if name == "cellXfs" => in_cells = false,
                Piece::End(_) | Piece::Text(_) => {}
            }
        }
        Ok(Self(styles))
    }
}

/// Formats that every workbook has (ECMA-376 part 1, 18.8.30; 27 to 36 and 50 to 58 are days in Chinese).
const fn of_number(id: u32) -> Shown {
    match id {
        0..=2 | 49 => Shown::AsIs,
        14..=22 | 27..=36 | 45..=47 | 50..=58 => Shown::Moment,
        _ => Shown::Otherwise,
    }
}

/// A format of the workbook's own: the letters of days and times, outside quotes, brackets and escapes.
fn of_code(code: &str) -> Shown {
    let (mut bare, mut quoted, mut bracketed, mut skip) = (String::new(), false, false, false);
    for character in code.chars() {
        match character {
            _ if skip => skip = false,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '\\' | '_' | '*' => skip = true,
            '[' => bracketed = true,
            ']' => bracketed = false,
            _ if bracketed => {}
            ';' => break,
            _ => bare.push(character.to_ascii_lowercase()),
        }
    }
    let bare = bare.trim();
    match bare {
        "general" | "g/通用格式" | "@" | "0" | "0.0" | "0.00" | "#" if !code.contains('"') => Shown::AsIs,
        _ if bare.contains(['y', 'd', 'h', 's', 'm']) => Shown::Moment,
        _ => Shown::Otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_tells_how_a_number_is_seen() {
        for code in ["General", "@", "0", "0_ ", "0_);[Red]\\(0\\)", "0.00"] {
            assert_eq!(of_code(code), Shown::AsIs, "{code}");
        }
        for code in ["yyyy-mm-dd", "[$-804]yyyy\"年\"m\"月\"d\"日\";@", "h:mm", "[h]:mm:ss", "mm:ss.0"] {
            assert_eq!(of_code(code), Shown::Moment, "{code}");
        }
        for code in ["0000", "#,##0", "0%", "0.00E+00", "\"day\"00"] {
            assert_eq!(of_code(code), Shown::Otherwise, "{code}");
        }
    }
}
