//! From the wire: that findings of an organisation, a site or a batch are let pass.

use liuhen_process::fact::waived::*;

use super::from_wire;

from_wire! { OrganizationFindingWaived {
    rule: rule,
    about: about,
    reason: reason,
    signature: signature,
} }

from_wire! { SiteFindingWaived {
    rule: rule,
    about: about,
    reason: reason,
    signature: signature,
} }

from_wire! { BatchFindingWaived {
    rule: rule,
    about: about,
    reason: reason,
    signature: signature,
} }
