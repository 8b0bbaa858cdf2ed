//! Closed sets of words.

use schemars::JsonSchema;

/// What a value is.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// Text.
    String,
    /// A number, whole or not.
    Number,
    /// True or false.
    Boolean,
    /// Any object.
    Object,
    /// A list.
    Array,
}

/// What a text is, and how Port shows it.
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

/// What a calculated text is, and how Port shows it.
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

/// What the elements of a calculated list are.
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

/// What an input takes, and how Port's form asks for it.
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

/// What stands behind a URL or in an object, for Port to show it whole.
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
    /// Makes an entity that is not there yet.
    #[serde(rename = "CREATE")]
    Create,
    /// Changes an entity that is there.
    #[serde(rename = "DAY-2")]
    DayTwo,
    /// Takes an entity away.
    #[serde(rename = "DELETE")]
    Delete,
}

/// How the parts of a condition go together.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Combinator {
    /// All of them.
    And,
    /// One of them is enough.
    Or,
}

/// The backends of v0 and v1.
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum InvocationWord {
    /// A message on the organisation's topic of runs: what the runner answers.
    Kafka,
    /// A call of a URL.
    Webhook,
    /// A GitHub workflow.
    Github,
    /// A GitLab pipeline.
    Gitlab,
    /// An Azure pipeline.
    #[serde(rename = "AZURE-DEVOPS")]
    AzureDevops,
}
