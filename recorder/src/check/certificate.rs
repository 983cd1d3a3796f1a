//! Whether the centre will let this recorder in on the day of the exam: by its certificate, without asking the centre.
//!
//! Always: nothing of it keeps a camera from being recorded, so none of it fails a check.

use std::fmt;

use liuhen_proto::{Span, Timestamp};
use serde::Serialize;

use crate::config::Config;
use crate::machine::Identity;

/// Before its end there was time to renew it; who is told now can still see to it.
const SOON: Span = Span::from_secs(86_400);

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CertificateReport {
    /// It holds.
    Holds {
        /// Until when, by the centre's clock.
        until_us: i64,
    },
    /// It is over within a day, or is over: it has not been renewed for weeks.
    EndsSoon {
        /// Until when, by the centre's clock.
        until_us: i64,
    },
    /// There is none yet.
    NotEnrolled,
    /// Its file cannot be read.
    Unreadable,
}

impl CertificateReport {
    /// Nothing where no centre is called over the network.
    pub(super) fn of(config: &Config, now: Timestamp) -> Option<Self> {
        config.centre_pin?;
        Some(match Identity::load(&config.spool.directory) {
            Err(error) => {
                tracing::warn!(%error, "who we are to the centre cannot be read");
                Self::Unreadable
            }
            Ok(identity) => Self::at(identity.and_then(|identity| identity.certificate()).map(|it| it.until), now),
        })
    }

    fn at(until: Option<Timestamp>, now: Timestamp) -> Self {
        match until {
            None => Self::NotEnrolled,
            Some(until) if until.since(now) <= SOON => Self::EndsSoon { until_us: until.as_micros() },
            Some(until) => Self::Holds { until_us: until.as_micros() },
        }
    }
}

impl fmt::Display for CertificateReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds { .. } => writeln!(f, "OK 正常  certificate for the centre 中心证书"),
            Self::EndsSoon { .. } => writeln!(
                f,
                "WARNING 警告  the certificate for the centre ends within a day, or is over, though the recorder renews it weeks \
                 before: can it reach the centre? Cameras are recorded all the same.\n  \
                 中心证书将在一天内到期或已过期，而录像机应提前数周自动续期：请检查到中心的网络。录像不受影响。"
            ),
            Self::NotEnrolled => writeln!(
                f,
                "WARNING 警告  the recorder is not known to the centre yet: it enrols when it runs for the first time. Cameras are \
                 recorded all the same.\n  录像机尚未接入中心：首次运行时自动接入。录像不受影响。"
            ),
            Self::Unreadable => writeln!(
                f,
                "WARNING 警告  machine.json in the spool cannot be read: restore it from a copy, or remove it and have an \
                 administrator make a new token (liuhen admin recorder replace). Cameras are recorded all the same.\n  \
                 缓存目录中的 machine.json 无法读取：请从备份恢复，或删除后由管理员生成新令牌重新接入。录像不受影响。"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_told_the_day_before_can_still_see_to_it() {
        let hour = |hour: i64| Timestamp::from_micros(hour * 3_600_000_000);
        let until_us = hour(1_000).as_micros();
        let at = |now| CertificateReport::at(Some(hour(1_000)), hour(now));
        assert_eq!(at(975), CertificateReport::Holds { until_us });
        assert_eq!([at(976), at(999), at(2_000)], [CertificateReport::EndsSoon { until_us }; 3]);
        assert_eq!(CertificateReport::at(None, hour(0)), CertificateReport::NotEnrolled);
        let told = at(976).to_string();
        assert!(told.contains("录像不受影响") && told.starts_with("WARNING"), "{told}");
        assert_eq!(serde_json::to_value(at(976)).unwrap()["state"], "ends_soon");
    }
}
