//! What is known of an exam site.

use std::collections::{BTreeMap, BTreeSet};

use liuhen_proto::ids::{ExemptionId, RoomId};

use super::{Unfit, Waived};
use crate::fact::Fact;
use crate::fact::parts::DateRange;
use crate::fact::site::RoomFitted;
use crate::fact::words::{DeviceKind, Facility, TraceKind};
use crate::finding::Finding;

/// A site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// When it was approved.
    pub approvals: Vec<DateRange>,
    /// What it has.
    pub facilities: BTreeSet<Facility>,
    /// Its devices that work, by kind and serial number; those of a room say which.
    pub devices: BTreeMap<(DeviceKind, String), Option<RoomId>>,
    /// How rooms are fitted out.
    pub fitted: BTreeMap<RoomId, RoomFitted>,
    /// Rooms of which the site head has signed that the cameras cover them.
    pub covered: BTreeSet<RoomId>,
    /// Rooms that need not be recorded.
    pub exemptions: BTreeMap<ExemptionId, Exemption>,
    /// What rules found.
    pub findings: Vec<Finding>,
    /// Findings that were let pass.
    pub waived: Waived,
}

/// Leave not to record rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Which rooms.
    pub rooms: Vec<RoomId>,
    /// When.
    pub valid: DateRange,
    /// What is kept instead.
    pub traces: Vec<TraceKind>,
}

impl Site {
    pub(super) fn apply(&mut self, fact: &Fact, findings: &[Finding]) -> Result<(), Unfit> {
        match fact {
            Fact::SiteApproved(it) => {
                it.valid.check("site_approved.valid")?;
                self.approvals.push(it.valid.clone());
            }
            Fact::FacilityDeclared(it) if it.present => {
                self.facilities.insert(it.facility);
            }
            Fact::FacilityDeclared(it) => {
                self.facilities.remove(&it.facility);
            }
            Fact::DeviceDeclared(it) if it.works => {
                self.devices.insert((it.device, it.serial.to_string()), it.room);
            }
            Fact::DeviceDeclared(it) => {
                self.devices.remove(&(it.device, it.serial.to_string()));
            }
            Fact::RoomFitted(it) => {
                self.fitted.insert(it.room, it.clone());
            }
            Fact::CoveragePlanSigned(it) => self.covered.extend(it.rooms.iter().copied()),
            Fact::ExemptionGranted(it) => {
                it.valid.check("exemption_granted.valid")?;
                if it.traces.is_empty() || it.rooms.is_empty() {
                    let english = "an exemption names its rooms and what is kept instead: 全程留痕 is never waived";
                    return Err(Unfit::wrong(
                        "exemption_granted.traces",
                        english,
                        "豁免须写明考场和替代留痕方式，全程留痕不可免除",
                    ));
                }
                let exemption = Exemption { rooms: it.rooms.clone(), valid: it.valid.clone(), traces: it.traces.clone() };
                self.exemptions.insert(it.exemption, exemption);
            }
            Fact::SiteFindingWaived(_) => {
                Waived::check(&self.findings, fact)?;
                self.waived.take(&self.findings, fact);
            }
            _ => unreachable!("only facts of sites come here"),
        }
        self.findings.extend_from_slice(findings);
        Ok(())
    }

    /// Whether there is such a device for a room: in it, or for the whole site where that will do.
    pub fn has_device(&self, kind: DeviceKind, room: RoomId, by_room: bool) -> bool {
        self.devices.iter().any(|((device, _), place)| *device == kind && (*place == Some(room) || (!by_room && place.is_none())))
    }
}
