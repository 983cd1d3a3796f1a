//! A program that is a camera: RTSP on loopback, for demonstrations and tests.
//!
//! It prints `READY port=N` once it listens, and ends when its standard input closes, so that it
//! never outlives what started it.

use std::io::Read as _;

use clap::Parser;
use liuhen_tests::camera::{Spec, Wire, serve};

/// Serves RTSP cameras on 127.0.0.1.
#[derive(Debug, Parser)]
struct Args {
    /// Port to listen on; 0 lets the system choose.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// PATH=synthetic:label=…;sound=alaw;size=320x240;fps=10;gop=20, or PATH=footage:FILE.
    #[arg(required = true)]
    cameras: Vec<Spec>,
    #[command(flatten)]
    wire: Wire,
    /// Go on when standard input closes.
    #[arg(long)]
    detached: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if !args.detached {
        std::thread::spawn(|| {
            let _ended = std::io::stdin().read_to_end(&mut Vec::new());
            std::process::exit(0);
        });
    }
    serve(&args.cameras, &args.wire, args.port, |port| println!("READY port={port}"))?;
    Ok(())
}
