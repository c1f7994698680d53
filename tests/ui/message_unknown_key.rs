#[derive(nova::Message)]
enum Feed {
    #[nova(chanel = "ticker.*")]
    Ticker(f64),
}

#[derive(nova::Message)]
#[nova(seperator = ".")]
struct Tick(f64);

fn main() {}
