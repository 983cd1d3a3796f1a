//! THE RULES. Pure functions of facts, without any I/O and without a clock.
//!
//! In: facts as types of `liuhen_proto`. Out: what a rule makes of them, with the clause it rests on.
//! - [`window`]: when a viewpoint must be recorded;
//! - [`coverage`]: how long a hole may be before it is a gap;
//! - [`calendar`]: which days are worked, and counting them;
//! - [`deadline`]: what must be done by when, and what not before;
//! - [`lots`]: who invigilates in which room, drawn so that anybody can draw it again.
//!
//! Always: a rule names the clause it comes from, or says that it is the house's own. A rule refuses
//! permission, never a fact. Not here: where facts are kept (`liuhen_archive`).

pub mod calendar;
pub mod coverage;
pub mod deadline;
pub mod lots;
pub mod window;

/// Where a rule comes from. `S`, `T` and `E` are the guidelines for social organisations, technical
/// colleges and enterprises, followed by the clause; `house` is our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clause(&'static str);

impl Clause {
    /// The citation.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for Clause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
