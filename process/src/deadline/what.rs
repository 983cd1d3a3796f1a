//! The deadlines of the guidelines, by name.

/// On which side of the date a thing has to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// On the date or earlier.
    NotAfter,
    /// On the date or later.
    NotBefore,
    /// On the date.
    On,
}

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $zh:literal, $sense:ident;)*) => {
        /// What has a date.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum What { $($(#[$doc])* $name,)* }

        impl What {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As it stands on the wire and in findings.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// In Chinese.
            pub const fn zh(self) -> &'static str {
                match self { $(Self::$name => $zh,)* }
            }

            /// On which side of the date it has to happen.
            pub const fn sense(self) -> Sense {
                match self { $(Self::$name => Sense::$sense,)* }
            }
        }
    };
}

whats! {
    /// The plan of the year is announced; triggered by any day of that year (S二(二)).
    Announcement = "announcement", "年度计划公告", NotAfter;
    /// The plan of a newly selected organisation is announced; triggered by the day on which the province published it (S二(二)).
    FirstAnnouncement = "first_announcement", "新遴选机构计划公告", NotAfter;
    /// The plan is filed; triggered by what it must precede: registration (S), assessment (E) or exam (T). B2.
    PlanFiling = "plan_filing", "认定计划报送", NotAfter;
    /// Registration closes; triggered by the day on which it opens. B3.
    RegistrationCloses = "registration_closes", "报名截止", On;
    /// The candidates' papers are reviewed; triggered by the last day of registration. B3.
    ReviewEnds = "review_ends", "报名资料审核", NotAfter;
    /// Admission tickets can be had; triggered by the exam day. B3.
    AdmissionTicket = "admission_ticket", "准考证发放", NotAfter;
    /// The public notice of the results ends; triggered by the day on which it was posted. J1.
    PublicNoticeEnds = "public_notice_ends", "结果公示期满", NotBefore;
    /// Results may be uploaded: the day after the notice ends; triggered by the same day. J1.
    UploadOpens = "upload_opens", "认定结果上传", NotBefore;
    /// The data of the certificates are reported; triggered by the date of issue. J6.
    DataReport = "data_report", "证书数据报送", NotAfter;
    /// Returned data are corrected and reported again; triggered by the day on which they came back. J7.
    ReturnedData = "returned_data", "退回数据重新上报", NotAfter;
    /// The summary of the year is handed in; triggered by any day of that year. K5.
    AnnualSummary = "annual_summary", "年度工作总结", NotAfter;
}
