//! Groups from outside: where they are coordinated, which there are, and what they do.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{
    BrokerId, DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse,
    FindCoordinatorRequest, FindCoordinatorResponse, GroupId, ListGroupsRequest, ListGroupsResponse,
};

use super::{NODE, Shared, code, host, text};
use crate::kafka::group::Phase;
use crate::lock::lock;

/// The kind of a coordinator's key that is a group; the others are transactions and share groups.
const GROUP: i8 = 0;

/// Answers that this node coordinates every group.
pub(super) fn find(
    shared: &Shared,
    body: &FindCoordinatorRequest,
    version: i16,
    refused: Option<i16>,
) -> FindCoordinatorResponse {
    let wrong = (body.key_type != GROUP).then(|| ResponseError::CoordinatorNotAvailable.code());
    let code = refused.or(wrong).unwrap_or_default();
    let (node, name, port) = if code == 0 { (NODE, host(), shared.port.into()) } else { (BrokerId(-1), text(""), -1) };
    if version >= 4 {
        let one = |key: &kafka_protocol::protocol::StrBytes| {
            let found = Coordinator::default().with_key(key.clone()).with_error_code(code).with_error_message(None);
            found.with_node_id(node).with_host(name.clone()).with_port(port)
        };
        return FindCoordinatorResponse::default().with_coordinators(body.coordinator_keys.iter().map(one).collect());
    }
    FindCoordinatorResponse::default()
        .with_error_code(code)
        .with_error_message(None)
        .with_node_id(node)
        .with_host(name)
        .with_port(port)
}

/// Lists the groups, of some states only if the client names them.
pub(super) fn list(shared: &Shared, body: &ListGroupsRequest, version: i16) -> ListGroupsResponse {
    let state = lock(&shared.state);
    let wanted = |phase: Phase| {
        let states = &body.states_filter;
        states.is_empty() || states.iter().any(|name| name.eq_ignore_ascii_case(phase.name()))
    };
    let groups = state.groups.iter().filter(|(_, known)| wanted(known.group.phase)).map(|(name, known)| {
        let group = ListedGroup::default().with_group_id(GroupId(text(name)));
        let group = group.with_protocol_type(text(&known.group.kind));
        if version >= 4 { group.with_group_state(text(known.group.phase.name())) } else { group }
    });
    ListGroupsResponse::default().with_groups(groups.collect())
}

/// Describes groups with their members.
pub(super) fn describe(shared: &Shared, body: &DescribeGroupsRequest) -> DescribeGroupsResponse {
    let state = lock(&shared.state);
    let one = |id: &GroupId| {
        let answer = DescribedGroup::default().with_group_id(id.clone());
        let Some(known) = state.groups.get(id.as_str()) else { return answer.with_group_state(text("Dead")) };
        let group = &known.group;
        let member = |(id, member): (&String, &crate::kafka::group::Member)| {
            DescribedGroupMember::default()
                .with_member_id(text(id))
                .with_client_id(text(&member.client))
                .with_client_host(text("/127.0.0.1"))
                .with_member_metadata(member.metadata(&group.protocol))
                .with_member_assignment(member.assignment.clone())
        };
        answer
            .with_group_state(text(group.phase.name()))
            .with_protocol_type(text(&group.kind))
            .with_protocol_data(text(&group.protocol))
            .with_members(group.members.iter().map(member).collect())
    };
    DescribeGroupsResponse::default().with_groups(body.groups.iter().map(one).collect())
}

/// Deletes groups that nobody is in.
pub(super) fn delete(shared: &Shared, body: &DeleteGroupsRequest) -> DeleteGroupsResponse {
    // A group that is named twice is answered once.
    let names: BTreeMap<&str, &GroupId> = body.groups_names.iter().map(|id| (id.as_str(), id)).collect();
    let one = |id: &GroupId| {
        let deleted = shared.change(|state| state.delete_group(id));
        DeletableGroupResult::default().with_group_id(id.clone()).with_error_code(code(&deleted))
    };
    DeleteGroupsResponse::default().with_results(names.into_values().map(one).collect())
}
