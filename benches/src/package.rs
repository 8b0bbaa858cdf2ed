//! The size of what `sam deploy` uploads.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::figures::Kib;

/// Like `zip -9`. Every machine with `make synth` has Python, so one number needs no crate.
const ZIP: &str = "
import io, sys, zipfile
package = io.BytesIO()
with zipfile.ZipFile(package, 'w', zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for file in sys.argv[1:]:
        archive.write(file, file.rsplit('/', 1)[-1])
print(len(package.getvalue()))
";

/// Returns the size of a package of these files.
pub(crate) fn size(files: &[&Path]) -> anyhow::Result<Kib> {
    let output = Command::new("python3").args(["-c", ZIP]).args(files).output().context("cannot run `python3`")?;
    if !output.status.success() {
        bail!("the package could not be built: {}", String::from_utf8_lossy(&output.stderr));
    }
    let bytes = String::from_utf8_lossy(&output.stdout).trim().parse().context("python3 did not print a number")?;
    Ok(Kib::of_bytes(bytes))
}
