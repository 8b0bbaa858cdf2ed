//! A cursor over a document that knows where it is, so that findings have a place although the model carries no spans.

use model::pointer::below;
use serde_json::Value;

use crate::finding::Place;
use crate::sources::FileId;

/// A value and the pointer to it.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    /// Its file.
    pub(crate) file: FileId,
    /// The JSON Pointer to it.
    pub(crate) pointer: String,
    /// The value there.
    pub(crate) value: &'a Value,
}

impl<'a> Cursor<'a> {
    /// Returns a cursor on a whole document, which is at `pointer` in its file.
    pub(crate) fn root(file: FileId, pointer: String, value: &'a Value) -> Self {
        Self { file, pointer, value }
    }

    /// Returns the value here as a place for a finding.
    pub(crate) fn place(&self) -> Place {
        Place::Value(self.pointer.clone())
    }

    /// Returns the key here as a place for a finding.
    pub(crate) fn key_place(&self) -> Place {
        Place::Key(self.pointer.clone())
    }

    /// Returns the value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<Cursor<'a>> {
        let value = self.value.get(key)?;
        Some(Cursor { file: self.file, pointer: below(&self.pointer, key), value })
    }

    /// Returns the value that a JSON Pointer names, relative to here.
    pub(crate) fn at(&self, pointer: &str) -> Option<Cursor<'a>> {
        let value = self.value.pointer(pointer)?;
        Some(Cursor { file: self.file, pointer: format!("{}{pointer}", self.pointer), value })
    }

    /// Returns the string at a key.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Returns the pairs of an object. Other values have none.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'a str, Cursor<'a>)> {
        let cursor = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Cursor { file: self.file, pointer: below(&self.pointer, key), value })
        };
        self.value.as_object().into_iter().flatten().map(cursor)
    }

    /// Returns the elements of an array. Other values have none.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Cursor<'a>> {
        let cursor = |(index, value): (usize, &'a Value)| Cursor {
            file: self.file,
            pointer: format!("{}/{index}", self.pointer),
            value,
        };
        self.value.as_array().into_iter().flatten().enumerate().map(cursor)
    }
}
