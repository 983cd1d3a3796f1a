//! Upload, Control and Observe over loopback, with a real server, real records on SQLite and real objects in a
//! directory. Only the recorder is played, so that it can do what no good recorder does.

mod client;
mod clocks;
mod control;
mod failing_disk;
mod footage;
mod ladder;
mod observe;
mod power;
mod refusals;
mod restart;
mod tails;
mod two_nodes;
mod world;

#[path = "../../../archive/tests/conformance/postgres.rs"]
mod postgres;
