//! What the derive says to mistakes.

use super::super::generate;
use proc_macro2::TokenStream;
use quote::quote;

fn errors(attribute: &str) -> Vec<String> {
    let attribute: TokenStream = attribute.parse().expect("tokens");
    let item = quote!(
        #[nova(#attribute)]
        struct Venue {
            host: String,
        }
    );
    let file: syn::File = syn::parse2(generate(&item).tokens).expect("what the macro writes is Rust");
    let messages = file.items.into_iter().filter_map(|item| match item {
        syn::Item::Macro(item) => item.mac.parse_body::<syn::LitStr>().ok().map(|message| message.value()),
        _ => None,
    });
    messages.collect()
}

#[test]
fn nine_mistakes_in_one_attribute_are_nine_errors() {
    assert_eq!(
        errors(
            r#"urls = "wss://x.test", channel = "topic", payload = "/da~ta", codec = "jsn", ping(evry = "20s"),
               subscribe = "{\"args\":{chanels}}", sequence(rule = "incremnt", at = "/seq"), topics = 0,
               error_codes(rate_limit = 5)"#
        ),
        [
            "unknown key `urls`; did you mean `url`?",
            "a JSON pointer begins with `/`; did you mean `/topic`?",
            "in a JSON pointer `~` is written `~0`, and a `/` within a name `~1`",
            "unknown codec `jsn`; did you mean `json`?",
            "unknown `ping` key `evry`; did you mean `every`?",
            "unknown placeholder `chanels`; did you mean `channels`?",
            "unknown rule `incremnt`; did you mean `increment`?",
            "`topics` takes a whole number from 1",
            "unknown class of errors `rate_limit`; did you mean `rate_limited`?",
        ]
    );
}

#[test]
fn each_mistake_about_requests_is_one_error() {
    for (attribute, message) in [
        (r#"channel = "$.data.topic""#, "a JSON pointer begins with `/`; did you mean `/data/topic`?"),
        (r#"channel = """#, "`channel` takes a JSON pointer such as \"/data/topic\"; found an empty string"),
        ("channel = 5", "`channel` takes a JSON pointer such as \"/data/topic\"; found a whole number"),
        ("channel", "`channel` takes a value: a JSON pointer such as \"/data/topic\""),
        ("channel = topic", "`channel` takes a JSON pointer such as \"/data/topic\", written as a string"),
        (r#"payload = "/data""#, "a payload is that of a channel: add `channel = \"/..\"`"),
        (r#"channel = "/a", channel = "/b""#, "`channel` is given twice"),
        (
            r#"url = "https://x.test""#,
            "`url` takes an address such as \"wss://ws.exchange.test/v1\"; found `https://x.test`",
        ),
        (r#"url = "wss://{hots}/""#, "unknown placeholder `hots`; did you mean `host`?"),
        (r#"headers = "Authorization""#, "a header is written \"Name: value\"; found `Authorization`"),
        ("headers = [1]", "`headers` takes a string, or an array of strings"),
        (r#"headers = ["A: {sign}"]"#, "`{sign}` needs its recipe: add `sign(over = \"{timestamp}{api_key}\")`"),
        (r#"ping(every = "20s", send = "ping")"#, "the template is no JSON: expected a value before `ping`"),
        (r#"ping(every = "20s", send = "[1", )"#, "the template is no JSON: expected `,` or `]` at its end"),
        (
            r#"ping(every = "20s", send = "[1]", text = "ping")"#,
            "`ping(..)` takes one of `send` (JSON) and `text` (sent as it is)",
        ),
        (
            "ping(every = 20)",
            "`every` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found a whole number",
        ),
        (
            r#"ping(every = "20 sec")"#,
            "`every` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found `20 sec`",
        ),
        (
            r#"ping(every = "20s", send = "[{id}]")"#,
            "`{id}` numbers the request, and nothing says where an answer has its number: add `id = \"/id\"`",
        ),
        (r#"ping = "20s""#, "`ping` takes a list: write `ping(key = value)`"),
        (r#"login(ack(at = "/a"))"#, "`login(..)` needs `send = \"..\"`"),
        (
            r#"login(send = "[{api_key}]")"#,
            "nothing says how the venue accepts a login: add `ack(at = \"/..\", is = \"..\")`, or number the request with `{id}`",
        ),
        (r#"login(send = "[{apikey}]", ack(at = "/a"))"#, "unknown placeholder `apikey`; did you mean `api_key`?"),
        (
            r#"login(send = "[{expires}]", ack(at = "/a"))"#,
            "`{expires}` needs to know when: add `sign(expires = \"10s\")`",
        ),
        (
            r#"login(send = "[1]", ack(at = "/a"), life = "ttl")"#,
            "a JSON pointer begins with `/`; did you mean `/ttl`?",
        ),
        (r#"sign(over = "{api_key}", encoding = "bas64")"#, "unknown encoding `bas64`; did you mean `base64`?"),
        (
            r#"sign(over = "{secret}")"#,
            "unknown placeholder `secret`; expected `api_key`, `timestamp`, `expires`, `nonce` or `host`",
        ),
        (r#"ack(at = "/op", is = "ok")"#, "`ack(..)` needs `channel = \"/..\"`"),
        (r#"ack(channel = "/arg")"#, "`ack(..)` needs `at = \"/..\"`"),
        (r#"ignore(at = "/op", is = 1.5)"#, "`is` takes a string, a whole number, true or false, or an array of them"),
    ] {
        assert_eq!(errors(attribute), [message], "{attribute}");
    }
}

#[test]
fn each_mistake_about_frames_is_one_error() {
    for (attribute, message) in [
        (r#"error = "/error""#, "`error` takes a list: write `error(key = value)`"),
        (r#"error(at = "/e", at = "/f")"#, "`at` is given twice in `error(..)`"),
        (
            r#"ignore(at = "/a"), ignore(at = "/b"), ignore(at = "/c"), ignore(at = "/d"), ignore(at = "/e"), ignore(at = "/f"),
               ignore(at = "/g")"#,
            "`ignore(..)` may be given 6 times at most",
        ),
        (r#"sequence(rule = "increment", at = "/seq")"#, "messages are numbered by channel: add `channel = \"/..\"`"),
        (r#"channel = "/a", sequence(rule = "prev_id", at = "/seq")"#, "`sequence(..)` needs `prev = \"/..\"`"),
        (
            r#"channel = "/a", sequence(rule = "increment", at = "/seq", prev = "/p")"#,
            "the rule \"increment\" has no use for `prev`",
        ),
        (
            r#"id = "/id", subscribe(send = "[{id}]")"#,
            "the template names no channel: it needs `{channels}` (an array), or `{channel}` (one a request)",
        ),
        (
            r#"id = "/id", result = "/result", subscribe(send = "[{id},{channels}]", listed = "/topics")"#,
            "`listed` is read in the result, so it must begin with `/result`",
        ),
        (
            r#"channel = "/a", subscribe = "[{channels}]""#,
            "nothing says how the venue confirms: add `ack(at = \"/..\", is = \"..\", channel = \"/..\")`, or number the \
             request with `{id}`",
        ),
        (
            r#"id = "/id", subscribe(send = "[{id},{channels}]", each = "[1]")"#,
            "`each` says nothing about its channel: it needs `{channel}`",
        ),
        (r#"id = "/id", request = "{\"id\":{id}}""#, "the form of a call needs `{method}`"),
        (r#"pool(name = "a", refill = "1/s")"#, "`pool(..)` needs `capacity = 100`"),
        (r#"pool(name = "a", capacity = 5)"#, "`pool(..)` needs `refill = \"10/s\"`"),
        (r#"pool(name = "a", limit = "1/s", window = "1/s")"#, "a pool comes back in one way: `limit` or `window`"),
        (
            r#"pool(name = "a", limit = "1/s", capacity = 5)"#,
            "the count of `limit` is the capacity: leave `capacity` out",
        ),
        ("close_codes(critical = 99)", "close codes lie between 1000 and 4999; found 99"),
        ("error_codes(critical = [1], transient = 1)", "the code 1 stands twice in `error_codes(..)`"),
        (r#"error_codes(critical = "x")"#, "`critical` takes whole numbers; found `\"x\"`"),
        ("overrides(ErrorHandler)", "a platform overrides `Platform` and nothing else; found `ErrorHandler`"),
        ("overrides = Platform", "`overrides` takes a list: write `overrides(Platform)`"),
        (r#"interval = "5s""#, "unknown key `interval`; it is a key of `heartbeat(interval = ..)`"),
        (r#"hartbeat(interval = "1s")"#, "unknown group `hartbeat`; did you mean `heartbeat`?"),
        ("reconnect(jitter = 2)", "`jitter` takes a number from 0 to 1; found `2`"),
    ] {
        assert_eq!(errors(attribute), [message], "{attribute}");
    }
}
