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
    /// The topic has another name than Port's rule gives it.
    HasKafkaTopic,
    /// Port issued a consumer group that does not start with the organisation's id.
    HasKafkaConsumerGroupId,
    /// Other brokers than those of the region.
    HasKafkaBootstrapServers,
    /// Another API than the region's.
    HasPortApiUrl,
    /// Alarms notify somebody.
    HasAlarmTopic,
    /// A key of the customer's.
    HasKmsKey,
    /// Concurrency is reserved.
    HasReservedConcurrency,
}

impl Cond {
    /// In the order of the template.
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

    /// What it says.
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
