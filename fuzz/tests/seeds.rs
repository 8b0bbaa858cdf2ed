//! Runs every function of `fuzz` on seeds and their mutations. The inputs are the same in every run.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::path::{Path, PathBuf};

use local::Random;

/// The number of mutations per seed.
const MUTATIONS: usize = 24;

/// Text that is special to one of the decoders.
const WORDS: [&str; 16] =
    ["\"", "{", "}", "[", "]", ",", ":", "{{", "}}", "\\u0000", "\u{feff}", "null", "1e999", "&a", "*a", "!Ref A"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn seeds(folder: &str) -> Vec<Vec<u8>> {
    files(&root().join(folder)).iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// Makes one or two edits: deletes, repeats or inserts something, or takes it from another seed.
fn mutated(seed: &[u8], seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = seed.to_vec();
    for _ in 0..=random.below(2) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(40)).min(data.len());
        match random.below(5) {
            0 => drop(data.drain(at..end)),
            1 => drop(data.splice(at..at, data[at..end].to_vec())),
            2 => drop(data.splice(at..at, random.one_of(&WORDS).unwrap().bytes())),
            3 if at < data.len() => data[at] ^= 1 << random.below(8),
            _ => {
                let other = random.one_of(seeds).unwrap();
                data.truncate(at);
                data.extend_from_slice(&other[random.below(other.len() + 1)..]);
            }
        }
    }
    data
}

/// Calls a function with the seeds and their mutations.
fn feed(seeds: &[Vec<u8>], body: impl Fn(&[u8])) {
    assert!(seeds.len() > 1);
    let mut random = Random::new(20_261_125);
    for seed in seeds {
        body(seed);
        for _ in 0..MUTATIONS {
            body(&mutated(seed, seeds, &mut random));
        }
    }
}

/// Does the same for text, like libFuzzer, but turns invalid UTF-8 into valid text.
fn feed_text(seeds: &[Vec<u8>], body: impl Fn(&str)) {
    feed(seeds, |data| body(&String::from_utf8_lossy(data)));
}

#[test]
fn hostile_documents_are_checked() {
    feed_text(&seeds("tests/cases/corpus"), fuzz::document);
    feed_text(&seeds("tests/cases/refuse"), fuzz::document);
}

#[test]
fn wrapped_documents_are_checked_as_they_are_alone() {
    feed_text(&seeds("tests/cases/corpus"), fuzz::wrapped);
    feed_text(&seeds("tests/cases/refuse"), fuzz::wrapped);
}

#[test]
fn hostile_texts_are_compared() {
    let sides = seeds("tests/cases/diff");
    let pairs: Vec<Vec<u8>> = sides.chunks(2).map(|sides| sides.join(&b"\n---\n"[..])).collect();
    feed_text(&pairs, fuzz::difference);
}

#[test]
fn hostile_events_are_read() {
    feed(&seeds("fuzz/seeds/event"), fuzz::event);
}

#[test]
fn hostile_messages_are_read() {
    feed(&seeds("fuzz/seeds/message"), fuzz::message);
}

#[test]
fn damaged_records_are_read() {
    feed(&seeds("fuzz/seeds/message"), fuzz::record);
    feed(&seeds("fuzz/seeds/record"), fuzz::record);
}

#[test]
fn hostile_signatures_are_refused() {
    feed_text(&seeds("fuzz/seeds/signature"), fuzz::signature);
}

#[test]
fn hostile_templates_are_rendered() {
    feed_text(&seeds("fuzz/seeds/template"), fuzz::template);
}

#[test]
fn hostile_frames_are_answered_or_end_the_connection() {
    feed(&seeds("fuzz/seeds/frame"), fuzz::frame);
}
