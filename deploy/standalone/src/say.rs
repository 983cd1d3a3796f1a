//! Words to the standard output. Who stops reading (`| head`) ends the program quietly, and no panic.

use std::fmt::Arguments;
use std::io::{self, Write as _};

/// Writes, or ends the program where nobody reads any more or nothing more can be written.
pub(crate) fn say(words: Arguments<'_>) {
    let mut out = io::stdout().lock();
    match out.write_fmt(words).and_then(|()| out.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            // Nothing is lost by this that could still be told.
            let _ = writeln!(io::stderr(), "write to the standard output: {error}");
            std::process::exit(1);
        }
    }
}

/// As `sayln!`.
macro_rules! sayln {
    ($($words:tt)*) => { $crate::say::say(format_args!("{}\n", format_args!($($words)*))) };
}

pub(crate) use sayln;
