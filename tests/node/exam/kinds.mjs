// What differs between the kinds of organisation, as far as the way from plan to closed batch shows it.

const COMMON = ["IMPLEMENTATION_PLAN", "UNDERTAKING", "CANDIDATE_LIST", "WORK_PLAN", "HANDBOOK", "MEETING_MINUTES", "STAMPED_PLAN"];

const BLOCK = "SEVERITY_BLOCK";
const WARN = "SEVERITY_WARN";

/**
 * By the name that the caller gives. `registers`: candidates apply within a window. `lots`: lots choose invigilators.
 * `clause`: where the guideline asks for a recording of the whole; that of enterprises asks for cameras alone. `untested`:
 * how grave it is when nobody has played back what a room's camera records. `notice`: where results are posted.
 */
export const kinds = {
  social_org: { name: "枣庄某培训学校", ending: "社会化评价", documents: COMMON, registers: true, lots: true, clause: "S四(四)2(1)", untested: BLOCK, notice: "NOTICE_CHANNEL_PUBLIC" },
  enterprise: { name: "枣庄某企业", ending: "企业自主评价", documents: COMMON, registers: false, lots: false, clause: null, untested: WARN, notice: "NOTICE_CHANNEL_ENTERPRISE" },
  technical_college: {
    name: "枣庄某技工院校",
    ending: "技工院校",
    documents: [...COMMON, "ENROLMENT_STATISTICS", "TEACHING_PLAN"],
    registers: false,
    lots: true,
    clause: "T七(二)1",
    untested: BLOCK,
    notice: "NOTICE_CHANNEL_SCHOOL",
  },
};
