//! The baseline for `synth build` and `synth check`: reads the same files into JSON values and prints how many there
//! were. Skips files that are not JSON.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).context("usage: bare FOLDER")?);
    let mut values: Vec<Value> = Vec::new();
    read(&folder, &mut values)?;
    writeln!(io::stdout(), "{}", values.len())?;
    Ok(())
}

fn read(folder: &Path, values: &mut Vec<Value>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, values)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path)?;
            values.extend(serde_json::from_str::<Value>(&without_comments(text)));
        }
    }
    Ok(())
}

/// Cuts `//` comments outside strings: the example has them, and `serde_json` cannot read them.
fn without_comments(text: String) -> String {
    if !text.contains("//") {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut in_string = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => in_string = !in_string,
            '\\' if in_string => {
                kept.push(c);
                kept.extend(chars.next());
                continue;
            }
            '/' if !in_string && chars.peek() == Some(&'/') => {
                while chars.next_if(|c| *c != '\n').is_some() {}
                continue;
            }
            _ => {}
        }
        kept.push(c);
    }
    kept
}
