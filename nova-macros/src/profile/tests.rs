//! The derive without a compiler: what it writes, and what it says to mistakes.

use super::generate;
use expect_test::expect_file;
use proc_macro2::TokenStream;
use quote::quote;

fn formatted(item: &TokenStream) -> String {
    let file = syn::parse2(generate(item).tokens).expect("what the macro writes is Rust");
    prettyplease::unparse(&file)
}

#[test]
fn a_base_and_a_few_settings() {
    expect_file!["../snapshots/profile.rs"].assert_eq(&formatted(&quote!(
        #[nova(base = "financial", reconnect(max_attempts = 50, max_delay = "10s"), heartbeat(interval = "5s"))]
        #[nova(traits(detailed_errors = false))]
        struct Nightly;
    )));
}

#[test]
fn a_generic_profile_over_a_path() {
    expect_file!["../snapshots/profile_generic.rs"].assert_eq(&formatted(&quote!(
        #[nova(base = Base<P>, name = "over")]
        pub struct Over<P>(PhantomData<P>)
        where
            P: Profile;
    )));
}

fn errors(attribute: &str) -> Vec<String> {
    let attribute: TokenStream = attribute.parse().expect("tokens");
    let file: syn::File = syn::parse2(
        generate(&quote!(
            #[nova(#attribute)]
            struct Nightly;
        ))
        .tokens,
    )
    .expect("Rust");
    assert!(matches!(file.items.first(), Some(syn::Item::Impl(_))), "the impl is written all the same");
    let messages = file.items.into_iter().filter_map(|item| match item {
        syn::Item::Macro(item) => item.mac.parse_body::<syn::LitStr>().ok().map(|message| message.value()),
        _ => None,
    });
    messages.collect()
}

#[test]
fn eight_mistakes_in_one_attribute_are_eight_errors() {
    assert_eq!(
        errors(
            r#"bse = "financial", base = "finacial", name = 5, reconnect(jitter = 2, max_delay = 10), traits(detailed_erors = true),
               hartbeat(interval = "1s"), heartbeat = "5s""#
        ),
        [
            "unknown key `bse`; did you mean `base`?",
            "unknown profile `finacial`; did you mean `financial`?",
            "`name` takes the profile's name in logs: write `name = \"nightly\"`",
            "`jitter` takes a number from 0 to 1; found `2`",
            "`max_delay` takes a duration above zero such as \"250ms\", \"10s\", \"5m\" or \"1h\"; found a whole number",
            "unknown `traits` key `detailed_erors`; did you mean `detailed_errors`?",
            "unknown group `hartbeat`; did you mean `heartbeat`?",
            "`heartbeat` takes a list: write `heartbeat(key = value)`",
        ]
    );
}

#[test]
fn each_mistake_is_one_error() {
    for (attribute, message) in [
        ("base(financial)", "`base` takes a value: write `base = ..`"),
        ("base = financial", "a built-in profile is named by a string: write `base = \"financial\"`"),
        ("jitter = 0.5", "unknown key `jitter`; it is a key of `reconnect(jitter = ..)`"),
        (r#"base = "standard", base = "financial""#, "`base` is given twice"),
        ("traits = true", "`traits` takes a list: write `traits(key = value)`"),
        ("traits(detailed_errors = 1)", "`detailed_errors` takes true or false; found a whole number"),
        ("crate = \"nova\"", "`crate` takes the path to nova: write `crate = my_nova`"),
        ("\"financial\"", "expected `key = value`, such as `base = \"financial\"`, or `group(key = value)`"),
        (
            r#"reconnect(initial_delay = "1m", max_delay = "10s")"#,
            "`initial_delay` must not be longer than `max_delay`",
        ),
    ] {
        assert_eq!(errors(attribute), [message], "{attribute}");
    }
}

#[test]
fn an_attribute_without_a_list_is_told_what_to_write() {
    let written = formatted(&quote!(
        #[nova = "financial"]
        struct Nightly;
    ));
    assert!(written.contains("write `#[nova(base = \\\"financial\\\")]`"), "{written}");
}

#[test]
fn names_are_spelt_as_in_strings() {
    for (ident, name) in [("Nightly", "nightly"), ("MyExchange", "my_exchange"), ("OKX", "okx"), ("V2Api", "v2_api")] {
        let ident = quote::format_ident!("{ident}");
        let written = formatted(&quote!(struct #ident;));
        assert!(written.contains(&format!("\"{name}\"")), "{written}");
    }
}
