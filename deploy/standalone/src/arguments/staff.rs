//! What can be typed after `liuhen admin staff`.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Args)]
pub(crate) struct StaffOf {
    #[command(subcommand)]
    pub(crate) action: StaffAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaffAction {
    /// Show staff of an organisation, names masked, with their accounts · 查看考务人员与账号
    List {
        /// `org_…` · 机构编号
        #[arg(value_name = "ORGANIZATION")]
        organization: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Say which account a staff member has, so that it is known who is on duty · 关联账号
    Link {
        #[command(flatten)]
        who: StaffMember,
        /// `per_…` · 人员编号
        #[arg(value_name = "PERSON")]
        person: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Say that a staff member has no account any more · 解除关联
    Unlink {
        #[command(flatten)]
        who: StaffMember,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StaffMember {
    /// `org_…` · 机构编号
    #[arg(value_name = "ORGANIZATION")]
    pub(crate) organization: String,
    /// `stf_…` · 考务人员编号
    #[arg(value_name = "STAFF")]
    pub(crate) staff: String,
}
