//! From the bytes of a file to its tables.

use crate::table::Table;
use crate::trouble::Trouble;
use crate::{delimited, package, workbook};

/// The largest file that is looked at.
pub const MAX_BYTES: usize = 8 << 20;

/// Reads the tables of a file; what it is, its first bytes say, not its name.
pub fn read(bytes: &[u8]) -> Result<Vec<Table>, Trouble> {
    if bytes.len() > MAX_BYTES {
        let (english, chinese) = ("larger than 8 MiB: remove pictures, or split it", "文件超过 8 MiB，请删除图片或拆分文件");
        return Err(Trouble::of_file(english, chinese));
    }
    match bytes {
        [] => Err(Trouble::of_file("the file is empty: save it again", "文件为空，请重新保存")),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => workbook::read(bytes),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(package::of_ole(bytes)),
        _ => Ok(vec![delimited::read(bytes)?]),
    }
}
