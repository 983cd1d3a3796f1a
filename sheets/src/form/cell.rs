//! The text of a cell, as the kind of its column wants it.

use super::Kind;
use crate::clean;
use crate::table::{Shown, Value};

/// Why a cell is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is computed.
    Formula,
    /// `#N/A` and the like, or a number that is none.
    Broken,
    /// TRUE or FALSE.
    Truth,
    /// A code that the spreadsheet took for a number, and whose last digits are gone.
    TooLong,
    /// A code or a number that the spreadsheet shows otherwise than it keeps it.
    NotAsSeen,
    /// A code or a word of which the spreadsheet made a date.
    MadeADate,
    /// Not a number.
    NoNumber,
}

impl Wrong {
    /// In English and in Chinese, with the name of the column.
    pub(super) fn words(self, name: &str) -> (String, String) {
        match self {
            Self::Formula => (
                "is a formula: copy the column and paste its values (Paste Special, Values)".to_owned(),
                "单元格为公式，请复制该列并选择性粘贴为数值".to_owned(),
            ),
            Self::Broken => ("holds an error value: put it right".to_owned(), "单元格为错误值，请改正".to_owned()),
            Self::Truth => (format!("holds TRUE or FALSE, where {name} is wanted"), format!("单元格为逻辑值，应填写{name}")),
            Self::TooLong => (
                format!("{name} was kept as a number, and its last digits are lost: format the column as text and type it again"),
                format!("{name}被存为数值，末尾数字已丢失，请将该列设为“文本”格式后重新录入"),
            ),
            Self::NotAsSeen => (
                format!(
                    "{name} is shown otherwise than it is kept (leading zeros, percents, rounded decimals): \
                     format the column as text and type it again"
                ),
                format!("{name}的显示与存储不一致（如前导零、百分比、四舍五入），请将该列设为“文本”格式后重新录入"),
            ),
            Self::MadeADate => (
                format!("the spreadsheet made a date of {name}: format the column as text and type it again"),
                format!("{name}被自动转成日期，请将该列设为“文本”格式后重新录入"),
            ),
            Self::NoNumber => (
                format!("{name} is not a number: write a number, or remove the row"),
                format!("{name}不是数字，请填写数字或删除该行"),
            ),
        }
    }
}

/// A number keeps so many digits in a spreadsheet.
const DIGITS: usize = 15;

pub(super) fn text(value: &Value, kind: Kind) -> Result<String, Wrong> {
    match (value, kind) {
        (Value::Formula, _) => Err(Wrong::Formula),
        (Value::Broken, _) => Err(Wrong::Broken),
        (Value::Truth(_), _) => Err(Wrong::Truth),
        (Value::Moment(moment), Kind::When) => Ok(moment.clone()),
        (Value::Moment(_), Kind::Number) => Err(Wrong::NoNumber),
        (Value::Moment(_), _) => Err(Wrong::MadeADate),
        (Value::Text(text), Kind::Words) => Ok(clean::text(text)),
        (Value::Text(text), Kind::Code | Kind::When) => Ok(clean::code(text)),
        (Value::Text(text), Kind::Number) => number(&clean::code(text)),
        (Value::Number { digits, shown }, Kind::Number) => number(digits).and_then(|number| seen(number, *shown)),
        (Value::Number { digits, shown: Shown::AsIs | Shown::Rounded(0) }, _) => whole(digits),
        (Value::Number { .. }, _) => Err(Wrong::NotAsSeen),
    }
}

/// The number, where people see all of it: 0.85 that is shown as 85%, and 85.4 that is shown as 85, are not what they saw.
fn seen(number: String, shown: Shown) -> Result<String, Wrong> {
    let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match shown {
        Shown::AsIs => Ok(number),
        Shown::Rounded(places) | Shown::Grouped(places) if decimals <= usize::from(places) => Ok(number),
        _ => Err(Wrong::NotAsSeen),
    }
}

/// Digits of a whole number that a spreadsheet can keep.
fn whole(digits: &str) -> Result<String, Wrong> {
    let plain = digits.strip_suffix(".0").unwrap_or(digits);
    match plain.bytes().all(|byte| byte.is_ascii_digit()) && plain.len() <= DIGITS {
        true => Ok(plain.to_owned()),
        false if digits.contains(['E', 'e']) || plain.len() > DIGITS => Err(Wrong::TooLong),
        // A room 3.10 would be 3.1.
        false => Err(Wrong::NotAsSeen),
    }
}

/// A number without an exponent, and without what binary fractions add: 85.5 for 85.499999999999986.
fn number(digits: &str) -> Result<String, Wrong> {
    if digits.is_empty() {
        return Ok(String::new());
    }
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) && digits.len() <= 40;
    let number = plain.then(|| digits.parse::<f64>().ok()).flatten().filter(|number| number.abs() < 1e12);
    let number = number.ok_or(Wrong::NoNumber)?;
    let text = format!("{number:.6}");
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(digits: &str) -> Value {
        Value::Number { digits: digits.to_owned(), shown: Shown::AsIs }
    }

    #[test]
    fn a_number_is_what_people_see() {
        let points = |value| text(&value, Kind::Number);
        assert_eq!(points(kept("85.499999999999986")).unwrap(), "85.5");
        assert_eq!(points(Value::Text("８５．５ ".into())).unwrap(), "85.5");
        assert_eq!(points(kept("1E2")).unwrap(), "100");
        assert_eq!(
            (points(Value::Text("缺考".into())), points(Value::Text("NaN".into()))),
            (Err(Wrong::NoNumber), Err(Wrong::NoNumber))
        );
    }

    #[test]
    fn what_people_do_not_see_is_not_taken() {
        let points = |digits: &str, shown| text(&Value::Number { digits: digits.to_owned(), shown }, Kind::Number);
        assert_eq!(points("0.85", Shown::Otherwise), Err(Wrong::NotAsSeen));
        assert_eq!(points("85.4", Shown::Rounded(0)), Err(Wrong::NotAsSeen));
        assert_eq!(points("85.499999999999986", Shown::Rounded(1)).unwrap(), "85.5");
        assert_eq!(points("85", Shown::Grouped(2)).unwrap(), "85");
    }

    #[test]
    fn a_code_that_lost_digits_is_not_taken() {
        let code = |value| text(&value, Kind::Code);
        assert_eq!(code(kept("2026112200")).unwrap(), "2026112200");
        assert_eq!(code(kept("20261122.0")).unwrap(), "20261122");
        assert_eq!(code(kept("1.10105194912310E+17")), Err(Wrong::TooLong));
        assert_eq!(code(kept("110105194912310020")), Err(Wrong::TooLong));
        assert_eq!(code(Value::Number { digits: "12".into(), shown: Shown::Otherwise }), Err(Wrong::NotAsSeen));
        assert_eq!(text(&Value::Moment("2026-03-01".into()), Kind::Words), Err(Wrong::MadeADate));
    }
}
