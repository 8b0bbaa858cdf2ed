//! Offsets, fetches and what is forgotten.

use super::*;

const KEEP: Retention = Retention { records: 1_000, bytes: 1 << 20 };

fn topic(partitions: usize) -> Topic {
    Topic::new(Uuid::nil(), partitions)
}

fn record(value: &str, timestamp: i64) -> Batch {
    let value = Some(Bytes::from(value.to_owned()));
    let headers = vec![("name".to_owned(), None), ("name".to_owned(), Some(Bytes::from_static(b"x")))];
    Batch::of(&KafkaRecord { timestamp, key: Some(Bytes::from_static(b"key")), value, headers })
}

/// Makes a batch of an idempotent producer by changing the head of an ordinary one.
fn numbered(epoch: i16, first: i32) -> Batch {
    let mut bytes = BytesMut::from(&record("v", 0).bytes()[..]);
    bytes[43..51].copy_from_slice(&7_i64.to_be_bytes());
    bytes[51..53].copy_from_slice(&epoch.to_be_bytes());
    bytes[53..57].copy_from_slice(&first.to_be_bytes());
    let sum = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&sum.to_be_bytes());
    Batch::read(bytes.freeze()).unwrap()
}

fn values(records: &[(i64, KafkaRecord)]) -> Vec<(i64, &str)> {
    records.iter().map(|(offset, record)| (*offset, str::from_utf8(record.value.as_ref().unwrap()).unwrap())).collect()
}

#[test]
fn offsets_follow_each_other_and_batches_survive_the_wire() {
    let mut topic = topic(2);
    for (offset, value) in [(0, "a"), (1, "b"), (2, "c")] {
        assert_eq!(topic.append(1, record(value, 5), KEEP).unwrap().offset, offset);
    }
    assert_eq!(topic.append(2, record("a", 5), KEEP).unwrap_err(), ResponseError::UnknownTopicOrPartition);
    assert_eq!(topic.append(-1, record("a", 5), KEEP).unwrap_err(), ResponseError::UnknownTopicOrPartition);
    let log = topic.partition(1).unwrap();
    assert_eq!((log.start(), log.end()), (0, 3));
    assert_eq!(values(&log.records(&(1..3))), [(1, "b"), (2, "c")]);

    let second = log.fetch(1, usize::MAX, true).unwrap();
    let one = log.fetch(1, 1, true).unwrap();
    assert_eq!((&one[..8], second.len()), (&1_i64.to_be_bytes()[..], 2 * one.len()));
    let one = Batch::read(one).unwrap().at(1);
    assert_eq!((one.base, one.end()), (1, 2));
    let (offset, record) = &one.records()[0];
    assert_eq!((*offset, record.timestamp, record.headers.len()), (1, 5, 2));
    assert_eq!((record.key.as_deref(), &record.headers[0].1), (Some(&b"key"[..]), &None));
}

#[test]
fn a_fetch_takes_whole_batches_and_at_least_one() {
    let mut topic = topic(1);
    (0..4).for_each(|_| drop(topic.append(0, record("v", 0), KEEP)));
    let log = topic.partition(0).unwrap();
    let one = log.fetch(3, usize::MAX, true).unwrap().len();
    for (most, whole, batches) in
        [(0, true, 1), (0, false, 0), (one, false, 1), (2 * one - 1, true, 1), (2 * one, true, 2)]
    {
        assert_eq!(log.fetch(0, most, whole).unwrap().len(), batches * one, "{most} {whole}");
    }
    assert_eq!((log.available(0), log.available(3), log.available(4)), (4 * one, one, 0));
    assert!(log.fetch(4, usize::MAX, true).unwrap().is_empty(), "the end is a place to wait");
    for offset in [-1, 5] {
        assert_eq!(log.fetch(offset, usize::MAX, true), Err(ResponseError::OffsetOutOfRange));
    }
}

#[test]
fn the_oldest_is_forgotten_wherever_it_is() {
    let mut topic = topic(2);
    let keep = Retention { records: 3, ..KEEP };
    for partition in [0, 0, 1, 0, 1] {
        topic.append(partition, record("v", 0), keep).unwrap();
    }
    let ends = |topic: &Topic| topic.partitions.iter().map(|log| (log.start(), log.end())).collect::<Vec<_>>();
    assert_eq!(ends(&topic), [(2, 3), (0, 2)]);
    assert_eq!(topic.partition(0).unwrap().fetch(1, 10, true), Err(ResponseError::OffsetOutOfRange));

    let small = Retention { records: 3, bytes: 1 };
    topic.append(1, record("v", 0), small).unwrap();
    assert_eq!(ends(&topic), [(3, 3), (2, 3)], "the newest batch is kept, however large");
}

#[test]
fn offsets_are_found_by_time() {
    let mut topic = topic(1);
    for timestamp in [10, 30, 20, 40, 35] {
        topic.append(0, record("v", timestamp), KEEP).unwrap();
    }
    let log = topic.partition(0).unwrap();
    for (time, found) in [(0, Some((0, 10))), (11, Some((1, 30))), (30, Some((1, 30))), (31, Some((3, 40))), (41, None)]
    {
        assert_eq!(log.first_since(time), found, "{time}");
    }
    assert_eq!(log.newest(), Some((3, 40)));
    assert_eq!(Partition::default().newest(), None);
}

#[test]
fn a_repetition_of_an_idempotent_producer_is_not_appended() {
    let mut topic = topic(1);
    let mut append = |epoch, first| {
        topic.append(0, numbered(epoch, first), KEEP).map(|appended| (appended.offset, appended.batch.is_some()))
    };
    assert_eq!(append(0, 5), Ok((0, true)), "its earlier records may be forgotten");
    assert_eq!(append(0, 6), Ok((1, true)));
    assert_eq!(append(0, 5), Ok((0, false)));
    assert_eq!(append(0, 8), Err(ResponseError::OutOfOrderSequenceNumber));
    assert_eq!(append(1, 1), Err(ResponseError::OutOfOrderSequenceNumber));
    assert_eq!(append(1, 0), Ok((2, true)));
    assert_eq!(append(0, 7), Err(ResponseError::InvalidProducerEpoch));
}

#[test]
fn numbers_of_a_producer_go_round() {
    let mut topic = topic(1);
    for first in [i32::MAX - 1, i32::MAX, 0] {
        topic.append(0, numbered(0, first), KEEP).unwrap();
    }
}

#[test]
fn records_find_their_partition() {
    let mut topic = topic(3);
    let place = topic.place(Some(b"key"));
    topic.append(place, record("v", 0), KEEP).unwrap();
    assert_eq!(topic.place(Some(b"key")), place);
    assert_ne!(topic.place(None), place);
    let places = (0..100_u8).map(|key| topic.place(Some(&[key]))).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(places.into_iter().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_damaged_batch_is_refused() {
    let good = record("value", 0).bytes().clone();
    let with = |at: usize, byte: u8, sum: bool| {
        let mut bytes = good.to_vec();
        bytes[at] ^= byte;
        if sum {
            let sum = crc32c::crc32c(&bytes[21..]);
            bytes[17..21].copy_from_slice(&sum.to_be_bytes());
        }
        Batch::read(bytes.into()).map(|_| ())
    };
    assert_eq!(with(61, 0, true), Ok(()));
    for (what, at, byte, sum, code) in [
        ("a byte of the value", 70, 1, false, ResponseError::CorruptMessage),
        ("the format", 16, 3, true, ResponseError::UnsupportedForMessageFormat),
        ("the length", 11, 1, true, ResponseError::InvalidRecord),
        ("a control batch", 22, 1 << 5, true, ResponseError::InvalidRecord),
        ("a transaction", 22, 1 << 4, true, ResponseError::InvalidTxnState),
        ("the offset of the last record", 26, 1, true, ResponseError::InvalidRecord),
        ("the number of records", 60, 2, true, ResponseError::InvalidRecord),
        ("the length of a record", 61, 2, true, ResponseError::InvalidRecord),
    ] {
        assert_eq!(with(at, byte, sum), Err(code), "{what}");
    }
    for length in 0..good.len() {
        assert!(Batch::read(good.slice(..length)).is_err(), "{length}");
    }
}

/// Whatever a frame holds, reading it ends, and what is accepted can be read.
#[test]
fn no_change_of_a_batch_makes_reading_panic() {
    let good = record("value", 0).bytes().clone();
    for at in (0..8).chain(21..good.len()) {
        for byte in [1, 2, 0x40, 0x80, 0xff] {
            let mut bytes = good.to_vec();
            bytes[at] ^= byte;
            let sum = crc32c::crc32c(&bytes[21..]);
            bytes[17..21].copy_from_slice(&sum.to_be_bytes());
            if let Ok(batch) = Batch::read(bytes.into()) {
                let records = batch.at(9).records().len();
                assert!(records == 1 || records == 0, "{at}");
            }
        }
    }
}
