//! The journal: an append-only file of numbered events, from which state is built again after a restart.
//!
//! The first line of `journal.jsonl` says which version of the format follows. Every other line is an entry: its number, its
//! time and its event. An entry is written with one call before what it reports is answered to anybody, so it survives the
//! end of the process, however that comes. It is not flushed to the disk each time: after a power cut, the last seconds may
//! be missing. What is there is always a beginning of what happened: a last line without its end is dropped.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::lock::lock;

mod compaction;
mod folder;

pub use compaction::Matter;
pub use folder::StateFolder;

/// The version of the format that is written. Older ones are read; there are none yet.
pub const VERSION: u32 = 1;
/// The length from which a journal is compacted, in bytes.
const LIMIT: u64 = 16 * 1024 * 1024;
/// The name of the file in the state folder.
const FILE: &str = "journal.jsonl";
/// The longest line that is written and read, in bytes.
const LONGEST_LINE: usize = 32 * 1024 * 1024;

/// A numbered event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered<E> {
    /// Its number. Numbers rise; compaction leaves gaps.
    #[serde(rename = "n")]
    pub number: u64,
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub event: E,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// The version of the format.
    journal: u32,
    /// The number of the newest entry when the file was written, so that no number is used twice.
    #[serde(default)]
    last: u64,
}

/// Why a state folder or its journal cannot be used.
#[derive(Debug)]
pub enum StateError {
    /// Another process uses the folder.
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process's id, if it is known.
        process: Option<u32>,
    },
    /// The folder has files and none of ours.
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// The journal has a version that is not read here.
    Version {
        /// The journal.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// A line other than the last one cannot be read.
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line's number, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A file or folder cannot be read or written.
    Disk {
        /// What was tried, such as `write`.
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl StateError {
    fn disk(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Disk { verb, path, source }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { folder, process: Some(id) } => write!(f, "process {id} is using `{}`", folder.display()),
            Self::InUse { folder, process: None } => write!(f, "another process is using `{}`", folder.display()),
            Self::Foreign { folder } => write!(f, "`{}` has files of something else", folder.display()),
            Self::Version { path, version } => {
                write!(f, "`{}` has version {version} of its format; this program reads {VERSION}", path.display())
            }
            Self::Damaged { path, line, why } => {
                write!(f, "`{}` is damaged: line {line} cannot be read: {why}", path.display())
            }
            Self::Disk { verb, path, source } => write!(f, "cannot {verb} `{}`: {source}", path.display()),
        }
    }
}

impl std::error::Error for StateError {}

/// A journal that is open for writing.
///
/// After a write that failed, no other is tried: what would follow a gap could not be read again.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    limit: u64,
    writer: Mutex<Writer>,
    /// Held as long as the journal is open.
    _folder: Arc<StateFolder>,
}

#[derive(Debug)]
struct Writer {
    file: File,
    /// The length of the file in bytes.
    length: u64,
    /// The length after the last compaction.
    compacted: u64,
    last: u64,
    failed: bool,
}

/// What was found when a journal was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// The number of entries.
    pub entries: u64,
    /// The length of a last line without its end, which was dropped, in bytes.
    pub torn: u64,
}

impl Journal {
    /// Opens the journal of a folder, or begins one, and passes each entry that is there to `each`, in order.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written, is damaged, or has another version; and what `each` refuses, as damage.
    pub fn open<E: DeserializeOwned>(
        folder: &Arc<StateFolder>,
        each: impl FnMut(Numbered<E>) -> Result<(), String>,
    ) -> Result<(Self, Found), StateError> {
        Self::open_within(LIMIT, folder, each)
    }

    /// [`Journal::open`], compacted from another length in bytes.
    ///
    /// # Errors
    ///
    /// As [`Journal::open`].
    pub fn open_within<E: DeserializeOwned>(
        limit: u64,
        folder: &Arc<StateFolder>,
        mut each: impl FnMut(Numbered<E>) -> Result<(), String>,
    ) -> Result<(Self, Found), StateError> {
        let path = folder.path().join(FILE);
        let file = match folder.open_private(FILE) {
            Ok(file) => file,
            Err(source) => return Err(StateError::Disk { verb: "open", path, source }),
        };
        let mut found = Found::default();
        let (mut last, mut before) = (0, 0);
        let mut reading = Reading::new(&path, &file)?;
        if let Some(head) = reading.head()? {
            last = head.last;
            while let Some(entry) = reading.next::<E>()? {
                if entry.number <= before {
                    return Err(reading.damaged(format!("its number {} does not follow {before}", entry.number)));
                }
                before = entry.number;
                last = last.max(before);
                found.entries += 1;
                each(entry).map_err(|why| reading.damaged(why))?;
            }
        }
        let (kept, length) = (reading.read, reading.length);
        found.torn = length - kept;
        let mut writer = Writer { file, length: kept, compacted: kept.min(limit), last, failed: false };
        if kept == 0 {
            let head = line(&Head { journal: VERSION, last: 0 }).map_err(StateError::disk("write", &path))?;
            writer.truncate().and_then(|()| writer.write(&head)).map_err(StateError::disk("write", &path))?;
        } else {
            writer.truncate().map_err(StateError::disk("write", &path))?;
        }
        Ok((Self { path, limit, writer: Mutex::new(writer), _folder: Arc::clone(folder) }, found))
    }

    /// Returns where the journal is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of the newest entry; 0 if there never was one.
    #[must_use]
    pub fn last(&self) -> u64 {
        lock(&self.writer).last
    }

    /// Appends an event of a time in milliseconds since 1970. Returns its number.
    ///
    /// # Errors
    ///
    /// When it is too long, cannot be written, or an earlier one could not be. The file then ends with the entry before.
    pub fn append<E: Serialize>(&self, at: i64, event: &E) -> io::Result<u64> {
        let mut writer = lock(&self.writer);
        if writer.failed {
            return Err(io::Error::other("an earlier entry could not be written"));
        }
        let number = writer.last + 1;
        let bytes = line(&Numbered { number, at, event })?;
        if bytes.len() > LONGEST_LINE {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("an entry of {} bytes is too long", bytes.len()),
            ));
        }
        if let Err(error) = writer.write(&bytes) {
            writer.failed = true;
            // If this fails too, the torn line is dropped when the journal is opened again.
            let _ = writer.truncate();
            return Err(error);
        }
        writer.last = number;
        Ok(number)
    }

    /// Passes the entries with a number greater than `after` to `each`, in order.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn read<E: DeserializeOwned>(&self, after: u64, mut each: impl FnMut(Numbered<E>)) -> Result<(), StateError> {
        let file = File::open(&self.path).map_err(StateError::disk("read", &self.path))?;
        let mut reading = Reading::new(&self.path, &file)?;
        if reading.head()?.is_some() {
            while let Some(entry) = reading.next::<E>()? {
                if entry.number > after {
                    each(entry);
                }
            }
        }
        Ok(())
    }

    /// Writes what is in the system's memory to the disk.
    ///
    /// # Errors
    ///
    /// When the disk refuses it.
    pub fn sync(&self) -> io::Result<()> {
        lock(&self.writer).file.sync_data()
    }
}

impl Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Removes what is behind the last whole line.
    fn truncate(&mut self) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }
}

/// A journal that is read from its beginning.
struct Reading<'a> {
    path: &'a Path,
    lines: BufReader<&'a File>,
    /// The length of the file when reading began, in bytes.
    length: u64,
    /// The length of the whole lines that were read, in bytes.
    read: u64,
    /// The number of lines that were read.
    line: u64,
    buffer: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn new(path: &'a Path, file: &'a File) -> Result<Self, StateError> {
        let length = file.metadata().map_err(StateError::disk("read", path))?.len();
        Ok(Self {
            path,
            lines: BufReader::with_capacity(64 * 1024, file),
            length,
            read: 0,
            line: 0,
            buffer: Vec::new(),
        })
    }

    /// Reads the first line. Returns nothing if it has no end.
    fn head(&mut self) -> Result<Option<Head>, StateError> {
        let head: Option<Head> = self.parsed()?;
        match head {
            Some(head) if head.journal != VERSION => {
                Err(StateError::Version { path: self.path.to_owned(), version: head.journal })
            }
            head => Ok(head),
        }
    }

    /// Reads the next entry. Returns nothing at the end, or at a line without its end.
    fn next<E: DeserializeOwned>(&mut self) -> Result<Option<Numbered<E>>, StateError> {
        self.parsed()
    }

    fn parsed<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StateError> {
        if !self.advance()? {
            return Ok(None);
        }
        let parsed = serde_json::from_slice(&self.buffer);
        parsed.map(Some).map_err(|error| self.damaged(error.to_string()))
    }

    /// Reads a line with its end. Returns whether there was one.
    fn advance(&mut self) -> Result<bool, StateError> {
        use std::io::Read as _;
        self.buffer.clear();
        let left = (self.length - self.read).min(LONGEST_LINE as u64);
        let count = (&mut self.lines)
            .take(left)
            .read_until(b'\n', &mut self.buffer)
            .map_err(StateError::disk("read", self.path))?;
        if self.buffer.last() != Some(&b'\n') {
            if count == LONGEST_LINE {
                self.line += 1;
                return Err(self.damaged(format!("it is longer than {LONGEST_LINE} bytes")));
            }
            return Ok(false);
        }
        self.line += 1;
        self.read += count as u64;
        Ok(true)
    }

    fn damaged(&self, why: String) -> StateError {
        StateError::Damaged { path: self.path.to_owned(), line: self.line, why }
    }
}

/// Returns a value as a line.
fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Opens a file for reading and writing that only its owner may use, and creates it if it is missing.
fn open_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}
