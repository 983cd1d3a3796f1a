//! What `fsck` says, to people and to programs.

use serde::Serialize;

/// The most findings that a report lists; all are counted.
const MAX_FINDINGS: usize = 10_000;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $damage:literal, $en:literal, $zh:literal;)*) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum FindingKind { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl FindingKind {
            /// As it stands in the report.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Whether something was lost or altered; otherwise it harms nothing.
            pub const fn is_damage(self) -> bool {
                match self { $(Self::$name => $damage,)* }
            }

            const fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($en, $zh),)* }
            }
        }
    };
}

kinds! {
    /// The object's bytes are not those that were sealed.
    ObjectChanged = "object_changed", true,
        "the object is not what was sealed; restore it from a copy whose SHA-256 matches the entry",
        "存储对象与封存时不一致，请用与存证条目 SHA-256 相符的副本恢复";
    /// The object is gone.
    ObjectMissing = "object_missing", true,
        "the object is missing; restore it from a copy whose SHA-256 matches the entry",
        "存储对象缺失，请用与存证条目 SHA-256 相符的副本恢复";
    /// The manifest's bytes are not those that were sealed.
    ManifestChanged = "manifest_changed", true,
        "the manifest is not what was sealed; restore it from a copy whose SHA-256 matches the entry",
        "清单文件与封存时不一致，请用与存证条目 SHA-256 相符的副本恢复";
    /// The manifest is gone.
    ManifestMissing = "manifest_missing", true,
        "the manifest is missing; restore it from a copy whose SHA-256 matches the entry",
        "清单文件缺失，请用与存证条目 SHA-256 相符的副本恢复";
    /// A manifest as it was sealed says something else than the row.
    ManifestDisagrees = "manifest_disagrees", true,
        "the manifest says something else than the records; the manifest is what was sealed",
        "清单与数据库记录不一致，以封存的清单为准";
    /// The object of a still is gone.
    DerivedMissing = "derived_missing", false,
        "the picture is missing; it was derived, and can be made again from the footage",
        "派生图片缺失；可由录像重新生成，不影响证据";
    /// The object of a still is not what was stored.
    DerivedChanged = "derived_changed", false,
        "the picture is not what was stored; it was derived, and can be made again from the footage",
        "派生图片与存入时不一致；可由录像重新生成，不影响证据";
    /// An object that no record speaks of.
    Orphan = "orphan", false,
        "no record speaks of this object; it harms nothing, and was left by a crash or put there by hand",
        "该存储对象没有对应记录；不影响已有数据，可能是异常退出遗留或人为放入";
    /// A row says something else than its entry.
    RowChanged = "row_changed", true,
        "the row says something else than its entry in the custody log; the entry is what was written",
        "数据库记录与存证日志条目不一致，以存证条目为准";
    /// A row that cannot be read.
    RowUnreadable = "row_unreadable", true,
        "the row cannot be read as what it should be",
        "数据库记录无法按应有格式读取";
    /// A row without an entry.
    RowWithoutEntry = "row_without_entry", true,
        "the row has no entry in the custody log: the entry was removed, or the row slipped in",
        "数据库记录在存证日志中没有条目：条目被删除，或记录为擅自插入";
    /// An entry whose row is gone.
    RowMissing = "row_missing", true,
        "the entry stands in the custody log, and what it tells of is missing from the records",
        "存证日志中有条目，但对应的数据库记录缺失";
    /// An index of the log has no entry.
    EntryMissing = "entry_missing", true,
        "an entry of the custody log is missing",
        "存证日志缺少条目";
    /// An entry's bytes are not those of its hash, or no entry at all.
    EntryChanged = "entry_changed", true,
        "an entry of the custody log was changed",
        "存证日志条目被改动";
    /// An entry does not follow the one before it in its chain.
    ChainBroken = "chain_broken", true,
        "the chain does not hold: an entry was removed, added, changed or moved",
        "存证链断裂：有条目被删除、插入、改动或调换";
    /// The leaves do not give the root that was noted.
    RootDiffers = "root_differs", true,
        "the entries do not give the root that was noted when they were written",
        "按条目重算的树根与写入时记录的树根不一致";
    /// The head of the log or of a chain is not what the leaves give.
    HeadDiffers = "head_differs", true,
        "the head that is kept is not what the entries give",
        "保存的日志头与条目不符";
    /// A body is gone.
    BodyMissing = "body_missing", true,
        "the body that the entry points to is missing",
        "存证条目指向的正文缺失";
    /// A body is not what the entry points to.
    BodyChanged = "body_changed", true,
        "the body is not what the entry points to",
        "正文与存证条目中的摘要不符";
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// Whether something was lost or altered; otherwise it harms nothing.
    pub damage: bool,
    /// The thing: name of an object, of a row, index of an entry.
    pub thing: String,
    /// What was found and what was expected, for a person who looks into it.
    pub detail: String,
    /// In English.
    pub message: String,
    /// In Chinese.
    pub message_zh: String,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Entries of the log.
    pub entries: u64,
    /// Chains of subjects.
    pub chains: u64,
    /// Bodies.
    pub bodies: u64,
    /// Rows that were compared with their entries, segments included.
    pub rows: u64,
    /// Segments.
    pub segments: u64,
    /// Objects in the store, manifests included.
    pub objects: u64,
    /// Bytes that were read and digested.
    pub bytes: u64,
}

/// What `fsck` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing was lost or altered. Orphans alone leave it so.
    pub sound: bool,
    /// How much was looked at.
    pub checked: Checked,
    /// Number of findings; more than are listed where there are very many.
    pub found: u64,
    /// Number of those that are damage.
    pub damage: u64,
    /// What was found, at most 10000.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn find(&mut self, kind: FindingKind, thing: String, detail: String) {
        self.found += 1;
        self.damage += u64::from(kind.is_damage());
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        let (message, message_zh) = kind.words();
        let (message, message_zh) = (format!("{thing}: {message}"), format!("{thing}：{message_zh}"));
        self.findings.push(Finding { kind, damage: kind.is_damage(), thing, detail, message, message_zh });
    }
}

/// What is being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Rows against their entries.
    Rows,
    /// Segments against manifests and objects.
    Objects,
    /// Entries, chains and root.
    Log,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What is being looked at.
    pub stage: Stage,
    /// How many of it are done: rows, segments or entries.
    pub done: u64,
    /// Of how many, where that is known.
    pub of: Option<u64>,
}
