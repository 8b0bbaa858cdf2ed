//! One run, from the message to its end in Port: the team's code, the entity, and finally the status, which closes the
//! run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use model::plan::LoggedRuns;
use model::{Entity, Operation, PlannedAction, Run, Unreadable};
use port::{Client, Deadline, Failure, RunReport, RunState, Status, Written, is_node_run};
use secrecy::ExposeSecret;

use crate::decryption::unlock;
use crate::fate::Fate;
use crate::service::Service;
use crate::work::{Outcome, RunLog};

/// Carries out one run of `action`.
pub(crate) async fn carry_out(service: &Service, action: &PlannedAction, run: &mut Run, deadline: Deadline) -> Fate {
    let report = match act(service, action, run, deadline).await {
        Ok(Act::Report(report)) => report,
        Ok(Act::LeftOpen) => return Fate::LeftOpen,
        Ok(Act::OutOfTime) => return Fate::Unfinished("the action's code did not finish in time".to_owned()),
        Err(failure @ (Failure::Credentials { .. } | Failure::Unavailable { .. })) => {
            return Fate::Unfinished(failure.to_string());
        }
        Err(Failure::Refused { status, error, message }) => {
            failure(format!("Port refused the entity ({status}): {}", if message.is_empty() { error } else { message }))
        }
    };
    close(service, run, report, deadline).await
}

/// Ends a run whose message cannot be used as a failure.
pub(crate) async fn refuse(service: &Service, run: &Run, why: &Unreadable, deadline: Deadline) -> Fate {
    close(service, run, failure(sentence(&why.to_string())), deadline).await
}

enum Act {
    Report(RunReport),
    LeftOpen,
    OutOfTime,
}

async fn act(service: &Service, action: &PlannedAction, run: &mut Run, deadline: Deadline) -> Result<Act, Failure> {
    let client_secret = service.client.credentials().client_secret;
    let inputs = unlock(run, &action.encrypted, &service.keys(client_secret.expose_secret()));
    let entity = inputs
        .map_err(|fault| fault.to_string())
        .and_then(|()| service.plan.entity(action, run).map_err(|fault| fault.to_string()));
    let entity = match entity {
        Ok(entity) => entity,
        Err(fault) => return Ok(Act::Report(failure(sentence(&fault)))),
    };
    let outcome = match service.work(action) {
        None => Outcome::Done,
        Some(work) => {
            let log = RunLog::new(Arc::clone(&service.client), run.id.clone(), deadline);
            let running = AssertUnwindSafe(async { work(run.clone(), log).await }).catch_unwind();
            match tokio::time::timeout(deadline.remaining(), running).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_panic)) => Outcome::Failed("The code of this action crashed.".to_owned()),
                Err(_elapsed) => {
                    return Ok(Act::OutOfTime);
                }
            }
        }
    };
    if let Outcome::Failed(summary) = outcome {
        return Ok(Act::Report(failure(summary)));
    }
    let report = write(&service.client, action, &entity, run, deadline).await?;
    Ok(match (outcome, report.status) {
        (Outcome::LeftOpen, Status::Success) => Act::LeftOpen,
        _ => Act::Report(report),
    })
}

/// Creates, updates or deletes the entity, as the run asks.
async fn write(
    client: &Client,
    action: &PlannedAction,
    entity: &Entity,
    run: &Run,
    deadline: Deadline,
) -> Result<RunReport, Failure> {
    let (blueprint, id) = (action.blueprint.as_str(), entity.identifier.as_str());
    Ok(match action.operation {
        Operation::Create => match client.create_entity(blueprint, entity, &run.id, deadline).await? {
            Written::Exists => match client.entity(blueprint, id, deadline).await? {
                Some(held) => match entity.differences(&held).as_slice() {
                    // An earlier delivery of this run wrote it.
                    [] => success(format!("`{id}` was created.")),
                    names => failure(format!(
                        "An entity `{id}` of blueprint `{blueprint}` already exists with different values for {}. It was not changed.",
                        names.join(", ")
                    )),
                },
                None => {
                    return Err(Failure::Unavailable {
                        attempts: 1,
                        cause: "the entity was created and deleted by something else meanwhile".to_owned(),
                    });
                }
            },
            _ => success(format!("`{id}` was created.")),
        },
        Operation::DayTwo => match client.update_entity(blueprint, entity, &run.id, deadline).await? {
            Written::Missing => {
                failure(format!("Entity `{id}` of blueprint `{blueprint}` does not exist. It may have been deleted."))
            }
            _ => success(format!("`{id}` was updated.")),
        },
        Operation::Delete => {
            client.delete_entity(blueprint, id, &run.id, deadline).await?;
            success(format!("`{id}` was deleted."))
        }
    })
}

/// The most time that writing a line to a run's log may take.
const LOG_LINE: Duration = Duration::from_secs(3);

/// Reports the end of a run to Port.
///
/// Before it reports a failure, it asks Port whether the run is still open: when a run that succeeded is delivered
/// again, its entity may have changed since, and that failure must not be reported. A refused report is checked the
/// same way.
async fn close(service: &Service, run: &Run, report: RunReport, deadline: Deadline) -> Fate {
    let client = &service.client;
    if report.status == Status::Failure {
        match client.run_state(&run.id, deadline).await {
            Ok(Some(RunState::Open)) => {}
            Ok(Some(RunState::Closed)) => return Fate::ClosedBefore,
            Ok(None) => return Fate::Unknown,
            Err(failure) => return Fate::Unfinished(failure.to_string()),
        }
    }
    if report.status == Status::Failure || service.plan.run_log == LoggedRuns::All {
        // People look at the run's log for more than a sentence. A missing line must not keep the run open.
        let _ = client.log(&run.id, &report.summary, deadline.at_most(LOG_LINE)).await;
    }
    let refused = match client.close_run(&run.id, &report, deadline).await {
        Ok(()) => return Fate::Reported(report.status),
        Err(failure @ Failure::Refused { .. }) => failure,
        Err(failure) => return Fate::Unfinished(failure.to_string()),
    };
    if is_node_run(&run.id) {
        return if refused.status() == Some(404) { Fate::Unknown } else { Fate::ClosedBefore };
    }
    match client.run_state(&run.id, deadline).await {
        Ok(Some(RunState::Closed)) => Fate::ClosedBefore,
        Ok(None) => Fate::Unknown,
        Ok(Some(RunState::Open)) => Fate::Unfinished(refused.to_string()),
        Err(failure) => Fate::Unfinished(failure.to_string()),
    }
}

fn success(summary: String) -> RunReport {
    RunReport { status: Status::Success, summary }
}

/// The most characters of a summary. Port documents no limit; nobody reads more.
const SUMMARY: usize = 1000;

fn failure(mut summary: String) -> RunReport {
    if let Some((end, _)) = summary.char_indices().nth(SUMMARY) {
        summary.truncate(end);
    }
    RunReport { status: Status::Failure, summary }
}

/// Makes a sentence of an error message: a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_sentences_and_bounded() {
        assert_eq!(sentence("the entity's identifier is empty"), "The entity's identifier is empty.");
        assert_eq!(sentence(""), "");
        assert_eq!(failure("ü".repeat(2000)).summary.chars().count(), 1000);
    }
}
