//! Members that join a group.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use uuid::Uuid;

use super::{Shared, millis, own, text};
use crate::kafka::frame::Request;
use crate::kafka::group::{Group, Join, Refusal};
use crate::kafka::scram::random;

/// The longest part of a client's id that its member id repeats.
const LONGEST_CLIENT: usize = 100;

/// Lets a member join, and answers once all the others have joined too.
pub(super) async fn join(
    shared: &Shared,
    body: &JoinGroupRequest,
    request: &Request,
    refused: Option<i16>,
) -> JoinGroupResponse {
    let version = request.version;
    let refusal = |code: i16, member: &str| {
        let answer =
            JoinGroupResponse::default().with_error_code(code).with_generation_id(-1).with_member_id(text(member));
        // Null is allowed since version 7.
        if version >= 7 { answer.with_protocol_name(None) } else { answer.with_protocol_name(Some(text(""))) }
    };
    if let Some(code) = refused {
        return refusal(code, &body.member_id);
    }
    let group = body.group_id.as_str();
    if group.is_empty() {
        return refusal(ResponseError::InvalidGroupId.code(), &body.member_id);
    }
    let Ok(fresh) = random() else { return refusal(ResponseError::UnknownServerError.code(), "") };
    let client: String = request.client.chars().take(LONGEST_CLIENT).collect();
    let session = millis(body.session_timeout_ms);
    let join = Join {
        member: body.member_id.to_string(),
        fresh: format!("{client}-{}", Uuid::from_bytes(fresh)),
        instance: body.group_instance_id.as_ref().map(ToString::to_string),
        client,
        session,
        rebalance: if version >= 1 { millis(body.rebalance_timeout_ms) } else { session },
        kind: body.protocol_type.to_string(),
        protocols: body.protocols.iter().map(|known| (known.name.to_string(), own(&known.metadata))).collect(),
        twice: version >= 4,
    };
    let joined = shared.regroup(group, |state| {
        let known = state.group_or_new(group).ok_or(Refusal::Code(ResponseError::CoordinatorNotAvailable))?;
        known.group.join(join, std::time::Instant::now())
    });
    let member = match joined {
        Ok(member) => member,
        Err(Refusal::IdRequired(member)) => return refusal(ResponseError::MemberIdRequired.code(), &member),
        Err(Refusal::Code(code)) => return refusal(code.code(), &body.member_id),
    };
    let answered = shared.until(group, |known| {
        let joined = known.joined(&member)?;
        Some(joined.map_or_else(|code| refusal(code.code(), &member), |()| generation(known, &member, version)))
    });
    answered.await.unwrap_or_else(|| refusal(ResponseError::UnknownMemberId.code(), &member))
}

/// Answers what the generation is; the leader also gets who is in it.
fn generation(group: &Group, member: &str, version: i16) -> JoinGroupResponse {
    let one = |(id, known): (&String, &crate::kafka::group::Member)| {
        let metadata: Bytes = known.metadata(&group.protocol);
        let answer = JoinGroupResponseMember::default().with_member_id(text(id)).with_metadata(metadata);
        let instance = known.instance.as_deref().map(text);
        if version >= 5 { answer.with_group_instance_id(instance) } else { answer }
    };
    let members = if group.leader == member { group.members.iter().map(one).collect() } else { Vec::new() };
    let answer = JoinGroupResponse::default()
        .with_generation_id(group.generation)
        .with_protocol_name(Some(text(&group.protocol)))
        .with_leader(text(&group.leader))
        .with_member_id(text(member))
        .with_members(members);
    if version >= 7 { answer.with_protocol_type(Some(text(&group.kind))) } else { answer }
}
