//! The function's role and its permissions.

use super::reference::{kafka_secret_arn, port_secret_arn};
use crate::template::types::{
    Attr, Cond, LogicalId, ManagedPolicy, Param, PolicyDocument, Principal, Properties, QueuePolicy, Resource, Role,
    Statement, StatementCondition, Transport, Val, Via,
};

pub(super) fn failure_queue_policy() -> Resource {
    Resource::new(Properties::QueuePolicy(QueuePolicy {
        queues: vec![Val::LogicalId(LogicalId::FailureQueue)],
        policy_document: PolicyDocument::new(vec![Val::Lit(Statement {
            sid: "DenyInsecureTransport",
            effect: "Deny",
            principal: Some(Principal::Aws("*")),
            action: vec!["sqs:*"],
            resource: vec![Val::GetAtt(LogicalId::FailureQueue, Attr::Arn)],
            condition: Some(StatementCondition::Bool(Transport { secure: "false" })),
        })]),
    }))
    .described("Only encrypted connections may use the queue")
}

pub(super) fn runner_policy(input_key: bool) -> Resource {
    let input_key = input_key.then_some(Val::Param(Param::InputKeySecretArn));
    let allow = |sid, action: &[&'static str], resource| Statement {
        sid,
        effect: "Allow",
        action: action.into(),
        resource,
        ..Statement::default()
    };
    let services = ["secretsmanager", "sqs"];
    let via = services.map(|service| Val::Sub(format!("{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"))).into();
    let key = Statement {
        condition: Some(StatementCondition::StringEquals(Via { services: via })),
        ..allow("UseKeyForSecretsAndQueue", &["kms:Decrypt", "kms:GenerateDataKey"], vec![Val::Param(Param::KmsKeyArn)])
    };
    Resource::new(Properties::ManagedPolicy(ManagedPolicy {
        description: "What the Port action runner may do, and nothing more",
        policy_document: PolicyDocument::new(vec![
            Val::Lit(allow(
                "WriteOwnLog",
                &["logs:CreateLogStream", "logs:PutLogEvents"],
                vec![Val::GetAtt(LogicalId::RunnerLogGroup, Attr::Arn)],
            )),
            Val::Lit(allow(
                "ReadOwnSecrets",
                &["secretsmanager:GetSecretValue"],
                [kafka_secret_arn(), port_secret_arn()].into_iter().chain(input_key).collect(),
            )),
            Val::Lit(allow(
                "ReportFailedBatches",
                &["sqs:SendMessage"],
                vec![Val::GetAtt(LogicalId::FailureQueue, Attr::Arn)],
            )),
            Val::only(Cond::HasKmsKey, Val::Lit(key)),
        ]),
    }))
}

pub(super) fn runner_role() -> Resource {
    Resource::new(Properties::Role(Role {
        description: "Execution role of the Port action runner",
        assume_role_policy_document: PolicyDocument::new(vec![Val::Lit(Statement {
            sid: "LambdaOnly",
            effect: "Allow",
            principal: Some(Principal::Service("lambda.amazonaws.com")),
            action: vec!["sts:AssumeRole"],
            ..Statement::default()
        })]),
        managed_policy_arns: vec![Val::LogicalId(LogicalId::RunnerPolicy)],
    }))
}
