//! What the derive says to mistakes.

use super::super::generate;
use crate::client::tests::mistakes::errors_in;
use quote::quote;

#[test]
fn all_mistakes_of_an_enum_are_told_at_once() {
    let found = errors_in(
        generate(&quote!(
            #[nova(separtor = ".")]
            enum Feed<'f> {
                #[nova(channel = "ticker.")]
                Ticker(Ticker),
                #[nova(chanel = "trades.*")]
                Trades(&'f str),
                #[nova(channel = "book.{instrumnt}")]
                Book {
                    instrument: Text,
                    data: f64,
                },
                #[nova(channel = 5)]
                Quote(f64, f64),
                Unrouted,
                #[nova(channel = "a.**")]
                A(f64),
                #[nova(other = 1)]
                Other(Raw),
            }
        ))
        .tokens,
    );
    assert_eq!(
        found,
        [
            "unknown key `separtor`; did you mean `separator`?",
            "a pattern does not end with a separator; write `ticker.*` for what follows it",
            "unknown key `chanel`; did you mean `channel`?",
            "`{instrumnt}` fills a field of that name, and there is none; did you mean `{instrument}`?",
            "`channel` takes a pattern: write `channel = \"ticker.*\"`; found a whole number",
            "`Unrouted` has no channel: write `#[nova(channel = \"ticker.*\")]`, or `#[nova(other)]` for what no other variant takes",
            "`*` stands for one segment, and the last one for one or more already: `**` is not needed",
            "`other` takes no value: write `#[nova(other)]`; found a whole number",
            "a message cannot borrow from its frame, for it outlives it in queues and handlers: in the place of `&str` take \
             `nova::Text`, which shares the frame's buffer, or a `String`",
        ]
    );
}

fn each_is_one_error(cases: &[(&str, &str)]) {
    for (item, message) in cases {
        let found = errors_in(generate(&item.parse().expect("tokens")).tokens);
        assert_eq!(found, [*message], "{item}");
    }
}

#[test]
fn each_mistake_about_keys_is_one_error() {
    each_is_one_error(&[
        ("union Feed { a: u8 }", "a message is an enum with a variant for each channel, or a struct; this is a union"),
        ("enum Feed {}", "an enum of messages has a variant for each channel, and this one has none"),
        (r"#[nova] struct Tick { a: u8 }", "write `#[nova(key = value)]`, such as `#[nova(channel = \"ticker.*\")]`"),
        (
            r#"#[nova(channel = "a")] enum Feed { #[nova(other)] O }"#,
            "`channel` belongs on a variant, or a struct: write `#[nova(channel = \"ticker.*\")]` there",
        ),
        (
            r#"enum Feed { #[nova(channel = "a", separator = ".")] A }"#,
            "`separator` belongs on the enum or struct, for all its patterns",
        ),
        (
            r#"enum Feed { #[nova(channel = "a")] A(#[nova(other)] u8) }"#,
            "`other` belongs on the variant that takes what no other takes",
        ),
        (r#"enum Feed { #[nova(channel = "a", channel = "b")] A }"#, "`channel` is given twice"),
        (r#"enum Feed { #[nova(channel = "a")] #[nova(channel = "b")] A }"#, "`channel` is given twice"),
        (r"enum Feed { #[nova(other)] A, #[nova(other)] B }", "`A` is `other` already"),
        (
            r#"enum Feed { #[nova(other, channel = "a")] A }"#,
            "`other` takes what no other variant takes, so it has no channel and no tag of its own",
        ),
        (
            r#"enum Feed { #[nova(channel = "a", nested)] A }"#,
            "`nested` reads a field as a message of its own, and `A` has none",
        ),
        (
            r"enum Feed { #[nova(other, nested)] A(B) }",
            "`other` is read as a message of its own already: leave `nested` out",
        ),
    ]);
}

#[test]
fn each_mistake_about_tags_is_one_error() {
    each_is_one_error(&[
        (
            r#"enum Feed { #[nova(tag = "a")] A }"#,
            "where is the tag? Write `#[nova(tag = \"/e\")]` on the enum, the JSON pointer of a field of the payload",
        ),
        (
            r#"#[nova(tag = "/e")] enum Feed { #[nova(channel = "a")] A }"#,
            "the enum is told apart by the tag at `/e`: write `tag = \"..\"` here",
        ),
        (
            r#"#[nova(tag = "/e")] enum Feed { #[nova(tag = "a", channel = "a")] A }"#,
            "a variant has a channel or a tag; for both, give the channel's variant a field that is an enum with tags, and say `nested`",
        ),
        (
            r#"#[nova(tag = "/e")] enum Feed { A }"#,
            "`A` has no tag: write `#[nova(tag = \"trade\")]`, or `#[nova(other)]` for what no other variant takes",
        ),
        (
            r#"#[nova(tag = "e")] enum Feed { #[nova(tag = "a")] A }"#,
            "a JSON pointer starts with `/`: write `tag = \"/e\"`",
        ),
        (
            r#"#[nova(tag = "/a~2")] enum Feed { #[nova(tag = "a")] A }"#,
            "in a JSON pointer `~` is written `~0`, and `/` in a name `~1`",
        ),
        (
            r#"#[nova(tag = "")] enum Feed { #[nova(tag = "a")] A }"#,
            "`tag` takes the JSON pointer of a field: write `tag = \"/e\"`; \"\" is the whole payload",
        ),
        (
            r"#[nova(tag = 5)] enum Feed { #[nova(other)] A }",
            "`tag` takes the JSON pointer of a field: write `tag = \"/e\"`; found a whole number",
        ),
        (
            r#"#[nova(tag = "/e")] enum Feed { #[nova(tag = 1.5)] A }"#,
            "`tag` takes a string or a whole number: write `tag = \"trade\"`; found a number with a point",
        ),
        (
            r#"#[nova(tag = "/e")] enum Feed { #[nova(tag = 1)] A, #[nova(tag = 1)] B }"#,
            "`A` has this tag already: one tag goes to one variant",
        ),
    ]);
}

#[test]
fn each_mistake_about_patterns_and_fields_is_one_error() {
    each_is_one_error(&[
        (
            r#"enum Feed { #[nova(channel = "a.*")] A, #[nova(channel = "a.{x}")] B { x: u8 } }"#,
            "`A` takes these channels already, by `a.*`: one channel goes to one variant",
        ),
        (
            r#"enum Feed { #[nova(channel = "a.*")] A, #[nova(channel = "a.b")] B }"#,
            "`B` gets nothing: `A` before it takes every channel of `a.b`, by `a.*`; put `a.b` first",
        ),
        (
            r#"enum Feed { #[nova(channel = "*.b.c")] A, #[nova(channel = "a.*.c")] B }"#,
            "`a.*.c` and `*.b.c` of `A` both take `a.b.c`, and neither is a special case of the other: make one of them narrower",
        ),
        (
            r#"enum Feed { #[nova(channel = "a.{x}")] A(u8) }"#,
            "`{x}` fills a field of that name, and this variant has no named fields: write `*`, or name them",
        ),
        (
            r#"enum Feed { #[nova(channel = "a")] A(u8, u16) }"#,
            "a variant holds one payload: put its parts into a struct of their own",
        ),
        (
            r#"enum Feed { #[nova(channel = "a")] A { x: u8, y: u8 } }"#,
            "`x` holds the payload, and no `{y}` stands in a pattern: put the payload's parts into a struct of their own",
        ),
        (
            r#"#[nova(separator = "")] struct Tick { a: u8 }"#,
            "`separator` lists at least one character, such as `separator = \".\"`",
        ),
        (
            r#"#[nova(separator = ".a")] struct Tick { a: u8 }"#,
            "`a` cannot be a separator: letters, digits, `*` and braces stand in segments",
        ),
        (
            r#"#[nova(crate = "nova")] struct Tick { a: u8 }"#,
            "`crate` takes the path to nova: write `crate = my_nova`; found a string",
        ),
    ]);
}
