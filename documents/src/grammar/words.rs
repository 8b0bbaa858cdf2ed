//! Closed sets of words.

use schemars::JsonSchema;

/// The type of a value.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// A string.
    String,
    /// A number, whole or fractional.
    Number,
    /// True or false.
    Boolean,
    /// Any object.
    Object,
    /// A list.
    Array,
}

/// The format of a string, which decides how Port shows it.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum PropertyFormat {
    DateTime,
    Url,
    Email,
    IdnEmail,
    Ipv4,
    Ipv6,
    Markdown,
    Yaml,
    User,
    Blueprints,
    Team,
    Timer,
    Proto,
    LabeledUrl,
}

/// The format of a calculated string, which decides how Port shows it.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum CalculationFormat {
    DateTime,
    Url,
    Email,
    IdnEmail,
    Ipv4,
    Ipv6,
    Markdown,
    Yaml,
    User,
    Team,
    Proto,
    LabeledUrl,
}

/// The format of the items of a calculated list.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it; `idn-format` is the API's own")]
pub enum CalculationItemFormat {
    DateTime,
    Url,
    Email,
    IdnFormat,
    Ipv4,
    Ipv6,
    Markdown,
    Yaml,
    User,
    Team,
    Timer,
    Proto,
    LabeledUrl,
}

/// The format of an input, which decides how Port's form asks for it.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum InputFormat {
    DateTime,
    Url,
    Email,
    Ipv4,
    Ipv6,
    Yaml,
    Entity,
    User,
    Team,
    Proto,
    Markdown,
    MultiLine,
    LabeledUrl,
}

/// What a URL or an object contains, so that Port can render it.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Spec {
    OpenApi,
    EmbeddedUrl,
    AsyncApi,
}

/// Port's colours.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the words say it")]
pub enum Colour {
    Blue,
    Turquoise,
    Orange,
    Purple,
    Pink,
    Yellow,
    Green,
    Red,
    Gold,
    Silver,
    PaleBlue,
    DarkGray,
    LightGray,
    Bronze,
    Lime,
    Olive,
    Brown,
}

/// What an action does to an entity.
#[derive(JsonSchema)]
pub enum Operation {
    /// Creates an entity.
    #[serde(rename = "CREATE")]
    Create,
    /// Changes an existing entity.
    #[serde(rename = "DAY-2")]
    DayTwo,
    /// Deletes an entity.
    #[serde(rename = "DELETE")]
    Delete,
}

/// How conditions are combined.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Combinator {
    /// All conditions must be met.
    And,
    /// One condition must be met.
    Or,
}

/// The backends of v0 and v1.
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum InvocationWord {
    /// A message to the organisation's Kafka topic of runs, from which our function reads.
    Kafka,
    /// A call to a URL.
    Webhook,
    /// A GitHub workflow.
    Github,
    /// A GitLab pipeline.
    Gitlab,
    /// An Azure pipeline.
    #[serde(rename = "AZURE-DEVOPS")]
    AzureDevops,
}
