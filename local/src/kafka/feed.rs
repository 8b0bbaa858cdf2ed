//! What happens at the broker, as events in one order, from which its state can be built again.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Something that happened at the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum BrokerEvent {
    /// A topic was created.
    TopicCreated {
        /// Its name.
        topic: String,
        /// The number of its partitions.
        partitions: i32,
    },
    /// A topic was deleted, with its records and the offsets that were committed for it.
    TopicDeleted {
        /// Its name.
        topic: String,
    },
    /// A batch was appended.
    Produced {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset of the first record.
        offset: i64,
        /// The number of records.
        count: i32,
        /// The batch as it is kept and sent.
        #[serde(with = "base64_bytes")]
        batch: Bytes,
    },
    /// A group committed an offset.
    Committed {
        /// The group.
        group: String,
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset of the next record to read.
        offset: i64,
        /// What the client noted beside it.
        metadata: String,
    },
    /// A group was deleted with its offsets.
    GroupDeleted {
        /// The group.
        group: String,
    },
    /// A member joined a group.
    MemberJoined {
        /// The group.
        group: String,
        /// The member's id.
        member: String,
    },
    /// A member left a group.
    MemberLeft {
        /// The group.
        group: String,
        /// The member's id.
        member: String,
        /// Whether it was silent for longer than its session, instead of leaving.
        expired: bool,
    },
    /// All members of a group are in a new generation.
    Rebalanced {
        /// The group.
        group: String,
        /// The number of the generation.
        generation: i32,
        /// The ids of the members; none once the last one has left.
        members: Vec<String>,
    },
    /// A client signed in, or was refused.
    SignedIn {
        /// Whether the credentials were right.
        accepted: bool,
        /// Whether the connection is encrypted.
        tls: bool,
    },
}

/// Bytes in JSON, as base64.
mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}
