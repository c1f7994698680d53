//! Whether a frame's shape tells what it is: then one that looks like the last one need not be searched.

use super::{
    Wire,
    frames::{At, Match},
};

/// Whether a message's shape tells all but its channel and its payload: whatever else is asked about stands beside them.
pub(super) const fn tells_messages(wire: &Wire) -> bool {
    let (Some(channel), Some(payload)) = (wire.channel, wire.payload) else { return false };
    let numbered = wire.sequence.is_some();
    if numbered || !beside(wire.id, channel, payload) || !beside(wire.result, channel, payload) {
        return false;
    }
    if let Some(login) = wire.login
        && let Some(ack) = login.ack
        && !is_beside(&ack, channel, payload)
    {
        return false;
    }
    let mut at = 0;
    while at < wire.acks.len() {
        if let Some(ack) = &wire.acks[at]
            && !is_beside(&ack.when, channel, payload)
        {
            return false;
        }
        at += 1;
    }
    tells_the_rest(wire, channel, payload)
}

/// Whether an answer's shape tells all but its number and its result.
pub(super) const fn tells_answers(wire: &Wire) -> bool {
    let (Some(id), Some(result)) = (wire.id, wire.result) else { return false };
    tells_the_rest(wire, id, result)
}

/// What is asked before it is known whether a frame is a message or an answer.
const fn tells_the_rest(wire: &Wire, name: At, value: At) -> bool {
    let mut at = 0;
    while at < wire.failures.len() {
        if let Some(failure) = &wire.failures[at]
            && !is_beside(&failure.when, name, value)
        {
            return false;
        }
        if let Some((when, _)) = &wire.answers[at]
            && !is_beside(when, name, value)
        {
            return false;
        }
        if let Some(when) = &wire.ignored[at]
            && !is_beside(when, name, value)
        {
            return false;
        }
        at += 1;
    }
    true
}

const fn is_beside(when: &Match, name: At, value: At) -> bool {
    // What begins otherwise is no message's text.
    let text = match when.text {
        Some(text) => matches!(text.as_bytes(), [b'{' | b'[', ..]),
        None => false,
    };
    !text && beside(when.at, name, value)
}

const fn beside(at: Option<At>, name: At, value: At) -> bool {
    match at {
        Some(At { pointer, .. }) => !leads_through(pointer, name.pointer) && !leads_through(pointer, value.pointer),
        None => true,
    }
}

/// Whether a pointer leads to this place, or to one within it.
const fn leads_through(pointer: &str, place: &str) -> bool {
    let (pointer, place) = (pointer.as_bytes(), place.as_bytes());
    let mut at = 0;
    while at < place.len() {
        if at == pointer.len() || pointer[at] != place[at] {
            return false;
        }
        at += 1;
    }
    at == pointer.len() || pointer[at] == b'/'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::{
        codec::Json,
        frame::Frame,
        platform::{
            Described, Incoming, Platform, PlatformSpec, Spec,
            described::{Ack, Failure, Literal, Sequence},
        },
        sequence::Rule,
    };

    const WIRE: Wire = Wire::new()
        .channel("/params/channel")
        .payload("/params/data")
        .id("/id")
        .result("/result")
        .error(Failure::new(Match::at("/error")))
        .ack(Ack::new(Match::at("/event").is(&[Literal::Text("ok")]), "/params/channel"))
        .ignore(Match::text("pong"));

    struct Venue;

    impl PlatformSpec for Venue {
        type Codec = Json;

        const SPEC: Spec = Spec::new("venue", "").wire(&WIRE);
    }

    impl Platform for Venue {
        type State = Described;
    }

    const IN_THE_PAYLOAD: Match = Match::at("/params/data/type");
    const IN_THE_RESULT: Match = Match::at("/result/type");

    static UNTOLD_MESSAGES: [Wire; 11] = [
        Wire::new(),
        Wire::new().channel("/a"),
        WIRE.payload("/params/channel/data").ignore(Match::at("/params/channel")),
        WIRE.sequence(Sequence::new(Rule::PrevId, "/seq")),
        WIRE.id("/params/data/0"),
        WIRE.result("/params/data"),
        WIRE.ignore(IN_THE_PAYLOAD),
        WIRE.ignore(Match::text("{}")),
        WIRE.answer(IN_THE_PAYLOAD, "{}"),
        WIRE.error(Failure::new(IN_THE_PAYLOAD)),
        WIRE.ack(Ack::new(IN_THE_PAYLOAD, "/a")),
    ];

    static UNTOLD_ANSWERS: [Wire; 7] = [
        Wire::new(),
        Wire::new().id("/id"),
        WIRE.result("/id/result").ignore(Match::at("/id")),
        WIRE.ignore(IN_THE_RESULT),
        WIRE.ignore(Match::text("[]")),
        WIRE.answer(IN_THE_RESULT, "{}"),
        WIRE.error(Failure::new(IN_THE_RESULT)),
    ];

    #[test]
    fn what_else_is_asked_about_must_stand_beside_name_and_value() {
        assert!(tells_messages(&WIRE) && tells_answers(&WIRE));
        assert!(tells_messages(&WIRE.ignore(Match::at("/params/database"))));
        assert!(tells_answers(&WIRE.ack(Ack::new(IN_THE_RESULT, "/a")).sequence(Sequence::new(Rule::PrevId, "/n"))));
        for wire in &UNTOLD_MESSAGES {
            assert!(!tells_messages(wire), "{wire:?}");
        }
        for wire in &UNTOLD_ANSWERS {
            assert!(!tells_answers(wire), "{wire:?}");
        }
    }

    proptest! {
        #[test]
        fn a_shape_that_is_remembered_changes_nothing(
            messages in prop::collection::vec((0_usize..16, "[a-c.\\\\\"]{0,3}", prop::sample::select(vec!["1", "\"}}\"", "[{}]", "{\"a\":[]}", "null", "{"])), 0..16),
        ) {
            let mut remembered = Described::default();
            for (form, channel, data) in messages {
                let channel = json!(channel);
                let params = match form {
                    0 => format!(r#"{{"data":{data},"channel":{channel}}}"#),
                    1 => format!(r#"{{"channel":{channel},"seq":1,"data":{data}}}"#),
                    _ => format!(r#"{{"channel":{channel},"data":{data}}}"#),
                };
                let text = match form {
                    2 => format!(r#"{{"params":{params},"id":5,"result":1}}"#),
                    7..=9 => format!(r#"{{"id":{form},"result":{data}}}"#),
                    10 => format!(r#"{{"id":"{form}","result":{data}}}"#),
                    11 => format!(r#"{{"id":{form},"result":{data},"error":{data}}}"#),
                    12 => format!(r#"{{"result":{data},"id":{form}}}"#),
                    13 => format!(r#"{{"id":{channel},"result":{data}}}"#),
                    3 => format!(r#"{{"params":{params},"error":{{"code":1}}}}"#),
                    4 => format!(r#"{{"event":"ok","params":{params}}}"#),
                    5 => format!(r#"{{"params":{params}}} "#),
                    6 => format!(r#"{{"params":{params}}}}}"#),
                    _ => format!(r#"{{"params":{params}}}"#),
                };
                let frame = Frame::text(&*text);
                let incoming = Incoming::new(&frame, frame.as_text());
                let with = Venue.receive(&mut remembered, incoming);
                let without = Venue.receive(&mut Described::default(), incoming);
                prop_assert_eq!(format!("{with:?}"), format!("{without:?}"), "{}", text);
            }
        }
    }
}
