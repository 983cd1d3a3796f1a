//! What a site does to its recorder: disks that fill, lines that break, cameras that lie, and what people see of it.

mod alive;
mod link;
mod page;
mod room;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
