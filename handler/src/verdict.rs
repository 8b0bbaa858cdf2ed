//! The answer to Lambda about a batch.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Collects the records that are unfinished.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The first offset of each partition that must be delivered again.
    first_unfinished: BTreeMap<String, i64>,
    unfinished: usize,
}

/// The whole batch must be delivered again.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} runs are unfinished: the batch will be delivered again")]
pub struct Unfinished(usize);

/// Lambda's error body.
impl From<Unfinished> for lambda_runtime::Diagnostic {
    fn from(unfinished: Unfinished) -> Self {
        Self { error_type: "Unfinished".to_owned(), error_message: unfinished.to_string() }
    }
}

impl Verdict {
    /// Notes that a record must be delivered again.
    pub(crate) fn unfinished(&mut self, partition: &str, offset: Option<i64>) {
        self.unfinished += 1;
        // Without an offset, the only place to resume is the beginning.
        let offset = offset.unwrap_or(0);
        let first = self.first_unfinished.entry(partition.to_owned()).or_insert(offset);
        *first = offset.min(*first);
    }

    /// Returns how many records must be delivered again.
    pub fn count(&self) -> usize {
        self.unfinished
    }

    /// Returns the answer: Kafka's partial batch response or, if the mapping does not accept one, an error when
    /// anything is unfinished.
    ///
    /// # Errors
    /// When `partial` is off and something is unfinished.
    pub fn answer(&self, partial: bool) -> Result<Value, Unfinished> {
        if !partial && self.unfinished > 0 {
            return Err(Unfinished(self.unfinished));
        }
        let failures: Vec<Value> = self
            .first_unfinished
            .iter()
            .map(|(partition, offset)| json!({ "itemIdentifier": { "partition": partition, "offset": offset } }))
            .collect();
        Ok(json!({ "batchItemFailures": failures }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_resumes_at_its_first_unfinished_offset() {
        let mut verdict = Verdict::default();
        assert_eq!(verdict.answer(false), Ok(json!({ "batchItemFailures": [] })));
        for (partition, offset) in [("t-0", 9), ("t-1", 4), ("t-0", 7), ("t-0", 8)] {
            verdict.unfinished(partition, Some(offset));
        }
        assert_eq!(
            verdict.answer(true),
            Ok(json!({ "batchItemFailures": [
                { "itemIdentifier": { "partition": "t-0", "offset": 7 } },
                { "itemIdentifier": { "partition": "t-1", "offset": 4 } },
            ] }))
        );
        assert_eq!(verdict.answer(false), Err(Unfinished(4)));
        // Without an offset, from the beginning.
        verdict.unfinished("t-1", None);
        assert_eq!(verdict.count(), 5);
        assert_eq!(
            verdict.answer(true).unwrap()["batchItemFailures"][1],
            json!({ "itemIdentifier": { "partition": "t-1", "offset": 0 } })
        );
    }
}
