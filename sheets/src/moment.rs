//! Days and times as a workbook counts them, written as people read them: `2026-11-22 09:00`.

/// The last day that a workbook knows: 9999-12-31.
const LAST: f64 = 2_958_466.0;
const MINUTES: f64 = 1_440.0;

/// A number of days since the end of 1899, or of 1903; nothing where it is none.
pub(crate) fn of_number(digits: &str, since_1904: bool) -> Option<String> {
    let serial = digits.parse::<f64>().ok().filter(|serial| (0.0..LAST).contains(serial))?;
    // Rounded to the minute: a time of day is a binary fraction.
    let minutes = (serial * MINUTES).round();
    let (days, minute) = ((minutes / MINUTES).floor(), minutes.rem_euclid(MINUTES));
    #[expect(clippy::cast_possible_truncation, reason = "both were bounded above")]
    let (days, minute) = (days as i64, minute as i64);
    let time = format!("{:02}:{:02}", minute / 60, minute % 60);
    if days == 0 && serial < 1.0 {
        return Some(time);
    }
    let day = day(days, since_1904)?;
    Some(if minute == 0 { day } else { format!("{day} {time}") })
}

/// 1900 had no 29 February, but Excel counts one: days before it are one off, and of no use here.
fn day(days: i64, since_1904: bool) -> Option<String> {
    let since_1970 = match since_1904 {
        true => days - 24_107,
        false if days > 60 => days - 25_569,
        false => return None,
    };
    let (year, month, day) = civil(since_1970);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// Year, month and day of a number of days since 1970 (Hinnant, “chrono-compatible low-level date algorithms”).
const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

/// A moment of ISO 8601 as a workbook may write it (`t="d"`).
pub(crate) fn of_iso(text: &str) -> Option<String> {
    let fits = text.len() >= 10 && text.is_ascii() && text.bytes().all(|b| b.is_ascii_digit() || b"-:T.Z".contains(&b));
    let text = fits.then_some(text)?;
    let time = text.get(11..16).filter(|time| *time != "00:00");
    Some(time.map_or_else(|| text[..10].to_owned(), |time| format!("{} {time}", &text[..10])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_those_that_the_workbook_shows() {
        let seen = |digits| of_number(digits, false).unwrap_or_default();
        assert_eq!(seen("45000"), "2023-03-15");
        assert_eq!(seen("46348.375"), "2026-11-22 09:00");
        assert_eq!((seen("0.375").as_str(), seen("0.416666666666667").as_str()), ("09:00", "10:00"));
        assert_eq!(
            (seen("61").as_str(), seen("60").as_str(), seen("-1").as_str(), seen("3e9").as_str()),
            ("1900-03-01", "", "", "")
        );
        assert_eq!(of_number("44886", true).unwrap(), "2026-11-22");
        assert_eq!(of_iso("2026-11-22T09:00:00").unwrap(), "2026-11-22 09:00");
        assert_eq!((of_iso("tomorrow at"), of_iso("2026")), (None, None));
    }
}
