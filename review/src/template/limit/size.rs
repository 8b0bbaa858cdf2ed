//! Sizes of values, and budgets for them.

use std::cell::Cell;
use std::ops::{Add, AddAssign};

use serde_json::Value;

use super::{Excess, MOST_BYTES, MOST_VALUES};

/// The size of a value: how many values it becomes, with how many bytes of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) values: usize,
    pub(crate) bytes: usize,
}

impl Size {
    /// Returns the size of a text by itself.
    pub(crate) fn of_text(text: &str) -> Self {
        Self { values: 1, bytes: text.len() }
    }

    /// Returns the size of a value with everything in it, as it is written.
    pub(crate) fn of_value(value: &Value) -> Self {
        let mut size = Self { values: 1, bytes: value.as_str().map_or(0, str::len) };
        match value {
            Value::Array(items) => items.iter().for_each(|item| size += Self::of_value(item)),
            Value::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                size.bytes = size.bytes.saturating_add(key.len());
                size += Self::of_value(value);
            }),
            _ => {}
        }
        size
    }

    /// Returns the larger of two sizes, by values and by bytes.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { values: self.values.max(other.values), bytes: self.bytes.max(other.bytes) }
    }

    /// Returns the size of so many copies.
    pub(crate) fn times(self, copies: usize) -> Self {
        Self { values: self.values.saturating_mul(copies), bytes: self.bytes.saturating_mul(copies) }
    }

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`Excess::Values`] or [`Excess::Bytes`].
    pub(crate) fn check(self) -> Result<(), Excess> {
        if self.values > MOST_VALUES {
            return Err(Excess::Values);
        }
        if self.bytes > MOST_BYTES {
            return Err(Excess::Bytes);
        }
        Ok(())
    }
}

impl Add for Size {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.values = self.values.saturating_add(other.values);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// What may still be added or tried. What is made after it is spent is incomplete, and refused.
#[derive(Debug)]
pub(crate) struct Budget {
    spent: Cell<Size>,
    most: Size,
}

impl Budget {
    /// Returns a budget of as much as a template may become.
    pub(crate) fn of_size() -> Self {
        Self { spent: Cell::default(), most: Size { values: MOST_VALUES, bytes: MOST_BYTES } }
    }

    /// Returns a budget of so many steps.
    pub(crate) fn of_steps(most: usize) -> Self {
        Self { spent: Cell::default(), most: Size { values: most, bytes: usize::MAX } }
    }

    /// Spends a size; false once all of it is spent.
    pub(crate) fn spend(&self, size: Size) -> bool {
        let mut spent = self.spent.get();
        spent += size;
        self.spent.set(spent);
        !self.is_spent()
    }

    /// Spends so many steps, or values without text; false if there are no more.
    pub(crate) fn steps(&self, steps: usize) -> bool {
        self.spend(Size { values: steps, bytes: 0 })
    }

    /// Checks that it is not spent.
    ///
    /// # Errors
    /// [`Excess::Values`] or [`Excess::Bytes`].
    pub(crate) fn check(&self) -> Result<(), Excess> {
        self.spent.get().check()
    }

    /// Whether more was asked for than there is.
    pub(crate) fn is_spent(&self) -> bool {
        let spent = self.spent.get();
        spent.values > self.most.values || spent.bytes > self.most.bytes
    }
}
