//! The requests that are answered, by subject, once a client has signed in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiKey, ApiVersionsResponse, BrokerId, RequestKind, ResponseKind};
use kafka_protocol::protocol::StrBytes;
use tokio::sync::Notify;

use super::fault::KafkaEffect;
use super::frame::Request;
use super::group::Group;
use super::state::State;
use crate::lock::lock;

mod cluster;
mod topics;
mod produce;
mod fetch;
mod offsets;
mod join;
mod member;
mod commit;
mod groups;

/// The requests with the versions that are answered. The codec knows newer ones; with these, topics have names in every
/// request, and every client since 2018 finds a version that it knows.
pub(super) const VERSIONS: [(ApiKey, i16, i16); 22] = [
    (ApiKey::Produce, 3, 11),
    (ApiKey::Fetch, 4, 12),
    (ApiKey::ListOffsets, 1, 7),
    (ApiKey::Metadata, 0, 12),
    (ApiKey::OffsetCommit, 2, 8),
    (ApiKey::OffsetFetch, 1, 8),
    (ApiKey::FindCoordinator, 0, 4),
    (ApiKey::JoinGroup, 0, 7),
    (ApiKey::Heartbeat, 0, 4),
    (ApiKey::LeaveGroup, 0, 5),
    (ApiKey::SyncGroup, 0, 5),
    (ApiKey::DescribeGroups, 0, 5),
    (ApiKey::ListGroups, 0, 4),
    (ApiKey::SaslHandshake, 0, 1),
    (ApiKey::ApiVersions, 0, 4),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::InitProducerId, 0, 4),
    (ApiKey::DescribeConfigs, 1, 4),
    (ApiKey::SaslAuthenticate, 0, 2),
    (ApiKey::DeleteGroups, 0, 2),
    (ApiKey::DescribeCluster, 0, 1),
];

/// The one node of the cluster.
pub(super) const NODE: BrokerId = BrokerId(1);
/// The name of the cluster.
const CLUSTER: &str = "local";

/// What all connections share.
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    /// The port that clients are sent to.
    pub(super) port: u16,
    /// Records were appended.
    pub(super) appended: Notify,
    /// A group changed.
    pub(super) regrouped: Notify,
    /// All connections are to be closed.
    pub(super) cut: Notify,
}

impl Shared {
    /// Runs a change, and wakes those who wait for records.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut lock(&self.state));
        self.appended.notify_waiters();
        changed
    }

    /// Runs a change of a group, reports what happened in it, and wakes its members.
    fn regroup<T>(&self, group: &str, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        let changed = change(&mut state);
        state.report_group(group);
        drop(state);
        self.regrouped.notify_waiters();
        changed
    }

    /// Waits until a group has what `find` looks for. `None` once there is no such group.
    async fn until<T>(&self, group: &str, find: impl Fn(&Group) -> Option<T>) -> Option<T> {
        loop {
            let regrouped = self.regrouped.notified();
            tokio::pin!(regrouped);
            regrouped.as_mut().enable();
            let found = lock(&self.state).groups.get(group).map(|known| find(&known.group));
            match found {
                Some(None) => regrouped.await,
                Some(found) => return found,
                None => return None,
            }
        }
    }
}

/// What comes back for a request.
#[derive(Debug)]
pub(super) enum Outcome {
    /// This answer.
    Answer(Box<ResponseKind>),
    /// No answer, as the client wants it.
    Silence,
    /// The end of the connection.
    Close,
}

/// Answers a request of a client that has signed in. Faults come first.
pub(super) async fn answer(shared: &Arc<Shared>, request: &Request) -> Outcome {
    let effect = lock(&shared.state).strike(request.api);
    let mut refused = None;
    match effect {
        Some(KafkaEffect::Delay(delay)) => tokio::time::sleep(delay).await,
        Some(KafkaEffect::Code(code)) => refused = Some(code),
        Some(KafkaEffect::Disconnect { applied: false }) => return Outcome::Close,
        Some(KafkaEffect::Disconnect { applied: true }) | None => {}
    }
    let outcome = dispatch(shared, request, refused).await;
    let close = matches!(effect, Some(KafkaEffect::Disconnect { .. }));
    if close { Outcome::Close } else { outcome }
}

/// Answers one request. `refused` takes the place of every code in the answer, and nothing is carried out.
async fn dispatch(shared: &Arc<Shared>, request: &Request, refused: Option<i16>) -> Outcome {
    let version = request.version;
    let answer: ResponseKind = match &request.body {
        RequestKind::ApiVersions(_) => versions(0).into(),
        RequestKind::Metadata(body) => cluster::metadata(shared, body, version).into(),
        RequestKind::DescribeCluster(body) => cluster::describe(shared, body, version).into(),
        RequestKind::DescribeConfigs(body) => cluster::configs(shared, body, version).into(),
        RequestKind::CreateTopics(body) => topics::create(shared, body, version).into(),
        RequestKind::DeleteTopics(body) => topics::delete(shared, body, version).into(),
        RequestKind::InitProducerId(body) => produce::init(shared, body, refused).into(),
        RequestKind::Produce(body) => match produce::produce(shared, body, version, refused) {
            Some(answer) => answer.into(),
            None => return Outcome::Silence,
        },
        RequestKind::Fetch(body) => fetch::fetch(shared, body, refused).await.into(),
        RequestKind::ListOffsets(body) => offsets::list(shared, body, version, refused).into(),
        RequestKind::FindCoordinator(body) => groups::find(shared, body, version, refused).into(),
        RequestKind::JoinGroup(body) => join::join(shared, body, request, refused).await.into(),
        RequestKind::SyncGroup(body) => member::sync(shared, body, version, refused).await.into(),
        RequestKind::Heartbeat(body) => member::heartbeat(shared, body, refused).into(),
        RequestKind::LeaveGroup(body) => member::leave(shared, body, version, refused).into(),
        RequestKind::OffsetCommit(body) => commit::commit(shared, body, refused).into(),
        RequestKind::OffsetFetch(body) => commit::fetch(shared, body, version, refused).into(),
        RequestKind::DescribeGroups(body) => groups::describe(shared, body).into(),
        RequestKind::ListGroups(body) => groups::list(shared, body, version).into(),
        RequestKind::DeleteGroups(body) => groups::delete(shared, body).into(),
        // Signing in a second time, and what the list of versions does not have.
        _ => return Outcome::Close,
    };
    Outcome::Answer(Box::new(answer))
}

/// Returns the versions that are answered, with a code.
pub(super) fn versions(code: i16) -> ApiVersionsResponse {
    let version = |(api, least, most): &(ApiKey, i16, i16)| {
        ApiVersion::default().with_api_key(*api as i16).with_min_version(*least).with_max_version(*most)
    };
    ApiVersionsResponse::default().with_error_code(code).with_api_keys(VERSIONS.iter().map(version).collect())
}

/// Returns the host that clients are sent to. The certificate is valid for it.
fn host() -> StrBytes {
    StrBytes::from_static_str("localhost")
}

/// Returns text as the codec wants it.
fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Returns the code of a result; 0 is success.
fn code<T>(result: &Result<T, ResponseError>) -> i16 {
    result.as_ref().err().map_or(0, ResponseError::code)
}

/// Returns a time that a client sent in milliseconds.
fn millis(millis: i32) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// Returns bytes without the frame that they came in.
fn own(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
