//! Parameters: what differs from stage to stage, and every secret.

use std::fmt;

use serde::Serialize;

/// Every parameter. Its name in the template is that of the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Param {
    /// Id of the organisation, `org_…`.
    PortOrganizationId,
    /// Port's region, `eu` or `us`.
    PortRegion,
    /// Name of the consumer group, after the organisation's id.
    KafkaConsumerGroup,
    /// The whole consumer group, if it is the name of the Kafka user.
    KafkaConsumerGroupId,
    /// Where to start without a committed offset.
    KafkaStartingPosition,
    /// Topic, if it is not `<organisation>.runs`.
    KafkaTopic,
    /// Brokers, if they are not those of the region.
    KafkaBootstrapServers,
    /// An existing secret.
    KafkaSecretArn,
    /// For a new secret.
    KafkaUsername,
    /// For a new secret.
    KafkaPassword,
    /// An existing secret.
    PortSecretArn,
    /// For a new secret.
    PortClientId,
    /// For a new secret.
    PortClientSecret,
    /// The private key for inputs that the browser encrypts.
    InputKeySecretArn,
    /// URL of Port's API, if it is not that of the region.
    PortApiUrl,
    /// Reserved concurrent executions.
    ReservedConcurrency,
    /// Records by which the function may fall behind the topic.
    OffsetLagAlarmThreshold,
    /// Topic that alarms notify.
    AlarmTopicArn,
    /// Key that encrypts everything that can be encrypted.
    KmsKeyArn,
}

/// A parameter's definition.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    r#type: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_echo: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_values: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_value: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraint_description: Option<&'static str>,
}

/// The ARN of a secret ends in a hyphen and six characters that AWS chooses. A policy needs the full ARN.
const SECRET_ARN: &str =
    "^$|^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,140}-[A-Za-z0-9]{6}$";
/// Maximum length that Lambda accepts for the URI of an event source's secret.
const LONGEST_URI: u16 = 200;
/// Pattern of values that `Fn::Sub` can insert into JSON, since it does not escape them.
pub(crate) const JSON_SAFE: &str = r#"^[^"\\\x00-\x1f]*$"#;

impl Param {
    /// All parameters, in the order of the template.
    pub const ALL: [Self; 19] = [
        Self::PortOrganizationId,
        Self::PortRegion,
        Self::KafkaConsumerGroup,
        Self::KafkaConsumerGroupId,
        Self::KafkaStartingPosition,
        Self::KafkaTopic,
        Self::KafkaBootstrapServers,
        Self::KafkaSecretArn,
        Self::KafkaUsername,
        Self::KafkaPassword,
        Self::PortSecretArn,
        Self::PortClientId,
        Self::PortClientSecret,
        Self::InputKeySecretArn,
        Self::PortApiUrl,
        Self::ReservedConcurrency,
        Self::OffsetLagAlarmThreshold,
        Self::AlarmTopicArn,
        Self::KmsKeyArn,
    ];

    /// Returns the parameter's definition.
    pub fn definition(self) -> Parameter {
        let text = Parameter { r#type: "String", ..Parameter::default() };
        match self {
            Self::PortOrganizationId => Parameter {
                description: "Id of your organisation in Port, such as org_sYG4DOJZNGy8bYnt",
                allowed_pattern: Some("^[A-Za-z0-9_-]{1,100}$"),
                constraint_description: Some("1 to 100 letters, digits, underscores or hyphens"),
                ..text
            },
            Self::PortRegion => Parameter {
                description: "Region of your organisation in Port; selects the brokers and the API",
                default: Some("eu"),
                allowed_values: Some(&["eu", "us"]),
                ..text
            },
            Self::KafkaConsumerGroup => Parameter {
                description: "Last part of the consumer group's name: the group is <organisation id>.<this>, as Port's access rule requires. It cannot change once the stack exists.",
                default: Some("port-action-runner"),
                allowed_pattern: Some("^[A-Za-z0-9/*:_+=.@-]{1,99}$"),
                constraint_description: Some("1 to 99 characters: letters, digits and / * : _ + = . @ -"),
                ..text
            },
            Self::KafkaConsumerGroupId => Parameter {
                description: "Your Kafka user name, only if Port issued a consumer group of that name. Set KafkaUsername to the same name, even if you set KafkaSecretArn.",
                default: Some(""),
                allowed_pattern: Some("^[A-Za-z0-9/*:_+=.@-]{0,200}$"),
                constraint_description: Some("at most 200 characters: letters, digits and / * : _ + = . @ -"),
                ..text
            },
            Self::KafkaStartingPosition => Parameter {
                description: "Where to start while the consumer group has no committed offset. LATEST misses runs that are started before the event source is ready; TRIM_HORIZON also reads runs that are still in the topic.",
                default: Some("LATEST"),
                allowed_values: Some(&["LATEST", "TRIM_HORIZON"]),
                ..text
            },
            Self::KafkaTopic => Parameter {
                description: "Topic of the runs; leave empty for <organisation id>.runs",
                default: Some(""),
                allowed_pattern: Some("^$|^[A-Za-z0-9_-][A-Za-z0-9_.-]{1,248}$"),
                constraint_description: Some(
                    "2 to 249 letters, digits, dots, underscores or hyphens; the first is not a dot",
                ),
                ..text
            },
            Self::KafkaBootstrapServers => Parameter {
                r#type: "CommaDelimitedList",
                description: "host:port of each public SASL/SCRAM listener, separated by commas (at most 10); leave empty for the region's",
                default: Some(""),
                allowed_pattern: Some("^$|^[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5}$"),
                constraint_description: Some("each entry must be host:port"),
                ..text
            },
            Self::KafkaSecretArn => Parameter {
                description: "Existing secret with the keys username and password; leave empty to create one from KafkaUsername and KafkaPassword",
                default: Some(""),
                max_length: Some(LONGEST_URI),
                allowed_pattern: Some(SECRET_ARN),
                constraint_description: Some("the full ARN of a secret, with its suffix of six characters"),
                ..text
            },
            Self::KafkaUsername => secret("SASL/SCRAM-SHA-512 user name that Port issued"),
            Self::KafkaPassword => {
                secret("SASL/SCRAM-SHA-512 password that Port issued; leave empty if you set KafkaSecretArn")
            }
            Self::PortSecretArn => Parameter {
                description: "Existing secret with the keys clientId and clientSecret; leave empty to create one from PortClientId and PortClientSecret",
                default: Some(""),
                allowed_pattern: Some(SECRET_ARN),
                constraint_description: Some("the full ARN of a secret, with its suffix of six characters"),
                ..text
            },
            Self::PortClientId => secret("Client id for Port's API; leave empty if you set PortSecretArn"),
            Self::PortClientSecret => secret("Client secret for Port's API; leave empty if you set PortSecretArn"),
            Self::InputKeySecretArn => Parameter {
                description: "Secret with the RSA private key, in PEM format, that decrypts the inputs that the browser encrypts",
                allowed_pattern: SECRET_ARN.strip_prefix("^$|"),
                constraint_description: Some("the full ARN of a secret, with its suffix of six characters"),
                ..text
            },
            Self::PortApiUrl => Parameter {
                description: "Base URL of Port's API; leave empty for the region's",
                default: Some(""),
                // Plain HTTP only to this machine, for emulators.
                allowed_pattern: Some(
                    "^$|^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$|^http://(127\\.0\\.0\\.1|localhost):[0-9]{1,5}$",
                ),
                constraint_description: Some("an https URL"),
                ..text
            },
            Self::ReservedConcurrency => Parameter {
                r#type: "Number",
                description: "Concurrent executions reserved for the function; -1 reserves none",
                default: Some("-1"),
                min_value: Some(-1),
                ..text
            },
            Self::OffsetLagAlarmThreshold => Parameter {
                r#type: "Number",
                description: "The alarm goes off when the function has been this many records behind the topic for 15 minutes",
                default: Some("100"),
                min_value: Some(1),
                ..text
            },
            Self::AlarmTopicArn => Parameter {
                description: "SNS topic that the alarms notify; leave empty for none",
                default: Some(""),
                allowed_pattern: Some("^$|^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\\.fifo)?$"),
                constraint_description: Some("the ARN of an SNS topic"),
                ..text
            },
            Self::KmsKeyArn => Parameter {
                description: "Customer managed key for secrets, failure queue, log and function configuration; leave empty to use keys that AWS manages. Its key policy must let logs.<region>.amazonaws.com use it.",
                default: Some(""),
                allowed_pattern: Some("^$|^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$"),
                constraint_description: Some("the ARN of a KMS key"),
                ..text
            },
        }
    }
}

fn secret(description: &'static str) -> Parameter {
    Parameter {
        r#type: "String",
        description,
        default: Some(""),
        no_echo: Some(true),
        max_length: Some(1024),
        allowed_pattern: Some(JSON_SAFE),
        constraint_description: Some(
            "no double quotes, backslashes or control characters; store such a value in a secret of your own and set its ARN",
        ),
        ..Parameter::default()
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
