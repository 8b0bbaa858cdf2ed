//! The order of a batch: jobs for the same entity or the same run are carried out one after another, all others
//! concurrently.

use std::collections::BTreeMap;

/// Jobs in queues. Each queue keeps the order of arrival; queues are independent of each other.
#[derive(Debug)]
pub(crate) struct Queues<J> {
    queues: Vec<Vec<J>>,
    by_key: BTreeMap<String, usize>,
}

impl<J> Queues<J> {
    pub(crate) fn new() -> Self {
        Self { queues: Vec::new(), by_key: BTreeMap::new() }
    }

    /// Adds a job behind every job that shares one of its `keys`.
    pub(crate) fn push(&mut self, keys: impl IntoIterator<Item = String>, job: J) {
        let keys: Vec<String> = keys.into_iter().collect();
        let mut shared: Vec<usize> = keys.iter().filter_map(|key| self.by_key.get(key).copied()).collect();
        shared.sort_unstable();
        shared.dedup();
        let target = shared.first().copied().unwrap_or_else(|| {
            self.queues.push(Vec::new());
            self.queues.len() - 1
        });
        // A job that belongs to two queues joins them: everything in both came before it.
        for other in shared.into_iter().skip(1) {
            let moved = self.queues.get_mut(other).map(std::mem::take).unwrap_or_default();
            if let Some(queue) = self.queues.get_mut(target) {
                queue.extend(moved);
            }
            for queue in self.by_key.values_mut().filter(|queue| **queue == other) {
                *queue = target;
            }
        }
        if let Some(queue) = self.queues.get_mut(target) {
            queue.push(job);
        }
        for key in keys {
            self.by_key.insert(key, target);
        }
    }

    pub(crate) fn into_queues(self) -> impl Iterator<Item = Vec<J>> {
        self.queues.into_iter().filter(|queue| !queue.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_that_share_a_key_share_a_queue() {
        let mut queues = Queues::new();
        for (job, keys) in [(1, "a r1"), (2, "b r2"), (3, "a r3"), (4, "c r4"), (5, "c r2"), (6, "b r6"), (7, "d r7")] {
            queues.push(keys.split(' ').map(str::to_owned), job);
        }
        let queues: Vec<Vec<i32>> = queues.into_queues().collect();
        assert_eq!(queues, [vec![1, 3], vec![2, 4, 5, 6], vec![7]]);
    }
}
