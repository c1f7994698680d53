//! JSON-RPC 2.0: the form of a request, and what a message is by its top-level members.
//!
//! Shared by every platform that speaks it. It is lenient where servers in the wild are (a missing `jsonrpc`, ids that come back as
//! strings, `error: null` beside a result) and strict where leniency would guess.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    inbound::harmless,
    scan::{Elements, Members, ScanError, is_plain, unquote},
};
use crate::{
    error::{Error, ErrorClass, Result},
    flow::Priority,
    message::Outgoing,
};

const ID: &str = r#"{"jsonrpc":"2.0","id":"#;
const METHOD: &str = r#","method":""#;
const PARAMS: &str = r#","params":"#;

/// A request. Method and parameters come from `Outgoing::call`, which wrote the parameters as JSON.
pub(super) fn request(id: u64, method: &str, params: Option<&str>) -> Outgoing {
    let (mut digits, method) = (itoa::Buffer::new(), escaped(method));
    let id = digits.format(id);
    // To the byte: what is longer than its text is allocated anew as it becomes a frame.
    let rest = params.map_or(0, |params| PARAMS.len() + params.len());
    let mut text = String::with_capacity(ID.len() + id.len() + METHOD.len() + method.len() + rest + 2);
    text.push_str(ID);
    text.push_str(id);
    text.push_str(METHOD);
    text.push_str(&method);
    text.push('"');
    if let Some(params) = params {
        text.push_str(PARAMS);
        text.push_str(params);
    }
    text.push('}');
    Outgoing::json(text)
}

/// What stands between the quotes of a JSON string.
fn escaped(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return text.into();
    }
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned().into()
}

/// Several requests in one message.
pub(super) fn batch(requests: &[Outgoing]) -> Outgoing {
    let requests: Vec<_> = requests.iter().filter_map(Outgoing::text).collect();
    Outgoing::json(format!("[{}]", requests.join(",")))
}

/// The messages of a batch; `None` where it is none.
pub(super) fn elements(text: &str) -> Result<Option<Vec<&str>>> {
    if !is_batch(text) {
        return Ok(None);
    }
    let walk = || {
        let (mut walk, mut found) = (Elements::at(text, 0)?, Vec::new());
        while walk.next()? {
            let start = walk.offset();
            let end = Members::skip_value(text, start)?;
            found.push(&text[start..end]);
            walk.resume(end);
        }
        Members::before_value(text, walk.offset()).is_last()?;
        Ok(found)
    };
    let found: Vec<_> = walk().map_err(|error: ScanError| malformed(text, error))?;
    if found.is_empty() { Err(malformed(text, "it is a batch of nothing")) } else { Ok(Some(found)) }
}

fn is_batch(text: &str) -> bool {
    text.trim_start().starts_with('[')
}

/// What a message is.
#[derive(Debug)]
pub(super) enum Message<'f> {
    /// The server tells something.
    Notification {
        method: Cow<'f, str>,
        /// Where the parameters start in the text, if there are any.
        params: Option<usize>,
        /// Whether reading stopped at the parameters, so that nothing behind that place was looked at.
        stopped: bool,
    },
    /// The server asks something. No method is served: this is the answer.
    Request(Outgoing),
    /// The answer to a call.
    Reply { id: u64, result: Result<&'f str> },
    /// An error that belongs to no call.
    Error(Error),
}

/// Reads what a message is. Of a notification of the method `stop_at`, only what stands before its parameters.
pub(super) fn read<'f>(text: &'f str, stop_at: &str, class: impl Fn(i64) -> ErrorClass) -> Result<Message<'f>> {
    if is_batch(text) {
        return Err(malformed(text, "it is a batch, and none was asked for"));
    }
    let head = Head::read(text, stop_at).map_err(|error| malformed(text, error))?;
    head.classify(text, class)
}

/// A message that cannot be understood.
pub(super) fn malformed(text: &str, reason: impl std::fmt::Display) -> Error {
    Error::decode("a message", reason, harmless(text.as_bytes()))
}

/// The top-level members; of one that occurs twice the last.
#[derive(Default)]
struct Head<'f> {
    method: Option<&'f str>,
    id: Option<&'f str>,
    params: Option<usize>,
    result: Option<&'f str>,
    error: Option<&'f str>,
    stopped: bool,
}

impl<'f> Head<'f> {
    fn read(text: &'f str, stop_at: &str) -> Result<Self, ScanError> {
        let mut head = Self::default();
        let mut members = Members::at(text, 0)?;
        while let Some(key) = members.key()? {
            match &*key {
                "method" => head.method = Some(members.value()?),
                "id" => head.id = Some(members.value()?),
                "result" => head.result = Some(members.value()?),
                "error" => head.error = Some(members.value()?),
                "params" => {
                    head.params = Some(members.offset());
                    if head.id.is_none() && head.method.and_then(unquote).is_some_and(|method| method == stop_at) {
                        head.stopped = true;
                        return Ok(head);
                    }
                }
                _ => {}
            }
        }
        members.is_last()?;
        Ok(head)
    }

    fn classify(self, text: &'f str, class: impl Fn(i64) -> ErrorClass) -> Result<Message<'f>> {
        let id = self.id.filter(|id| *id != "null");
        if let Some(method) = self.method {
            let method = unquote(method).ok_or_else(|| malformed(text, "its method is no string"))?;
            return match id {
                Some(id) => refuse(id).ok_or_else(|| malformed(text, "its id is neither a string nor a number")),
                None => Ok(Message::Notification { method, params: self.params, stopped: self.stopped }),
            };
        }
        let result = match (self.result, self.error.filter(|error| *error != "null")) {
            (_, Some(error)) => Err(platform_error(error, class)),
            (Some(result), None) => Ok(result),
            (None, None) => return Err(malformed(text, "it has neither a method nor a result nor an error")),
        };
        match (id, result) {
            (Some(id), result) => match number(id) {
                Some(id) => Ok(Message::Reply { id, result }),
                None => Err(malformed(text, "it answers an id that nova never gives")),
            },
            (None, Err(error)) => Ok(Message::Error(error)),
            (None, Ok(_)) => Err(malformed(text, "it is a result without an id")),
        }
    }
}

/// nova's ids are whole numbers; some servers send them back as strings.
fn number(id: &str) -> Option<u64> {
    let digits = id.strip_prefix('"').and_then(|id| id.strip_suffix('"')).unwrap_or(id);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The answer to a request that the server made.
fn refuse(id: &str) -> Option<Message<'_>> {
    let id: Value = serde_json::from_str(id).ok()?;
    if !id.is_string() && !id.is_number() {
        return None;
    }
    let answer = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32601,"message":"Method not found"}}}}"#);
    Some(Message::Request(Outgoing::json(answer).priority(Priority::Control)))
}

#[derive(Deserialize)]
struct ErrorObject<'a> {
    #[serde(default)]
    code: Value,
    #[serde(default)]
    message: Value,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// An error object. One that is none still refuses the call: its text is then the message, and its code 0.
pub(super) fn platform_error(text: &str, class: impl Fn(i64) -> ErrorClass) -> Error {
    let (code, message, data) = match serde_json::from_str::<ErrorObject<'_>>(text) {
        Ok(object) => {
            let code = object.code.as_i64().or_else(|| object.code.as_str()?.parse().ok()).unwrap_or_default();
            let message = object.message.as_str().map_or_else(
                || if object.message.is_null() { String::new() } else { object.message.to_string() },
                str::to_owned,
            );
            (code, message, object.data.map(|data| data.get().into()))
        }
        Err(_) => (0, unquote(text).unwrap_or(Cow::Borrowed(text)).into_owned(), None),
    };
    Error::Platform { class: class(code), code, message: message.into(), data }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::Body;

    fn class(code: i64) -> ErrorClass {
        if code == 7 { ErrorClass::RateLimited } else { ErrorClass::Platform }
    }

    /// What a message is, in a line.
    fn told(text: &str) -> String {
        match read(text, "subscription", class) {
            Ok(Message::Notification { method, params, stopped }) => {
                let params = params.map_or("-", |at| &text[at..]);
                format!("notification {method} {params} {stopped}")
            }
            Ok(Message::Request(answer)) => format!("request {}", answer.text().unwrap()),
            Ok(Message::Reply { id, result: Ok(result) }) => format!("reply {id} {result}"),
            Ok(Message::Reply { id, result: Err(error) }) => format!("refused {id} {error}"),
            Ok(Message::Error(error)) => format!("error {error}"),
            Err(error) => format!("undecodable {error}"),
        }
    }

    #[test]
    fn r69_messages_are_told_apart_by_their_members() {
        for (text, expected) in [
            (r#"{"jsonrpc":"2.0","id":1,"result":5}"#, "reply 1 5"),
            (r#"{"jsonrpc":"2.0","id":1,"result":null}"#, "reply 1 null"),
            (r#"{"id":1,"result":false}"#, "reply 1 false"),
            (r#"{"result":"","id":"1"}"#, "reply 1 \"\""),
            (r#"{"id":1,"result":1,"error":null,"usIn":1}"#, "reply 1 1"),
            (
                r#"{"id":1,"result":null,"error":{"code":7,"message":"slow"}}"#,
                "refused 1 the venue refused (rate limited): 7 slow",
            ),
            (r#"{"id":1,"result":1,"error":{"code":8,"message":""}}"#, "refused 1 the venue refused (platform): 8 "),
            (
                r#"{"id":1,"error":{"code":-9999999999,"message":5}}"#,
                "refused 1 the venue refused (platform): -9999999999 5",
            ),
            (r#"{"id":1,"error":"boom"}"#, "refused 1 the venue refused (platform): 0 boom"),
            (
                r#"{"id":null,"error":{"code":-32700,"message":"Parse error"}}"#,
                "error the venue refused (platform): -32700 Parse error",
            ),
            (r#"{"error":{"code":7,"message":"x"}}"#, "error the venue refused (rate limited): 7 x"),
            (r#"{"jsonrpc":"2.0","method":"tick","params":[17]}"#, "notification tick [17]} false"),
            (r#"{"method":"tick","id":null}"#, "notification tick - false"),
            (r#"{"method":"subscription","params":{"channel":"x"#, "notification subscription {\"channel\":\"x true"),
            (
                r#"{"params":{"channel":"x"},"method":"subscription"}"#,
                "notification subscription {\"channel\":\"x\"},\"method\":\"subscription\"} false",
            ),
            (
                r#"{"method":"ask","id":"a\"b"}"#,
                r#"request {"jsonrpc":"2.0","id":"a\"b","error":{"code":-32601,"message":"Method not found"}}"#,
            ),
            (
                r#"{"id":4,"method":"subscription","params":{}}"#,
                r#"request {"jsonrpc":"2.0","id":4,"error":{"code":-32601,"message":"Method not found"}}"#,
            ),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn r73_what_is_no_message_is_undecodable_and_says_why() {
        let deep = format!(r#"{{"id":1,"result":{}"#, "[".repeat(100_000));
        for (text, why) in [
            (r#"[{"id":1,"result":2}]"#, "a batch"),
            ("[]", "a batch"),
            ("", "expected an object at byte 0"),
            ("5", "expected an object"),
            (r#"{"id":1,"resu"#, "at byte 13"),
            (r#"{"id":1,"result":1} {"#, "expected the end"),
            (&deep, "128 levels"),
            ("{}", "neither a method"),
            (r#"{"id":1}"#, "neither a method"),
            (r#"{"id":1,"error":null}"#, "neither a method"),
            (r#"{"id":1.5,"result":1}"#, "never gives"),
            (r#"{"id":-1,"result":1}"#, "never gives"),
            (r#"{"id":"x","result":1}"#, "never gives"),
            (r#"{"id":"","result":1}"#, "never gives"),
            (r#"{"id":NaN,"result":1}"#, "never gives"),
            (r#"{"id":99999999999999999999999,"result":1}"#, "never gives"),
            (r#"{"id":null,"result":1}"#, "without an id"),
            (r#"{"method":5}"#, "no string"),
            (r#"{"method":"a","id":{}}"#, "neither a string nor a number"),
            (r#"{"method":"a","id":NaN}"#, "neither a string nor a number"),
        ] {
            let told = told(text);
            assert!(told.starts_with("undecodable") && told.contains(why), "{}: {told}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn of_a_member_that_comes_twice_the_last_counts() {
        assert_eq!(told(r#"{"id":1,"id":2,"result":1,"result":3}"#), "reply 2 3");
    }

    #[test]
    fn a_cut_login_answer_shows_no_token() {
        let error = read(r#"{"id":1,"result":{"access_token":"s3cret"#, "", class).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn a_request_is_sent_with_the_parameters_it_was_given() {
        let text = |params| request(1, "a\"b", params).text().unwrap().to_owned();
        assert_eq!(text(None), r#"{"jsonrpc":"2.0","id":1,"method":"a\"b"}"#);
        assert_eq!(text(Some("[]")), r#"{"jsonrpc":"2.0","id":1,"method":"a\"b","params":[]}"#);
    }

    #[test]
    fn a_request_fills_its_text_to_the_byte() {
        for (id, params) in [(0, None), (907, Some("[]")), (u64::MAX, Some(r#"{"a":"ä"}"#))] {
            let Body::Json(text) = request(id, "a\nb", params).body else { panic!("it is JSON") };
            assert_eq!(text.capacity(), text.len(), "{text}");
            assert!(text.contains(&format!(r#""id":{id},"#)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"(\{|\[|\}|\]|,|:|"id"|"method"|"params"|"result"|"error"|null|1|"x"| ){0,24}"#) {
            let _ = told(&text);
        }
    }
}
