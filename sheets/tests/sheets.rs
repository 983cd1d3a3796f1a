//! Spreadsheets of strangers: what is read right, and what is refused, with which words.

#[path = "sheets/bad.rs"]
mod bad;
#[path = "sheets/corpus.rs"]
mod corpus;
#[path = "sheets/good.rs"]
mod good;
#[path = "sheets/identity.rs"]
mod identity;
#[path = "sheets/libreoffice.rs"]
mod libreoffice;
#[path = "sheets/made.rs"]
mod made;
#[path = "sheets/openpyxl.rs"]
mod openpyxl;
