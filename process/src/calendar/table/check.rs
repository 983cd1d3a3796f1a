//! What every table must fulfil, whoever wrote it.

use std::collections::BTreeMap;

use super::{DayError, File, FileDay, FileSource, Source, SourceError, Special, SpecialKind, TableError, VERSION};
use crate::calendar::{Date, awaits_next_year};

/// A file is no larger; 400 days need half of it.
const MOST_BYTES: usize = 128 * 1024;
/// More days than a year has are nonsense.
const MOST_DAYS: usize = 400;
/// A notice may be amended, as that of 2020 was when Spring Festival was made longer.
const MOST_SOURCES: usize = 8;
/// Longest reason or number of a notice.
const MOST_TEXT_BYTES: usize = 100;
/// The law has 11 such days (13 from 2025 on), of which Mid-Autumn may fall on National Day: with fewer, part of
/// the notice is missing.
const LEAST_HOLIDAYS: usize = 10;

pub(super) fn size(json: &str) -> Result<(), TableError> {
    if json.len() > MOST_BYTES {
        return Err(TableError::TooLarge { bytes: json.len(), most: MOST_BYTES });
    }
    Ok(())
}

pub(super) fn head(file: &File) -> Result<(), TableError> {
    if file.v != VERSION {
        return Err(TableError::Version { found: file.v });
    }
    if !(1949..=9999).contains(&file.year) {
        return Err(TableError::Year { found: file.year });
    }
    if file.revision == 0 {
        return Err(TableError::Revision);
    }
    Ok(())
}

pub(super) fn sources(sources: Vec<FileSource>) -> Result<Vec<Source>, TableError> {
    if sources.is_empty() || sources.len() > MOST_SOURCES {
        return Err(TableError::Sources { count: sources.len(), most: MOST_SOURCES });
    }
    let check = |(index, source): (usize, FileSource)| {
        let wrong = |what| TableError::Source { index, what };
        if !is_short(&source.notice) {
            return Err(wrong(SourceError::Notice { bytes: source.notice.len() }));
        }
        let issued = source.issued.parse().map_err(|error| wrong(SourceError::Issued(error)))?;
        Ok(Source { notice: source.notice, issued })
    };
    sources.into_iter().enumerate().map(check).collect()
}

pub(super) fn days(year: u16, days: Vec<FileDay>) -> Result<BTreeMap<Date, Special>, TableError> {
    if days.len() > MOST_DAYS {
        return Err(TableError::TooManyDays { count: days.len(), most: MOST_DAYS });
    }
    let mut checked = BTreeMap::new();
    for (index, day) in days.into_iter().enumerate() {
        let named = day.date.chars().take(20).collect();
        let (date, special) = day_of(year, day, &checked).map_err(|what| TableError::Day { index, date: named, what })?;
        checked.insert(date, special);
    }
    let holidays = checked.values().filter(|special| special.kind == SpecialKind::Holiday).count();
    if holidays < LEAST_HOLIDAYS {
        return Err(TableError::TooFewHolidays { count: holidays, least: LEAST_HOLIDAYS });
    }
    Ok(checked)
}

fn day_of(year: u16, day: FileDay, before: &BTreeMap<Date, Special>) -> Result<(Date, Special), DayError> {
    let date: Date = day.date.parse().map_err(DayError::Date)?;
    let kind = SpecialKind::read(&day.kind).ok_or_else(|| DayError::Kind { found: day.kind.chars().take(20).collect() })?;
    if date.year() != year && !(date.year() + 1 == year && awaits_next_year(date)) {
        return Err(DayError::Outside { year });
    }
    if before.contains_key(&date) {
        return Err(DayError::Twice);
    }
    if kind == SpecialKind::MakeupWorkday && !date.is_weekend() {
        return Err(DayError::MakeupOnWeekday);
    }
    if !is_short(&day.reason) {
        return Err(DayError::Reason { bytes: day.reason.len() });
    }
    Ok((date, Special { kind, reason: day.reason }))
}

/// Whether the text says something in so few bytes, without control characters.
fn is_short(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MOST_TEXT_BYTES && !text.chars().any(char::is_control)
}
