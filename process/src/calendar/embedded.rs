//! The tables that come with the program.

use super::{Calendar, YearTable};

/// Checked day by day against a calendar that is not ours (`process/tests/chinesecalendar.rs`).
const TABLES: [&str; 4] = [
    include_str!("../../data/calendar/2023.json"),
    include_str!("../../data/calendar/2024.json"),
    include_str!("../../data/calendar/2025.json"),
    include_str!("../../data/calendar/2026.json"),
];

impl Calendar {
    /// Knows the years whose notices were out when this was built: 2023 to 2026.
    pub fn embedded() -> Self {
        let mut calendar = Self::empty();
        for json in TABLES {
            let table = YearTable::from_json(json).expect("a test reads every embedded table");
            calendar.load(table).expect("every embedded table has a year of its own");
        }
        calendar
    }
}
