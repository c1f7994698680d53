//! What frames mean, in every form and every order of members, and what is sent.

use proptest::prelude::*;

use super::*;
use crate::{codec::Codec, message::Message};

/// What a frame means.
fn meaning(slack: &Slack, state: &mut State, text: &str) -> String {
    let frame = frames::Frame::text(text);
    let on = |envelope: &Envelope<'_>| envelope.channel().unwrap_or("-").to_owned();
    match slack.receive(state, Incoming::new(&frame, frame.as_text())) {
        Ok(Inbound::Message { envelope, .. }) => format!("message {}", on(&envelope)),
        Ok(Inbound::Admitted { envelope, .. }) => format!("admitted {}", on(&envelope)),
        Ok(Inbound::Acknowledge { ack, envelope }) => {
            format!("{} {:?}", ack.text().unwrap_or_default(), envelope.as_ref().map(on))
        }
        Ok(Inbound::Asked { key, within, envelope }) => format!("asked {key} {} s {}", within.as_secs(), on(&envelope)),
        Ok(Inbound::Broken(error)) => format!("broken {:?}", error.class()),
        Ok(other) => format!("{other:?}"),
        Err(_) => "undecodable".to_owned(),
    }
}

const EVENT: &str = r#"{"envelope_id":"e-1","type":"events_api","accepts_response_payload":false,"retry_attempt":0,"retry_reason":"","payload":{"token":"x","team_id":"T1","api_app_id":"A0001","type":"event_callback","event_id":"Ev1","event_time":1700000000,"authorizations":[],"event":{"type":"app_mention","user":"U1","text":"<@U9> hi","ts":"1700000000.000100","channel":"C1","event_ts":"1700000000.000100"}}}"#;
const COMMAND: &str = r#"{"envelope_id":"e-2","type":"slash_commands","accepts_response_payload":true,"payload":{"command":"/nova","text":"go","user_id":"U1","channel_id":"C1","team_id":"T1","response_url":"https://hooks.example/x","trigger_id":"1.2.a"}}"#;
const SUBMISSION: &str = r#"{"envelope_id":"e-3","type":"interactive","accepts_response_payload":true,"payload":{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1"},"view":{"id":"V1","state":{"values":{}}}}}"#;
const LIMITED: &str = r#"{"envelope_id":"e-4","type":"events_api","payload":{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":1700000000,"api_app_id":"A0001"}}"#;
const HELLO: &str = r#"{"type":"hello","num_connections":1,"debug_info":{"host":"applink-x","build_number":12,"approximate_connection_time":18060},"connection_info":{"app_id":"A0001"}}"#;

#[test]
fn each_frame_means_what_slack_says_it_means() {
    let ack = |id: &str, channel: &str| format!(r#"{{"envelope_id":"{id}"}} Some("{channel}")"#);
    let table: [(&str, String, Option<&str>); 15] = [
        (HELLO, "admitted hello".into(), None),
        (EVENT, ack("e-1", "events_api.app_mention"), None),
        (COMMAND, ack("e-2", "slash_commands"), Some("asked e-2 3 s slash_commands")),
        (SUBMISSION, ack("e-3", "interactive.view_submission"), Some("asked e-3 3 s interactive.view_submission")),
        (LIMITED, ack("e-4", "events_api.app_rate_limited"), None),
        (r#"{"payload":{},"type":"new","envelope_id":"e\u002d5"}"#, ack("e-5", "new"), None),
        (r#"{"envelope_id":"e-6"}"#, ack("e-6", ""), None),
        (r#"{"type":"disconnect","reason":"warning","debug_info":{}}"#, "Renew".into(), None),
        (r#"{"reason":"refresh_requested","type":"disconnect"}"#, "Renew".into(), None),
        (r#"{"type":"disconnect","reason":"link_disabled"}"#, "broken Critical".into(), None),
        (r#"{"type":"disconnect","reason":"too_many_websockets"}"#, "broken RateLimited".into(), None),
        (r#"{"type":"disconnect"}"#, "Reconnect".into(), None),
        (r#"{"type":"goodbye"}"#, "message goodbye".into(), None),
        ("{}", "message -".into(), None),
        (r#"{"type":5,"envelope_id":"e-7"}"#, "undecodable".into(), None),
    ];
    for (text, told, answering) in table {
        assert_eq!(meaning(&Slack::new(), &mut State::default(), text), told, "{text}");
        let answering = answering.unwrap_or(&told);
        assert_eq!(meaning(&Slack::new().answering(), &mut State::default(), text), answering, "{text}");
    }
    let binary = frames::Frame::binary(b"{}".to_vec());
    let received = Slack::new().receive(&mut State::default(), Incoming::new(&binary, Some("{}")));
    assert!(matches!(received, Ok(Inbound::Message { envelope, .. }) if envelope.text().is_none()));
}

#[test]
fn what_comes_again_is_acknowledged_and_not_delivered() {
    let mut state = State::default();
    let slack = Slack::new();
    assert!(meaning(&slack, &mut state, EVENT).ends_with(r#"Some("events_api.app_mention")"#));
    slack.connected(&mut state);
    // The same event in another envelope, and the same envelope.
    let again = EVENT.replace("e-1", "e-9").replace(r#""retry_attempt":0"#, r#""retry_attempt":1"#);
    assert_eq!(meaning(&slack, &mut state, &again), r#"{"envelope_id":"e-9"} None"#);
    assert_eq!(meaning(&slack, &mut state, EVENT), r#"{"envelope_id":"e-1"} None"#);
    assert!(meaning(&slack, &mut state, COMMAND).ends_with(r#"Some("slash_commands")"#));
    assert_eq!(meaning(&slack, &mut state, COMMAND), r#"{"envelope_id":"e-2"} None"#);
    assert_eq!(meaning(&slack.answering(), &mut state, COMMAND), "Ignored", "the client's word is on its way");
}

#[test]
fn every_envelope_has_a_type_of_its_own() {
    let read = |text: &str| {
        let frame = frames::Frame::text(text);
        let (slack, mut state) = (Slack::new(), State::default());
        let opened = Json.open(&frame).expect("text");
        match slack.receive(&mut state, Incoming::new(&frame, Some(&opened))).expect("a frame") {
            Inbound::Admitted { envelope, .. }
            | Inbound::Message { envelope, .. }
            | Inbound::Acknowledge { envelope: Some(envelope), .. } => Feed::decode(&envelope, &Json),
            other => panic!("{other:?}"),
        }
    };
    let Ok(Feed::Hello(hello)) = read(HELLO) else { panic!() };
    assert_eq!((hello.num_connections, hello.debug_info.approximate_connection_time), (1, Some(18_060)));
    let Ok(Feed::Mention(mention)) = read(EVENT) else { panic!() };
    assert_eq!((&*mention.payload.event_id, &*mention.payload.event.text), ("Ev1", "<@U9> hi"));
    assert!(matches!(mention.answer("no"), Err(Error::Unsupported { .. })));
    let Ok(Feed::Command(command)) = read(COMMAND) else { panic!() };
    let answer = command.answer(serde_json::json!({ "text": "on it" })).expect("it accepts one");
    assert_eq!(answer.text(), Some(r#"{"envelope_id":"e-2","payload":{"text":"on it"}}"#));
    assert_eq!(command.ack().text(), Some(r#"{"envelope_id":"e-2"}"#));
    let Ok(Feed::ViewSubmission(submission)) = read(SUBMISSION) else { panic!() };
    assert_eq!(submission.payload.view.map(|view| view.id).as_deref(), Some("V1"));
    let Ok(Feed::RateLimited(limited)) = read(LIMITED) else { panic!() };
    assert_eq!(limited.payload.minute_rate_limited, 1_700_000_000);
    let other = EVENT.replace("app_mention", "team_join").replace(r#""U1""#, r#"{"id":"U1"}"#);
    let Ok(Feed::Event(event)) = read(&other) else { panic!() };
    assert_eq!(event.payload.event["user"]["id"], "U1");
    assert!(matches!(read(r#"{"envelope_id":"e","type":"new","payload":1}"#), Ok(Feed::Other(_))));
    assert!(read(&EVENT.replace(r#""text":"<@U9> hi""#, r#""text":5"#)).is_err(), "told as undecodable");
}

#[test]
fn a_token_of_another_kind_is_refused_before_anybody_is_asked() {
    struct Noon;
    impl std::fmt::Debug for Noon {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Noon")
        }
    }
    impl crate::time::Clock for Noon {
        fn wall(&self) -> std::time::SystemTime {
            std::time::UNIX_EPOCH
        }
    }
    let headers = |credentials: Option<Credentials>| {
        Slack::new().headers(&mut State::default(), credentials.as_ref(), LoginContext::new(&Noon, 1))
    };
    let ours = headers(Some(Credentials::token("xapp-1-A0001-1-nova"))).expect("the right kind");
    assert_eq!((&*ours[0].0, ours[0].1.expose_secret()), ("Authorization", "Bearer xapp-1-A0001-1-nova"));
    for (wrong, words) in [
        (None, "there is none"),
        (Some(Credentials::token("xoxb-123456")), "a bot's or a user's"),
        (Some(Credentials::key("a", "b")), "there is none"),
    ] {
        let error = headers(wrong).expect_err("refused").to_string();
        assert!(error.contains(words) && error.contains("xapp-") && !error.contains("123456"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r#"(\{"(type|envelope_id|payload|reason|accepts_response_payload)":("hello"|"events_api"|"e-1"|\{"event":\{"type":"a"\}\}|true|[0-9-]{0,3}|\[\])[,}]?){0,4}[\[\]{}",:\\a0 \u{e9}-]{0,20}"#) {
        meaning(&Slack::new().answering(), &mut State::default(), &text);
    }
}
