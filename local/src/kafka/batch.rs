//! Batches of records (format 2, since Kafka 0.11), kept as they came; and the records in them.
//!
//! <https://kafka.apache.org/documentation/#recordbatch>

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::ResponseError;

/// The length of a batch's head: everything before its first record.
const HEAD: usize = 61;
/// Where the length of what follows is, and how much is before it.
const LENGTH_AT: usize = 8;
const BEFORE_LENGTH_COUNTS: usize = 12;
/// Where the checked part begins.
const CHECKED_AT: usize = 21;

const COMPRESSION: i16 = 0b111;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;

/// A record, as a producer sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KafkaRecord {
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The key; `None` is null.
    pub key: Option<Bytes>,
    /// The value; `None` is null, a tombstone.
    pub value: Option<Bytes>,
    /// The headers, in order; a name may be there twice.
    pub headers: Vec<(String, Option<Bytes>)>,
}

/// The batch of an idempotent producer, by which a repetition is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) producer: i64,
    pub(super) epoch: i16,
    pub(super) first: i32,
    pub(super) count: i32,
}

/// A batch with its head read.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    bytes: Bytes,
    /// The offset of the first record.
    pub(super) base: i64,
    /// The number of records, at least one.
    pub(super) count: i32,
    /// The time of the newest record, in milliseconds since 1970.
    pub(super) newest: i64,
    first_timestamp: i64,
    compressed: bool,
    /// The numbers of an idempotent producer.
    pub(super) sequence: Option<Sequence>,
}

impl Batch {
    /// Reads the one batch that a producer may send for a partition.
    ///
    /// # Errors
    ///
    /// Kafka's code for what is wrong: the sum, the format, the number of records, a transaction.
    pub(super) fn read(bytes: Bytes) -> Result<Self, ResponseError> {
        let invalid = ResponseError::InvalidRecord;
        if bytes.len() < HEAD {
            return Err(ResponseError::CorruptMessage);
        }
        let mut head = &bytes[..HEAD];
        // The log gives it its offset.
        let _base = head.get_i64();
        let length = head.get_i32();
        let _leader_epoch = head.get_i32();
        if head.get_i8() != 2 {
            return Err(ResponseError::UnsupportedForMessageFormat);
        }
        if usize::try_from(length).ok() != bytes.len().checked_sub(BEFORE_LENGTH_COUNTS) {
            return Err(invalid);
        }
        if head.get_u32() != crc32c::crc32c(&bytes[CHECKED_AT..]) {
            return Err(ResponseError::CorruptMessage);
        }
        let attributes = head.get_i16();
        let last_delta = head.get_i32();
        let first_timestamp = head.get_i64();
        let newest = head.get_i64();
        let (producer, epoch, first) = (head.get_i64(), head.get_i16(), head.get_i32());
        let count = head.get_i32();
        if attributes & TRANSACTIONAL != 0 {
            return Err(ResponseError::InvalidTxnState);
        }
        if attributes & CONTROL != 0 || count < 1 || last_delta != count - 1 {
            return Err(invalid);
        }
        let sequence = (producer >= 0).then_some(Sequence { producer, epoch, first, count });
        let compressed = attributes & COMPRESSION != 0;
        let batch = Self { bytes, base: 0, count, newest, first_timestamp, compressed, sequence };
        if !batch.compressed && batch.whole_records().is_none() {
            return Err(invalid);
        }
        Ok(batch)
    }

    /// Makes a batch of one record.
    pub(super) fn of(record: &KafkaRecord) -> Self {
        let mut body = BytesMut::new();
        body.put_u8(0);
        put_varint(&mut body, 0);
        put_varint(&mut body, 0);
        put_bytes(&mut body, record.key.as_deref());
        put_bytes(&mut body, record.value.as_deref());
        put_varint(&mut body, length(record.headers.len()));
        for (name, value) in &record.headers {
            put_bytes(&mut body, Some(name.as_bytes()));
            put_bytes(&mut body, value.as_deref());
        }
        let mut checked = BytesMut::new();
        checked.put_i16(0);
        checked.put_i32(0);
        checked.put_i64(record.timestamp);
        checked.put_i64(record.timestamp);
        checked.put_i64(-1);
        checked.put_i16(-1);
        checked.put_i32(-1);
        checked.put_i32(1);
        put_varint(&mut checked, length(body.len()));
        checked.extend_from_slice(&body);

        let mut bytes = BytesMut::new();
        bytes.put_i64(0);
        bytes.put_i32(i32::try_from(checked.len() + CHECKED_AT - BEFORE_LENGTH_COUNTS).unwrap_or(i32::MAX));
        bytes.put_i32(-1);
        bytes.put_i8(2);
        bytes.put_u32(crc32c::crc32c(&checked));
        bytes.extend_from_slice(&checked);
        Self {
            bytes: bytes.freeze(),
            base: 0,
            count: 1,
            newest: record.timestamp,
            first_timestamp: record.timestamp,
            compressed: false,
            sequence: None,
        }
    }

    /// Gives the batch its place in a log. The sum does not cover the offset.
    pub(super) fn at(self, base: i64) -> Self {
        let mut bytes = BytesMut::from(&self.bytes[..]);
        bytes[..LENGTH_AT].copy_from_slice(&base.to_be_bytes());
        Self { bytes: bytes.freeze(), base, ..self }
    }

    /// Returns the offset behind the last record.
    pub(super) fn end(&self) -> i64 {
        self.base + i64::from(self.count)
    }

    /// Returns the batch as it goes over the wire.
    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the records with their offsets; none of a compressed batch, which only its readers unpack.
    pub(super) fn records(&self) -> Vec<(i64, KafkaRecord)> {
        self.whole_records().unwrap_or_default()
    }

    /// Returns the offset and the time of the first record that is not older than a time, or of the whole batch if it
    /// is compressed.
    pub(super) fn first_since(&self, time: i64) -> (i64, i64) {
        let found = self.records().into_iter().find(|(_, record)| record.timestamp >= time);
        found.map_or((self.base, self.newest), |(offset, record)| (offset, record.timestamp))
    }

    /// Reads all records; `None` if they are not exactly what the head announces.
    fn whole_records(&self) -> Option<Vec<(i64, KafkaRecord)>> {
        if self.compressed {
            return Some(Vec::new());
        }
        let mut rest = self.bytes.slice(HEAD..);
        let mut records = Vec::new();
        for delta in 0..self.count {
            let length = usize::try_from(varint(&mut rest)?).ok()?;
            let mut body = take(&mut rest, length)?;
            let record = self.record(&mut body, i64::from(delta))?;
            if body.has_remaining() {
                return None;
            }
            records.push((self.base + i64::from(delta), record));
        }
        (!rest.has_remaining()).then_some(records)
    }

    fn record(&self, body: &mut Bytes, delta: i64) -> Option<KafkaRecord> {
        let _attributes = take(body, 1)?;
        let timestamp = self.first_timestamp.checked_add(varint(body)?)?;
        if varint(body)? != delta {
            return None;
        }
        let mut record = KafkaRecord { timestamp, ..KafkaRecord::default() };
        nullable(body, &mut record.key)?;
        nullable(body, &mut record.value)?;
        for _ in 0..u32::try_from(varint(body)?).ok()? {
            let (mut name, mut value) = (None, None);
            nullable(body, &mut name)?;
            nullable(body, &mut value)?;
            record.headers.push((String::from_utf8(name?.to_vec()).ok()?, value));
        }
        Some(record)
    }
}

fn take(bytes: &mut Bytes, length: usize) -> Option<Bytes> {
    (length <= bytes.len()).then(|| bytes.split_to(length))
}

/// Reads bytes after their length, or null, whose length is -1, into a place. Fails if they are not there.
fn nullable(bytes: &mut Bytes, value: &mut Option<Bytes>) -> Option<()> {
    let length = varint(bytes)?;
    *value = if length == -1 { None } else { Some(take(bytes, usize::try_from(length).ok()?)?) };
    Some(())
}

/// Reads a number of up to ten bytes in zigzag form.
fn varint(bytes: &mut Bytes) -> Option<i64> {
    let mut value = 0_u64;
    for place in 0..10 {
        let byte = bytes.has_remaining().then(|| bytes.get_u8())?;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            let half = i64::try_from(value >> 1).ok()?;
            return Some(if value & 1 == 0 { half } else { !half });
        }
    }
    None
}

fn put_varint(bytes: &mut BytesMut, value: i64) {
    let mut rest = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
    while let (low, true) = (rest.to_le_bytes()[0] & 0x7f, rest >= 0x80) {
        bytes.put_u8(low | 0x80);
        rest >>= 7;
    }
    bytes.put_u8(rest.to_le_bytes()[0]);
}

fn put_bytes(bytes: &mut BytesMut, value: Option<&[u8]>) {
    put_varint(bytes, value.map_or(-1, |value| length(value.len())));
    bytes.extend_from_slice(value.unwrap_or_default());
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
