//! WHAT A SPREADSHEET IS. Tables of XLSX and CSV files of strangers, and the forms of the guidelines that they fill in.
//!
//! In: the bytes of a file. Out: the rows of a form, or [`Trouble`]s that say sheet, row, column and remedy in Chinese and
//! English; and the other way round, a form filled in as a file. In the order data meets them:
//! - `package`: the zip of a workbook, its parts, with their sizes counted as they are unpacked;
//! - `xml`, `styles`, `strings`, `worksheet`, `workbook`: what the parts say;
//! - `delimited`: CSV, in the encodings that are met with;
//! - [`table`]: cells by row and column; [`reader`]: from bytes to tables;
//! - [`trouble`]: what is wrong, where, and what to do;
//! - [`form`]: headings found, cells of their columns cleaned; [`annex`]: the forms themselves;
//! - [`writer`]: tables as files.
//!
//! Always: memory is bounded before anything is unpacked, whatever the file says of itself; what a formula, a merged or a
//! hidden cell would have meant is never guessed; no trouble repeats what stands in a cell.
//! Not here: what the rows mean (`liuhen_api` makes facts of them), any I/O.

pub mod annex;
mod clean;
mod delimited;
pub mod form;
mod moment;
mod package;
pub mod reader;
mod strings;
mod styles;
pub mod table;
pub mod trouble;
mod workbook;
mod worksheet;
pub mod writer;
mod xml;

pub use reader::read;
pub use trouble::{Place, Trouble, Troubles};
