//! Members of a group: their partitions, their heartbeats, and when they leave.

use std::time::Instant;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{
    HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest, SyncGroupResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::{Shared, code, own, text};
use crate::lock::lock;

/// Answers a member's partitions once the leader has distributed them.
pub(super) async fn sync(
    shared: &Shared,
    body: &SyncGroupRequest,
    version: i16,
    refused: Option<i16>,
) -> SyncGroupResponse {
    let answer = |code: i16, assignment: Bytes, protocol: Option<(&str, &str)>| {
        let answer = SyncGroupResponse::default().with_error_code(code).with_assignment(assignment);
        match protocol {
            Some((kind, name)) if version >= 5 => {
                answer.with_protocol_type(Some(text(kind))).with_protocol_name(Some(text(name)))
            }
            _ => answer,
        }
    };
    if let Some(code) = refused {
        return answer(code, Bytes::new(), None);
    }
    let (group, member) = (body.group_id.as_str(), body.member_id.as_str());
    let assignments = body.assignments.iter().map(|one| (one.member_id.to_string(), own(&one.assignment))).collect();
    let taken = shared.regroup(group, |state| {
        let known = state.groups.get_mut(group).ok_or(ResponseError::UnknownMemberId)?;
        let differs = |name: &Option<StrBytes>, known: &str| name.as_ref().is_some_and(|name| name.as_str() != known);
        if differs(&body.protocol_type, &known.group.kind) || differs(&body.protocol_name, &known.group.protocol) {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        known.group.sync(member, body.group_instance_id.as_deref(), body.generation_id, assignments, Instant::now())
    });
    if taken.is_err() {
        return answer(code(&taken), Bytes::new(), None);
    }
    let answered = shared.until(group, |known| {
        Some(match known.synced(member, body.generation_id)? {
            Ok(assignment) => answer(0, assignment, Some((&known.kind, &known.protocol))),
            Err(code) => answer(code.code(), Bytes::new(), None),
        })
    });
    answered.await.unwrap_or_else(|| answer(ResponseError::UnknownMemberId.code(), Bytes::new(), None))
}

/// Hears that a member is alive.
pub(super) fn heartbeat(shared: &Shared, body: &HeartbeatRequest, refused: Option<i16>) -> HeartbeatResponse {
    if let Some(code) = refused {
        return HeartbeatResponse::default().with_error_code(code);
    }
    let mut state = lock(&shared.state);
    let heard = state.groups.get_mut(body.group_id.as_str()).ok_or(ResponseError::UnknownMemberId).and_then(|known| {
        let instance = body.group_instance_id.as_deref();
        known.group.heartbeat(&body.member_id, instance, body.generation_id, Instant::now())
    });
    HeartbeatResponse::default().with_error_code(code(&heard))
}

/// Lets members go.
pub(super) fn leave(
    shared: &Shared,
    body: &LeaveGroupRequest,
    version: i16,
    refused: Option<i16>,
) -> LeaveGroupResponse {
    if let Some(code) = refused {
        return LeaveGroupResponse::default().with_error_code(code);
    }
    let group = body.group_id.as_str();
    let leave = |member: &str, instance: Option<&str>| {
        let left = shared.regroup(group, |state| {
            let known = state.groups.get_mut(group).ok_or(ResponseError::UnknownMemberId)?;
            known.group.leave(member, instance, Instant::now())
        });
        code(&left)
    };
    if version < 3 {
        return LeaveGroupResponse::default().with_error_code(leave(&body.member_id, None));
    }
    let one = |member: &kafka_protocol::messages::leave_group_request::MemberIdentity| {
        let code = leave(&member.member_id, member.group_instance_id.as_deref());
        MemberResponse::default()
            .with_member_id(member.member_id.clone())
            .with_group_instance_id(member.group_instance_id.clone())
            .with_error_code(code)
    };
    LeaveGroupResponse::default().with_members(body.members.iter().map(one).collect())
}
