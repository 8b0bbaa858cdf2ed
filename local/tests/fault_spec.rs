//! Faults as one writes them.

use local::{EFFECTS, FaultSpec};

#[test]
fn every_effect_is_read_by_its_name() {
    for effect in EFFECTS {
        let effect = effect.replace("CODE", "16").replace("SECONDS", "2").replace("TIME", "400ms");
        let effect = if effect.starts_with("kafka-") { format!("{effect},api=Fetch") } else { effect };
        for suffix in ["", ",times=3", ", always"] {
            let written = format!("{effect}{suffix}");
            assert!(written.parse::<FaultSpec>().is_ok(), "{written}");
        }
    }
    for written in
        ["status=503,method=post,path=/entities,after=2,chance=0.5,seed=7,times=4", "kafka-code=16,api=commit"]
    {
        let read = written.parse::<FaultSpec>();
        assert_eq!(read.is_ok(), !written.contains("=commit"), "{written}");
    }
    for api in ["Fetch", "produce", "OffsetCommit", "JoinGroup", "SaslAuthenticate"] {
        assert!(format!("kafka-disconnect,api={api}").parse::<FaultSpec>().is_ok(), "{api}");
    }
}

#[test]
fn what_is_not_a_fault_is_refused_with_what_would_be() {
    for (written, says) in [
        ("", "there are status=CODE"),
        ("stauts=503", "there are status=CODE"),
        ("status", "needs a value"),
        ("status=", "needs a value"),
        ("status=abc", "takes a code"),
        ("status=70000", "takes a code"),
        ("delay=soon", "such as `400ms`"),
        ("delay=-1s", "such as `400ms`"),
        ("reset=1", "takes no value"),
        ("reset,times=x", "whole number"),
        ("reset,chance=2", "from 0 to 1"),
        ("reset,often", "method, path, times"),
        ("reset,api=Fetch", "method, path, times"),
        ("kill=1", "takes no value"),
        ("kill,path=/x", "times, always"),
        ("kafka-delay=1s", "api=Fetch"),
        ("kafka-delay=1s,api=Nothing", "`Fetch` is one"),
        ("kafka-hang,api=Fetch", "there are status=CODE"),
    ] {
        let refused = written.parse::<FaultSpec>().unwrap_err();
        assert!(refused.contains(says), "{written}: {refused}");
    }
}
