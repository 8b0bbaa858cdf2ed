//! What of a journal is kept when it grows too long: what state is built from, and the newest of what is only history.
//!
//! As in a compacted topic of Kafka, the newest entry with a key replaces the ones before.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use serde::de::DeserializeOwned;

use super::{Head, Journal, Numbered, Reading, StateError, VERSION, Writer, line};
use crate::lock::lock;

/// How long an entry matters. One with several of these matters as long as one of them says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matter {
    /// As long as it is among the newest of its series.
    Series {
        /// What it is one of.
        name: String,
        /// The number of those that matter.
        most: usize,
    },
    /// Until another one with the same key follows. With a series too, as long as the key is among its newest ones.
    Latest {
        /// What it says the state of.
        key: String,
        /// The series, and the number of keys of it that matter.
        series: Option<(String, usize)>,
    },
    /// It ends what had a key, or was of a series, that begins with this, and then does not matter itself.
    End {
        /// The beginning.
        prefix: String,
    },
}

impl Journal {
    /// Returns whether the journal has grown so much that compaction would help.
    #[must_use]
    pub fn is_long(&self) -> bool {
        let writer = lock(&self.writer);
        !writer.failed && writer.length > self.limit.max(writer.compacted.saturating_mul(2))
    }

    /// Rewrites the journal with the entries that still matter. Entries may be appended meanwhile; they are kept.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written. Then the journal is as it was.
    pub fn compact<E: DeserializeOwned>(&self, matter: impl Fn(&E) -> Vec<Matter>) -> Result<(), StateError> {
        let new = self.path.with_extension("jsonl.new");
        let _ = fs::remove_file(&new);
        self.rewrite(&new, matter).inspect_err(|_| drop(fs::remove_file(&new)))
    }

    fn rewrite<E: DeserializeOwned>(
        &self,
        new: &std::path::Path,
        matter: impl Fn(&E) -> Vec<Matter>,
    ) -> Result<(), StateError> {
        let cannot_read = || StateError::disk("read", &self.path);
        let cannot_write = || StateError::disk("write", new);
        let last = self.last();
        let old = File::open(&self.path).map_err(cannot_read())?;
        let mut survivors = Survivors::default();
        let mut reading = Reading::new(&self.path, &old)?;
        reading.head()?;
        while let Some(entry) = reading.next::<E>()? {
            for matter in matter(&entry.event) {
                survivors.add(entry.number, matter);
            }
        }
        let numbers = survivors.numbers();
        let mut old = old;
        old.rewind().map_err(cannot_read())?;
        let mut reading = Reading::new(&self.path, &old)?;
        reading.head()?;
        let file = super::open_private(new).map_err(cannot_write())?;
        let mut out = BufWriter::new(&file);
        let head = line(&Head { journal: VERSION, last }).map_err(cannot_write())?;
        out.write_all(&head).map_err(cannot_write())?;
        while let Some(Numbered { number, .. }) = reading.next::<serde::de::IgnoredAny>()? {
            if number > last || numbers.contains(&number) {
                out.write_all(&reading.buffer).map_err(cannot_write())?;
            }
        }
        let copied = reading.read;
        out.flush().map_err(cannot_write())?;
        drop(out);
        // What was appended meanwhile. From here on, appending waits.
        let mut writer = lock(&self.writer);
        old.seek(SeekFrom::Start(copied)).map_err(cannot_read())?;
        let mut file = file;
        io::copy(&mut old.take(writer.length - copied), &mut file).map_err(cannot_write())?;
        file.sync_data().map_err(cannot_write())?;
        let length = file.metadata().map_err(cannot_write())?.len();
        fs::rename(new, &self.path).map_err(StateError::disk("replace", &self.path))?;
        *writer = Writer { file, length, compacted: length, last: writer.last, failed: false };
        Ok(())
    }
}

/// The entries that matter, by their numbers.
#[derive(Debug, Default)]
struct Survivors {
    latest: BTreeMap<String, u64>,
    series: BTreeMap<String, VecDeque<u64>>,
    /// The keys of each series with the number of their newest entry.
    keys: BTreeMap<String, BTreeMap<u64, String>>,
}

impl Survivors {
    fn add(&mut self, number: u64, matter: Matter) {
        match matter {
            Matter::Series { name, most } => {
                let numbers = self.series.entry(name).or_default();
                numbers.push_back(number);
                if numbers.len() > most {
                    numbers.pop_front();
                }
            }
            Matter::Latest { key, series } => {
                let before = self.latest.insert(key.clone(), number);
                let Some((name, most)) = series else { return };
                let keys = self.keys.entry(name).or_default();
                if let Some(before) = before {
                    keys.remove(&before);
                }
                keys.insert(number, key);
                if keys.len() > most
                    && let Some((_, oldest)) = keys.pop_first()
                {
                    self.end(&oldest);
                }
            }
            Matter::End { prefix } => self.end(&prefix),
        }
    }

    /// Removes everything whose key or series begins so.
    fn end(&mut self, prefix: &str) {
        let under = |map: &BTreeMap<String, u64>| -> Vec<String> {
            let keys = map.range(prefix.to_owned()..).map(|(key, _)| key);
            keys.take_while(|key| key.starts_with(prefix)).cloned().collect()
        };
        for key in under(&self.latest) {
            if let Some(number) = self.latest.remove(&key) {
                self.keys.values_mut().for_each(|keys| drop(keys.remove(&number)));
            }
        }
        self.series.retain(|name, _| !name.starts_with(prefix));
    }

    fn numbers(&self) -> BTreeSet<u64> {
        self.latest.values().chain(self.series.values().flatten()).copied().collect()
    }
}
