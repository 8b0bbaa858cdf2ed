//! Lambda's event for a self-managed Kafka source, read so that one bad record does not affect the others.
//!
//! The format is described in the Lambda developer guide, "Using Lambda with self-managed Apache Kafka". Only the
//! fields that are needed are read: a record without headers, key or value (a tombstone) is still a record.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One invocation's records, those of each partition in order. Any event can be read; one without records has none.
///
/// Only the values are kept, decoded: the rest of an event can take a multiple of its text in memory.
#[derive(Debug, Default)]
pub struct Event {
    records: Vec<Record>,
}

/// One record of the topic.
#[derive(Debug, Default)]
pub struct Record {
    /// The partition's key in the event, which a partial batch response must repeat.
    pub partition: String,
    /// Its offset in the partition. `None` if the event has none, which never happens with Lambda.
    pub offset: Option<i64>,
    /// When it was published, in milliseconds since the epoch.
    pub published: Option<i64>,
    /// The value. `None` for a tombstone. What is not base64, which never happens with Lambda, is taken as it is.
    pub value: Option<Vec<u8>>,
}

/// How far the clock of the record's writer may be ahead of ours. Clocks in the cloud differ by less than a second.
const SKEW: Duration = Duration::from_secs(30);

impl Record {
    /// Returns how long ago it was published. A record without a time, or from a time to come, may be of any age: it counts as
    /// one from 1970.
    pub fn age(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let published = self.published.and_then(|published| u64::try_from(published).ok()).map(Duration::from_millis);
        published.filter(|published| *published <= now + SKEW).map_or(now, |published| now.saturating_sub(published))
    }
}

impl Event {
    /// Returns all records, those of each partition in order.
    pub fn into_records(self) -> impl Iterator<Item = Record> {
        self.records.into_iter()
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut records = Vec::new();
        Take(&mut Place::Event(&mut records)).deserialize(deserializer)?;
        Ok(Self { records })
    }
}

/// A place in the event, with what is read there. A value that has no business there is passed over.
enum Place<'r> {
    Event(&'r mut Vec<Record>),
    Partitions(&'r mut Vec<Record>),
    Partition(&'r str, &'r mut Vec<Record>),
    Record(&'r mut Record),
    Value(&'r mut Option<Vec<u8>>),
    Number(&'r mut Option<i64>),
}

impl Place<'_> {
    fn text(&mut self, text: &str) {
        if let Self::Value(value) = self {
            **value = Some(STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec()));
        }
    }

    fn number(&mut self, read: Option<i64>) {
        if let Self::Number(number) = self {
            **number = read;
        }
    }

    fn items<'de, A: SeqAccess<'de>>(&mut self, mut items: A) -> Result<(), A::Error> {
        if let Self::Partition(partition, records) = self {
            loop {
                let mut record = Record { partition: (*partition).to_owned(), ..Record::default() };
                if items.next_element_seed(Take(&mut Place::Record(&mut record)))?.is_none() {
                    return Ok(());
                }
                records.push(record);
            }
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn members<'de, A: MapAccess<'de>>(&mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            let place = match (&mut *self, key.as_str()) {
                (Self::Event(records), "records") => Some(Place::Partitions(records)),
                (Self::Partitions(records), partition) => Some(Place::Partition(partition, records)),
                (Self::Record(record), "value") => Some(Place::Value(&mut record.value)),
                (Self::Record(record), "offset") => Some(Place::Number(&mut record.offset)),
                (Self::Record(record), "timestamp") => Some(Place::Number(&mut record.published)),
                _ => None,
            };
            match place {
                Some(mut place) => members.next_value_seed(Take(&mut place))?,
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Reads a value of any form at a place.
struct Take<'p, 'r>(&'p mut Place<'r>);

impl<'de> DeserializeSeed<'de> for Take<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Take<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.number(Some(number));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.number(i64::try_from(number).ok());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        self.0.items(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        self.0.members(members)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(event: &Value) -> Vec<(String, Option<i64>, Option<Vec<u8>>)> {
        let event: Event = serde_json::from_value(event.clone()).unwrap();
        event.into_records().map(|r| (r.partition, r.offset, r.value)).collect()
    }

    /// Fault 13 of the tutorial's handler: tombstones, other encodings and other shapes ended the batch.
    #[test]
    fn one_bad_record_does_not_affect_the_others() {
        let good = STANDARD.encode(r#"{"a":1}"#);
        let deep = STANDARD.encode("[".repeat(100_000));
        let event = json!({"eventSource": "SelfManagedKafka", "bootstrapServers": "b:9196", "records": {
            "org.runs-1": [
                {"topic": "org.runs", "partition": 1, "offset": 7, "value": good, "headers": [{"h": [104, -1]}]},
                {"offset": 8, "value": null},
                {"offset": 9},
                {"offset": 10, "value": "!!"},
                {"offset": 11, "value": STANDARD.encode("not json")},
                {"offset": 12, "value": STANDARD.encode([0xff, 0xfe])},
                {"offset": 13, "value": deep},
                "not a record",
                {"offset": 14, "value": good}
            ],
            "org.runs-0": {"not": "a list"}
        }});
        let records = read(&event);
        let values: Vec<bool> = records.iter().map(|(.., value)| value.is_some()).collect();
        assert_eq!(values, [true, false, false, true, true, true, true, false, true]);
        assert_eq!(records[3].2.as_deref(), Some(&b"!!"[..]));
        assert_eq!(records[8], ("org.runs-1".to_owned(), Some(14), Some(br#"{"a":1}"#.to_vec())));
    }

    #[test]
    fn an_event_of_another_source_has_no_records() {
        for event in
            [json!({}), json!({"detail": 1}), json!({"records": {}}), json!({"records": [1]}), json!(null), json!([])]
        {
            assert!(read(&event).is_empty());
        }
    }

    proptest::proptest! {
        /// An event with any JSON anywhere in it is read, and so is a good record next to it.
        #[test]
        fn any_event_is_read(noise in r#"([1-9][0-9]{0,2}|null|true|"[a-zA-Z0-9+/=]{0,12}"|\[\]|\{\}|\{"value":7\}|\{"offset":"x"\})"#) {
            let good = STANDARD.encode("{}");
            let event = format!(r#"{{"records":{{"t-0":[{noise},{{"offset":1,"value":"{good}"}}],"t-1":{noise}}},"x":{noise}}}"#);
            let event: Event = serde_json::from_str(&event).unwrap();
            let good = event.into_records().any(|record| record.value.as_deref() == Some(b"{}"));
            proptest::prop_assert!(good);
            let whole: Result<Event, _> = serde_json::from_str(&noise);
            proptest::prop_assert_eq!(whole.unwrap().into_records().count(), 0);
        }
    }
}
