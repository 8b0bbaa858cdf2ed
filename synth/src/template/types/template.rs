//! The template as a whole.

use serde::Serialize;

use super::condition::Cond;
use super::entries::Entries;
use super::id::LogicalId;
use super::parameter::{Param, Parameter};
use super::policy::Assertion;
use super::resource::Resource;
use super::value::Val;

/// A template. Sections and entries are in reading order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Template {
    /// Version of the format.
    #[serde(rename = "AWSTemplateFormatVersion")]
    pub version: &'static str,
    /// The SAM transform.
    pub transform: &'static str,
    /// Description of the stack.
    pub description: String,
    /// Groups of parameters for the console.
    pub metadata: TemplateMetadata,
    /// Every [`Param`].
    pub parameters: Entries<Param, Parameter>,
    /// Rules that are checked before anything is created.
    pub rules: Entries<&'static str, Assertion>,
    /// Brokers and API of each region of Port.
    pub mappings: Entries<&'static str, Entries<&'static str, PortRegion>>,
    /// Every [`Cond`].
    pub conditions: Entries<Cond, Val<bool>>,
    /// Resources by logical id.
    pub resources: Entries<LogicalId, Resource>,
    /// Outputs for other stacks and for people.
    pub outputs: Entries<&'static str, Output>,
}

/// `Metadata` of the template.
#[derive(Debug, Serialize)]
pub struct TemplateMetadata {
    /// The form of the console.
    #[serde(rename = "AWS::CloudFormation::Interface")]
    pub interface: Interface,
    /// Who wrote the template.
    #[serde(rename = "PortActionRunner")]
    pub writer: Writer,
}

/// The `synth` that wrote the template.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Writer {
    /// Its version.
    pub version: &'static str,
}

/// `AWS::CloudFormation::Interface`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Interface {
    /// In order.
    pub parameter_groups: Vec<ParameterGroup>,
}

/// Parameters that belong together.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ParameterGroup {
    /// Heading of the group.
    pub label: Label,
    /// In order.
    pub parameters: Vec<Param>,
}

/// A heading.
#[derive(Debug, Serialize)]
pub struct Label {
    /// Text of the heading.
    pub default: &'static str,
}

/// A region of Port.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortRegion {
    /// `host:port` of each public SASL/SCRAM listener.
    pub brokers: Vec<&'static str>,
    /// Base URL of the REST API.
    pub api_url: &'static str,
}

/// An output of the stack.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    /// Description.
    pub description: &'static str,
    /// Value.
    pub value: Val<String>,
}
