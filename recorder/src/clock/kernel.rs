//! Whether something disciplines the system's clock: asked of the kernel, where chrony, ntpd, systemd-timesyncd and
//! whatever else sets the clock leave the answer.
//!
//! No maintained crate offers this call without `unsafe`, so it is made here, in the one function that has it. The
//! kernel takes its word back by itself when nothing has spoken to it for some hours (`maxerror` reaches 16 s), and
//! at once when somebody sets the clock by hand. chrony gives its word only where its configuration has `rtcsync`,
//! as Debian's has.
//! Not here: what follows from the answer ([`super::belief`]).

use std::path::Path;

/// systemd-timesyncd makes this file once it has synchronised the clock.
const MARKER: &str = "/run/systemd/timesync/synchronized";

/// Whether the system's clock is synchronised now. Where the kernel may not be asked (a unit with `ProtectClock=`),
/// systemd-timesyncd's marker says.
pub(super) fn is_synchronized() -> bool {
    status().map_or_else(|| Path::new(MARKER).exists(), |status| status & libc::STA_UNSYNC == 0)
}

/// The kernel's status bits of the clock; nothing where it refuses to tell.
#[expect(unsafe_code, reason = "adjtimex(2) has no safe wrapper; the module's header says why it is asked")]
fn status() -> Option<i32> {
    // SAFETY: `timex` is a C structure of whole numbers, for which zero bytes are valid; with `modes` zero the call
    // changes nothing, needs no right, and writes to this structure alone, which lives until it returns.
    let (state, timex) = unsafe {
        let mut timex: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut timex), timex)
    };
    (state >= 0).then_some(timex.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_answers_the_same_twice() {
        assert!(status().is_none_or(|status| status & !0xffff == 0));
        assert_eq!(is_synchronized(), is_synchronized());
    }
}
