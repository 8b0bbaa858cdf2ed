//! Conditions of the template.

use std::fmt;

use serde::Serialize;

use super::parameter::Param;
use super::value::Val;

/// Every condition. Its name in the template is the variant's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Cond {
    /// No ARN of an existing secret was given.
    CreateKafkaSecret,
    /// No ARN of an existing secret was given.
    CreatePortSecret,
    /// The topic does not have its default name.
    HasKafkaTopic,
    /// The consumer group does not start with the organisation's id.
    HasKafkaConsumerGroupId,
    /// The brokers are not those of the region.
    HasKafkaBootstrapServers,
    /// The API is not that of the region.
    HasPortApiUrl,
    /// Alarms notify a topic.
    HasAlarmTopic,
    /// A customer managed key is used.
    HasKmsKey,
    /// Concurrency is reserved.
    HasReservedConcurrency,
}

impl Cond {
    /// All conditions, in the order of the template.
    pub const ALL: [Self; 9] = [
        Self::CreateKafkaSecret,
        Self::CreatePortSecret,
        Self::HasKafkaTopic,
        Self::HasKafkaConsumerGroupId,
        Self::HasKafkaBootstrapServers,
        Self::HasPortApiUrl,
        Self::HasAlarmTopic,
        Self::HasKmsKey,
        Self::HasReservedConcurrency,
    ];

    /// Returns the condition's expression.
    pub fn definition(self) -> Val<bool> {
        let given = |param| Val::Not(Box::new(Val::Equals(param, "")));
        match self {
            Self::CreateKafkaSecret => Val::Equals(Param::KafkaSecretArn, ""),
            Self::CreatePortSecret => Val::Equals(Param::PortSecretArn, ""),
            Self::HasKafkaTopic => given(Param::KafkaTopic),
            Self::HasKafkaConsumerGroupId => given(Param::KafkaConsumerGroupId),
            Self::HasKafkaBootstrapServers => Val::Not(Box::new(Val::EmptyList(Param::KafkaBootstrapServers))),
            Self::HasPortApiUrl => given(Param::PortApiUrl),
            Self::HasAlarmTopic => given(Param::AlarmTopicArn),
            Self::HasKmsKey => given(Param::KmsKeyArn),
            Self::HasReservedConcurrency => Val::Not(Box::new(Val::Equals(Param::ReservedConcurrency, "-1"))),
        }
    }
}

impl fmt::Display for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
