//! References that several resources share, and that depend on a parameter.

use crate::template::types::{Cond, LogicalId, Param, Val};

pub(super) fn kms_key() -> Val<String> {
    Val::only(Cond::HasKmsKey, Val::Param(Param::KmsKeyArn))
}

pub(super) fn kafka_secret_arn() -> Val<String> {
    Val::when(Cond::CreateKafkaSecret, Val::LogicalId(LogicalId::KafkaSecret), Val::Param(Param::KafkaSecretArn))
}

pub(super) fn port_secret_arn() -> Val<String> {
    Val::when(Cond::CreatePortSecret, Val::LogicalId(LogicalId::PortSecret), Val::Param(Param::PortSecretArn))
}
