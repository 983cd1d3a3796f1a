//! The fault laboratory: real programs, and everything that an exam site does to them. Each test writes its counts
//! into the ledger (`liuhen_tests::faults::note`); `./dev test faults` sums them.

mod calls_centre;
mod calls_spool;
mod camera;
mod clients;
mod clock;
mod full;
mod hour;
mod network;
#[path = "../../../archive/tests/conformance/postgres.rs"]
mod postgres;
mod power_archive;
mod power_spool;
mod soak;
mod two_servers;
