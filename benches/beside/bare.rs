//! What `synth build` stands beside: reads the same files into JSON values, prints their number, and nothing else.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use serde_json::Value;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).context("usage: bare FOLDER")?);
    let mut values: Vec<Value> = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path)?;
            let value = serde_json::from_str(&without_comments(text));
            values.push(value.with_context(|| format!("`{}`", path.display()))?);
        }
    }
    writeln!(io::stdout(), "{}", values.len())?;
    Ok(())
}

/// Cuts `//` to the end of the line outside strings: the example has comments, which `serde_json` does not read.
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
