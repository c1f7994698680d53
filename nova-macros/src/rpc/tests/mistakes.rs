//! What the macro says to mistakes.

use super::super::generate;
use crate::client::tests::mistakes::errors_in;
use quote::quote;

#[test]
fn all_mistakes_of_a_trait_are_told_at_once() {
    let found = errors_in(
        generate(
            quote!(platform = "derbit", timeout = 5, parms = named),
            &quote!(
                trait Account {
                    #[rpc("a", idempotnt, cost = "x")]
                    async fn send(&self) -> nova::Result<u64>;
                    #[rpc(5)]
                    fn sync(&mut self, (a, b): (u8, u8)) -> u64;
                    async fn nothing(&self) -> nova::Result;
                    #[rpc("b")]
                    async fn silent(&self);
                }
            ),
        )
        .tokens,
    );
    assert_eq!(
        found,
        [
            "unknown platform `derbit`; did you mean `deribit`?",
            "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found a whole number",
            "unknown key `parms`; did you mean `params`?",
            "`Handle` has a method `send` of its own, which would be called instead: choose another name",
            "unknown key `idempotnt`; did you mean `idempotent`?",
            "`cost` takes a whole number: the units of the venue's limit that one call takes; found a string",
            "the name of a remote procedure is a string; found a whole number",
            "a parameter of a remote procedure is a plain name, for that is what it is called at the venue",
            "a remote procedure takes its time: write `async fn`",
            "a remote procedure takes `&self`: a handle is shared, and calls go on beside each other",
            "a remote procedure returns `nova::Result<..>`, for every call can fail",
            "`nothing` calls nothing: write `#[rpc(\"..\")]` with the name of the remote procedure, or a body",
            "a remote procedure returns `nova::Result<..>`: `nova::Result` alone where the answer is nothing",
        ]
    );
}

/// A trait with one procedure: what stands in its `#[rpc(..)]`, and its parameters.
fn method(attribute: &str, parameters: &str) -> String {
    format!("trait Account {{ #[rpc({attribute})] async fn summary(&self{parameters}) -> nova::Result<u8>; }}")
}

fn each_is_one_error(cases: &[(&str, String, &str)]) {
    for (attribute, item, message) in cases {
        let found = errors_in(generate(attribute.parse().expect("tokens"), &item.parse().expect("tokens")).tokens);
        assert_eq!(found, [*message], "{attribute} {item}");
    }
}

#[test]
fn each_mistake_about_the_trait_is_one_error() {
    each_is_one_error(&[
        (
            "",
            "struct Account;".to_owned(),
            "`#[nova::rpc]` goes on a trait, whose methods are the remote procedures; this is a struct",
        ),
        (
            "",
            "impl A for B {}".to_owned(),
            "`#[nova::rpc]` goes on a trait, whose methods are the remote procedures; this is an impl",
        ),
        (
            "",
            "trait Account<T> {}".to_owned(),
            "a trait of remote procedures has no parameters of its own: give them to its methods",
        ),
        (
            "",
            "trait Account { type Answer; }".to_owned(),
            "a trait of remote procedures holds `async fn`s with `#[rpc(\"..\")]`, and whatever has a default",
        ),
        (
            "platform = deribit",
            method("\"a\"", ""),
            "a built-in platform is named by a string: write `platform = \"deribit\"`",
        ),
        ("platform = \"echo\", platform = \"echo\"", method("\"a\"", ""), "`platform` is given twice"),
        ("crate = \"x\"", method("\"a\"", ""), "`crate` takes the path to nova: write `crate = my_nova`"),
        ("\"deribit\"", method("\"a\"", ""), "expected `key = value`, such as `platform = \"deribit\"`"),
        (
            "params = \"positional\"",
            method("\"a\"", ""),
            "`params` takes a word without quotes: write `params = positional`",
        ),
        (
            "params = postional",
            method("\"a\"", ""),
            "unknown way to pass parameters `postional`; did you mean `positional`?",
        ),
    ]);
}

#[test]
fn each_mistake_about_a_procedure_is_one_error() {
    each_is_one_error(&[
        ("", method("\"\"", ""), "the name of a remote procedure is not empty"),
        (
            "",
            method("idempotent", ""),
            "the name of the remote procedure comes first: write `#[rpc(\"private/get_positions\")]`",
        ),
        ("", method("\"a\" idempotent", ""), "expected `,`"),
        ("", method("\"a\", idempotent, idempotent", ""), "`idempotent` is given twice"),
        ("", method("\"a\", idempotent = \"yes\"", ""), "`idempotent` stands alone, or takes true or false"),
        (
            "",
            method("\"a\", timeout = \"soon\"", ""),
            "`timeout` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found `soon`",
        ),
        (
            "",
            method("\"a\", cost = -1", ""),
            "`cost` takes a whole number: the units of the venue's limit that one call takes; found `-1`",
        ),
        ("", method("\"a\", priority = \"cancle\"", ""), "unknown priority `cancle`; did you mean `cancel`?"),
        (
            "",
            method("\"a\", priority = \"high\"", ""),
            "unknown priority `high`; expected `control`, `cancel`, `order`, `subscribe` or `query`",
        ),
        (
            "",
            method("\"a\", priority = cancel", ""),
            "`priority` takes how urgent the call is: write `priority = \"cancel\"`",
        ),
        (
            "",
            method("\"a\", platform = \"echo\"", ""),
            "`platform` belongs on the trait: write `#[nova::rpc(platform = ..)]`",
        ),
        (
            "",
            method("\"a\"", ", mut x: u8"),
            "a parameter of a remote procedure is a plain name, for that is what it is called at the venue",
        ),
        ("", method("\"a\"", ", #[rpc(nam = \"x\")] x: u8"), "unknown key `nam`; did you mean `name`?"),
        (
            "",
            method("\"a\"", ", #[rpc(name = 5)] x: u8"),
            "`name` takes the parameter's name at the venue: write `name = \"type\"`",
        ),
        ("", method("\"a\"", ", #[rpc(default = 5)] x: u8"), "`default` stands for a `None`, and `x` is no `Option`"),
        ("", method("\"a\"", ", #[rpc(name = \"y\")] x: u8, y: u8"), "two parameters are called `y` at the venue"),
        (
            "params = positional",
            method("\"a\"", ", x: Option<u8>, y: u8"),
            "`y` comes behind `x`, which may be left out, and by position that moves it: put optional parameters last",
        ),
        (
            "",
            "trait Account { #[rpc(\"a\")] async fn summary(&self) -> nova::Result<u8> { Ok(1) } }".to_owned(),
            "`summary` has a body of its own, so it calls nothing: leave one of the two out",
        ),
        (
            "",
            "trait Account { #[rpc(\"a\")] async fn summary() -> nova::Result<u8>; }".to_owned(),
            "a remote procedure takes `&self`: the handle whose client it calls through",
        ),
        (
            "",
            "trait Account { #[rpc] async fn summary(&self) -> nova::Result<u8>; }".to_owned(),
            "`#[rpc(..)]` names the remote procedure: write `#[rpc(\"private/get_positions\")]`",
        ),
    ]);
}
