//! What an answer means.

use std::collections::BTreeMap;

use local::Answer;
use local::mapping::{Fate, fate};
use serde_json::{Value, json};

use crate::stage::{Stage, done, error, named, offsets, on_demand, provisioned};

fn from(offsets: &[(i32, i64)]) -> Fate {
    Fate::From(offsets.iter().copied().collect())
}

#[test]
fn an_answer_decides_what_is_delivered_again() {
    let sent = offsets(&[(0, 1..5), (1, 0..1)]);
    let list = |items: Value| Answer::Response(json!({ "batchItemFailures": items }));
    for (partial, answer, expected, faults) in [
        (true, done(), Fate::Finished, 0),
        (false, Answer::Response(Value::Null), Fate::Finished, 0),
        (true, named(&[("t-0", 3)]), from(&[(0, 3)]), 0),
        (true, named(&[("t-0", 1), ("t-1", 0)]), from(&[(0, 1), (1, 0)]), 0),
        (true, error(), Fate::Again, 0),
        (false, error(), Fate::Again, 0),
        (false, Answer::TimedOut, Fate::Again, 0),
        (false, Answer::InitError(json!({})), Fate::Again, 0),
        (true, Answer::Throttled, Fate::Throttled, 0),
        // Successes in other words, which no function of ours uses.
        (true, Answer::Response(Value::Null), Fate::Finished, 1),
        (true, Answer::Response(json!({})), Fate::Finished, 1),
        (true, list(Value::Null), Fate::Finished, 1),
        // What was not in the event makes all of it fail.
        (true, list("all".into()), Fate::Again, 1),
        (true, named(&[("t-0", 0)]), Fate::Again, 1),
        (true, named(&[("t-0", 5)]), Fate::Again, 1),
        (true, named(&[("t-0", 3), ("t-7", 1)]), Fate::Again, 1),
        (true, named(&[("other-0", 1)]), Fate::Again, 1),
        (true, list(json!([{}])), Fate::Again, 1),
        (true, list(json!([{"itemIdentifier": ""}])), Fate::Again, 1),
        (true, list(json!([{"itemIdentifier": null}])), Fate::Again, 1),
        (true, list(json!([{"itemidentifier": {"partition": "t-0", "offset": 3}}])), Fate::Again, 1),
        // A partition resumes at its lowest offset.
        (true, named(&[("t-0", 4), ("t-0", 2)]), from(&[(0, 2)]), 1),
        // Without `ReportBatchItemFailures`, nobody reads the answer.
        (false, named(&[("t-0", 3)]), Fate::Finished, 1),
        (false, list("all".into()), Fate::Finished, 1),
        (false, Answer::Response("a text".into()), Fate::Finished, 0),
    ] {
        let (fate, found) = fate("t", &sent, partial, &answer);
        assert_eq!((&fate, found.len()), (&expected, faults), "{partial} {answer:?} {found:?}");
    }
}

#[test]
fn a_partition_resumes_at_its_lowest_offset_and_the_others_are_done() {
    let mut stage = Stage::new(provisioned());
    stage.read_many(0, 0..6);
    stage.read_many(1, 0..2);
    stage.carry_out(named(&[("t-0", 4), ("t-0", 2)]));
    assert_eq!(stage.commit(), BTreeMap::from([(0, 2), (1, 2)]));
    stage.wait();
    let again = stage.delivery();
    assert_eq!((again.offsets, again.attempt), (offsets(&[(0, 2..6)]), 2));
}

/// The same records, not more of them.
#[test]
fn a_failed_batch_is_delivered_again_as_it_was() {
    for answer in [error(), Answer::TimedOut, Answer::InitError(json!({})), Answer::Throttled] {
        let mut stage = Stage::new(on_demand());
        stage.read_many(0, 0..3);
        let first = stage.carry_out(answer);
        stage.read_many(0, 3..9);
        stage.wait();
        let second = stage.carry_out(done());
        assert_eq!((first.event, first.attempt + 1), (second.event, second.attempt));
        assert_ne!(first.request_id, second.request_id);
        assert_eq!(stage.delivery().offsets, offsets(&[(0, 3..9)]));
    }
}
