//! The whole path: real cameras, real programs, real faults.
//!
//! In: the programs `liuhen` and `liuhen-recorder`, built in the same target directory. Out, in the
//! order data meets them:
//! - [`camera`]: RTSP cameras on loopback, each a program of its own (`liuhen-camera`);
//! - [`program`]: starts, watches and kills programs;
//! - [`world`]: a whole site: server, recorder, cameras, and a session to be recorded;
//! - [`clips`], [`elementary`], [`dav`]: footage for cameras and imports, and what of it the archive must hold;
//! - [`uploader`]: a client that writes down what was promised to it;
//! - [`faults`]: the fault laboratory: disks that lose power, lines that misbehave, and the ledger of what came of it;
//! - [`demo`]: the demonstration, which checks itself.
//!
//! Always: every port is chosen by the system, every file lies in a directory of the test, and what
//! was started is killed when its handle is dropped.
//! Not here: tests of one room alone; they stand beside that room.

pub mod camera;
pub mod clips;
pub mod dav;
pub mod demo;
pub mod elementary;
pub mod faults;
pub mod program;
pub mod scripted;
pub mod uploader;
pub mod world;
