//! A bandwidth as people write it: `"4 Mbit/s"`.

/// Bits a second; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

/// Why a text is no bandwidth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no bandwidth: write a number and kbit/s, Mbit/s or Gbit/s, at least 64 kbit/s")]
pub struct RateError(String);

/// Below it not even a small viewing stream passes.
const LEAST: u64 = 64_000;
const MOST: f64 = 1e12;
const UNITS: [(&str, f64); 3] = [("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9)];

impl Rate {
    /// Bytes a second.
    pub const fn bytes_per_second(self) -> u64 {
        self.0 / 8
    }
}

impl std::str::FromStr for Rate {
    type Err = RateError;
    fn from_str(text: &str) -> Result<Self, RateError> {
        let refuse = || RateError(text.chars().take(40).collect());
        let (number, unit) =
            UNITS.iter().find_map(|(name, unit)| Some((text.trim().strip_suffix(name)?, *unit))).ok_or_else(refuse)?;
        let number: f64 = number.trim().parse().map_err(|_| refuse())?;
        let bits = number * unit;
        // What is not a number is in no range.
        if (LEAST as f64..=MOST).contains(&bits) { Ok(Self(bits as u64)) } else { Err(refuse()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bandwidths_read_as_people_write_them() {
        assert_eq!("4 Mbit/s".parse(), Ok(Rate(4_000_000)));
        assert_eq!("1.5Mbit/s".parse::<Rate>().map(Rate::bytes_per_second), Ok(187_500));
        assert_eq!("256 kbit/s".parse(), Ok(Rate(256_000)));
        for wrong in ["4", "4 MB/s", "-1 Mbit/s", "NaN Mbit/s", "inf Mbit/s", "63 kbit/s", "99999999 Gbit/s", ""] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }
}
