//! That a finding of an organisation, a site or a batch is let pass; one of a session by [`super::state::FindingWaived`].

use serde::{Deserialize, Serialize};

use super::parts::Signature;
use crate::text::Text;

/// A finding of an organisation is let pass. Who may is in the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationFindingWaived {
    /// Which rule.
    pub rule: Text<60>,
    /// What it is about, as the finding says.
    pub about: Text<200>,
    /// Why.
    pub reason: Text<1000>,
    /// By whom.
    pub signature: Signature,
}

/// A finding of a site is let pass. Who may is in the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteFindingWaived {
    /// Which rule.
    pub rule: Text<60>,
    /// What it is about, as the finding says.
    pub about: Text<200>,
    /// Why.
    pub reason: Text<1000>,
    /// By whom.
    pub signature: Signature,
}

/// A finding of a batch is let pass. Who may is in the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchFindingWaived {
    /// Which rule.
    pub rule: Text<60>,
    /// What it is about, as the finding says.
    pub about: Text<200>,
    /// Why.
    pub reason: Text<1000>,
    /// By whom.
    pub signature: Signature,
}
