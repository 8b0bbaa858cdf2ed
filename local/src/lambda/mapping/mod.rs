//! The event source mapping: which records of a topic the function receives, in which batches, and when again.
//!
//! The rules are Lambda's, as far as AWS has published them; docs/mapping.md lists them, and what is assumed. Nothing here
//! waits, calls or looks at a clock: the time is an argument. [`super::MappingPoller`] reads from Kafka and invokes.

mod settings;
mod feed;
mod status;
mod record;
mod fate;
mod failure;
mod batch;
mod lane;
mod machine;
mod memory;

pub use fate::{Fate, fate};
pub use feed::{CloseReason, DiscardCondition, MappingEvent, MappingObserver, Offsets};
pub use machine::{BatchDelivery, EventSourceMapping, Next, RecordFilter};
pub use memory::{Partition, Topic};
pub use record::PlacedRecord;
pub use settings::{MappingSettings, ProvisionedMode, StartingPosition};
pub use status::{BatchStatus, MappingState, MappingStatus, ProcessingResult};
