//! The event source mapping: which records a function receives next, and which it receives again.
//!
//! The rules are in the Lambda developer guide, "Using Lambda with self-managed Apache Kafka" and "Implementing partial
//! batch responses". A caller asks for a batch, hands its event to a function, and asks what the answer means. Nothing
//! here waits or makes calls.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::{Answer, KafkaEvent};

/// The values of a partition's records, in order; `None` is a tombstone.
pub type Partition = Vec<Option<Vec<u8>>>;

/// A Kafka topic.
#[derive(Debug, Clone, Default)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// By partition number.
    pub partitions: Vec<Partition>,
}

/// The records of one delivery: offsets by partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch(BTreeMap<usize, Range<usize>>);

/// One consumer of some partitions of a topic.
#[derive(Debug, Clone)]
pub struct EventSourceMapping {
    /// The most records in a batch.
    batch_size: usize,
    /// Whether the mapping accepts partial responses (`ReportBatchItemFailures`).
    partial: bool,
    /// The next offset of each partition.
    positions: BTreeMap<usize, usize>,
}

/// What an answer means for a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redelivery {
    /// What must be delivered again. Empty if the batch is finished.
    pub batch: Batch,
    /// Anything in the answer that a function may not answer.
    pub faults: Vec<String>,
}

impl EventSourceMapping {
    /// Creates a mapping that starts at the first record of each of these partitions.
    pub fn new(partitions: impl IntoIterator<Item = usize>, batch_size: usize, partial: bool) -> Self {
        Self { batch_size, partial, positions: partitions.into_iter().map(|partition| (partition, 0)).collect() }
    }

    /// Returns the next records of every partition that has any, as many as fit. Empty once every offset is committed.
    #[must_use]
    pub fn next_batch(&self, topic: &Topic) -> Option<Batch> {
        let length = |partition: usize| topic.partitions.get(partition).map_or(0, Vec::len);
        let ready: Vec<(usize, usize)> =
            self.positions.iter().map(|(n, at)| (*n, *at)).filter(|(n, at)| *at < length(*n)).collect();
        // An even share for each, and what is left over for the first ones.
        let (share, over) = (self.batch_size / ready.len().max(1), self.batch_size % ready.len().max(1));
        let batch: BTreeMap<usize, Range<usize>> = ready
            .into_iter()
            .enumerate()
            .map(|(at, (n, from))| (n, from..length(n).min(from + share + usize::from(at < over))))
            .filter(|(_, offsets)| !offsets.is_empty())
            .collect();
        (!batch.is_empty()).then_some(Batch(batch))
    }

    /// Returns what is delivered again after this answer to `batch`. After an error, and after a partial response that
    /// cannot be read, that is the whole batch.
    #[must_use]
    pub fn redelivery(&self, topic: &Topic, batch: &Batch, answer: &Answer) -> Redelivery {
        let Answer::Response(response) = answer else {
            return Redelivery { batch: batch.clone(), faults: Vec::new() };
        };
        let failures = match response.get("batchItemFailures") {
            // Lambda takes this for a success; a function that answers partially does not leave it out.
            None | Some(Value::Null) if self.partial => {
                let faults = vec![format!("an answer without `batchItemFailures`: {response}")];
                return Redelivery { batch: Batch::default(), faults };
            }
            None | Some(Value::Null) => &[][..],
            Some(Value::Array(failures)) => failures.as_slice(),
            Some(other) => {
                let faults = vec![format!("`batchItemFailures` is not a list: {other}")];
                return Redelivery { batch: batch.clone(), faults };
            }
        };
        if failures.is_empty() {
            return Redelivery::default();
        }
        if !self.partial {
            let fault = format!("an unexpected partial response: {response}");
            return Redelivery { batch: Batch::default(), faults: vec![fault] };
        }
        let mut left = Batch::default();
        let mut faults = Vec::new();
        for failure in failures {
            let item = failure.get("itemIdentifier").unwrap_or(&Value::Null);
            let place = place(&topic.name, item).and_then(|(partition, offset)| {
                let offsets = batch.0.get(&partition).filter(|offsets| offsets.contains(&offset))?;
                (!left.0.contains_key(&partition)).then_some((partition, offset..offsets.end))
            });
            match place {
                Some((partition, offsets)) => drop(left.0.insert(partition, offsets)),
                None => faults.push(format!("not in this batch: {item}")),
            }
        }
        Redelivery { batch: if faults.is_empty() { left } else { batch.clone() }, faults }
    }

    /// Commits the part of a batch that need not be delivered again.
    pub fn commit(&mut self, batch: &Batch, left: &Batch) {
        for (partition, offsets) in &batch.0 {
            let next = left.0.get(partition).map_or(offsets.end, |left| left.start);
            self.positions.insert(*partition, next);
        }
    }
}

impl Batch {
    /// Returns the event that a function receives.
    #[must_use]
    pub fn event(&self, topic: &Topic) -> Value {
        self.fill(KafkaEvent::new(topic.name.as_str()), topic)
    }

    /// Returns the event of records that were published just now.
    #[must_use]
    pub fn event_now(&self, topic: &Topic) -> Value {
        self.fill(KafkaEvent::new(topic.name.as_str()).published_now(), topic)
    }

    fn fill(&self, mut event: KafkaEvent, topic: &Topic) -> Value {
        for (partition, offsets) in &self.0 {
            let records = topic.partitions.get(*partition).map(Vec::as_slice).unwrap_or_default();
            let number = u32::try_from(*partition).unwrap_or(u32::MAX);
            for (offset, value) in records.iter().enumerate().take(offsets.end).skip(offsets.start) {
                event = event.record(number, offset as u64, value.as_deref());
            }
        }
        event.build()
    }

    /// Returns whether the batch is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether delivering `left` again would advance no partition of this batch.
    #[must_use]
    pub fn is_stuck(&self, left: &Self) -> bool {
        self.0.iter().any(|(partition, offsets)| left.0.get(partition) == Some(offsets))
    }
}

/// `{"partition": "org.runs-1", "offset": 7}`
fn place(topic: &str, item: &Value) -> Option<(usize, usize)> {
    let partition = item.get("partition")?.as_str()?.strip_prefix(topic)?.strip_prefix('-')?.parse().ok()?;
    Some((partition, usize::try_from(item.get("offset")?.as_u64()?).ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn topic() -> Topic {
        Topic { name: "t".to_owned(), partitions: vec![vec![None; 5], vec![Some(b"v".to_vec()); 1], Vec::new()] }
    }

    fn batch(offsets: &[(usize, Range<usize>)]) -> Batch {
        Batch(offsets.iter().cloned().collect())
    }

    fn response(items: &[(&str, u64)]) -> Answer {
        let items: Vec<Value> = items
            .iter()
            .map(|(partition, offset)| json!({"itemIdentifier": {"partition": partition, "offset": offset}}))
            .collect();
        Answer::Response(json!({"batchItemFailures": items}))
    }

    #[test]
    fn partitions_share_batches_until_everything_is_committed() {
        let topic = topic();
        let mut mapping = EventSourceMapping::new([0, 1, 2], 4, true);
        let first = mapping.next_batch(&topic).unwrap();
        assert_eq!(first, batch(&[(0, 0..2), (1, 0..1)]));
        mapping.commit(&first, &batch(&[(0, 1..2)]));
        let second = mapping.next_batch(&topic).unwrap();
        assert_eq!(second, batch(&[(0, 1..5)]));
        mapping.commit(&second, &Batch::default());
        assert_eq!(mapping.next_batch(&topic), None);
    }

    #[test]
    fn a_batch_has_at_most_its_size() {
        let topic = Topic { name: "t".to_owned(), partitions: vec![topic().partitions[0].clone(); 3] };
        for size in 1..=15 {
            let batch = EventSourceMapping::new(0..3, size, true).next_batch(&topic).unwrap();
            assert_eq!(batch.0.values().map(Range::len).sum::<usize>(), size);
        }
    }

    #[test]
    fn an_event_contains_the_records_of_its_batch() {
        let event = batch(&[(0, 3..5), (1, 0..1)]).event(&topic());
        let offsets = |key: &str| -> Vec<u64> {
            event["records"][key].as_array().unwrap().iter().map(|record| record["offset"].as_u64().unwrap()).collect()
        };
        assert_eq!((offsets("t-0"), offsets("t-1")), (vec![3, 4], vec![0]));
        assert_eq!(event["records"]["t-1"][0]["value"], "dg==");
    }

    #[test]
    fn an_answer_decides_what_is_delivered_again() {
        let (topic, sent) = (topic(), batch(&[(0, 1..5), (1, 0..1)]));
        let error = Answer::Error(json!({}));
        for (partial, answer, again, faults) in [
            (true, response(&[]), Batch::default(), 0),
            (false, Answer::Response(Value::Null), Batch::default(), 0),
            (true, response(&[("t-0", 3)]), batch(&[(0, 3..5)]), 0),
            (true, response(&[("t-0", 1), ("t-1", 0)]), sent.clone(), 0),
            (true, error.clone(), sent.clone(), 0),
            (false, error, sent.clone(), 0),
            (false, Answer::TimedOut, sent.clone(), 0),
            // Answers that a function may not give.
            (true, Answer::Response(Value::Null), Batch::default(), 1),
            (true, Answer::Response(json!({"batchItemFailures": "all"})), sent.clone(), 1),
            (true, response(&[("t-0", 0)]), sent.clone(), 1),
            (true, response(&[("t-7", 1)]), sent.clone(), 1),
            (true, response(&[("other-0", 1)]), sent.clone(), 1),
            (true, response(&[("t-0", 3), ("t-0", 4)]), sent.clone(), 1),
            (true, Answer::Response(json!({"batchItemFailures": [{}]})), sent.clone(), 1),
            (false, response(&[("t-0", 3)]), Batch::default(), 1),
        ] {
            let mapping = EventSourceMapping::new([0, 1], 10, partial);
            let redelivery = mapping.redelivery(&topic, &sent, &answer);
            assert_eq!((redelivery.batch, redelivery.faults.len()), (again, faults), "{partial} {answer:?}");
        }
    }

    #[test]
    fn a_batch_is_stuck_if_no_partition_advances() {
        let sent = batch(&[(0, 1..5), (1, 0..1)]);
        assert!(sent.is_stuck(&sent));
        assert!(sent.is_stuck(&batch(&[(0, 2..5), (1, 0..1)])));
        assert!(!sent.is_stuck(&batch(&[(0, 2..5)])));
        assert!(!sent.is_stuck(&Batch::default()));
    }
}
