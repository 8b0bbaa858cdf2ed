//! A request that a proxy before Port refuses for good: a limit on its size (413), a firewall's rule (403).
//!
//! Such an answer is not Port's word, so at first it is an outage like any other: the request is tried again, and the
//! record handed back. A refusal that lasts would keep the run open for ever. It becomes the run's FAILURE when all of
//! this is true:
//!
//! 1. The run's record is older than [`PATIENCE`], by Kafka's time. A record without a time is as old as can be.
//! 2. The proxy refused the request with a 4xx that does not ask to try again.
//! 3. After that, Port answered another call.
//! 4. After that, the proxy refused the same request again.
//!
//! A proxy that refuses everything, as an ingress does while nothing is behind it, never gets past the third. If the
//! report of the FAILURE is refused, too, the record is handed back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use port::{Client, Deadline, Failure};

/// How long a refusal may last before it counts: longer than a deployment of a proxy takes.
const PATIENCE: Duration = Duration::from_mins(10);

/// The share of the time left, as a divisor, that the request may take each time before the rule is looked at. The rest
/// is for the report.
const SHARE: u32 = 5;

/// Sends a request for a run that was published at `published`, in milliseconds since the epoch. `Err` in the result is
/// the status with which a proxy refuses it for good.
///
/// # Errors
/// As `request`.
pub(crate) async fn past_proxies<T>(
    client: &Client,
    run_id: &str,
    published: Option<i64>,
    deadline: Deadline,
    request: impl AsyncFn(Deadline) -> Result<T, Failure>,
) -> Result<Result<T, u16>, Failure> {
    if !is_overdue(published, SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()) {
        return request(deadline).await.map(Ok);
    }
    let share = || deadline.at_most(deadline.remaining() / SHARE);
    match request(share()).await {
        Err(failure) if failure.refused_by_proxy().is_some() => {}
        Err(Failure::Unavailable { .. }) => return request(deadline).await.map(Ok),
        answer => return answer.map(Ok),
    }
    // Any answer of Port's will do, even that it does not know the run.
    client.run(run_id, share()).await?;
    match request(share()).await {
        Err(failure) => failure.refused_by_proxy().map(Err).ok_or(failure),
        answer => answer.map(Ok),
    }
}

/// Returns whether a record is too old to wait for a proxy any longer.
fn is_overdue(published: Option<i64>, now: Duration) -> bool {
    let published = published.and_then(|published| u64::try_from(published).ok()).unwrap_or_default();
    now.saturating_sub(Duration::from_millis(published)) > PATIENCE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_overdue_after_ten_minutes() {
        let now = Duration::from_secs(1_700_000_600);
        for (published, want) in [
            (Some(1_700_000_000_000), false),
            (Some(1_699_999_999_999), true),
            (Some(1_700_000_600_000), false),
            (Some(i64::MAX), false),
            (Some(-1), true),
            (None, true),
        ] {
            assert_eq!(is_overdue(published, now), want, "{published:?}");
        }
    }
}
