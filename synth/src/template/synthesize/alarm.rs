//! The alarms that `synth.toml` asks for.

use crate::config;
use crate::template::types::{Alarm, Attr, Cond, Dimension, LogicalId, Param, Properties, Resource, Val};

/// Returns an alarm with the settings that most alarms share.
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
    Dimension { name: "FunctionName", value: Val::LogicalId(LogicalId::Runner) }
}

/// Returns an alarm on the runs with this outcome.
fn runs(description: &'static str, outcome: &'static str) -> Alarm {
    let outcome = Dimension { name: "Outcome", value: outcome.into() };
    alarm(description, RUNNER_METRICS, "Runs", vec![of_function(), outcome])
}

pub(super) fn alarm_resource(which: config::Alarm) -> (LogicalId, Resource) {
    let (id, alarm) = match which {
        config::Alarm::FailureQueue => {
            let queue = Dimension { name: "QueueName", value: Val::GetAtt(LogicalId::FailureQueue, Attr::QueueName) };
            let description = "Lambda gave up on runs after all retries; the failure queue has their offsets";
            let alarm = alarm(description, "AWS/SQS", "ApproximateNumberOfMessagesVisible", vec![queue]);
            (LogicalId::FailureQueueAlarm, Alarm { statistic: "Maximum", period: 60, ..alarm })
        }
        config::Alarm::Errors => {
            let description = "The runner cannot start, or could not finish a batch in time";
            (LogicalId::ErrorsAlarm, alarm(description, "AWS/Lambda", "Errors", vec![of_function()]))
        }
        config::Alarm::OffsetLag => {
            let description = "The runner cannot keep up with the topic of the runs, or cannot reach it";
            let alarm = alarm(description, "AWS/Lambda", "OffsetLag", vec![of_function()]);
            let threshold = Val::Param(Param::OffsetLagAlarmThreshold);
            (LogicalId::OffsetLagAlarm, Alarm { statistic: "Maximum", evaluation_periods: 3, threshold, ..alarm })
        }
        config::Alarm::UnfinishedRuns => {
            let description = "Runs could not be finished and will be delivered again: Port cannot be reached, or refuses the credentials";
            (LogicalId::UnfinishedRunsAlarm, runs(description, "UNFINISHED"))
        }
        config::Alarm::RejectedMessages => {
            let description = "Messages for your actions were rejected: a wrong signature, or no run id";
            (LogicalId::RejectedMessagesAlarm, alarm(description, RUNNER_METRICS, "Rejected", vec![of_function()]))
        }
        config::Alarm::RefusedRuns => {
            let description = "Port refused the end of workflow nodes' runs, which have ended before or stay open: the log has their ids";
            (LogicalId::RefusedRunsAlarm, runs(description, "REFUSED"))
        }
    };
    (id, Resource::new(Properties::Alarm(Box::new(alarm))))
}

/// Namespace of the metrics that the function writes into its log.
const RUNNER_METRICS: &str = "PortActionRunner";
