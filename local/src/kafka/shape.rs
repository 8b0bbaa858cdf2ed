//! The layout of the requests, walked before the codec reads them.
//!
//! The codec reserves memory for as many elements as a frame claims to have. Here each claim is compared with the bytes
//! that are left, and all of them with one bound, so that a hostile frame is refused before it costs anything.

use kafka_protocol::messages::ApiKey;

/// The largest number of elements in one request: topics, partitions, members, tagged fields, all together.
const MOST_ELEMENTS: usize = 50_000;

/// The versions in which a field exists, and what it is.
struct Field(i16, i16, Part);

/// A part of a request.
enum Part {
    /// Numbers and ids: this many bytes.
    Fixed(usize),
    /// Text, perhaps null.
    Text,
    /// Bytes, perhaps null.
    Blob,
    /// A list of structures.
    Structs(&'static [Field]),
    /// A list of numbers of four bytes.
    Numbers,
    /// A list of texts.
    Texts,
}

use Part::{Blob, Fixed, Numbers, Structs, Text, Texts};

const LAST: i16 = i16::MAX;

const fn always(part: Part) -> Field {
    Field(0, LAST, part)
}

const fn since(version: i16, part: Part) -> Field {
    Field(version, LAST, part)
}

/// A topic's name and its partitions' numbers.
const NAMED_PARTITIONS: &[Field] = &[always(Text), always(Numbers)];

/// Requests, each with its first version with compact lengths and tagged fields, and its fields. From the protocol's
/// definition.
static LAYOUTS: [(ApiKey, i16, &[Field]); 22] = [
    (ApiKey::ApiVersions, 3, &[since(3, Text), since(3, Text)]),
    (ApiKey::SaslHandshake, LAST, &[always(Text)]),
    (ApiKey::SaslAuthenticate, 2, &[always(Blob)]),
    (
        ApiKey::Metadata,
        9,
        &[
            always(Structs(&[since(10, Fixed(16)), always(Text)])),
            since(4, Fixed(1)),
            Field(8, 10, Fixed(1)),
            since(8, Fixed(1)),
        ],
    ),
    (
        ApiKey::Produce,
        9,
        &[
            always(Text),
            always(Fixed(6)),
            always(Structs(&[always(Text), always(Structs(&[always(Fixed(4)), always(Blob)]))])),
        ],
    ),
    (
        ApiKey::Fetch,
        12,
        &[
            always(Fixed(17)),
            since(7, Fixed(8)),
            always(Structs(&[
                always(Text),
                always(Structs(&[
                    always(Fixed(4)),
                    since(9, Fixed(4)),
                    always(Fixed(8)),
                    since(12, Fixed(4)),
                    since(5, Fixed(8)),
                    always(Fixed(4)),
                ])),
            ])),
            since(7, Structs(NAMED_PARTITIONS)),
            since(11, Text),
        ],
    ),
    (
        ApiKey::ListOffsets,
        6,
        &[
            always(Fixed(4)),
            since(2, Fixed(1)),
            always(Structs(&[
                always(Text),
                always(Structs(&[always(Fixed(4)), since(4, Fixed(4)), always(Fixed(8))])),
            ])),
        ],
    ),
    (ApiKey::FindCoordinator, 3, &[Field(0, 3, Text), since(1, Fixed(1)), since(4, Texts)]),
    (
        ApiKey::JoinGroup,
        6,
        &[
            always(Text),
            always(Fixed(4)),
            since(1, Fixed(4)),
            always(Text),
            since(5, Text),
            always(Text),
            always(Structs(&[always(Text), always(Blob)])),
            since(8, Text),
        ],
    ),
    (
        ApiKey::SyncGroup,
        4,
        &[
            always(Text),
            always(Fixed(4)),
            always(Text),
            since(3, Text),
            since(5, Text),
            since(5, Text),
            always(Structs(&[always(Text), always(Blob)])),
        ],
    ),
    (ApiKey::Heartbeat, 4, &[always(Text), always(Fixed(4)), always(Text), since(3, Text)]),
    (
        ApiKey::LeaveGroup,
        4,
        &[always(Text), Field(0, 2, Text), since(3, Structs(&[always(Text), always(Text), since(5, Text)]))],
    ),
    (
        ApiKey::OffsetCommit,
        8,
        &[
            always(Text),
            always(Fixed(4)),
            always(Text),
            since(7, Text),
            Field(2, 4, Fixed(8)),
            always(Structs(&[always(Text), always(Structs(&[always(Fixed(12)), since(6, Fixed(4)), always(Text)]))])),
        ],
    ),
    (
        ApiKey::OffsetFetch,
        6,
        &[
            Field(0, 7, Text),
            Field(0, 7, Structs(NAMED_PARTITIONS)),
            since(8, Structs(&[always(Text), since(9, Text), since(9, Fixed(4)), always(Structs(NAMED_PARTITIONS))])),
            since(7, Fixed(1)),
        ],
    ),
    (ApiKey::InitProducerId, 2, &[always(Text), always(Fixed(4)), since(3, Fixed(10))]),
    (
        ApiKey::CreateTopics,
        5,
        &[
            always(Structs(&[
                always(Text),
                always(Fixed(6)),
                always(Structs(&[always(Fixed(4)), always(Numbers)])),
                always(Structs(&[always(Text), always(Text)])),
            ])),
            always(Fixed(5)),
        ],
    ),
    (
        ApiKey::DeleteTopics,
        4,
        &[since(6, Structs(&[always(Text), always(Fixed(16))])), Field(1, 5, Texts), always(Fixed(4))],
    ),
    (ApiKey::ListGroups, 3, &[since(4, Texts), since(5, Texts)]),
    (ApiKey::DescribeGroups, 5, &[always(Texts), since(3, Fixed(1))]),
    (ApiKey::DeleteGroups, 2, &[always(Texts)]),
    (
        ApiKey::DescribeConfigs,
        4,
        &[always(Structs(&[always(Fixed(1)), always(Text), always(Texts)])), always(Fixed(1)), since(3, Fixed(1))],
    ),
    (ApiKey::DescribeCluster, 0, &[always(Fixed(1)), since(1, Fixed(1)), since(2, Fixed(1))]),
];

/// Returns whether a frame, with its header, holds what the layout of its request says.
pub(super) fn fits(api: ApiKey, version: i16, frame: &[u8]) -> bool {
    let Some((_, compact, fields)) = LAYOUTS.iter().find(|(known, _, _)| *known == api) else { return false };
    let mut walk = Walk { rest: frame, version, compact: version >= *compact, left: MOST_ELEMENTS };
    walk.header().and_then(|()| walk.fields(fields)).is_some()
}

struct Walk<'a> {
    rest: &'a [u8],
    version: i16,
    compact: bool,
    /// How many elements may still come.
    left: usize,
}

impl Walk<'_> {
    /// Passes key, version, number and the client's id, whose length is never compact.
    fn header(&mut self) -> Option<()> {
        self.skip(8)?;
        let length = i16::from_be_bytes(self.bytes()?);
        self.skip(usize::try_from(length).unwrap_or_default())?;
        self.tags()
    }

    fn fields(&mut self, fields: &[Field]) -> Option<()> {
        for Field(from, to, part) in fields {
            if (*from..=*to).contains(&self.version) {
                self.part(part)?;
            }
        }
        self.tags()
    }

    fn part(&mut self, part: &Part) -> Option<()> {
        match part {
            Fixed(length) => self.skip(*length),
            Text | Blob if self.compact => self.compact_bytes(),
            Text => {
                let length = i16::from_be_bytes(self.bytes()?);
                self.skip(usize::try_from(length).unwrap_or_default())
            }
            Blob => {
                let length = i32::from_be_bytes(self.bytes()?);
                self.skip(usize::try_from(length).unwrap_or_default())
            }
            Structs(fields) => (0..self.count()?).try_for_each(|_| self.fields(fields)),
            Numbers => (0..self.count()?).try_for_each(|_| self.skip(4)),
            Texts => (0..self.count()?).try_for_each(|_| self.part(&Text)),
        }
    }

    /// Reads the number of elements of a list, each of which has at least one byte.
    fn count(&mut self) -> Option<usize> {
        let count = if self.compact {
            self.varint()?.saturating_sub(1)
        } else {
            usize::try_from(i32::from_be_bytes(self.bytes()?)).unwrap_or_default()
        };
        self.left = self.left.checked_sub(count)?;
        (count <= self.rest.len()).then_some(count)
    }

    /// Passes the tagged fields at the end of a structure.
    fn tags(&mut self) -> Option<()> {
        if !self.compact {
            return Some(());
        }
        let count = self.varint()?;
        self.left = self.left.checked_sub(count)?;
        (0..count).try_for_each(|_| {
            self.varint()?;
            let length = self.varint()?;
            self.skip(length)
        })
    }

    fn compact_bytes(&mut self) -> Option<()> {
        let length = self.varint()?.saturating_sub(1);
        self.skip(length)
    }

    fn varint(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for place in 0..5 {
            let [byte] = self.bytes()?;
            value |= usize::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*bytes)
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.rest = self.rest.get(length..)?;
        Some(())
    }
}
