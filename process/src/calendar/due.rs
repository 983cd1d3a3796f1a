//! A date that says whether it can still move.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::Date;

/// Years whose holiday tables would have been needed and are not loaded. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UnknownYears(BTreeSet<u16>);

impl UnknownYears {
    /// These years; nothing where there are none.
    pub(crate) fn new(years: BTreeSet<u16>) -> Option<Self> {
        (!years.is_empty()).then_some(Self(years))
    }

    /// The years, from the first.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().copied()
    }

    /// What is missing for the one or for the other.
    pub(crate) fn union(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        Self::new([one, other].into_iter().flatten().flat_map(|years| years.0).collect())
    }
}

impl fmt::Display for UnknownYears {
    /// `2027` or `2027, 2028`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, year) in self.0.iter().enumerate() {
            write!(f, "{}{year}", if n == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// A day that was counted out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The day. Where it is provisional, Saturdays and Sundays alone were taken for days off in the unknown years.
    pub date: Date,
    /// The years whose tables are missing; nothing where the date is firm.
    pub provisional: Option<UnknownYears>,
}

impl Due {
    /// A date that no table can move.
    pub const fn firm(date: Date) -> Self {
        Self { date, provisional: None }
    }

    /// Whether no table that is still missing can move it.
    pub const fn is_firm(&self) -> bool {
        self.provisional.is_none()
    }
}

/// How many days lie between two dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Days.
    pub days: u32,
    /// The years whose tables are missing; nothing where the number is firm.
    pub provisional: Option<UnknownYears>,
}
