//! The zip of a workbook: which parts it has, and what stands in one.
//!
//! Always: a part is unpacked only where its size, as said and as found, is within bounds, and all that is unpacked of a
//! file is within one. Other parts (pictures, settings of printers) are never unpacked.

use std::collections::HashSet;
use std::io::{Cursor, Read as _};

use zip::ZipArchive;

use crate::trouble::Trouble;

/// A workbook of people has some dozens; one with a photo for each candidate some thousands.
const MAX_ENTRIES: usize = 20_000;
/// A sheet of 20,000 rows and 20 columns is about 20 MB.
const MAX_PART: u64 = 48 << 20;
const MAX_ALL: u64 = 96 << 20;
/// XML of real sheets packs to a tenth or a thirtieth; what is made to burst, to a thousandth.
const MAX_RATIO: u64 = 200;
/// Small parts may pack as they like.
const SMALL: u64 = 1 << 20;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// An opened workbook.
pub(crate) struct Package<'a> {
    archive: Archive<'a>,
    names: Vec<String>,
    left: u64,
}

pub(crate) fn broken() -> Trouble {
    let english = "the file is damaged: open it in Excel or WPS and save it again as .xlsx";
    Trouble::of_file(english, "文件已损坏，请用 Excel 或 WPS 打开后另存为 .xlsx")
}

fn bomb() -> Trouble {
    let english = "the file unpacks to more than a form can be: copy the rows into a new workbook";
    Trouble::of_file(english, "文件解压后过大，请把数据行复制到新工作簿后再导入")
}

fn locked() -> Trouble {
    let english = "the file is protected with a password: save it without one (File, Info, Protect Workbook)";
    Trouble::of_file(english, "文件设有打开密码，请取消密码（文件→信息→保护工作簿）后重新保存")
}

fn save_as(what: &str) -> Trouble {
    Trouble::of_file(format!("this is {what}: save it as .xlsx or as CSV"), format!("该文件是 {what}，请另存为 .xlsx 或 CSV"))
}

/// What an OLE file is: an old workbook, or a new one behind a password.
pub(crate) fn of_ole(bytes: &[u8]) -> Trouble {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    match bytes.windows(name.len()).any(|window| window == name) {
        true => locked(),
        false => save_as("an .xls workbook"),
    }
}

impl<'a> Package<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Trouble> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
        if archive.len() > MAX_ENTRIES {
            return Err(bomb());
        }
        let mut names = Vec::with_capacity(archive.len());
        for place in 0..archive.len() {
            let entry = archive.by_index_raw(place).map_err(|_| broken())?;
            if entry.encrypted() {
                return Err(locked());
            }
            // Some writers begin names with a slash, or write backslashes.
            let name = entry.name().map_err(|_| broken())?.replace('\\', "/");
            names.push(name.trim_start_matches('/').to_lowercase());
        }
        // Of two parts of one name, Excel and we might read another one each.
        let mut once = HashSet::with_capacity(names.len());
        if !names.iter().all(|name| once.insert(name.as_str())) {
            return Err(broken());
        }
        let package = Self { archive, names, left: MAX_ALL };
        package.is_plain()?;
        Ok(package)
    }

    /// A workbook, without anything that runs.
    fn is_plain(&self) -> Result<(), Trouble> {
        let has = |name: &str| self.names.iter().any(|known| known == name);
        let below = |folder: &str| self.names.iter().any(|known| known.starts_with(folder));
        if self.names.iter().any(|name| name.ends_with("vbaproject.bin")) || below("xl/macrosheets/") {
            let english = "the workbook holds macros, which are never taken in: save it as .xlsx";
            return Err(Trouble::of_file(english, "工作簿含有宏，不予接收，请另存为 .xlsx"));
        }
        match () {
            () if has("xl/workbook.bin") => Err(save_as("an .xlsb workbook")),
            () if has("content.xml") && has("mimetype") => Err(save_as("an OpenDocument file (.ods)")),
            () if below("word/") || below("ppt/") => Err(save_as("no workbook but a document")),
            () if !has("[content_types].xml") || !below("xl/") => Err(save_as("no workbook but another zip file")),
            () => Ok(()),
        }
    }

    /// Whether there is such a part.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    fn place(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        self.names.iter().position(|known| *known == name)
    }

    /// A part as text.
    pub(crate) fn part(&mut self, name: &str) -> Result<String, Trouble> {
        let place = self.place(name).ok_or_else(broken)?;
        let mut entry = self.archive.by_index(place).map_err(|_| broken())?;
        let (said, packed) = (entry.size(), entry.compressed_size());
        if said > MAX_PART.min(self.left) || said > SMALL && said / packed.max(1) > MAX_RATIO {
            return Err(bomb());
        }
        let mut bytes = Vec::new();
        // It may be more than was said.
        (&mut entry).take(said.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| broken())?;
        if bytes.len() as u64 != said {
            return Err(broken());
        }
        self.left -= said;
        decoded(bytes).ok_or_else(broken)
    }
}

/// XML is UTF-8, or UTF-16 with its mark.
fn decoded(bytes: Vec<u8>) -> Option<String> {
    let from = |encoding: &'static encoding_rs::Encoding, rest: &[u8]| {
        encoding.decode_without_bom_handling_and_without_replacement(rest).map(std::borrow::Cow::into_owned)
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => from(encoding_rs::UTF_16LE, rest),
        [0xfe, 0xff, rest @ ..] => from(encoding_rs::UTF_16BE, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}
