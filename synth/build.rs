//! Compiles the functions in `FUNCTIONS_DIR`, `x86_64/bootstrap` and `arm64/bootstrap`, into `synth`. Without that variable
//! there are none.

#[path = "src/function/seal.rs"]
mod seal;

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use model::plan::VERSIONS;

const FOLDER: &str = "FUNCTIONS_DIR";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/function/seal.rs");
    println!("cargo::rerun-if-env-changed={FOLDER}");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut inside = String::new();
    if let Some(folder) = env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from) {
        if !folder.is_absolute() {
            return Err(format!("{FOLDER} is `{}`; it must be an absolute path", folder.display()).into());
        }
        for (name, architecture) in [("X86_64", "x86_64"), ("Arm64", "arm64")] {
            let path = folder.join(architecture).join("bootstrap");
            println!("cargo::rerun-if-changed={}", path.display());
            if path.exists() {
                inside +=
                    &compress(&path, name, architecture, &out).map_err(|why| format!("`{}`: {why}", path.display()))?;
            }
        }
        if inside.is_empty() {
            return Err(format!("`{}` has neither `x86_64/bootstrap` nor `arm64/bootstrap`", folder.display()).into());
        }
    }
    fs::write(out.join("inside.rs"), format!("&[{inside}]"))?;
    Ok(())
}

/// Writes a compressed program to `out`. Returns the `Inside` that describes it, as Rust.
fn compress(path: &Path, name: &str, architecture: &str, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut program = fs::read(path)?;
    let (at, marker) = seal::seal(&mut program).ok_or("it is not built on the handler library")?;
    let version = env::var("CARGO_PKG_VERSION")?;
    if marker.version != version || marker.architecture != architecture || marker.plans != VERSIONS || !marker.stock {
        return Err(format!("it must be the stock function {version} for {architecture}; this is {marker:?}").into());
    }
    let compressed = out.join(architecture);
    let mut encoder = DeflateEncoder::new(File::create(&compressed)?, Compression::best());
    encoder.write_all(&program)?;
    encoder.finish()?;
    let (length, digest) = (program.len(), marker.digest.unwrap_or_default());
    let compressed = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{architecture}\"))");
    Ok(format!(
        "Inside {{ architecture: Architecture::{name}, length: {length}, at: {at}, digest: {digest:?}, compressed: {compressed} }},"
    ))
}
