//! The macros of nova; their documentation is on the re-exports in `nova`.
//!
//! Each macro is parse → check → expand over `proc_macro2` tokens. Here the compiler's tokens come in and go out, and with them
//! the place of use, which only the compiler knows.

mod client;
mod deprecated;
mod derive;
mod diag;
#[cfg(test)]
mod documented;
mod dump;
mod message;
mod names;
mod platform;
mod profile;
mod rpc;
mod settings;
mod test;

use proc_macro::{Span, TokenStream};

#[proc_macro_attribute]
#[allow(missing_docs, reason = "documented where nova re-exports it, so that the examples run and the links resolve")]
pub fn client(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(client::generate(attribute.into(), &item.into()))
}

#[proc_macro_derive(Message, attributes(nova))]
#[allow(missing_docs, reason = "documented where nova re-exports it, so that the examples run and the links resolve")]
pub fn message(item: TokenStream) -> TokenStream {
    finish(message::generate(&item.into()))
}

#[proc_macro_attribute]
#[allow(missing_docs, reason = "documented where nova re-exports it, so that the examples run and the links resolve")]
pub fn rpc(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(rpc::generate(attribute.into(), &item.into()))
}

#[proc_macro_derive(Platform, attributes(nova))]
#[allow(missing_docs, reason = "documented where nova re-exports it, so that the examples run and the links resolve")]
pub fn platform(item: TokenStream) -> TokenStream {
    finish(platform::generate(&item.into()))
}

#[proc_macro_derive(Profile, attributes(nova))]
#[allow(missing_docs, reason = "documented where nova re-exports it, so that the examples run and the links resolve")]
pub fn profile(item: TokenStream) -> TokenStream {
    finish(profile::generate(&item.into()))
}

#[proc_macro_attribute]
#[allow(missing_docs, reason = "documented where nova re-exports it, so that the examples run and the links resolve")]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    finish(test::generate(attribute.into(), &item.into()))
}

/// The end of every macro: what it wrote, and written down where `NOVA_EXPAND` asks for it.
fn finish(generated: client::Generated) -> TokenStream {
    let directory = std::env::var_os(dump::VARIABLE);
    dump::finish(generated.tokens, generated.name.as_deref(), &origin(), directory.as_deref()).into()
}

fn origin() -> dump::Origin {
    let span = Span::call_site();
    dump::Origin { file: span.file(), line: span.line() }
}
