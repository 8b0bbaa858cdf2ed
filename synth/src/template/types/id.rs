//! Logical ids and attributes: what a reference to a resource can name.

use std::fmt;

use serde::Serialize;

/// Every logical id. Its name in the template is that of the variant. Renaming one would replace its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum LogicalId {
    /// Credentials of the Kafka topic.
    KafkaSecret,
    /// Credentials of Port's API.
    PortSecret,
    /// Log group of the function.
    RunnerLogGroup,
    /// Queue for batches that Lambda gave up on.
    FailureQueue,
    /// Policy that requires TLS.
    FailureQueuePolicy,
    /// Permissions of the function.
    RunnerPolicy,
    /// Execution role of the function.
    RunnerRole,
    /// The function.
    Runner,
    /// Event source mapping that SAM makes from the event `Runs`.
    RunnerRuns,
    /// See [`crate::config::Alarm::FailureQueue`].
    FailureQueueAlarm,
    /// See [`crate::config::Alarm::Errors`].
    ErrorsAlarm,
    /// See [`crate::config::Alarm::OffsetLag`].
    OffsetLagAlarm,
    /// See [`crate::config::Alarm::UnfinishedRuns`].
    UnfinishedRunsAlarm,
    /// See [`crate::config::Alarm::RejectedMessages`].
    RejectedMessagesAlarm,
    /// See [`crate::config::Alarm::RefusedRuns`].
    RefusedRunsAlarm,
}

impl fmt::Display for LogicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Attributes for `Fn::GetAtt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Attr {
    /// ARN of a resource. The ARN of a secret is its `Ref`.
    Arn,
    /// Name of a queue.
    QueueName,
}
