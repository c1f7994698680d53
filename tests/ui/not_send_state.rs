use std::rc::Rc;

#[nova::client(platform = "echo")]
struct Desk {
    shared: Rc<u64>,
}

fn main() {}
