//! The table of the files of a run. A finding refers to its file by its number in the table.

use crate::source::Source;

/// A file of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(usize);

/// Files in the order they were added, which is also the order of findings.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, source: Source) -> FileId {
        self.0.push(source);
        FileId(self.0.len() - 1)
    }

    /// Returns the file of that number, or `None` if the number is from another table.
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.0.get(file.0)
    }

    /// Does the same as [`Self::get`], to change it.
    pub fn get_mut(&mut self, file: FileId) -> Option<&mut Source> {
        self.0.get_mut(file.0)
    }

    /// Returns every file with its number.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (FileId, &Source)> + Clone {
        self.0.iter().enumerate().map(|(at, source)| (FileId(at), source))
    }
}

impl FromIterator<Source> for Sources {
    fn from_iter<I: IntoIterator<Item = Source>>(sources: I) -> Self {
        Self(sources.into_iter().collect())
    }
}

impl From<Source> for Sources {
    fn from(source: Source) -> Self {
        Self(vec![source])
    }
}

impl From<Vec<Source>> for Sources {
    fn from(sources: Vec<Source>) -> Self {
        Self(sources)
    }
}
