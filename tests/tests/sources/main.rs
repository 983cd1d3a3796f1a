//! One suite over both readers of cameras: what holds for each, and what only GStreamer reads.
//!
//! The cameras are real ones: GStreamer's RTSP server, FFmpeg, and what speaks RTMP, SRT and MPEG over TCP. Cameras
//! that break the rules of RTSP are in the recorder's own tests.

mod both;
mod choice;
mod damage;
mod piped;
mod secret;
mod watch;
