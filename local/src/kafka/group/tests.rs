//! The group as a function of time.

use super::*;

const SESSION: Duration = Duration::from_secs(10);
const REBALANCE: Duration = Duration::from_mins(1);

fn second(second: u64) -> Instant {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *START.get_or_init(Instant::now) + Duration::from_secs(second)
}

/// What a new member says that gets the id `fresh`.
fn new(fresh: &str) -> Join {
    Join {
        member: String::new(),
        fresh: fresh.to_owned(),
        instance: None,
        client: "client".to_owned(),
        session: SESSION,
        rebalance: REBALANCE,
        kind: "consumer".to_owned(),
        protocols: vec![("range".to_owned(), Bytes::from_static(b"topics"))],
        twice: false,
    }
}

/// What a known member says.
fn again(member: &str) -> Join {
    Join { member: member.to_owned(), ..new("unused") }
}

fn joined(group: &Group) -> Vec<&str> {
    group.members.keys().filter(|id| group.joined(id) == Some(Ok(()))).map(String::as_str).collect()
}

/// Gives every member its own name as partitions.
fn distribute(group: &mut Group, at: u64) {
    let leader = group.leader.clone();
    let shares = group.members.keys().map(|id| (id.clone(), Bytes::from(id.clone()))).collect();
    group.sync(&leader, None, group.generation, shares, second(at)).unwrap();
}

/// A group of `a`, who leads, and `b`, both with partitions.
fn pair() -> Group {
    let mut group = Group::new();
    group.join(new("a"), second(0)).unwrap();
    group.join(new("b"), second(0)).unwrap();
    group.join(again("a"), second(0)).unwrap();
    distribute(&mut group, 0);
    group.take_changes();
    group
}

#[test]
fn the_first_member_leads_at_once() {
    let mut group = Group::new();
    assert_eq!(group.join(new("a"), second(0)), Ok("a".to_owned()));
    assert_eq!((group.phase, group.generation, group.leader.as_str()), (Phase::Syncing, 1, "a"));
    assert_eq!((group.protocol.as_str(), joined(&group)), ("range", vec!["a"]));
    assert_eq!(group.synced("a", 1), None);
    distribute(&mut group, 0);
    assert_eq!((group.phase, group.synced("a", 1)), (Phase::Stable, Some(Ok(Bytes::from_static(b"a")))));
    let generation = Change::Rebalanced { generation: 1, members: vec!["a".to_owned()] };
    assert_eq!(group.take_changes(), [Change::Joined("a".to_owned()), generation]);
    assert!(group.take_changes().is_empty());
}

#[test]
fn a_second_member_waits_until_the_first_has_joined_again() {
    let mut group = Group::new();
    group.join(new("a"), second(0)).unwrap();
    distribute(&mut group, 0);
    group.join(new("b"), second(1)).unwrap();
    assert_eq!((group.joined("b"), group.phase.name()), (None, "PreparingRebalance"));
    assert_eq!(group.heartbeat("a", None, 1, second(2)), Err(ResponseError::RebalanceInProgress));
    assert_eq!(group.sync("a", None, 1, Vec::new(), second(2)), Err(ResponseError::RebalanceInProgress));
    group.join(again("a"), second(3)).unwrap();
    assert_eq!((joined(&group), group.generation), (vec!["a", "b"], 2));

    assert_eq!(group.sync("b", None, 2, Vec::new(), second(3)), Ok(()));
    assert_eq!((group.synced("b", 2), group.synced("b", 1)), (None, Some(Err(ResponseError::RebalanceInProgress))));
    distribute(&mut group, 4);
    assert_eq!(group.synced("b", 2), Some(Ok(Bytes::from_static(b"b"))));
    assert_eq!(group.heartbeat("b", None, 2, second(5)), Ok(()));
}

#[test]
fn a_member_that_is_late_is_removed_when_the_rebalance_ends() {
    let mut group = pair();
    group.join(new("c"), second(1)).unwrap();
    group.join(again("a"), second(1)).unwrap();
    for now in [5, 15, 25, 35, 45, 55] {
        assert_eq!(group.heartbeat("b", None, 2, second(now)), Err(ResponseError::RebalanceInProgress));
        assert!(!group.expire(second(now)), "{now}");
    }
    assert!(group.expire(second(61)));
    assert_eq!(joined(&group), ["a", "c"]);
    assert!(group.take_changes().contains(&Change::Left { member: "b".to_owned(), expired: true }));
}

#[test]
fn a_silent_member_expires_and_the_others_rebalance() {
    let mut group = pair();
    assert_eq!(group.deadline(), Some(second(10)));
    group.heartbeat("a", None, 2, second(9)).unwrap();
    assert!(!group.expire(second(9)));
    assert!(group.expire(second(10)));
    assert_eq!(group.members.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(group.heartbeat("b", None, 2, second(11)), Err(ResponseError::UnknownMemberId));
    assert_eq!(group.heartbeat("a", None, 2, second(11)), Err(ResponseError::RebalanceInProgress));
    group.join(again("a"), second(11)).unwrap();
    distribute(&mut group, 11);
    assert_eq!((group.generation, group.phase), (3, Phase::Stable));
    assert!(group.expire(second(22)));
    assert_eq!((group.phase, group.is_idle(), group.deadline()), (Phase::Empty, true, None));
}

#[test]
fn who_waits_does_not_expire() {
    let mut group = pair();
    group.join(new("c"), second(1)).unwrap();
    group.join(again("b"), second(1)).unwrap();
    for now in [5, 14, 23, 32] {
        let _ = group.heartbeat("a", None, 2, second(now));
        assert!(!group.expire(second(now)), "{now}");
    }
    group.join(again("a"), second(33)).unwrap();
    group.sync("b", None, 3, Vec::new(), second(33)).unwrap();
    group.sync("c", None, 3, Vec::new(), second(33)).unwrap();
    assert!(!group.expire(second(42)), "their clocks began anew");
    assert!(group.expire(second(43)), "the leader never distributed");
    assert_eq!(group.members.keys().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(group.synced("b", 3), Some(Err(ResponseError::RebalanceInProgress)));
}

#[test]
fn leaving_makes_the_others_rebalance_and_passes_the_lead_on() {
    let mut group = pair();
    assert_eq!(group.leave("a", None, second(1)), Ok(()));
    assert_eq!(group.leave("a", None, second(1)), Err(ResponseError::UnknownMemberId));
    assert_eq!(group.heartbeat("b", None, 2, second(1)), Err(ResponseError::RebalanceInProgress));
    group.join(again("b"), second(2)).unwrap();
    assert_eq!((group.leader.as_str(), group.generation), ("b", 3));
    group.leave("b", None, second(3)).unwrap();
    assert_eq!((group.phase, group.is_idle()), (Phase::Empty, true));
}

#[test]
fn joining_again_changes_nothing_unless_the_leader_does_or_something_is_new() {
    let mut group = pair();
    group.join(again("b"), second(1)).unwrap();
    assert_eq!((group.phase, group.joined("b")), (Phase::Stable, Some(Ok(()))));
    let other = vec![("range".to_owned(), Bytes::from_static(b"other topics"))];
    group.join(Join { protocols: other, ..again("b") }, second(1)).unwrap();
    assert_eq!((group.phase.name(), group.joined("b")), ("PreparingRebalance", None));

    let mut group = pair();
    group.join(again("a"), second(1)).unwrap();
    assert_eq!(group.phase.name(), "PreparingRebalance");
}

#[test]
fn a_new_member_of_a_newer_client_joins_twice() {
    let mut group = Group::new();
    let twice = Join { twice: true, ..new("a") };
    assert_eq!(group.join(twice, second(0)), Err(Refusal::IdRequired("a".to_owned())));
    assert!(!group.is_idle());
    assert_eq!(group.join(again("a"), second(1)), Ok("a".to_owned()));
    assert_eq!(group.join(again("b"), second(1)), Err(ResponseError::UnknownMemberId.into()));

    let mut group = Group::new();
    let _ = group.join(Join { twice: true, ..new("a") }, second(0));
    group.expire(second(10));
    assert_eq!(group.join(again("a"), second(10)), Err(ResponseError::UnknownMemberId.into()));
}

#[test]
fn a_named_member_takes_the_place_of_its_former_self() {
    let named = |fresh: &str| Join { instance: Some("one".to_owned()), twice: true, ..new(fresh) };
    let mut group = Group::new();
    group.join(named("a"), second(0)).unwrap();
    distribute(&mut group, 0);
    assert_eq!(group.join(named("b"), second(1)), Ok("b".to_owned()));
    assert_eq!(group.members.keys().collect::<Vec<_>>(), ["b"]);
    let fenced = Err(ResponseError::FencedInstanceId);
    assert_eq!(group.heartbeat("a", Some("one"), 2, second(1)), fenced);
    assert_eq!(group.leave("a", Some("one"), second(1)), fenced);
    assert_eq!(group.check_commit("a", Some("one"), 2, second(1)), fenced);
    assert_eq!(
        group.join(Join { member: "a".to_owned(), ..named("c") }, second(1)),
        Err(ResponseError::FencedInstanceId.into())
    );
    assert_eq!(group.leave("", Some("one"), second(2)), Ok(()));
}

#[test]
fn members_must_share_a_way_to_distribute() {
    let ways = |fresh: &str, names: &[&str]| {
        let protocols = names.iter().map(|name| ((*name).to_owned(), Bytes::new())).collect();
        Join { protocols, ..new(fresh) }
    };
    let mut group = Group::new();
    group.join(ways("a", &["range", "sticky"]), second(0)).unwrap();
    let inconsistent = Err(ResponseError::InconsistentGroupProtocol.into());
    assert_eq!(group.join(ways("b", &["uniform"]), second(0)), inconsistent);
    assert_eq!(group.join(ways("b", &[]), second(0)), inconsistent);
    assert_eq!(group.join(Join { kind: "connect".to_owned(), ..new("b") }, second(0)), inconsistent);
    group.join(ways("b", &["sticky", "uniform"]), second(0)).unwrap();
    group.join(Join { member: "a".to_owned(), ..ways("", &["range", "sticky"]) }, second(0)).unwrap();
    assert_eq!(group.protocol, "sticky");
}

#[test]
fn a_session_is_as_long_as_kafka_allows() {
    for (seconds, allowed) in [(5, false), (6, true), (1_800, true), (1_801, false)] {
        let join = Join { session: Duration::from_secs(seconds), ..new("a") };
        assert_eq!(Group::new().join(join, second(0)).is_ok(), allowed, "{seconds}");
    }
}

#[test]
fn only_members_of_the_generation_commit() {
    let mut group = pair();
    assert_eq!(group.check_commit("a", None, 2, second(1)), Ok(()));
    assert_eq!(group.check_commit("a", None, 1, second(1)), Err(ResponseError::IllegalGeneration));
    assert_eq!(group.check_commit("c", None, 2, second(1)), Err(ResponseError::UnknownMemberId));
    assert_eq!(group.check_commit("", None, -1, second(1)), Err(ResponseError::UnknownMemberId));
    group.join(new("c"), second(1)).unwrap();
    assert_eq!(group.check_commit("a", None, 2, second(1)), Ok(()), "what was read before is not lost");
    group.join(again("a"), second(1)).unwrap();
    group.join(again("b"), second(1)).unwrap();
    assert_eq!(group.check_commit("a", None, 3, second(1)), Err(ResponseError::RebalanceInProgress));
    assert_eq!(Group::new().check_commit("", None, -1, second(0)), Ok(()), "nobody is there");
}

#[test]
fn a_group_has_a_bound() {
    let mut group = Group::new();
    for number in 0..MOST_MEMBERS {
        let join = Join { twice: true, ..new(&format!("{number}")) };
        assert!(matches!(group.join(join, second(0)), Err(Refusal::IdRequired(_))));
    }
    assert_eq!(group.join(new("more"), second(0)), Err(ResponseError::GroupMaxSizeReached.into()));
}
