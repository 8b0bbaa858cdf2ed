//! Compiles the functions in `FUNCTIONS_DIR` into `synth`: `x86_64/bootstrap` and `arm64/bootstrap` for Lambda, and for a
//! `synth` that does not run on Linux `host/bootstrap`, which runs beside it. Without that variable there are none.

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
    let (mut inside, mut host) = (String::new(), "None".to_owned());
    if let Some(folder) = env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from) {
        if !folder.is_absolute() {
            return Err(format!("{FOLDER} is `{}`; it must be an absolute path", folder.display()).into());
        }
        let found = |name: &str| {
            let path = folder.join(name).join("bootstrap");
            println!("cargo::rerun-if-changed={}", path.display());
            path.exists().then_some(path)
        };
        for architecture in ["x86_64", "arm64"] {
            if let Some(path) = found(architecture) {
                inside += &(compress(&path, architecture, architecture, &out)? + ",");
            }
        }
        if env::var("CARGO_CFG_TARGET_OS")? != "linux"
            && let Some(path) = found("host")
        {
            let machine = env::var("CARGO_CFG_TARGET_ARCH")?;
            let architecture = if machine == "aarch64" { "arm64" } else { &machine };
            host = format!("Some({})", compress(&path, "host", architecture, &out)?);
        }
        if inside.is_empty() {
            return Err(format!("`{}` has neither `x86_64/bootstrap` nor `arm64/bootstrap`", folder.display()).into());
        }
    }
    fs::write(out.join("inside.rs"), format!("&[{inside}]"))?;
    fs::write(out.join("host.rs"), host)?;
    Ok(())
}

/// Writes a compressed program to `out` under a name. Returns the `Inside` that describes it, as Rust.
fn compress(path: &Path, name: &str, architecture: &str, out: &Path) -> Result<String, Box<dyn Error>> {
    let wrong = |why: &dyn std::fmt::Display| format!("`{}`: {why}", path.display());
    let mut program = fs::read(path).map_err(|why| wrong(&why))?;
    let (at, marker) = seal::seal(&mut program).ok_or_else(|| wrong(&"it is not built on the handler library"))?;
    let version = env::var("CARGO_PKG_VERSION")?;
    if marker.version != version || marker.architecture != architecture || marker.plans != VERSIONS || !marker.stock {
        let why = format!("it must be the stock function {version} for {architecture}; this is {marker:?}");
        return Err(wrong(&why).into());
    }
    let compressed = out.join(name);
    let mut encoder = DeflateEncoder::new(File::create(&compressed)?, Compression::best());
    encoder.write_all(&program)?;
    encoder.finish()?;
    let variant = if architecture == "arm64" { "Arm64" } else { "X86_64" };
    let (length, digest) = (program.len(), marker.digest.unwrap_or_default());
    let compressed = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
    Ok(format!(
        "Inside {{ architecture: Architecture::{variant}, length: {length}, at: {at}, digest: {digest:?}, compressed: {compressed} }}"
    ))
}
