//! The template, put together.

use model::plan::{Document, Encryption};
use port::Region;

use crate::config::{self, Config};
use crate::plan::filter::Filter;
use crate::template::types::{
    Alarm, Assertion, Attr, CdkNag, Checkov, Cond, DestinationConfig, Dimension, Entries, Environment, Event,
    FilterCriteria, Function, Id, Interface, Label, LogGroup, LoggingConfig, ManagedPolicy, Mapped, Metadata,
    MetricsConfig, OnFailure, Output, Param, ParameterGroup, Pattern, PolicyDocument, PollerConfig, PollerLog,
    PortRegion, Principal, Properties, Provisioned, Queue, QueuePolicy, Resource, Role, RunnerNotes, Secret,
    SecretText, SelfManagedKafka, Skip, SourceAccess, Statement, StatementCondition, Suppression, Template,
    TemplateMetadata, Transport, Val, Via,
};

/// The template for a plan and the filter of its runs. Total and deterministic: a function of these and of `synth.toml`.
pub fn synthesize(plan: &Document, filter: &Filter, config: &Config) -> Template {
    let encryptions = |action: &model::plan::ActionDocument| action.encrypted.values().copied().collect::<Vec<_>>();
    let input_key = plan.actions.iter().flat_map(encryptions).any(|encryption| encryption == Encryption::ClientSide);
    let parameters = Param::ALL.into_iter().filter(|param| input_key || *param != Param::InputKeySecretArn);
    Template {
        version: "2010-09-09",
        transform: "AWS::Serverless-2016-10-31",
        description: "Port self-service action runner: consumes the organisation's runs topic and reports the outcome of every run to Port".to_owned(),
        metadata: TemplateMetadata { interface: interface(input_key) },
        parameters: Entries(parameters.map(|param| (param, param.definition())).collect()),
        rules: rules(),
        mappings: Entries(vec![("PortRegions", Entries(port_regions()))]),
        conditions: Entries(Cond::ALL.map(|cond| (cond, cond.definition())).into()),
        resources: Entries(resources(filter, config, input_key)),
        outputs: Entries(outputs()),
    }
}

fn interface(input_key: bool) -> Interface {
    use Param as P;
    let group =
        |default, parameters: &[Param]| ParameterGroup { label: Label { default }, parameters: parameters.into() };
    let mut groups = vec![
        group("Organisation", &[P::PortOrganizationId, P::PortRegion]),
        group(
            "Kafka credentials (user name and password, or an existing secret)",
            &[P::KafkaUsername, P::KafkaPassword, P::KafkaSecretArn],
        ),
        group(
            "Port API credentials (client id and secret, or an existing secret)",
            &[P::PortClientId, P::PortClientSecret, P::PortSecretArn],
        ),
        group(
            "Kafka topic",
            &[
                P::KafkaConsumerGroup,
                P::KafkaConsumerGroupId,
                P::KafkaStartingPosition,
                P::KafkaTopic,
                P::KafkaBootstrapServers,
            ],
        ),
        group(
            "Operations",
            &[P::PortApiUrl, P::ReservedConcurrency, P::OffsetLagAlarmThreshold, P::AlarmTopicArn, P::KmsKeyArn],
        ),
    ];
    if input_key {
        groups.push(group("Encrypted inputs", &[P::InputKeySecretArn]));
    }
    Interface { parameter_groups: groups }
}

fn rules() -> Entries<&'static str, Assertion> {
    let given = |param| Val::Not(Box::new(Val::Equals(param, "")));
    let either = |arn, a, b| Val::Or(vec![given(arn), Val::And(vec![given(a), given(b)])]);
    Entries(vec![
        (
            "KafkaCredentials",
            Assertion::new(
                "Give either KafkaSecretArn, or both KafkaUsername and KafkaPassword",
                either(Param::KafkaSecretArn, Param::KafkaUsername, Param::KafkaPassword),
            ),
        ),
        (
            "PortCredentials",
            Assertion::new(
                "Give either PortSecretArn, or both PortClientId and PortClientSecret",
                either(Param::PortSecretArn, Param::PortClientId, Param::PortClientSecret),
            ),
        ),
        (
            "ConsumerGroup",
            Assertion::new(
                "Port lets a user read with a consumer group that starts with the organisation's id (KafkaConsumerGroup makes one) or that is the user's name: KafkaConsumerGroupId must equal KafkaUsername",
                Val::Or(vec![
                    Val::Equals(Param::KafkaConsumerGroupId, ""),
                    Val::Same(Param::KafkaConsumerGroupId, Param::KafkaUsername),
                ]),
            ),
        ),
    ])
}

fn port_regions() -> Vec<(&'static str, PortRegion)> {
    let region =
        |region: Region| (region.as_str(), PortRegion { brokers: region.brokers().into(), api_url: region.api_url() });
    Region::ALL.map(region).into()
}

/// In the order in which the data and the permissions flow: secrets, what is written, who may, the function, alarms.
fn resources(filter: &Filter, config: &Config, input_key: bool) -> Vec<(Id, Resource)> {
    let mut resources = vec![
        (
            Id::KafkaSecret,
            secret(
                "SASL/SCRAM-SHA-512 credentials of the runs topic, issued by Port",
                &[("username", Param::KafkaUsername), ("password", Param::KafkaPassword)],
            )
            .only(Cond::CreateKafkaSecret),
        ),
        (
            Id::PortSecret,
            secret(
                "Client id and secret of Port's API",
                &[("clientId", Param::PortClientId), ("clientSecret", Param::PortClientSecret)],
            )
            .only(Cond::CreatePortSecret),
        ),
        (
            Id::RunnerLogGroup,
            Resource::new(Properties::LogGroup(LogGroup {
                retention_in_days: config.log_retention,
                kms_key_id: kms_key(),
            }))
            .described("The function's log: JSON lines, one for each run and one for each batch"),
        ),
        (Id::FailureQueue, failure_queue()),
        (Id::FailureQueuePolicy, failure_queue_policy()),
        (Id::RunnerPolicy, runner_policy(input_key)),
        (Id::RunnerRole, runner_role()),
        (Id::Runner, runner(filter, config, input_key)),
    ];
    resources.extend(config.alarms.iter().copied().map(alarm_resource));
    resources
}

fn kms_key() -> Val<String> {
    Val::only(Cond::HasKmsKey, Val::Param(Param::KmsKeyArn))
}

fn kafka_secret_arn() -> Val<String> {
    Val::when(Cond::CreateKafkaSecret, Val::Id(Id::KafkaSecret), Val::Param(Param::KafkaSecretArn))
}

fn port_secret_arn() -> Val<String> {
    Val::when(Cond::CreatePortSecret, Val::Id(Id::PortSecret), Val::Param(Param::PortSecretArn))
}

fn nag(rules: &[(&'static str, &'static str)]) -> CdkNag {
    let rules_to_suppress = rules.iter().map(|(id, reason)| Suppression { id, reason }).collect();
    CdkNag { rules_to_suppress }
}

fn secret(description: &'static str, pairs: &[(&'static str, Param)]) -> Resource {
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

fn failure_queue() -> Resource {
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
    .described("Topic, partition and offsets of batches that Lambda gave up after all retries, for 14 days")
}

fn failure_queue_policy() -> Resource {
    Resource::new(Properties::QueuePolicy(QueuePolicy {
        queues: vec![Val::Id(Id::FailureQueue)],
        policy_document: PolicyDocument::new(vec![Val::Lit(Statement {
            sid: "DenyInsecureTransport",
            effect: "Deny",
            principal: Some(Principal::Aws("*")),
            action: vec!["sqs:*"],
            resource: vec![Val::GetAtt(Id::FailureQueue, Attr::Arn)],
            condition: Some(StatementCondition::Bool(Transport { secure: "false" })),
        })]),
    }))
    .described("Only encrypted connections may use the queue")
}

fn runner_policy(input_key: bool) -> Resource {
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
                vec![Val::GetAtt(Id::RunnerLogGroup, Attr::Arn)],
            )),
            Val::Lit(allow(
                "ReadOwnSecrets",
                &["secretsmanager:GetSecretValue"],
                [kafka_secret_arn(), port_secret_arn()].into_iter().chain(input_key).collect(),
            )),
            Val::Lit(allow(
                "ReportFailedBatches",
                &["sqs:SendMessage"],
                vec![Val::GetAtt(Id::FailureQueue, Attr::Arn)],
            )),
            Val::only(Cond::HasKmsKey, Val::Lit(key)),
        ]),
    }))
}

fn runner_role() -> Resource {
    Resource::new(Properties::Role(Role {
        description: "Execution role of the Port action runner",
        assume_role_policy_document: PolicyDocument::new(vec![Val::Lit(Statement {
            sid: "LambdaOnly",
            effect: "Allow",
            principal: Some(Principal::Service("lambda.amazonaws.com")),
            action: vec!["sts:AssumeRole"],
            ..Statement::default()
        })]),
        managed_policy_arns: vec![Val::Id(Id::RunnerPolicy)],
    }))
}

fn runner(filter: &Filter, config: &Config, input_key: bool) -> Resource {
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
        role: Val::GetAtt(Id::RunnerRole, Attr::Arn),
        kms_key_arn: kms_key(),
        reserved_concurrent_executions: Val::only(Cond::HasReservedConcurrency, Val::Param(Param::ReservedConcurrency)),
        logging_config: LoggingConfig {
            log_format: "JSON",
            log_group: Val::Id(Id::RunnerLogGroup),
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
                    comment: "Never invoked asynchronously. Batches that are given up go to FailureQueue.",
                },
                Skip { id: "CKV_AWS_117", comment: "Talks to public endpoints only: Port's API and Secrets Manager." },
            ],
        }),
        cdk_nag: Some(nag(&[
            ("Serverless-LambdaDLQ", "Never invoked asynchronously. Batches that are given up go to FailureQueue."),
            (
                "Serverless-LambdaTracing",
                "X-Ray's actions accept no resource but '*', and one hop gains little from a trace.",
            ),
        ])),
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
            on_failure: OnFailure { destination: Val::GetAtt(Id::FailureQueue, Attr::Arn) },
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

/// An alarm on one period's sum or maximum, as most are.
fn alarm(description: &'static str, namespace: &'static str, metric: &'static str, of: Vec<Dimension>) -> Alarm {
    let notify = || Val::only(Cond::HasAlarmTopic, Val::Lit(vec![Val::Param(Param::AlarmTopicArn)]));
    Alarm {
        alarm_description: description,
        namespace,
        metric_name: metric,
        dimensions: of,
        statistic: "Sum",
        period: 300,
        evaluation_periods: 1,
        threshold: Val::Lit(1),
        comparison_operator: "GreaterThanOrEqualToThreshold",
        treat_missing_data: "notBreaching",
        alarm_actions: notify(),
        ok_actions: notify(),
    }
}

fn of_function() -> Dimension {
    Dimension { name: "FunctionName", value: Val::Id(Id::Runner) }
}

fn alarm_resource(which: config::Alarm) -> (Id, Resource) {
    let (id, alarm) = match which {
        config::Alarm::FailureQueue => {
            let queue = Dimension { name: "QueueName", value: Val::GetAtt(Id::FailureQueue, Attr::QueueName) };
            let description = "Runs were given up after all retries; the failure queue says which offsets";
            let alarm = alarm(description, "AWS/SQS", "ApproximateNumberOfMessagesVisible", vec![queue]);
            (Id::FailureQueueAlarm, Alarm { statistic: "Maximum", period: 60, ..alarm })
        }
        config::Alarm::Errors => {
            let description = "The runner cannot start, or could not finish a batch in time";
            (Id::ErrorsAlarm, alarm(description, "AWS/Lambda", "Errors", vec![of_function()]))
        }
        config::Alarm::OffsetLag => {
            let description = "The runner does not keep up with the runs topic, or is cut off from it";
            let alarm = alarm(description, "AWS/Lambda", "OffsetLag", vec![of_function()]);
            let threshold = Val::Param(Param::OffsetLagAlarmThreshold);
            (Id::OffsetLagAlarm, Alarm { statistic: "Maximum", evaluation_periods: 3, threshold, ..alarm })
        }
        config::Alarm::UnfinishedRuns => {
            let description = "Runs go back to Kafka: Port cannot be reached, or refuses the credentials";
            let outcome = Dimension { name: "Outcome", value: "UNFINISHED".into() };
            let alarm = alarm(description, RUNNER_METRICS, "Runs", vec![of_function(), outcome]);
            (Id::UnfinishedRunsAlarm, alarm)
        }
        config::Alarm::RejectedMessages => {
            let description = "Messages of our actions are not acted on: a wrong signature, or no run id";
            (Id::RejectedMessagesAlarm, alarm(description, RUNNER_METRICS, "Rejected", vec![of_function()]))
        }
    };
    (id, Resource::new(Properties::Alarm(Box::new(alarm))))
}

/// Namespace of the metrics that the function writes into its log.
const RUNNER_METRICS: &str = "PortActionRunner";

fn outputs() -> Vec<(&'static str, Output)> {
    let output = |description, value| Output { description, value };
    vec![
        ("FunctionName", output("The runner function", Val::Id(Id::Runner))),
        ("LogGroupName", output("Its log group", Val::Id(Id::RunnerLogGroup))),
        ("EventSourceMappingId", output("UUID of the Kafka event source mapping", Val::Id(Id::RunnerRuns))),
        ("FailureQueueUrl", output("Batches that were given up after all retries", Val::Id(Id::FailureQueue))),
        ("KafkaSecretArn", output("Secret with the Kafka credentials", kafka_secret_arn())),
        ("PortSecretArn", output("Secret with the Port API credentials", port_secret_arn())),
    ]
}
