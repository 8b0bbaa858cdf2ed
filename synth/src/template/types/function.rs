//! The function's properties.

use serde::Serialize;

use super::entries::Entries;
use super::event_source::Event;
use super::value::Val;

/// A function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Function {
    /// Description.
    pub description: &'static str,
    /// `provided.al2023`: Amazon Linux 2023 without a language runtime.
    pub runtime: &'static str,
    /// Name of the executable.
    pub handler: &'static str,
    /// Folder of the package, next to the template.
    pub code_uri: &'static str,
    /// Instruction set.
    pub architectures: [&'static str; 1],
    /// Memory in MB.
    pub memory_size: u16,
    /// Timeout in seconds.
    pub timeout: u16,
    /// Execution role.
    pub role: Val<String>,
    /// Key that encrypts the environment and the package.
    pub kms_key_arn: Val<String>,
    /// Reserved concurrent executions.
    pub reserved_concurrent_executions: Val<u32>,
    /// Log settings.
    pub logging_config: LoggingConfig,
    /// Environment variables.
    pub environment: Environment,
    /// Events that start the function.
    pub events: Entries<&'static str, Event>,
}

/// A function's log settings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoggingConfig {
    /// `JSON`: one object per line.
    pub log_format: &'static str,
    /// Log group.
    pub log_group: Val<String>,
    /// Level of our log lines.
    pub application_log_level: &'static str,
    /// Level of Lambda's log lines.
    pub system_log_level: &'static str,
}

/// A function's environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Environment {
    /// Variables by name.
    pub variables: Entries<&'static str, Val<String>>,
}
