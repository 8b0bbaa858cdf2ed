//! One run, from the message to its end in Port: the team's code, the entity, and finally the status, which closes the
//! run.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use model::plan::LoggedRuns;
use model::{Entity, Operation, PlannedAction, Run, Unreadable};
use port::{Cause, Client, Deadline, Failure, LogLevel, RunReport, RunState, Status, Written, is_node_run};

use crate::fate::Fate;
use crate::proxy::{PATIENCE, past_proxies};
use crate::service::{Service, UNDECIDED, Unaccepted};
use crate::work::{Outcome, RunLog};

/// The age of a record from which an earlier delivery may have ended its run long ago. Most are read within a second, and
/// what comes back after a crash comes with all that followed it.
const LATE: Duration = Duration::from_mins(1);

/// Carries out one run of `action`, whose record has this `age`.
///
/// If the record is late, Port is asked first whether the run has ended: nobody says that it refuses a write for a run
/// that has ended, so the write might undo what a newer run did.
pub(crate) async fn carry_out(
    service: &Service,
    action: &PlannedAction,
    run: &mut Run,
    age: Duration,
    deadline: Deadline,
) -> Fate {
    if age >= LATE
        && let Some(fate) = ended_before(&service.client, run, deadline).await
    {
        return fate;
    }
    let report = match act(service, action, run, age, deadline).await {
        Ok(Act::Report(report)) => report,
        Ok(Act::LeftOpen) => return Fate::LeftOpen,
        Ok(Act::Later(cause)) => return Fate::Unfinished(cause.to_owned()),
        Err(failure @ (Failure::Credentials { .. } | Failure::Unavailable { .. })) => {
            return Fate::Unfinished(failure.to_string());
        }
        Err(Failure::Refused { status, error, message }) => {
            failure(format!("Port refused the entity ({status}): {}", if message.is_empty() { error } else { message }))
        }
    };
    close(service, run, report, age, deadline).await
}

/// Ends a run whose message, in a record of this `age`, cannot be used as a failure.
pub(crate) async fn refuse(service: &Service, run: &Run, why: &Unreadable, age: Duration, deadline: Deadline) -> Fate {
    close(service, run, failure(sentence(&why.to_string())), age, deadline).await
}

enum Act {
    Report(RunReport),
    LeftOpen,
    /// The run cannot be carried out now.
    Later(&'static str),
}

async fn act(
    service: &Service,
    action: &PlannedAction,
    run: &mut Run,
    age: Duration,
    deadline: Deadline,
) -> Result<Act, Failure> {
    let entity = match service.unlock(action, run, deadline).await {
        Ok(()) => service.plan.entity(action, run).map_err(|fault| fault.to_string()),
        Err(Unaccepted::Wrong(fault)) => Err(fault.to_string()),
        Err(Unaccepted::Undecided) => return Ok(Act::Later(UNDECIDED)),
    };
    let entity = match entity {
        Ok(entity) => entity,
        Err(fault) => return Ok(Act::Report(failure(sentence(&fault)))),
    };
    let outcome = match service.work(action) {
        None => Outcome::Done,
        Some(work) => {
            service.client.ready(deadline).await?;
            let log = RunLog::new(Arc::clone(&service.client), run.id.clone(), deadline);
            let running = AssertUnwindSafe(async { work(run.clone(), log).await }).catch_unwind();
            match tokio::time::timeout(deadline.remaining(), running).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_panic)) => Outcome::Failed("The code of this action crashed.".to_owned()),
                Err(_elapsed) => {
                    return Ok(Act::Later("the action's code did not finish in time"));
                }
            }
        }
    };
    if let Outcome::Failed(summary) = outcome {
        return Ok(Act::Report(failure(summary)));
    }
    let client = &service.client;
    let request = async |deadline| write(client, action, &entity, run, deadline).await;
    let report = match past_proxies(client, &run.id, age, deadline, request).await? {
        Ok(report) => report,
        Err(status) => failure(format!("A proxy before Port refused this request ({status}).")),
    };
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
                Some(held) => match held.differences_from(entity).as_deref() {
                    // An earlier delivery of this run wrote it.
                    Some([]) => success(format!("`{id}` was created.")),
                    Some(names) => failure(format!(
                        "An entity `{id}` of blueprint `{blueprint}` already exists with different values for {}. It was not changed.",
                        names.join(", ")
                    )),
                    None => failure(format!(
                        "An entity `{id}` of blueprint `{blueprint}` already exists and is too large to be compared. It was not changed."
                    )),
                },
                None => {
                    return Err(Failure::Unavailable { attempts: 1, cause: Cause::Vanished });
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

/// Reports the end of a run to Port, whose record has this `age`.
///
/// Before it reports a failure, it asks Port whether the run is still open: when a run that succeeded is delivered
/// again, its entity may have changed since, and that failure must not be reported. A refused report is checked the
/// same way. If Port refuses what the report says for longer than a refusal may last, the same end is reported in words that
/// quote nothing.
async fn close(service: &Service, run: &Run, report: RunReport, age: Duration, deadline: Deadline) -> Fate {
    let client = &service.client;
    let has_failed = report.status == Status::Failure;
    if has_failed && let Some(fate) = ended_before(client, run, deadline).await {
        return fate;
    }
    // A node's run has no summary: people read its log.
    if has_failed || service.plan.run_log == LoggedRuns::All || is_node_run(&run.id) {
        let level = if has_failed { LogLevel::Error } else { LogLevel::Info };
        // A missing line must not keep the run open.
        let _ = client.log(&run.id, level, &report.summary, deadline.at_most(LOG_LINE)).await;
    }
    let fate = match send(client, run, &report, deadline).await {
        Err(Failure::Refused { status: status @ (400 | 413 | 422), .. }) if age > PATIENCE => {
            let summary = format!("Port refused the summary of this run ({status}).");
            send(client, run, &RunReport { summary, ..report }, deadline).await
        }
        fate => fate,
    };
    fate.unwrap_or_else(|refused| Fate::Unfinished(refused.to_string()))
}

/// Sends a report.
///
/// # Errors
/// When Port refuses it although the run is open.
async fn send(client: &Client, run: &Run, report: &RunReport, deadline: Deadline) -> Result<Fate, Failure> {
    let refused = match client.close_run(&run.id, report, deadline).await {
        Ok(()) => return Ok(Fate::Reported(report.status)),
        Err(failure @ Failure::Refused { .. }) => failure,
        Err(failure) => return Ok(Fate::Unfinished(failure.to_string())),
    };
    match (client.run_state(&run.id, run.workflow_run_id.as_deref(), deadline).await, refused.status()) {
        (Ok(Some(RunState::Closed)), _) => Ok(Fate::ClosedBefore),
        (Ok(None), _) | (Ok(Some(RunState::Undisclosed)), Some(404)) => Ok(Fate::Unknown),
        (Ok(Some(RunState::Undisclosed)), Some(409 | 422)) => Ok(Fate::Refused),
        (Ok(Some(RunState::Open | RunState::Undisclosed)), _) => Err(refused),
        (Err(failure), _) => Ok(Fate::Unfinished(failure.to_string())),
    }
}

/// Asks Port whether a run has ended, and returns what becomes of it then. A run whose state Port does not disclose is
/// carried out.
async fn ended_before(client: &Client, run: &Run, deadline: Deadline) -> Option<Fate> {
    match client.run_state(&run.id, run.workflow_run_id.as_deref(), deadline).await {
        Ok(Some(RunState::Open | RunState::Undisclosed)) => None,
        Ok(Some(RunState::Closed)) => Some(Fate::ClosedBefore),
        Ok(None) => Some(Fate::Unknown),
        Err(failure) => Some(Fate::Unfinished(failure.to_string())),
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
