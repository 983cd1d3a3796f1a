//! The organisation, its people, and the site.

use crate::case::Room;
use crate::fact::organization::{AnnouncementPublished, BodyFiled, ScopeFiled, StaffRegistered};
use crate::fact::parts::{AnnouncedItem, DateRange, Occupation, Qualification};
use crate::fact::site::{CoveragePlanSigned, DeviceDeclared, FacilityDeclared, RoomFitted, SiteApproved};
use crate::fact::words::{DeviceKind, Facility, Level};
use crate::words::RoomKind;

use super::{World, camera, date, file, on, room, signature, staff, text};

/// What is certified.
pub(super) fn lathe_operator() -> Occupation {
    Occupation { code: text("6-18-01-01"), name: text("车工") }
}

/// From 2024 to 2028.
fn years() -> DateRange {
    DateRange { first: date("2024-03-01"), last: date("2028-12-31") }
}

/// The announcement of 2026.
pub(crate) fn announcement() -> AnnouncementPublished {
    let item = AnnouncedItem { occupation: lathe_operator().code, levels: vec![Level::Level4, Level::Level3], months: vec![10] };
    AnnouncementPublished {
        year: 2026,
        approved_on: Some(date("2026-01-10")),
        published_on: date("2026-01-15"),
        channel: text("官网"),
        document_sha256: file("announcement"),
        items: vec![item],
    }
}

fn person(n: u32) -> StaffRegistered {
    let card = Qualification { kind: text("证卡"), number: text(&format!("37-{n:04}")), valid_to: Some(date("2027-12-31")) };
    StaffRegistered { staff: staff(n), name: text("赵志强"), unit: None, qualifications: vec![card], person: None }
}

impl World {
    /// On file, announced, with people 1 to 29.
    pub(crate) fn with_organization(&mut self) -> &mut Self {
        self.when(on("2026-01-15", "10:00:00"));
        self.tell(BodyFiled { authority: text("枣庄市人社局"), number: text("S000037040001"), valid: years() });
        let levels = vec![Level::Level4, Level::Level3];
        self.tell(ScopeFiled {
            occupation: lathe_operator(), levels, valid: years(), approval: text("枣人社备〔2024〕1号")
        });
        self.tell(announcement());
        (1..30).for_each(|n| {
            self.tell(person(n));
        });
        self
    }

    /// Room 1 for theory, 2 for practical tests, 3 for appraisal, 4 in reserve; camera 1 in room 1 and so on.
    pub(crate) fn with_site(&mut self) -> &mut Self {
        let kinds = [RoomKind::Theory, RoomKind::Practical, RoomKind::ComprehensiveAppraisal, RoomKind::Theory];
        for (n, kind) in (1..).zip(kinds) {
            self.view.rooms.insert(room(n), Room { kind, cameras: vec![camera(n)] });
        }
        self.tell(SiteApproved { authority: text("枣庄市人社局"), number: text("KD-1"), valid: years() });
        for &facility in Facility::ALL {
            self.tell(FacilityDeclared { facility, location: text("1号楼"), present: true });
        }
        for n in 1..5 {
            for device in [DeviceKind::IdReader, DeviceKind::Jammer] {
                self.tell(DeviceDeclared { device, room: Some(room(n)), serial: text(&format!("{device}-{n}")), works: true });
            }
            let (room, seats) = (room(n), vec![text("A1"), text("A2")]);
            self.tell(RoomFitted { room, seats, single_desk: true, single_row: true, spacing_cm: 90, computers: 30 });
        }
        self.tell(CoveragePlanSigned { rooms: (1..5).map(room).collect(), signature: signature("考点负责人") })
    }
}
