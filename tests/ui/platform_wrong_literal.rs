#[derive(Default, nova::Platform)]
#[nova(channel = 5, topics = "many", headers = [1], url = https, close_codes(critical = 99))]
struct Exchange;

fn main() {}
