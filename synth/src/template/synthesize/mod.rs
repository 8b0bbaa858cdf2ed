//! Synthesizes the template.

mod reference;
mod store;
mod permission;
mod function;
mod alarm;

use model::plan::Document;
use port::Region;

use self::alarm::alarm_resource;
use self::function::runner;
use self::permission::{failure_queue_policy, runner_policy, runner_role};
use self::reference::{kafka_secret_arn, kms_key, port_secret_arn};
use self::store::{failure_queue, secret};
use crate::config::Config;
use crate::function as program;
use crate::plan::filter::Filter;
use crate::template::types::{
    Assertion, Cond, Entries, Interface, Label, LogGroup, LogicalId, Output, Param, ParameterGroup, PortRegion,
    Properties, Resource, Template, TemplateMetadata, Val, Writer,
};

/// Synthesizes the template for a plan and its event filter. It cannot fail, and depends only on these and `synth.toml`.
pub fn synthesize(plan: &Document, filter: &Filter, config: &Config) -> Template {
    let input_key = plan.needs_input_key();
    let parameters = Param::ALL.into_iter().filter(|param| input_key || *param != Param::InputKeySecretArn);
    Template {
        version: "2010-09-09",
        transform: "AWS::Serverless-2016-10-31",
        description: "Port self-service action runner: consumes the organisation's runs topic and reports the outcome of every run to Port".to_owned(),
        metadata: TemplateMetadata { interface: interface(input_key), writer: Writer { version: program::VERSION } },
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
                "KafkaConsumerGroupId must be empty or equal to KafkaUsername: Port accepts only consumer groups that start with the organisation's id, as those from KafkaConsumerGroup do, or that have the user's name",
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

/// Returns the resources in reading order: secrets, log and queue, permissions, the function, alarms.
fn resources(filter: &Filter, config: &Config, input_key: bool) -> Vec<(LogicalId, Resource)> {
    let mut resources = vec![
        (
            LogicalId::KafkaSecret,
            secret(
                "SASL/SCRAM-SHA-512 credentials of the runs topic, issued by Port",
                &[("username", Param::KafkaUsername), ("password", Param::KafkaPassword)],
            )
            .only(Cond::CreateKafkaSecret),
        ),
        (
            LogicalId::PortSecret,
            secret(
                "Client id and secret of Port's API",
                &[("clientId", Param::PortClientId), ("clientSecret", Param::PortClientSecret)],
            )
            .only(Cond::CreatePortSecret),
        ),
        (
            LogicalId::RunnerLogGroup,
            Resource::new(Properties::LogGroup(LogGroup {
                retention_in_days: config.log_retention,
                kms_key_id: kms_key(),
            }))
            .described("The function's log: JSON lines, one for each run and one for each batch"),
        ),
        (LogicalId::FailureQueue, failure_queue()),
        (LogicalId::FailureQueuePolicy, failure_queue_policy()),
        (LogicalId::RunnerPolicy, runner_policy(input_key)),
        (LogicalId::RunnerRole, runner_role()),
        (LogicalId::Runner, runner(filter, config, input_key)),
    ];
    resources.extend(config.alarms.iter().copied().map(alarm_resource));
    resources
}

fn outputs() -> Vec<(&'static str, Output)> {
    let output = |description, value| Output { description, value };
    vec![
        ("FunctionName", output("The runner function", Val::LogicalId(LogicalId::Runner))),
        ("LogGroupName", output("Its log group", Val::LogicalId(LogicalId::RunnerLogGroup))),
        (
            "EventSourceMappingId",
            output("UUID of the Kafka event source mapping", Val::LogicalId(LogicalId::RunnerRuns)),
        ),
        (
            "FailureQueueUrl",
            output(
                "Queue of the batches that Lambda gave up on after all retries",
                Val::LogicalId(LogicalId::FailureQueue),
            ),
        ),
        ("KafkaSecretArn", output("Secret with the Kafka credentials", kafka_secret_arn())),
        ("PortSecretArn", output("Secret with the Port API credentials", port_secret_arn())),
    ]
}
