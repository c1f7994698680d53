//! nova's macros as users meet them: what compiles, what it becomes and does, and what the compiler says to mistakes.
//!
//! `TRYBUILD=overwrite` renews the messages beside `ui/*.rs`.

#[path = "macros/every_name.rs"]
mod every_name;
#[path = "macros/expand.rs"]
mod expand;
#[path = "macros/message.rs"]
mod message;
#[path = "macros/messages.rs"]
mod messages;
#[path = "macros/paste.rs"]
mod paste;
#[path = "macros/rpc.rs"]
mod rpc;
#[path = "macros/shapes.rs"]
mod shapes;

#[test]
fn r109_mistakes_are_told_at_their_place() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
