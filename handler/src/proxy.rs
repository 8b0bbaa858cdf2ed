//! A request that a proxy before Port refuses for good: a limit on its size (413), a firewall's rule (403).
//!
//! Such an answer is not Port's word, so at first it is an outage like any other: the request is tried again, and the
//! record handed back. A refusal that lasts would keep the run open for ever. It becomes the run's FAILURE when all of
//! this is true:
//!
//! 1. The run's record is older than [`PATIENCE`], by Kafka's time.
//! 2. The proxy refused the request with a 4xx that does not ask to try again.
//! 3. After that, Port answered another call.
//! 4. After that, the proxy refused the same request again.
//!
//! A proxy that refuses everything, as an ingress does while nothing is behind it, never gets past the third. If the
//! report of the FAILURE is refused, too, the record is handed back.

use std::time::Duration;

use port::{Client, Deadline, Failure};

/// How long a refusal may last before it counts: longer than a deployment of a proxy takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(10);

/// The share of the time left, as a divisor, that the request may take each time before the rule is looked at. The rest
/// is for the report.
const SHARE: u32 = 5;

/// Sends a request for a run whose record has this `age`. `Err` in the result is the status with which a proxy refuses it for good.
///
/// # Errors
/// As `request`.
pub(crate) async fn past_proxies<T>(
    client: &Client,
    run_id: &str,
    age: Duration,
    deadline: Deadline,
    request: impl AsyncFn(Deadline) -> Result<T, Failure>,
) -> Result<Result<T, u16>, Failure> {
    if age <= PATIENCE {
        return request(deadline).await.map(Ok);
    }
    let share = || deadline.at_most(deadline.remaining() / SHARE);
    match request(share()).await {
        Err(failure) if failure.refused_by_proxy().is_some() => {}
        Err(Failure::Unavailable { .. }) => return request(deadline).await.map(Ok),
        answer => return answer.map(Ok),
    }
    client.answers_about(run_id, share()).await?;
    match request(share()).await {
        Err(failure) => failure.refused_by_proxy().map(Err).ok_or(failure),
        answer => answer.map(Ok),
    }
}
