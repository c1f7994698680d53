//! Asking for an address: `apps.connections.open`, and what its refusals call for.

use std::time::Duration;

use serde::Deserialize;

use crate::{
    error::{Error, ErrorClass, Result, excerpt},
    platform::{Fetch, Fetched},
};

/// How long to wait after "too many requests" where Slack does not say so.
const LIMITED: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(default, borrow)]
    url: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, borrow)]
    error: Option<std::borrow::Cow<'a, str>>,
}

/// The request. `api` is the address of the Web API.
pub(super) fn fetch(api: &str, recycled: bool) -> Fetch {
    let url = format!("{}/apps.connections.open", api.trim_end_matches('/'));
    let asked = Fetch::post(url, move |answer| {
        let url = read(answer)?;
        let flag = if url.contains('?') { "&debug_reconnects=true" } else { "?debug_reconnects=true" };
        Ok(if recycled { url + flag } else { url }.into())
    });
    asked.body("application/x-www-form-urlencoded", "").when_limited(LIMITED)
}

/// Slack refuses with a status of success.
fn read(answer: Fetched<'_>) -> Result<String> {
    let unreadable = |reason: String| Error::Upgrade { reason: reason.into() };
    let read: Answer<'_> = serde_json::from_str(answer.body).map_err(|_| {
        // Nothing else is quoted: there may be a ticket in it.
        let page = answer.body.trim_start().starts_with('<');
        let shown =
            if page { format!(", but a page: `{}`", excerpt(answer.body.as_bytes(), 64)) } else { String::new() };
        unreadable(format!("Slack's answer to apps.connections.open is not what it should be{shown}"))
    })?;
    match (read.ok, read.url, read.error) {
        (true, Some(url), _) => Ok(url.into_owned()),
        (_, _, Some(error)) => Err(refusal(&error, answer.retry_after)),
        _ => Err(unreadable("Slack's answer to apps.connections.open has neither an address nor an error".to_owned())),
    }
}

/// The error of a refusal.
fn refusal(error: &str, retry_after: Option<Duration>) -> Error {
    if error == "ratelimited" {
        let retry_after = Some(retry_after.unwrap_or(LIMITED));
        return Error::Rejected { status: 429, body: error.into(), retry_after, location: None, offset_ms: None };
    }
    let class = class(error);
    let refused = Error::Platform { class, code: 0, message: excerpt(error.as_bytes(), 64).into(), data: None };
    match class {
        ErrorClass::Transient => refused,
        _ => Error::Auth { reason: advice(error).into(), source: Some(Box::new(refused)) },
    }
}

/// What kind of reaction a word of Slack's calls for. One that is new may pass: it is tried again, ever more slowly.
pub(super) fn class(error: &str) -> ErrorClass {
    match error {
        // Fresh credentials may help.
        "not_authed" | "invalid_auth" | "token_revoked" | "token_expired" => ErrorClass::Authentication,
        "account_inactive"
        | "user_removed_from_team"
        | "team_disabled"
        | "not_allowed_token_type"
        | "missing_scope"
        | "no_permission"
        | "forbidden_team"
        | "invalid_app_id"
        | "access_denied"
        | "enterprise_is_restricted"
        | "ekm_access_denied"
        | "insecure_request"
        | "missing_args"
        | "invalid_arguments"
        | "invalid_charset"
        | "link_disabled" => ErrorClass::Critical,
        "too_many_websockets" => ErrorClass::RateLimited,
        _ => ErrorClass::Transient,
    }
}

fn advice(error: &str) -> &'static str {
    match error {
        "not_allowed_token_type" => "it needs the app-level token, which begins with `xapp-`",
        "missing_scope" => "the app-level token lacks the scope `connections:write`",
        _ => "Slack refused the app-level token",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str, retry_after: Option<u64>) -> Result<String> {
        read(Fetched { body, retry_after: retry_after.map(Duration::from_secs) })
    }

    #[test]
    fn every_answer_is_an_address_or_an_error_of_its_class() {
        let url = told(r#"{"ok":true,"url":"wss:\/\/a.test\/link\/?ticket=1"}"#, None);
        assert_eq!(url.expect("an address"), "wss://a.test/link/?ticket=1");
        for (body, class, words) in [
            (r#"{"ok":false,"error":"invalid_auth"}"#, ErrorClass::Authentication, "refused the app-level token"),
            (r#"{"ok":false,"error":"not_allowed_token_type"}"#, ErrorClass::Critical, "xapp-"),
            (r#"{"ok":false,"error":"missing_scope","needed":"x"}"#, ErrorClass::Critical, "connections:write"),
            (r#"{"ok":false,"error":"fatal_error"}"#, ErrorClass::Transient, "fatal_error"),
            (r#"{"ok":false,"error":"a_new_word"}"#, ErrorClass::Transient, "a_new_word"),
            (r#"{"ok":false}"#, ErrorClass::Transient, "neither an address nor an error"),
            (r#"{"ok":true}"#, ErrorClass::Transient, "neither an address nor an error"),
            ("<html>sign in</html>", ErrorClass::Transient, "but a page: `<html>sign in"),
            ("", ErrorClass::Transient, "not what it should be"),
            (r#"{"ok":true,"url":"wss://a.test/?ticket=7"#, ErrorClass::Transient, "not what it should be\""),
        ] {
            let error = told(body, None).expect_err(body);
            assert_eq!(error.class(), class, "{error}");
            assert!(format!("{error} {error:?}").contains(words), "{error}");
        }
        for (said, waited) in [(Some(7), 7), (None, 30)] {
            let error = told(r#"{"ok":false,"error":"ratelimited"}"#, said).expect_err("refused");
            let wanted = Some(Duration::from_secs(waited));
            assert!(matches!(error, Error::Rejected { status: 429, retry_after, .. } if retry_after == wanted));
        }
    }
}
