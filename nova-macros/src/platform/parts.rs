//! The groups of the attribute, one by one: what was written → what it means.

use super::{
    fields::{Constant, Fields},
    template::Template,
};
use crate::{
    client::parse::{self, Given},
    diag::{Diagnostics, unknown},
};
use proc_macro2::{Span, TokenStream};
use std::time::Duration;
use syn::{Expr, LitStr, spanned::Spanned};

/// Which frames are meant.
pub(super) struct Match {
    pub(super) at: Option<LitStr>,
    pub(super) text: Option<LitStr>,
    pub(super) is: Vec<Constant>,
    pub(super) not: Vec<Constant>,
}

impl Match {
    /// Takes the matcher out of a group; `text` where a plain text will do.
    fn take(fields: &mut Fields, text: bool, diag: &mut Diagnostics) -> Option<Self> {
        let when = Self {
            at: fields.pointer("at", diag),
            text: if text { fields.text("text", "the text of a frame", diag) } else { None },
            is: fields.constants("is", diag),
            not: fields.constants("not", diag),
        };
        if when.text.is_none() {
            fields.need("at", "\"/..\"", diag);
        }
        (when.at.is_some() || when.text.is_some()).then_some(when)
    }
}

const MATCH: [&str; 3] = ["at", "is", "not"];

pub(super) fn only_match(
    group: &'static str,
    place: Span,
    tokens: TokenStream,
    diag: &mut Diagnostics,
) -> Option<Match> {
    let mut fields = Fields::read(group, place, tokens, &MATCH, diag);
    Match::take(&mut fields, false, diag)
}

pub(super) fn ignore(place: Span, tokens: TokenStream, diag: &mut Diagnostics) -> Option<Match> {
    let mut fields = Fields::read("ignore", place, tokens, &["at", "is", "not", "text"], diag);
    Match::take(&mut fields, true, diag)
}

pub(super) struct Ack {
    pub(super) when: Match,
    pub(super) channel: LitStr,
    pub(super) refused: Option<LitStr>,
}

pub(super) fn ack(place: Span, tokens: TokenStream, diag: &mut Diagnostics) -> Option<Ack> {
    let mut fields = Fields::read("ack", place, tokens, &["at", "is", "not", "channel", "refused"], diag);
    let when = Match::take(&mut fields, false, diag);
    let (channel, refused) = (fields.pointer("channel", diag), fields.pointer("refused", diag));
    fields.need("channel", "\"/..\"", diag);
    Some(Ack { when: when?, channel: channel?, refused })
}

pub(super) struct Failure {
    pub(super) when: Match,
    pub(super) places: [(&'static str, Option<LitStr>); 3],
}

pub(super) fn failure(place: Span, tokens: TokenStream, diag: &mut Diagnostics) -> Option<Failure> {
    let keys = ["at", "is", "not", "code", "message", "channel"];
    let mut fields = Fields::read("error", place, tokens, &keys, diag);
    let when = Match::take(&mut fields, false, diag);
    let places = ["code", "message", "channel"].map(|key| (key, fields.pointer(key, diag)));
    Some(Failure { when: when?, places })
}

pub(super) struct Answer {
    pub(super) when: Match,
    pub(super) send: Template,
}

pub(super) fn answer(place: Span, tokens: TokenStream, own: &[String], diag: &mut Diagnostics) -> Option<Answer> {
    let mut fields = Fields::read("answer", place, tokens, &["at", "is", "not", "send"], diag);
    let when = Match::take(&mut fields, false, diag);
    let send = fields.text("send", "a template of JSON", diag);
    fields.need("send", "\"..\"", diag);
    let send = send.map(|send| Template::json(send, &["value"], own, diag));
    Some(Answer { when: when?, send: send? })
}

pub(super) struct Ask {
    pub(super) send: Template,
    pub(super) each: Option<Template>,
    pub(super) listed: Option<LitStr>,
}

/// `subscribe` and `unsubscribe`: a template alone, or a list.
pub(super) fn ask(key: &'static str, place: Span, given: Given, own: &[String], diag: &mut Diagnostics) -> Option<Ask> {
    let subscribes = key == "subscribe";
    let names: &[&str] =
        if subscribes { &["channels", "channel", "id", "params"] } else { &["channels", "channel", "id"] };
    let (send, each, listed) = match given {
        Given::List(tokens) => {
            let keys: &[&'static str] = if subscribes { &["send", "each", "listed"] } else { &["send", "each"] };
            let mut fields = Fields::read(key, place, tokens, keys, diag);
            fields.need("send", "\"..\"", diag);
            let send = fields.text("send", "a template of JSON", diag);
            (send, fields.text("each", "a template of JSON", diag), fields.pointer("listed", diag))
        }
        given => (super::fields::text(key, place, given, "a template of JSON", diag), None, None),
    };
    let each = each.map(|each| Template::json(each, &["channel"], own, diag));
    let send = Template::json(send?, names, own, diag);
    if let Some(each) = &each {
        if !each.has("channel") && !each.strayed {
            diag.at(each.text.span(), "`each` says nothing about its channel: it needs `{channel}`");
        }
        if !send.has("channels") && !send.strayed {
            diag.at(send.text.span(), "the template has no `{channels}`, which is where those of `each` go");
        }
    } else if !send.has("channels") && !send.has("channel") && !send.strayed {
        diag.at(
            send.text.span(),
            "the template names no channel: it needs `{channels}` (an array), or `{channel}` (one a request)",
        );
    }
    if let Some(listed) = &listed
        && !send.has("id")
        && !send.strayed
    {
        diag.at(
            listed.span(),
            "`listed` is read in the answer to a request with `{id}`; where there is none, use `ack(..)`",
        );
    }
    Some(Ask { send, each, listed })
}

pub(super) struct Login {
    pub(super) send: Template,
    pub(super) ack: Option<Match>,
    pub(super) life: Option<LitStr>,
}

/// What stands for a login's values.
pub(super) const SECRETS: [&str; 7] = ["api_key", "api_secret", "token", "sign", "timestamp", "expires", "nonce"];

pub(super) fn login(place: Span, tokens: TokenStream, own: &[String], diag: &mut Diagnostics) -> Option<Login> {
    let mut fields = Fields::read("login", place, tokens, &["send", "ack", "life"], diag);
    fields.need("send", "\"..\"", diag);
    let send = fields.text("send", "a template of JSON", diag);
    let written = fields.place_of("ack").is_some();
    let ack = fields.list("ack", diag).and_then(|(span, tokens)| only_match("ack", span, tokens, diag));
    let life = fields.pointer("life", diag);
    let known: Vec<&str> = SECRETS.iter().copied().chain(["id"]).collect();
    let send = Template::json(send?, &known, own, diag);
    if !written && !send.has("id") && !send.strayed {
        diag.at(
            place,
            "nothing says how the venue accepts a login: add `ack(at = \"/..\", is = \"..\")`, or number the request with `{id}`",
        );
    }
    Some(Login { send, ack, life })
}

pub(super) struct Sign {
    pub(super) over: Option<Template>,
    pub(super) base64: bool,
    pub(super) seconds: bool,
    pub(super) expires: Option<Duration>,
}

pub(super) fn sign(place: Span, tokens: TokenStream, own: &[String], diag: &mut Diagnostics) -> Sign {
    let mut fields = Fields::read("sign", place, tokens, &["over", "encoding", "timestamp", "expires"], diag);
    let over = fields.text("over", "the text that is signed, with placeholders", diag);
    let known = ["api_key", "timestamp", "expires", "nonce"];
    Sign {
        over: over.map(|over| Template::plain(over, &known, own, diag)),
        base64: fields.word("encoding", &["hex", "base64"], diag) == Some("base64"),
        seconds: fields.word("timestamp", &["ms", "s"], diag) == Some("s"),
        expires: fields.duration("expires", diag),
    }
}

pub(super) struct Ping {
    pub(super) every: Option<Duration>,
    pub(super) send: Option<Template>,
    pub(super) text: Option<LitStr>,
}

pub(super) fn ping(place: Span, tokens: TokenStream, own: &[String], diag: &mut Diagnostics) -> Ping {
    let mut fields = Fields::read("ping", place, tokens, &["every", "send", "text"], diag);
    let every = fields.duration("every", diag);
    fields.need("every", "\"20s\"", diag);
    let send = fields.text("send", "a template of JSON", diag).map(|send| Template::json(send, &["id"], own, diag));
    let text = fields.text("text", "the text to send", diag);
    if let (Some(_), Some(text)) = (&send, &text) {
        diag.at(text.span(), "`ping(..)` takes one of `send` (JSON) and `text` (sent as it is)");
    }
    Ping { every, send, text }
}

pub(super) struct Sequence {
    /// The variant of `Rule`.
    pub(super) rule: &'static str,
    pub(super) at: LitStr,
    pub(super) other: Option<LitStr>,
    pub(super) snapshot: Option<Match>,
}

const RULES: [(&str, &str, Option<&str>); 3] =
    [("increment", "Increment", None), ("prev_id", "PrevId", Some("prev")), ("first_last", "FirstLast", Some("first"))];

pub(super) fn sequence(place: Span, tokens: TokenStream, diag: &mut Diagnostics) -> Option<Sequence> {
    let mut fields = Fields::read("sequence", place, tokens, &["rule", "at", "prev", "first", "snapshot"], diag);
    let word = fields.word("rule", &RULES.map(|(word, ..)| word), diag);
    fields.need("rule", "\"increment\"", diag);
    fields.need("at", "\"/..\"", diag);
    let at = fields.pointer("at", diag);
    let (mut prev, mut first) = (fields.pointer("prev", diag), fields.pointer("first", diag));
    let snapshot = fields.list("snapshot", diag).and_then(|(span, tokens)| only_match("snapshot", span, tokens, diag));
    let (word, rule, second) = RULES.into_iter().find(|(known, ..)| Some(*known) == word)?;
    for (key, pointer) in [("prev", &prev), ("first", &first)] {
        if let (Some(pointer), true) = (pointer, second != Some(key)) {
            diag.at(pointer.span(), format!("the rule \"{word}\" has no use for `{key}`"));
        }
    }
    if let Some(key) = second {
        fields.need(key, "\"/..\"", diag);
    }
    let other = match second {
        Some("prev") => prev.take(),
        Some(_) => first.take(),
        None => None,
    };
    Some(Sequence { rule, at: at?, other, snapshot })
}

pub(super) struct Pool {
    pub(super) name: LitStr,
    pub(super) refill: Refill,
    pub(super) cost: u32,
    pub(super) methods: Vec<LitStr>,
}

/// How a pool comes back: the constructor of `nova::Pool`, and what it takes.
pub(super) struct Refill {
    pub(super) kind: &'static str,
    pub(super) capacity: Option<u32>,
    pub(super) rate: (u32, Duration),
}

pub(super) fn pool(place: Span, tokens: TokenStream, diag: &mut Diagnostics) -> Option<Pool> {
    let mut fields = Fields::read(
        "pool",
        place,
        tokens,
        &["name", "capacity", "refill", "limit", "window", "cost", "methods"],
        diag,
    );
    fields.need("name", "\"requests\"", diag);
    let name = fields.text("name", "the pool's name in errors", diag);
    let refill = refill(&mut fields, diag);
    let (cost, methods) = (fields.count("cost", diag), fields.texts("methods", diag));
    Some(Pool { name: name?, refill: refill?, cost: cost.unwrap_or(1), methods })
}

/// One of the three ways in which a pool comes back.
fn refill(fields: &mut Fields, diag: &mut Diagnostics) -> Option<Refill> {
    const KINDS: [(&str, &str); 3] = [("refill", "steady"), ("limit", "sliding"), ("window", "fixed")];
    let mut given = KINDS.into_iter().filter_map(|(key, kind)| Some((key, kind, fields.place_of(key)?)));
    let (first, second) = (given.next(), given.next());
    if let (Some((key, ..)), Some((other, _, at))) = (first, second) {
        diag.at(at, format!("a pool comes back in one way: `{key}` or `{other}`"));
        return None;
    }
    let (key, kind, _) = first.unwrap_or(("refill", "steady", Span::call_site()));
    fields.need(key, "\"10/s\"", diag);
    match (kind, fields.place_of("capacity")) {
        ("steady", _) => fields.need("capacity", "100", diag),
        (_, Some(at)) => diag.at(at, format!("the count of `{key}` is the capacity: leave `capacity` out")),
        _ => {}
    }
    let (capacity, rate) = (fields.count("capacity", diag), fields.rate(key, diag));
    if kind == "steady" && capacity.is_none() {
        return None;
    }
    Some(Refill { kind, capacity, rate: rate? })
}

/// The variants of `ErrorClass`, by their names in attributes.
const CLASSES: [(&str, &str); 5] = [
    ("transient", "Transient"),
    ("authentication", "Authentication"),
    ("rate_limited", "RateLimited"),
    ("platform", "Platform"),
    ("critical", "Critical"),
];

/// `error_codes(..)` and `close_codes(..)`: each code and what it calls for.
pub(super) fn codes(
    group: &'static str,
    close: bool,
    tokens: TokenStream,
    diag: &mut Diagnostics,
) -> Vec<(i64, &'static str)> {
    let mut codes: Vec<(i64, &'static str)> = Vec::new();
    for entry in parse::list(tokens, diag) {
        let name = entry.name;
        let Some((_, class)) = CLASSES.iter().find(|(known, _)| name == known) else {
            let known = CLASSES.map(|(known, _)| known);
            diag.at(name.span(), unknown("class of errors", &name.to_string(), &known, ""));
            continue;
        };
        let elements: Vec<Expr> = match entry.given {
            Given::Unreadable => continue,
            Given::Expr(Expr::Array(array)) => array.elems.into_iter().collect(),
            Given::Expr(expr) => vec![expr],
            Given::Literal(literal) => vec![Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: literal })],
            _ => {
                diag.at(name.span(), format!("`{name}` takes codes: write `{name} = [1, 2]`"));
                continue;
            }
        };
        for element in elements {
            let text = quote::ToTokens::to_token_stream(&element).to_string().replace(' ', "");
            match text.replace('_', "").parse::<i64>() {
                Ok(code) if close && !(1000..=4999).contains(&code) => {
                    diag.at(element.span(), format!("close codes lie between 1000 and 4999; found {code}"));
                }
                Ok(code) if codes.iter().any(|(known, _)| *known == code) => {
                    diag.at(element.span(), format!("the code {code} stands twice in `{group}(..)`"));
                }
                Ok(code) => codes.push((code, class)),
                Err(_) => diag.at(element.span(), format!("`{name}` takes whole numbers; found `{text}`")),
            }
        }
    }
    codes
}
