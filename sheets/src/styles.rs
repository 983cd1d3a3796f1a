//! How numbers are shown: as they are, as days and times, or otherwise.

use std::collections::HashMap;

use crate::table::Shown;
use crate::trouble::Trouble;
use crate::xml::{Piece, Pieces, attribute};

/// More styles than Excel lets a workbook have.
const MAX_STYLES: usize = 65_536;

/// What a number is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A number.
    Number(Shown),
    /// A day, a time or both.
    Moment,
}

/// The formats of a workbook, by the number that cells name.
#[derive(Debug, Default)]
pub(crate) struct Styles(Vec<Format>);

impl Styles {
    /// Of cells with this number; a cell without one is shown as it is.
    pub(crate) fn of(&self, style: Option<usize>) -> Format {
        let known = style.and_then(|style| self.0.get(style).copied());
        known.unwrap_or(Format::Number(Shown::AsIs))
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
const fn of_number(id: u32) -> Format {
    Format::Number(match id {
        0 | 49 => Shown::AsIs,
        1 => Shown::Rounded(0),
        2 => Shown::Rounded(2),
        3 | 37 | 38 => Shown::Grouped(0),
        4 | 39 | 40 => Shown::Grouped(2),
        14..=22 | 27..=36 | 45..=47 | 50..=58 => return Format::Moment,
        _ => Shown::Otherwise,
    })
}

/// A format of the workbook's own: the letters of days and times, outside quotes, brackets and escapes.
fn of_code(code: &str) -> Format {
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
    let number = match bare {
        // Words beside the number are no part of it.
        _ if code.contains('"') => Shown::Otherwise,
        "general" | "g/通用格式" | "@" => Shown::AsIs,
        _ => digits(bare),
    };
    match number {
        Shown::Otherwise if bare.contains(['y', 'd', 'h', 's', 'm']) => Format::Moment,
        number => Format::Number(number),
    }
}

/// `0`, `#`, `0.00`, `#,##0.0`.
fn digits(bare: &str) -> Shown {
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, ""));
    let all = |text: &str, sign| text.chars().all(|character| character == sign);
    let places = u8::try_from(decimals.len()).ok().filter(|places| *places <= 15 && (all(decimals, '0') || all(decimals, '#')));
    match (whole, places) {
        ("0" | "#", Some(places)) => Shown::Rounded(places),
        ("#,##0" | "#,###", Some(places)) => Shown::Grouped(places),
        _ => Shown::Otherwise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_tells_how_a_number_is_seen() {
        for code in ["General", "@", "G/通用格式"] {
            assert_eq!(of_code(code), Format::Number(Shown::AsIs), "{code}");
        }
        for (code, places) in [("0", 0), ("0_ ", 0), ("0_);[Red]\\(0\\)", 0), ("0.00", 2), ("0.0_ ;[Red]\\-0.0\\ ", 1)] {
            assert_eq!(of_code(code), Format::Number(Shown::Rounded(places)), "{code}");
        }
        for (code, places) in [("#,##0", 0), ("#,##0.00_);\\(#,##0.00\\)", 2)] {
            assert_eq!(of_code(code), Format::Number(Shown::Grouped(places)), "{code}");
        }
        for code in ["yyyy-mm-dd", "[$-804]yyyy\"年\"m\"月\"d\"日\";@", "h:mm", "[h]:mm:ss", "mm:ss.0"] {
            assert_eq!(of_code(code), Format::Moment, "{code}");
        }
        for code in ["0000", "0%", "0.00E+00", "\"day\"00", "0\"分\"", "0.0,"] {
            assert_eq!(of_code(code), Format::Number(Shown::Otherwise), "{code}");
        }
    }
}
