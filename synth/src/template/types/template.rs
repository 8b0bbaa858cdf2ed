//! The template as a whole.

use serde::Serialize;

use super::condition::Cond;
use super::entries::Entries;
use super::id::LogicalId;
use super::parameter::{Param, Parameter};
use super::policy::Assertion;
use super::resource::Resource;
use super::value::Val;

/// A template. Sections and their entries are in the order in which a person reads them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Template {
    /// The one version there is.
    #[serde(rename = "AWSTemplateFormatVersion")]
    pub version: &'static str,
    /// SAM.
    pub transform: &'static str,
    /// What the stack is.
    pub description: String,
    /// How the console groups the parameters.
    pub metadata: TemplateMetadata,
    /// All of [`Param`].
    pub parameters: Entries<Param, Parameter>,
    /// Checked before anything is created.
    pub rules: Entries<&'static str, Assertion>,
    /// What a region of Port's means.
    pub mappings: Entries<&'static str, Entries<&'static str, PortRegion>>,
    /// All of [`Cond`].
    pub conditions: Entries<Cond, Val<bool>>,
    /// By logical id.
    pub resources: Entries<LogicalId, Resource>,
    /// What other stacks and people need.
    pub outputs: Entries<&'static str, Output>,
}

/// `Metadata` of the template.
#[derive(Debug, Serialize)]
pub struct TemplateMetadata {
    /// The console's form.
    #[serde(rename = "AWS::CloudFormation::Interface")]
    pub interface: Interface,
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
    /// Heading.
    pub label: Label,
    /// In order.
    pub parameters: Vec<Param>,
}

/// A heading.
#[derive(Debug, Serialize)]
pub struct Label {
    /// The text.
    pub default: &'static str,
}

/// One region of Port's.
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
    /// What it is.
    pub description: &'static str,
    /// Its value.
    pub value: Val<String>,
}
