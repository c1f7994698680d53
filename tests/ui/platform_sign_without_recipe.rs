#[derive(Default, nova::Platform)]
#[nova(login(send = r#"{"sign":"{sign}"}"#, ack(at = "/op", is = "auth")))]
struct Exchange;

fn main() {}
