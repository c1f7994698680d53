//! What was written → what it means, checked, also where two keys must fit each other.

use super::{
    fields::{a_pointer, count, duration, not_a_list, text, texts},
    parts::{self, Ack, Answer, Ask, Failure, Login, Match, Ping, Pool, SECRETS, Sequence, Sign},
    template::Template,
};
use crate::{
    client::{
        model::{Named, built_in, named, span_of},
        parse::{self, Entry, Given},
    },
    diag::{Diagnostics, nearest, unknown},
    names::CODECS,
    settings::{self, GROUPS, Settings},
};
use proc_macro2::{Ident, Span, TokenStream};
use std::{collections::HashSet, time::Duration};
use syn::{LitStr, Path, Type};

/// Everything the expansion needs besides the struct.
pub(super) struct Model {
    pub(super) root: Option<Path>,
    pub(super) name: Option<LitStr>,
    pub(super) url: Option<Template>,
    pub(super) codec: Named,
    /// `channel`, `payload`, `id`, `result`.
    pub(super) places: Vec<(&'static str, LitStr)>,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) private: Vec<LitStr>,
    pub(super) topics: Option<u32>,
    pub(super) chunk: Option<u32>,
    pub(super) outbound: Option<u32>,
    pub(super) refresh_margin: Option<Duration>,
    pub(super) subscribe: Option<Ask>,
    pub(super) unsubscribe: Option<Ask>,
    pub(super) request: Option<Template>,
    pub(super) login: Option<Login>,
    pub(super) sign: Option<Sign>,
    pub(super) ping: Option<Ping>,
    pub(super) acks: Vec<Ack>,
    pub(super) failures: Vec<Failure>,
    pub(super) ignored: Vec<Match>,
    pub(super) answers: Vec<Answer>,
    pub(super) sequence: Option<Sequence>,
    pub(super) pools: Vec<Pool>,
    pub(super) error_codes: Vec<(i64, &'static str)>,
    pub(super) close_codes: Vec<(i64, &'static str)>,
    pub(super) settings: Vec<Settings>,
    /// Where `overrides(Platform)` stands.
    pub(super) overrides: Option<Span>,
    /// Keys that were written, readable or not.
    seen: HashSet<String>,
    /// The struct's fields: their names, and where they stand.
    fields: Vec<String>,
    idents: Vec<Ident>,
}

const PLACES: [&str; 4] = ["channel", "payload", "id", "result"];

/// The keys that take `= value`.
const KEYS: [&str; 16] = [
    "name",
    "url",
    "codec",
    "channel",
    "payload",
    "id",
    "result",
    "headers",
    "private",
    "topics",
    "chunk",
    "subscribe",
    "unsubscribe",
    "request",
    "outbound",
    "refresh_margin",
];

/// The groups, beside those of settings.
const LISTS: [&str; 13] = [
    "subscribe",
    "unsubscribe",
    "login",
    "sign",
    "ping",
    "ack",
    "error",
    "ignore",
    "answer",
    "sequence",
    "pool",
    "error_codes",
    "close_codes",
];

/// The groups that may be given several times, and how often.
const SEVERAL: [&str; 5] = ["ack", "error", "ignore", "answer", "pool"];
const MOST: usize = 6;

impl Model {
    pub(super) fn check(entries: Vec<Entry>, idents: Vec<Ident>, diag: &mut Diagnostics) -> Self {
        let mut model = Self {
            root: None,
            name: None,
            url: None,
            codec: built_in(&CODECS, "Json"),
            places: Vec::new(),
            headers: Vec::new(),
            private: Vec::new(),
            topics: None,
            chunk: None,
            outbound: None,
            refresh_margin: None,
            subscribe: None,
            unsubscribe: None,
            request: None,
            login: None,
            sign: None,
            ping: None,
            acks: Vec::new(),
            failures: Vec::new(),
            ignored: Vec::new(),
            answers: Vec::new(),
            sequence: None,
            pools: Vec::new(),
            error_codes: Vec::new(),
            close_codes: Vec::new(),
            settings: Vec::new(),
            overrides: None,
            seen: HashSet::new(),
            fields: idents.iter().map(ToString::to_string).collect(),
            idents,
        };
        for Entry { name, given } in entries {
            let key = name.to_string();
            let repeats = SEVERAL.contains(&key.as_str());
            if !model.seen.insert(key.clone()) && !repeats {
                let list = matches!(given, Given::List(_));
                let advice = if list { format!("; put everything into one `{key}(..)`") } else { String::new() };
                diag.at(name.span(), format!("`{key}` is given twice{advice}"));
                continue;
            }
            match given {
                Given::Unreadable => {}
                Given::List(tokens) => model.list(&name, tokens, diag),
                given => model.value(&name, given, diag),
            }
        }
        model.agree(diag);
        model
    }

    /// `name(..)`.
    fn list(&mut self, name: &Ident, tokens: TokenStream, diag: &mut Diagnostics) {
        if let Some(group) = settings::group(name) {
            return self.settings.push(Settings::check(group, parse::list(tokens, diag), diag));
        }
        let (place, own) = (name.span(), &self.fields);
        let key = name.to_string();
        match key.as_str() {
            "subscribe" => self.subscribe = parts::ask("subscribe", place, Given::List(tokens), own, diag),
            "unsubscribe" => self.unsubscribe = parts::ask("unsubscribe", place, Given::List(tokens), own, diag),
            "login" => self.login = parts::login(place, tokens, own, diag),
            "sign" => self.sign = Some(parts::sign(place, tokens, own, diag)),
            "ping" => self.ping = Some(parts::ping(place, tokens, own, diag)),
            "sequence" => self.sequence = parts::sequence(place, tokens, diag),
            "ack" => several(&mut self.acks, parts::ack(place, tokens, diag), name, diag),
            "error" => several(&mut self.failures, parts::failure(place, tokens, diag), name, diag),
            "ignore" => several(&mut self.ignored, parts::ignore(place, tokens, diag), name, diag),
            "answer" => several(&mut self.answers, parts::answer(place, tokens, own, diag), name, diag),
            "pool" => self.pools.extend(parts::pool(place, tokens, diag)),
            "error_codes" => self.error_codes = parts::codes("error_codes", false, tokens, diag),
            "close_codes" => self.close_codes = parts::codes("close_codes", true, tokens, diag),
            "overrides" => self.list_overrides(tokens, diag),
            key if KEYS.contains(&key) || key == "crate" => {
                diag.at(place, format!("`{key}` takes a value: write `{key} = ..`"));
            }
            key => {
                let known: Vec<_> =
                    LISTS.iter().copied().chain(GROUPS.iter().map(|group| group.name)).chain(["overrides"]).collect();
                diag.at(place, unknown("group", key, &known, ""));
            }
        }
    }

    fn list_overrides(&mut self, tokens: TokenStream, diag: &mut Diagnostics) {
        for entry in parse::list(tokens, diag) {
            let written = entry.name.to_string();
            if written == "Platform" && matches!(entry.given, Given::Nothing) {
                self.overrides = Some(entry.name.span());
            } else {
                diag.at(
                    entry.name.span(),
                    format!("a platform overrides `Platform` and nothing else; found `{written}`"),
                );
                // What was meant is left to the user.
                self.overrides.get_or_insert(entry.name.span());
            }
        }
    }

    /// `name = value`, or a name alone.
    fn value(&mut self, name: &Ident, given: Given, diag: &mut Diagnostics) {
        let (place, own) = (name.span(), &self.fields);
        let key = name.to_string();
        match key.as_str() {
            "name" => self.name = text("name", place, given, "the platform's name in errors and logs", diag),
            "url" => {
                let url = text("url", place, given, "an address such as \"wss://ws.exchange.test/v1\"", diag);
                self.url = url.map(|url| address(url, own, diag));
            }
            "codec" => {
                if let Some(codec) = named(&CODECS, name, given, diag) {
                    self.codec = codec;
                }
            }
            "subscribe" => self.subscribe = parts::ask("subscribe", place, given, own, diag),
            "unsubscribe" => self.unsubscribe = parts::ask("unsubscribe", place, given, own, diag),
            "request" => {
                let request = text("request", place, given, "a template of JSON", diag);
                self.request = request.map(|request| self.template_of_calls(request, diag));
            }
            "headers" => {
                for header in texts("headers", place, given, diag) {
                    self.headers.extend(split_header(&header, &self.fields, diag));
                }
            }
            "private" => self.private = texts("private", place, given, diag),
            "topics" => self.topics = count("topics", place, &given, diag),
            "chunk" => self.chunk = count("chunk", place, &given, diag),
            "outbound" => self.outbound = count("outbound", place, &given, diag),
            "refresh_margin" => self.refresh_margin = duration("refresh_margin", place, given, diag),
            "crate" => match given {
                Given::Type(Type::Path(path)) if path.qself.is_none() => self.root = Some(path.path),
                _ => diag.at(span_of(name, &given), "`crate` takes the path to nova: write `crate = my_nova`"),
            },
            "overrides" => diag.at(place, "`overrides` takes a list: write `overrides(Platform)`"),
            written => {
                if let Some(key) = PLACES.into_iter().find(|key| *key == written) {
                    self.places.extend(a_pointer(key, place, given, diag).map(|pointer| (key, pointer)));
                } else if LISTS.contains(&written) || settings::group(name).is_some() {
                    diag.at(place, not_a_list(name));
                } else {
                    diag.at(place, unknown_key(name, written));
                }
            }
        }
    }

    fn template_of_calls(&self, text: LitStr, diag: &mut Diagnostics) -> Template {
        let request = Template::json(text, &["id", "method", "params"], &self.fields, diag);
        for name in ["id", "method"] {
            if !request.has(name) && !request.strayed {
                diag.at(request.text.span(), format!("the form of a call needs `{{{name}}}`"));
            }
        }
        request
    }

    /// The fields of the struct that some template names, in the struct's order.
    pub(super) fn used_fields(&self) -> Vec<&Ident> {
        let asks = [&self.subscribe, &self.unsubscribe].into_iter().flatten();
        let templates: Vec<&Template> = (self.url.iter())
            .chain(asks.clone().map(|ask| &ask.send))
            .chain(asks.filter_map(|ask| ask.each.as_ref()))
            .chain(self.headers.iter().map(|(_, value)| value))
            .chain(&self.request)
            .chain(self.login.iter().map(|login| &login.send))
            .chain(self.sign.iter().filter_map(|sign| sign.over.as_ref()))
            .chain(self.ping.iter().filter_map(|ping| ping.send.as_ref()))
            .chain(self.answers.iter().map(|answer| &answer.send))
            .collect();
        self.idents.iter().filter(|field| templates.iter().any(|template| template.has(&field.to_string()))).collect()
    }

    fn place(&self, key: &str) -> Option<&LitStr> {
        self.places.iter().find(|(known, _)| *known == key).map(|(_, pointer)| pointer)
    }

    /// What must fit each other.
    fn agree(&self, diag: &mut Diagnostics) {
        let has = |key: &str| self.seen.contains(key);
        if let (Some(payload), false) = (self.place("payload"), has("channel")) {
            diag.at(payload.span(), "a payload is that of a channel: add `channel = \"/..\"`");
        }
        if let (Some(sequence), false) = (&self.sequence, has("channel")) {
            diag.at(sequence.at.span(), "messages are numbered by channel: add `channel = \"/..\"`");
        }
        let numbered = [
            self.subscribe.as_ref().map(|ask| &ask.send),
            self.unsubscribe.as_ref().map(|ask| &ask.send),
            self.login.as_ref().map(|login| &login.send),
            self.ping.as_ref().and_then(|ping| ping.send.as_ref()),
            self.request.as_ref(),
        ];
        for template in numbered.into_iter().flatten() {
            if template.has("id") && !has("id") {
                let message =
                    "`{id}` numbers the request, and nothing says where an answer has its number: add `id = \"/id\"`";
                diag.at(template.text.span(), message);
            }
        }
        if let Some(ask) = &self.subscribe
            && !ask.send.has("id")
            && !ask.send.strayed
            && !has("ack")
        {
            let message = "nothing says how the venue confirms: add `ack(at = \"/..\", is = \"..\", channel = \"/..\")`, or number the \
                           request with `{id}`";
            diag.at(ask.send.text.span(), message);
        }
        let below = [
            ("listed", self.subscribe.as_ref().and_then(|ask| ask.listed.as_ref())),
            ("life", self.login.as_ref().filter(|login| login.send.has("id")).and_then(|login| login.life.as_ref())),
        ];
        for (key, pointer) in below {
            if let (Some(pointer), Some(result)) = (pointer, self.place("result"))
                && !within(&pointer.value(), &result.value())
            {
                let message = format!("`{key}` is read in the result, so it must begin with `{}`", result.value());
                diag.at(pointer.span(), message);
            }
        }
        self.agree_on_signing(diag);
    }

    fn agree_on_signing(&self, diag: &mut Diagnostics) {
        let signed = self.login.iter().map(|login| &login.send).chain(self.headers.iter().map(|(_, value)| value));
        let over = self.sign.as_ref().and_then(|sign| sign.over.as_ref());
        let sign_given = self.seen.contains("sign");
        for template in signed.chain(over) {
            let of = template.text.span();
            if template.has("sign") && over.is_none() && (!sign_given || self.sign.is_some()) {
                diag.at(of, "`{sign}` needs its recipe: add `sign(over = \"{timestamp}{api_key}\")`");
            }
            if template.has("expires") && self.sign.as_ref().is_none_or(|sign| sign.expires.is_none()) {
                diag.at(of, "`{expires}` needs to know when: add `sign(expires = \"10s\")`");
            }
        }
    }
}

fn within(pointer: &str, result: &str) -> bool {
    pointer.strip_prefix(result).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One more of a group that may be given several times.
fn several<T>(all: &mut Vec<T>, one: Option<T>, name: &Ident, diag: &mut Diagnostics) {
    if all.len() == MOST {
        diag.at(name.span(), format!("`{name}(..)` may be given {MOST} times at most"));
        return;
    }
    all.extend(one);
}

fn address(url: LitStr, own: &[String], diag: &mut Diagnostics) -> Template {
    let written = url.value();
    let scheme = ["ws://", "wss://", "{"].iter().any(|scheme| written.starts_with(scheme));
    if !scheme || written.contains(char::is_whitespace) {
        let message = format!("`url` takes an address such as \"wss://ws.exchange.test/v1\"; found `{written}`");
        diag.at(url.span(), message);
    }
    Template::plain(url, &[], own, diag)
}

/// `"Name: value"`.
fn split_header(header: &LitStr, own: &[String], diag: &mut Diagnostics) -> Option<(String, Template)> {
    let written = header.value();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let split = written.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    match split {
        Some((name, value)) if !name.is_empty() && name.bytes().all(token) && !value.contains(char::is_control) => {
            let value = LitStr::new(value, header.span());
            Some((name.to_owned(), Template::plain(value, &SECRETS, own, diag)))
        }
        _ => {
            diag.at(header.span(), format!("a header is written \"Name: value\"; found `{}`", written.escape_debug()));
            None
        }
    }
}

fn unknown_key(name: &Ident, written: &str) -> String {
    let mut known: Vec<_> = KEYS
        .iter()
        .chain(&LISTS)
        .copied()
        .chain(GROUPS.iter().map(|group| group.name))
        .chain(["overrides", "crate"])
        .collect();
    known.sort_unstable();
    known.dedup();
    if let (None, Some(homes)) = (nearest(written, &known), settings::homes(name)) {
        return format!("unknown key `{written}`; it is a key of {homes}");
    }
    unknown("key", written, &known, "")
}
