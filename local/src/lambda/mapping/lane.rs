//! A partition, as the mapping sees it: what was read of it, what waits, and what is committed.

use std::collections::VecDeque;

use super::record::Waiting;

/// An assigned partition.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// Records that passed the filter and are in no batch yet.
    pub(super) waiting: VecDeque<Waiting>,
    /// The size of those in bytes.
    pub(super) bytes: usize,
    /// The offset behind the last record that was read; nothing before the first.
    seen: Option<i64>,
    /// What was committed last, or where reading began.
    committed: Option<i64>,
}

impl Lane {
    /// Notes that a record was read. Returns whether it is new: a client may read again what it has read.
    pub(super) fn read(&mut self, offset: i64) -> bool {
        if self.seen.is_some_and(|seen| offset < seen) {
            return false;
        }
        self.seen = Some(offset + 1);
        self.committed.get_or_insert(offset);
        true
    }

    pub(super) fn push(&mut self, record: Waiting) {
        self.bytes += record.json.len();
        self.waiting.push_back(record);
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let record = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(record.json.len());
        Some(record)
    }

    /// Returns the offset to commit, unless it is committed. `unfinished` is the lowest offset in a batch.
    pub(super) fn due(&self, unfinished: Option<i64>) -> Option<i64> {
        let position = unfinished.or_else(|| self.waiting.front().map(|record| record.offset)).or(self.seen)?;
        (self.committed? < position).then_some(position)
    }

    pub(super) fn commit(&mut self, offset: i64) {
        self.committed = Some(offset);
    }
}
