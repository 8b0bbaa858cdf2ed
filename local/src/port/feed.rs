//! What happens at Port, as events in one order, from which its state can be built again.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::Call;
use super::documents::PortDocument;

/// Something that happened at Port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PortEvent {
    /// A call ended: it was answered, its connection was broken, or the client went away. The changes that it made were
    /// reported before.
    CallEnded {
        /// The call. The client secret in its body is replaced.
        call: Box<Call>,
    },
    /// An entity was created, changed, renamed or deleted.
    EntityChanged {
        /// The entity before; `None` if it was created.
        before: Option<Value>,
        /// The entity afterwards; `None` if it was deleted.
        after: Option<Value>,
        /// The run that the change names.
        run: Option<String>,
    },
    /// A document was created, changed, renamed or deleted.
    DocumentChanged {
        /// What it is.
        kind: PortDocument,
        /// The document before; `None` if it was created.
        before: Option<Value>,
        /// The document afterwards; `None` if it was deleted.
        after: Option<Value>,
    },
    /// A run was started or changed.
    RunChanged {
        /// The run as Port answers it afterwards.
        run: Value,
    },
    /// A line was added to a run's log.
    RunLogged {
        /// The run's id.
        run: String,
        /// The line as Port answers it.
        line: Value,
    },
    /// A run is to be published: it was started without need of approval, or approved.
    RunDue {
        /// The run's id.
        run: String,
    },
    /// A run was given to the publisher.
    RunPublished {
        /// The run's id.
        run: String,
        /// Why it could not be published, if so; then the run ends as a failure.
        refused: Option<String>,
    },
}
