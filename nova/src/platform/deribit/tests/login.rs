//! Logins: what is asked with, what an answer gives, and what of it outlives its connection.

use super::*;

#[test]
fn logins_are_the_three_grants() {
    let (deribit, mut state) = (Deribit::new().scope("trade:read"), State::default());
    let mut login = |credentials| {
        let call = deribit.login(&mut state, &credentials, context()).unwrap();
        assert_eq!((call.method(), call.urgency()), (Some("public/auth"), Priority::Control));
        assert!(!format!("{call:?}").contains("s3cret"));
        serde_json::from_str::<Value>(call.text().unwrap()).unwrap()
    };
    assert_eq!(
        login(Credentials::key("kEy1", "s3cret")),
        json!({"grant_type": "client_credentials", "client_id": "kEy1", "client_secret": "s3cret", "scope": "trade:read"})
    );
    let signed = login(Credentials::signed("kEy1", "s3cret"));
    assert_eq!((&signed["timestamp"], &signed["nonce"]), (&json!(1_700_000_000_000_u64), &json!("01000000")));
    assert_eq!(signed["signature"].as_str().map(str::len), Some(64));
    assert!(!signed.to_string().contains("s3cret"));
    assert_eq!(
        login(Credentials::token("r3fresh")),
        json!({"grant_type": "refresh_token", "refresh_token": "r3fresh"})
    );
}

fn granted(refresh: &str, scope: &str) -> String {
    json!({"access_token": "acc3ss", "refresh_token": refresh, "expires_in": 900, "scope": scope, "token_type": "bearer", "sid": 1})
        .to_string()
}

#[test]
fn each_answer_replaces_the_pair_of_tokens() {
    let (deribit, mut state) = (Deribit::new(), State::default());
    assert!(deribit.refresh(&mut state, context()).is_none());
    for refresh in ["one", "two"] {
        let AuthResponse::Accepted { life, scope, .. } =
            deribit.logged_in(&mut state, Ok(&granted(refresh, "connection trade:read_write")))
        else {
            panic!("refused");
        };
        assert_eq!((life, &*scope), (Some(Duration::from_secs(900)), "connection trade:read_write"));
        let call = deribit.refresh(&mut state, context()).unwrap();
        assert_eq!(call.text(), Some(&*format!(r#"{{"grant_type":"refresh_token","refresh_token":"{refresh}"}}"#)));
        assert!(!format!("{state:?} {call:?}").contains(refresh));
    }
    let refused = deribit.logged_in(&mut state, Err(Error::ClientClosed));
    assert!(matches!(refused, AuthResponse::Refused { .. }));
    assert!(deribit.refresh(&mut state, context()).is_none(), "a refused refresh is followed by a full login");
}

#[test]
fn a_token_outlives_its_connection_only_in_a_named_session() {
    for (scope, expected) in [("connection", "given"), ("session:desk trade:read", "newer")] {
        let (deribit, mut state) = (Deribit::new(), State::default());
        deribit.logged_in(&mut state, Ok(&granted("newer", scope)));
        deribit.connected(&mut state);
        let call = deribit.login(&mut state, &Credentials::token("given"), context()).unwrap();
        assert!(call.text().unwrap().contains(expected), "{scope}");
    }
}

#[test]
fn an_answer_to_a_login_is_checked_and_never_shown() {
    let mut state = State::default();
    for reply in ["5", r#"{"refresh_token":"s3cret","expires_in":"s3cret"}"#, r#"{"refresh_token":"s3cret"#] {
        let response = Deribit::new().logged_in(&mut state, Ok(reply));
        let AuthResponse::Refused { error, .. } = &response else { panic!("{reply}") };
        assert!(!format!("{error} {response:?} {state:?}").contains("s3cret"));
    }
    let less = Deribit::new().scope("trade:read_write").logged_in(&mut state, Ok(&granted("s3cret", "trade:read")));
    let AuthResponse::Refused { error, .. } = less else { panic!("a right is missing") };
    assert!(error.to_string().contains("`trade:read_write`"), "{error}");
    let bare = Deribit::new().logged_in(&mut state, Ok("{}"));
    assert!(matches!(bare, AuthResponse::Accepted { life: None, .. }));
}
