//! Topics: by which method they are asked for, and what an answer says of each.

use super::*;

#[test]
fn channels_are_asked_for_as_a_list_by_the_method_they_need() {
    let (deribit, mut state) = (Deribit::new(), State::default());
    let mut text = |channels: &[&str], params: Value| {
        let call = deribit.subscribe(&mut state, channels, params.as_object().unwrap()).unwrap();
        assert_eq!(call.urgency(), Priority::Subscribe);
        format!("{} {}", call.method().unwrap(), call.text().unwrap())
    };
    assert_eq!(text(&["a"], json!({})), r#"public/subscribe {"channels":["a"]}"#);
    assert_eq!(
        text(&["a", "user.trades.X.raw"], json!({"label": "l", "channels": 1})),
        r#"private/subscribe {"channels":["a","user.trades.X.raw"],"label":"l"}"#
    );
    assert!(deribit.is_private("user.portfolio.btc") && !deribit.is_private("ticker.X.raw"));
    let call = deribit.unsubscribe(&mut state, &["user.lock"]).unwrap();
    assert_eq!(call.method(), Some("private/unsubscribe"));
}

#[test]
fn what_the_answer_does_not_list_is_refused() {
    let asked = ["book.X.100ms", "trades.X.100ms", "nonsense.X"];
    let subscribed = |reply| Deribit::new().subscribed(&mut State::default(), &asked, reply);
    let response = subscribed(Ok(r#"["trades.X.100ms","book.X.100ms"]"#));
    assert_eq!(response.confirmed, ["trades.X.100ms", "book.X.100ms"]);
    assert_eq!(response.rejected.iter().map(|(topic, _)| &**topic).collect::<Vec<_>>(), ["nonsense.X"]);
    for reply in [Err(refusal(13_778)), Ok("{}"), Err(Error::ClientClosed)] {
        let response = subscribed(reply);
        assert_eq!((response.confirmed.len(), response.rejected.len()), (0, 3));
    }
}

#[test]
fn a_raw_channel_without_a_login_is_refused_for_good_and_its_company_only_for_now() {
    let asked = ["book.X.raw", "book.X.100ms"];
    let response = Deribit::new().subscribed(&mut State::default(), &asked, Err(refusal(13_778)));
    let [(raw, refused), (other, put_off)] = &response.rejected[..] else { panic!("{response:?}") };
    assert_eq!([raw, other], asked);
    assert!(refused.to_string().contains("needs a login") && !refused.is_transient(), "{refused}");
    assert!(put_off.is_transient(), "{put_off}");
}
