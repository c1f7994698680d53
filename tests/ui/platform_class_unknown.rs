#[derive(Default, nova::Platform)]
#[nova(error_codes(ratelimited = 5), close_codes(critcal = [4001]))]
struct Exchange;

fn main() {}
