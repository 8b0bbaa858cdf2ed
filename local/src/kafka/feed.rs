//! What happens at the broker, as events in one order, from which its state can be built again.

use bytes::Bytes;

/// Something that happened at the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
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
