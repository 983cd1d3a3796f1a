//! Takes the built page of the console into the program, where it was built: `./dev setup` does, or `npm run build` in
//! `console/`. Nothing is built here, so that a machine without Node builds all the rest; the program then shows a page
//! that says so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let built = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("console/dist");
    // The directory is always there: for one that is missing, Cargo would build this room anew each time.
    println!("cargo:rerun-if-changed={}", built.display());
    let mut list = String::from("&[\n");
    if built.join("index.html").is_file() {
        for file in [vec![built.join("index.html")], files(&built.join("assets"))?].concat() {
            let name = file.file_name().and_then(|name| name.to_str()).ok_or("a name that is text")?;
            writeln!(list, "    ({name:?}, include_bytes!({:?}) as &[u8]),", file.display().to_string())?;
        }
    }
    list.push(']');
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("console.rs"), list)?;
    Ok(())
}

/// In the order of their names, so that the same page gives the same program.
fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = std::fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
