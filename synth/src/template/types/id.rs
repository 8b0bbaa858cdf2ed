//! Logical ids and attributes: all that a reference to a resource can name.

use std::fmt;

use serde::Serialize;

/// Every logical id. Its name in the template is the variant's; a stack keeps its resources as long as it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum LogicalId {
    /// Credentials of the Kafka topic.
    KafkaSecret,
    /// Credentials of Port's API.
    PortSecret,
    /// The function's log.
    RunnerLogGroup,
    /// Where batches go that are given up.
    FailureQueue,
    /// TLS only.
    FailureQueuePolicy,
    /// What the function may do.
    RunnerPolicy,
    /// Who the function is.
    RunnerRole,
    /// The function.
    Runner,
    /// Its event source mapping, which SAM makes of the event `Runs`.
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
}

impl fmt::Display for LogicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Attributes for `Fn::GetAtt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Attr {
    /// Of every resource that we ask for one, except secrets, whose `Ref` is the ARN.
    Arn,
    /// Of a queue.
    QueueName,
}
