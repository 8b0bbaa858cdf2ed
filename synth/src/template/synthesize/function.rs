//! The function and its event source.

use super::reference::{kafka_secret_arn, kms_key, port_secret_arn};
use super::store::nag;
use crate::config::Config;
use crate::plan::filter::Filter;
use crate::template::types::{
    Attr, Checkov, Cond, DestinationConfig, Entries, Environment, Event, FilterCriteria, Function, LoggingConfig,
    LogicalId, Mapped, Metadata, MetricsConfig, OnFailure, Param, Pattern, PollerConfig, PollerLog, Properties,
    Provisioned, Resource, RunnerNotes, SelfManagedKafka, Skip, SourceAccess, Val,
};

pub(super) fn runner(filter: &Filter, config: &Config, input_key: bool) -> Resource {
    let port_api_url =
        Val::when(Cond::HasPortApiUrl, Val::Param(Param::PortApiUrl), Val::Find(Mapped::ApiUrl, Param::PortRegion));
    let mut variables = vec![("PORT_API_URL", port_api_url), ("PORT_SECRET_ARN", port_secret_arn())];
    if input_key {
        variables.push(("INPUT_KEY_SECRET_ARN", Val::Param(Param::InputKeySecretArn)));
    }
    let function = Function {
        description: "Carries out Port self-service actions and reports each run's outcome",
        runtime: "provided.al2023",
        handler: "bootstrap",
        code_uri: "runner/",
        architectures: [config.architecture.as_str()],
        memory_size: config.memory,
        timeout: config.timeout,
        role: Val::GetAtt(LogicalId::RunnerRole, Attr::Arn),
        kms_key_arn: kms_key(),
        reserved_concurrent_executions: Val::only(Cond::HasReservedConcurrency, Val::Param(Param::ReservedConcurrency)),
        logging_config: LoggingConfig {
            log_format: "JSON",
            log_group: Val::LogicalId(LogicalId::RunnerLogGroup),
            application_log_level: "INFO",
            system_log_level: "INFO",
        },
        environment: Environment { variables: Entries(variables) },
        events: Entries(vec![("Runs", Event { r#type: "SelfManagedKafka", properties: kafka(filter, config) })]),
    };
    Resource::new(Properties::Function(Box::new(function))).with(Metadata {
        checkov: Some(Checkov {
            skip: vec![
                Skip {
                    id: "CKV_AWS_116",
                    comment: "Never invoked asynchronously. Batches that Lambda gives up on go to FailureQueue.",
                },
                Skip { id: "CKV_AWS_117", comment: "Talks to public endpoints only: Port's API and Secrets Manager." },
            ],
        }),
        cdk_nag: Some(nag(&[
            (
                "Serverless-LambdaDLQ",
                "Never invoked asynchronously. Batches that Lambda gives up on go to FailureQueue.",
            ),
            (
                "Serverless-LambdaTracing",
                "X-Ray's actions accept no resource but '*', and one hop gains little from a trace.",
            ),
        ])),
        skip_build: Some(true),
        runner: Some(RunnerNotes { filter: filter.exactness.describe() }),
        description: None,
    })
}

fn kafka(filter: &Filter, config: &Config) -> SelfManagedKafka {
    SelfManagedKafka {
        kafka_bootstrap_servers: Val::when(
            Cond::HasKafkaBootstrapServers,
            Val::Param(Param::KafkaBootstrapServers),
            Val::find(Mapped::Brokers),
        ),
        topics: [Val::when(
            Cond::HasKafkaTopic,
            Val::Param(Param::KafkaTopic),
            Val::Sub(format!("${{{}}}.runs", Param::PortOrganizationId)),
        )],
        consumer_group_id: Val::when(
            Cond::HasKafkaConsumerGroupId,
            Val::Param(Param::KafkaConsumerGroupId),
            Val::Sub(format!("${{{}}}.${{{}}}", Param::PortOrganizationId, Param::KafkaConsumerGroup)),
        ),
        starting_position: Val::Param(Param::KafkaStartingPosition),
        source_access_configurations: [SourceAccess { kind: "SASL_SCRAM_512_AUTH", uri: kafka_secret_arn() }],
        batch_size: config.batch_size,
        maximum_batching_window_in_seconds: config.batch_window,
        filter_criteria: FilterCriteria {
            filters: filter.patterns.iter().map(|pattern| Pattern { pattern: pattern.to_string() }).collect(),
        },
        destination_config: DestinationConfig {
            on_failure: OnFailure { destination: Val::GetAtt(LogicalId::FailureQueue, Attr::Arn) },
        },
        provisioned: config.provisioned_polling.as_ref().map(|polling| Provisioned {
            provisioned_poller_config: PollerConfig {
                minimum_pollers: polling.minimum,
                maximum_pollers: polling.maximum,
            },
            maximum_retry_attempts: polling.retries,
            bisect_batch_on_function_error: true,
            function_response_types: ["ReportBatchItemFailures"],
            logging_config: PollerLog { system_log_level: "WARN" },
            metrics_config: MetricsConfig { metrics: ["EventCount", "ErrorCount", "KafkaMetrics"] },
        }),
    }
}
