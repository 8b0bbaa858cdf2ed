//! Finds and reads the files that people write.
//!
//! Input is every `*.json` and `*.jsonc` in a folder and its subfolders, sorted by path. What cannot be read is a source
//! too, which says why, so that it is reported like any other mistake and the other files are still checked.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use documents::Source;
use documents::source::Obstacle;

use crate::folder;

/// The most files that are read together.
const MOST_FILES: usize = 10_000;
/// The most bytes that are read together.
const MOST_BYTES: u64 = 50_000_000;

/// The most bytes of memory that values may take, as [`weight`] estimates them.
const MOST_MEMORY: usize = 900_000_000;

/// The file that makes a folder a project.
const PROJECT: &str = "synth.toml";
/// The folder of a project's input files.
const BLUEPRINTS: &str = "blueprints";

/// The path that standard input has in messages.
pub const STANDARD_INPUT: &str = "<stdin>";

/// A path without input, or one that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{message}{}", help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
pub struct NoInput {
    /// The path.
    pub path: PathBuf,
    /// What is wrong.
    message: String,
    /// What to do now.
    help: Option<String>,
}

impl NoInput {
    fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self { path: path.to_owned(), message: format!("cannot read `{}`: {error}", path.display()), help: None }
    }

    /// Returns a source that says so.
    pub fn source(&self) -> Source {
        let message = self.message.clone();
        let unreadable = Obstacle { code: "unreadable", message, help: self.help.clone().map(Cow::Owned), at: None };
        Source::refused(self.path.clone(), unreadable)
    }
}

/// What some paths have of input.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files, sorted by path.
    pub files: Vec<ListedFile>,
    /// Files that look like documents but are not input, links to folders, and what `synth` wrote, sorted by path.
    pub left_out: Vec<PathBuf>,
    /// Folders of whole projects, of which only the folder of input files is read.
    projects: Vec<PathBuf>,
}

/// A file of the input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedFile {
    /// The path to it.
    pub path: PathBuf,
    /// Its path below the folder that was asked for.
    name: PathBuf,
}

impl Listing {
    /// Finds files, and those in folders.
    ///
    /// # Errors
    /// If a path does not exist, or a folder has no input.
    pub fn find(paths: &[PathBuf]) -> Result<Self, NoInput> {
        let mut input = Self::default();
        for path in paths {
            if path.is_dir() {
                let before = input.files.len();
                input.descend(path, Path::new(""));
                if input.files.len() == before {
                    let left_out = input.left_out().map(|words| format!("\n{words}")).unwrap_or_default();
                    return Err(NoInput {
                        path: path.clone(),
                        message: format!("no `*.json` or `*.jsonc` in `{}`", path.display()),
                        help: Some(format!("put a Port blueprint with its actions there{left_out}")),
                    });
                }
            } else {
                let exists = path.symlink_metadata();
                if exists.is_err() && path.extension().is_none() {
                    return Err(NoInput {
                        path: path.clone(),
                        message: format!("there is no folder `{}`", path.display()),
                        help: Some("run synth in your project's folder, or start one with `synth init`".to_owned()),
                    });
                }
                exists.map_err(|error| NoInput::unreadable(path, &error))?;
                let name = path.file_name().map(PathBuf::from).unwrap_or_default();
                input.files.push(ListedFile { path: path.clone(), name });
            }
        }
        input.files.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        input.files.dedup_by(|a, b| a.path == b.path);
        input.left_out.sort();
        input.left_out.dedup();
        input.projects.sort();
        input.projects.dedup();
        Ok(input)
    }

    /// Adds the input in a folder. A folder that cannot be read is added itself, and reported when it is read.
    fn descend(&mut self, folder: &Path, below: &Path) {
        if folder.join(PROJECT).is_file() && folder.join(BLUEPRINTS).is_dir() {
            self.projects.push(folder.to_owned());
            return self.descend(&folder.join(BLUEPRINTS), &below.join(BLUEPRINTS));
        }
        let add = |input: &mut Self, path: PathBuf, name: PathBuf| input.files.push(ListedFile { path, name });
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let Ok(entries) = entries else { return add(self, folder.to_owned(), below.to_owned()) };
        for entry in entries {
            if self.files.len() > MOST_FILES {
                return;
            }
            let (path, name) = (entry.path(), below.join(entry.file_name()));
            // Editors keep locks and backups under names that begin with a dot.
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let kind = entry.file_type();
            let is = |of: fn(&fs::FileType) -> bool| kind.as_ref().is_ok_and(of);
            match Ending::of(&path) {
                // Links to folders are not followed, because they may lead back here.
                _ if is(fs::FileType::is_symlink) && path.is_dir() => self.left_out.push(path),
                Ending::Input => add(self, path, name),
                _ if is(fs::FileType::is_dir) && folder::is_output(&path) => self.left_out.push(path),
                _ if is(fs::FileType::is_dir) => self.descend(&path, &name),
                Ending::Similar => self.left_out.push(path),
                Ending::Other => {}
            }
        }
    }

    /// Reads the files, until there are too many or they are too large.
    pub fn read(&self) -> Vec<Source> {
        let mut sources = Vec::new();
        let (mut left, mut weight) = (MOST_BYTES, 0);
        for (at, ListedFile { path, name }) in self.files.iter().enumerate() {
            let size = fs::metadata(path).map_or(0, |metadata| if metadata.is_file() { metadata.len() } else { 0 });
            let limit = if at >= MOST_FILES {
                Some("the input has more than 10 000 files")
            } else if size <= MOST_BYTES && size > left {
                Some("the input is larger than 50 MB")
            } else {
                None
            };
            if let Some(message) = limit {
                sources.push(Source::refused(path.clone(), too_large(message)));
                return sources;
            }
            // A file that is too large itself is reported when it is read.
            left -= if size <= MOST_BYTES { size } else { 0 };
            let source = Source { name: name.clone(), ..read_file(path) };
            weight += self::weight(&source.text);
            if weight > MOST_MEMORY {
                let message = "the input has more values than synth can hold in 1 GB of memory";
                sources.push(Source::refused(path.clone(), too_large(message)));
                return sources;
            }
            sources.push(source);
        }
        sources
    }

    /// Says which files are not input although they look like it. `None` if there are none.
    pub fn left_out(&self) -> Option<String> {
        let names = |paths: &[PathBuf]| {
            let names: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let projects = names(&self.projects).map(|projects| {
            format!(
                "note: of a project, only the files in `{BLUEPRINTS}` are read as input: {projects}; `synth check` in its folder checks all of it"
            )
        });
        let others = names(&self.left_out).map(|others| {
            format!("note: input is `*.json` and `*.jsonc`, but not what synth wrote or behind links to folders; not read: {others}")
        });
        let notes: Vec<String> = projects.into_iter().chain(others).collect();
        (!notes.is_empty()).then(|| notes.join("\n"))
    }
}

/// What the end of a name says about a file.
enum Ending {
    /// It is input.
    Input,
    /// It holds documents of another kind, or its ending is not in lower case.
    Similar,
    /// Neither, such as a `README.md`.
    Other,
}

impl Ending {
    fn of(path: &Path) -> Self {
        let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { return Self::Other };
        let similar = ["json", "jsonc", "json5", "jsonl", "ndjson", "yaml", "yml", "toml", "tf", "hcl"];
        match ending {
            "json" | "jsonc" => Self::Input,
            ending if similar.contains(&ending.to_ascii_lowercase().as_str()) => Self::Similar,
            _ => Self::Other,
        }
    }
}

/// Reads files, and every input file in a folder and its subfolders, sorted by path. `-` alone is standard input.
///
/// # Errors
/// As [`Listing::find`], and if `-` is one of several paths.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    if is_standard_input(paths) {
        return Ok(vec![standard_input()?]);
    }
    if paths.iter().any(|path| path == Path::new("-")) {
        anyhow::bail!(
            "`-` is standard input, which is read alone; leave out the other paths, or write `./-` for a file"
        );
    }
    Ok(Listing::find(paths)?.read())
}

/// Whether the paths are standard input.
pub fn is_standard_input(paths: &[PathBuf]) -> bool {
    paths == [Path::new("-")]
}

/// Reads one file. If that fails, the source says why.
pub fn read_file(path: &Path) -> Source {
    let refused = |message: &str, help: Option<&'static str>| {
        let help = help.map(Cow::Borrowed);
        let unreadable = Obstacle { code: "unreadable", message: message.to_owned(), help, at: None };
        Source::refused(path.to_owned(), unreadable)
    };
    match bytes(path) {
        Ok(Some(bytes)) => Source::from_bytes(path.to_owned(), bytes),
        Ok(None) => Source::refused(path.to_owned(), too_large("this file is larger than 50 MB")),
        Err(error) => match error.kind() {
            io::ErrorKind::IsADirectory if fs::read_dir(path).is_err() => refused("this folder cannot be opened", None),
            io::ErrorKind::IsADirectory => refused("this is a folder, not a file", Some("rename or remove it")),
            io::ErrorKind::InvalidInput => refused("this is not a regular file", Some("remove it")),
            io::ErrorKind::NotFound => refused("this links to a file that does not exist", Some("correct the link")),
            io::ErrorKind::PermissionDenied => refused("permission to read this is denied", None),
            _ => refused(&format!("cannot read this: {error}"), None),
        },
    }
}

/// Reads standard input like a file.
///
/// # Errors
/// If it cannot be read.
pub fn standard_input() -> anyhow::Result<Source> {
    let path = PathBuf::from(STANDARD_INPUT);
    let bytes = up_to_limit(io::stdin().lock()).context("cannot read standard input")?;
    let too_large = || Source::refused(path.clone(), too_large("this is larger than 50 MB"));
    Ok(bytes.map_or_else(too_large, |bytes| Source::from_bytes(path.clone(), bytes)))
}

/// Reads a file if it exists, or was `asked` for by name. A link that leads nowhere exists, and cannot be read.
///
/// # Errors
/// If it does not exist although it was asked for, or it is not known whether it exists.
pub fn find(path: &Path, asked: bool) -> Result<Option<Source>, NoInput> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && !asked => Ok(None),
        Err(error) => Err(NoInput::unreadable(path, &error)),
        Ok(_) => Ok(Some(read_file(path))),
    }
}

/// Reads the text of a regular file of at most 50 MB.
///
/// # Errors
/// If it cannot be read, or is not UTF-8.
pub fn text(path: &Path) -> anyhow::Result<String> {
    let read = || {
        let bytes = bytes(path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => anyhow::anyhow!("it is not a regular file"),
            _ => error.into(),
        })?;
        Ok::<_, anyhow::Error>(String::from_utf8(bytes.context("it is larger than 50 MB")?)?)
    };
    read().with_context(|| format!("cannot read `{}`", path.display()))
}

/// Reads a regular file, however large. What is not one, such as a pipe or a device, may have no end or never answer.
///
/// # Errors
/// If it is not a regular file, or cannot be read.
pub fn regular(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    fs::read(path)
}

/// Returns the name of an identifier's file, without an ending, as every file system accepts it. It does not begin with a
/// dot: hidden files are not input.
pub fn stem(identifier: &str) -> String {
    let stays = |at, letter: char| letter.is_alphanumeric() || "_-".contains(letter) || (letter == '.' && at > 0);
    identifier.chars().enumerate().map(|(at, letter)| if stays(at, letter) { letter } else { '_' }).collect()
}

/// Reads the bytes of a regular file; `None` if there are too many.
fn bytes(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let metadata = fs::metadata(path)?;
    // The shell passes what `<(command)` prints under such a name.
    let passed = path.starts_with("/dev/fd") || path == Path::new("/dev/stdin");
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() && !passed {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    if metadata.len() > MOST_BYTES {
        return Ok(None);
    }
    up_to_limit(File::open(path)?)
}

fn up_to_limit(from: impl io::Read) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = from.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok((read as u64 <= MOST_BYTES).then_some(bytes))
}

/// Estimates the memory for the values in a text, in bytes, from its punctuation: a list of numbers takes a hundred times the
/// memory of its text.
fn weight(text: &str) -> usize {
    let of = |byte: u8| match byte {
        b',' => 200,
        b':' => 300,
        b'{' => 400,
        b'[' => 100,
        _ => 0,
    };
    text.bytes().map(of).sum()
}

fn too_large(message: &str) -> Obstacle {
    let help = Some("synth reads up to 50 MB in 10 000 files; move what is not input elsewhere".into());
    Obstacle { code: "too-large", message: message.to_owned(), help, at: None }
}
