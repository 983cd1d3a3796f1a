//! Where a role holds, and where a thing stands: what the decision compares.
//!
//! Always: a scope holds a place only where the place is known to lie in it. Not here: roles and what they may do.

use std::fmt;
use std::str::FromStr;

use crate::ids::{OrganizationId, RoomId, SessionId, SiteId};

/// Why a text is no region or scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no {kind}: expected {expected}")]
pub struct ScopeError {
    kind: &'static str,
    expected: &'static str,
    found: String,
}

/// A province, city or district by its code: GB/T 2260 with the zeros at its end left out (`37`, `3704`, `370402`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// 2, 4 or 6.
    digits: u8,
    code: u32,
}

impl Region {
    /// Whether the other is this region or lies in it.
    pub const fn contains(self, other: Self) -> bool {
        other.digits >= self.digits && other.code / 10_u32.pow((other.digits - self.digits) as u32) == self.code
    }

    /// Whether it is a district or a county: the smallest kind of region.
    pub const fn is_district(self) -> bool {
        self.digits == 6
    }
}

impl FromStr for Region {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let pairs = text.as_bytes().chunks(2);
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !matches!(text.len(), 2 | 4 | 6) || pairs.clone().any(|pair| pair == b"00") {
            let expected = "2, 4 or 6 digits of GB/T 2260 without zeros at the end, `370402` for instance";
            return Err(ScopeError { kind: "region", expected, found: text.chars().take(64).collect() });
        }
        let code = text.bytes().fold(0, |code, digit| code * 10 + u32::from(digit - b'0'));
        Ok(Self {
            digits: if text.len() == 2 {
                2
            } else if text.len() == 4 {
                4
            } else {
                6
            },
            code,
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.code, width = usize::from(self.digits))
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole archive.
    Everything,
    /// All sites of a province, city or district.
    Region(Region),
    /// All sites of an organisation.
    Organization(OrganizationId),
    /// A site.
    Site(SiteId),
    /// A room.
    Room(RoomId),
    /// A session, in all its rooms.
    Session(SessionId),
}

impl Scope {
    /// Whether what stands there lies in it.
    pub fn holds(self, place: &Place) -> bool {
        match self {
            Self::Everything => true,
            Self::Region(region) => place.region.is_some_and(|of| region.contains(of)),
            Self::Organization(organization) => place.organization == Some(organization),
            Self::Site(site) => place.site == Some(site),
            Self::Room(room) => place.room == Some(room),
            Self::Session(session) => place.session == Some(session),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Region(region) => write!(f, "region/{region}"),
            Self::Organization(id) => id.fmt(f),
            Self::Site(id) => id.fmt(f),
            Self::Room(id) => id.fmt(f),
            Self::Session(id) => id.fmt(f),
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text == "everything" {
            return Ok(Self::Everything);
        }
        if let Some(region) = text.strip_prefix("region/") {
            return region.parse().map(Self::Region);
        }
        let organization = || text.parse().map(Self::Organization).ok();
        let site = || text.parse().map(Self::Site).ok();
        let room = || text.parse().map(Self::Room).ok();
        let session = || text.parse().map(Self::Session).ok();
        organization().or_else(site).or_else(room).or_else(session).ok_or_else(|| ScopeError {
            kind: "scope",
            expected: "`everything`, `region/370402`, or the id of an organisation, a site, a room or a session",
            found: text.chars().take(64).collect(),
        })
    }
}

/// Where a thing stands, as far as it stands anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Whose it is.
    pub organization: Option<OrganizationId>,
    /// Where its site lies.
    pub region: Option<Region>,
    /// At which site.
    pub site: Option<SiteId>,
    /// In which room.
    pub room: Option<RoomId>,
    /// Of which session.
    pub session: Option<SessionId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::world::SeededRandom;

    fn region(text: &str) -> Region {
        text.parse().unwrap()
    }

    #[test]
    fn a_province_holds_its_cities_and_they_their_districts() {
        assert!(region("37").contains(region("3704")) && region("3704").contains(region("370402")));
        assert!(region("37").contains(region("370402")) && region("3704").contains(region("3704")));
        assert!(!region("3704").contains(region("37")) && !region("3704").contains(region("3705")));
        assert!(!region("37").contains(region("3101")) && region("370402").is_district() && !region("3704").is_district());
        for text in ["37", "3704", "370402", "010203"] {
            assert_eq!(region(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_region_is_refused() {
        for text in ["", "3", "370", "37040", "3704021", "370400", "0037", "37a4", "３７", "+7", "37 "] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_scope_holds_what_is_known_to_lie_in_it() {
        let (now, random) = (Timestamp::from_micros(0), SeededRandom::new(1));
        let (organization, site) = (OrganizationId::mint(now, &random), SiteId::mint(now, &random));
        let (room, session) = (RoomId::mint(now, &random), SessionId::mint(now, &random));
        let scopes = [
            Scope::Everything,
            Scope::Region(region("3704")),
            Scope::Organization(organization),
            Scope::Site(site),
            Scope::Room(room),
            Scope::Session(session),
        ];
        let place = Place {
            organization: Some(organization),
            region: Some(region("370402")),
            site: Some(site),
            room: Some(room),
            session: Some(session),
        };
        let other = Place {
            organization: Some(OrganizationId::mint(now, &random)),
            region: Some(region("370502")),
            site: Some(SiteId::mint(now, &random)),
            room: Some(RoomId::mint(now, &random)),
            session: Some(SessionId::mint(now, &random)),
        };
        for scope in scopes {
            assert_eq!(scope.to_string().parse(), Ok(scope));
            assert!(scope.holds(&place), "{scope}");
            assert_eq!(scope.holds(&other), scope == Scope::Everything, "{scope}");
            assert_eq!(scope.holds(&Place::default()), scope == Scope::Everything, "{scope}");
        }
        assert!("region/".parse::<Scope>().is_err() && "all".parse::<Scope>().is_err() && "cam_1".parse::<Scope>().is_err());
    }
}
