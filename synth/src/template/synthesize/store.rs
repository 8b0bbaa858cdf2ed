//! Secrets, and the queue for batches that Lambda gave up on, with the reasons why some linter rules do not apply.

use super::reference::kms_key;
use crate::template::types::{
    CdkNag, Cond, Metadata, Param, Properties, Queue, Resource, Secret, SecretText, Suppression, Val,
};

pub(super) fn secret(description: &'static str, pairs: &[(&'static str, Param)]) -> Resource {
    Resource::new(Properties::Secret(Secret {
        description,
        secret_string: SecretText::new(pairs),
        kms_key_id: kms_key(),
    }))
    .with(Metadata {
        cdk_nag: Some(nag(&[(
            "AwsSolutions-SMG4",
            "Port issues and rotates this credential; AWS has nothing to rotate it with.",
        )])),
        ..Metadata::default()
    })
}

pub(super) fn failure_queue() -> Resource {
    Resource::new(Properties::Queue(Queue {
        message_retention_period: 1_209_600,
        kms_master_key_id: kms_key(),
        sqs_managed_sse_enabled: Val::when(Cond::HasKmsKey, Val::NoValue, Val::Lit(true)),
    }))
    .with(Metadata {
        cdk_nag: Some(nag(&[
            ("AwsSolutions-SQS3", "This queue is the dead-letter queue."),
            ("Serverless-SQSRedrivePolicy", "This queue is the dead-letter queue."),
        ])),
        ..Metadata::default()
    })
    .described("Topic, partition and offsets of batches that Lambda gave up on after all retries, kept for 14 days")
}

pub(super) fn nag(rules: &[(&'static str, &'static str)]) -> CdkNag {
    let rules_to_suppress = rules.iter().map(|(id, reason)| Suppression { id, reason }).collect();
    CdkNag { rules_to_suppress }
}
