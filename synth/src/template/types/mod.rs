//! The SAM template as types: only what we emit, and only references to something that exists.

mod entries;
mod id;
mod parameter;
mod value;
mod condition;
mod policy;
mod metadata;
mod event_source;
mod function;
mod alarm;
mod resource;
mod template;

pub use alarm::*;
pub use condition::Cond;
pub use entries::Entries;
pub use event_source::*;
pub use function::*;
pub use id::{Attr, LogicalId};
pub use metadata::*;
pub(crate) use parameter::JSON_SAFE;
pub use parameter::Param;
pub use policy::{Assertion, PolicyDocument, Principal, Statement, StatementCondition, Transport, Via};
pub use resource::*;
pub use template::*;
pub use value::{Mapped, Val};
