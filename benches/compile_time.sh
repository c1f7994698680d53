#!/bin/bash
# What the macros cost at compile time: a crate of generated clients beside the same crate with the expansions written out.
set -euo pipefail

help() {
  cat <<'TEXT'
benches/compile_time.sh [--clients N] [--rounds N]

Makes two crates of N clients each (50): one with the macros (client, Message, Profile, rpc), and one in which stands what NOVA_EXPAND
says they wrote. Checks each, without incremental files and with all dependencies built, in turn and in alternating order, N rounds
(11), after one round that does not count, and prints the median and the quartiles of the times and of each round's ratio: of the wall
clock, and of processor time, which says more where others use the machine, too.

Then builds the macro crate, from nothing and alone.

Everything happens in target/compile_time (or in CARGO_TARGET_DIR/compile_time).
The goals: a ratio of at most 1.25, and the macro crate alone in less than 10 s.
TEXT
}

clients=50 rounds=11
while [ $# -gt 0 ]; do
  case $1 in
    --clients) clients=${2:?how many?}; shift 2 ;;
    --rounds) rounds=${2:?how many?}; shift 2 ;;
    --help | -h) help; exit ;;
    *) help >&2; exit 2 ;;
  esac
done
[[ $clients =~ ^[1-9][0-9]*$ && $rounds =~ ^[1-9][0-9]*$ ]] || { help >&2; exit 2; }

cd "$(dirname "$0")/.."
repository=$PWD
place=${CARGO_TARGET_DIR:-$repository/target}/compile_time
mkdir -p "$place"
cd "$place"
rm -rf macros written expanded
export CARGO_TARGET_DIR=$place/crates CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never

crate() { # NAME
  mkdir -p "$1/src"
  touch "$1/src/lib.rs"
  cat > "$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
nova = { package = "nova-ws", path = "$repository/nova" }
serde = { version = "1", features = ["derive"] }
TOML
}

# The uses of the macros, one a file. What each macro adds besides is the same in both crates.

settings=(
  'reconnect(max_attempts = 50, max_delay = "10s", jitter = 0.5)'
  'heartbeat(interval = "20s", timeout = "5s"), connection(request_timeout = "1500ms")'
  'backpressure(buffer = 1000, overflow = "drop_old"), rate_limit(refill = "10/s", mode = "reject")'
  'subscriptions(chunk = 50, retries = 1), telemetry(level = "minimal"), auth(refresh_at = 0.5)'
  'strategy = "always_reconnect", cluster = "local", cluster(enabled = true)'
)

feed() {
  cat <<'RUST'
#[derive(Debug, nova::Message)]
pub enum Feed {
    #[nova(channel = "ticker.*")]
    Ticker(super::Ticker),
    #[nova(channel = "trades.{instrument}.{interval}")]
    Trades { instrument: nova::Text, interval: String, trades: Vec<super::Ticker> },
    #[nova(channel = "book.*.raw")]
    Book(Vec<(f64, f64)>),
    #[nova(other)]
    Other(nova::Raw),
}
RUST
}

profile() {
  cat <<'RUST'
#[derive(Debug, nova::Profile)]
#[nova(base = "financial", reconnect(max_attempts = 20), heartbeat(interval = "5s"))]
pub struct Own;
RUST
}

account() {
  cat <<'RUST'
#[nova::rpc(platform = "deribit")]
#[allow(async_fn_in_trait)]
pub trait Account {
    #[rpc("private/get_account_summary", idempotent)]
    async fn summary(&self, currency: &str, extended: Option<bool>) -> nova::Result<super::Ticker>;
    #[rpc("private/buy", timeout = "2s", cost = 3)]
    async fn buy(&self, instrument_name: &str, amount: f64) -> nova::Result<super::Ticker>;
}
RUST
}

desk() { # NUMBER
  local overrides=''
  [ $(($1 % 2)) -eq 0 ] || overrides=', overrides(MessageHandler, ErrorHandler)'
  cat <<RUST
#[nova::client(platform = "deribit", profile = super::own::Own, message = super::feed::Feed, ${settings[$1 % ${#settings[@]}]}$overrides)]
#[derive(Debug, Default)]
pub struct Desk {
    pub seen: u64,
}
RUST
}

rest() { # NUMBER
  cat <<'RUST'
pub mod account;
pub mod desk;
pub mod feed;
pub mod own;

#[derive(Debug, serde::Deserialize)]
pub struct Ticker {
    pub last_price: f64,
}

pub async fn run() -> nova::Result {
    use account::Account as _;
    let desk = nova::connect(desk::Desk::default()).await?;
    let _ = desk.summary("BTC", None).await?;
    Ok(())
}
RUST
  [ $(($1 % 2)) -eq 1 ] || return 0
  cat <<'RUST'

impl nova::MessageHandler for desk::Desk {
    async fn handle_message(&mut self, message: feed::Feed, cx: &mut nova::Context<'_, Self>) -> nova::Result {
        self.seen += 1;
        cx.inherited().handle_message(message).await
    }
}

impl nova::ErrorHandler for desk::Desk {
    fn classify(error: &nova::Error, view: nova::View<'_, Self>) -> nova::ErrorClass {
        view.inherited().classify(error)
    }
}
RUST
}

crate macros
crate written
printf '[workspace]\nresolver = "3"\nmembers = ["macros", "written"]\n' > Cargo.toml
cp "$repository/Cargo.lock" Cargo.lock
for ((number = 0; number < clients; number++)); do
  module=macros/src/client$number
  mkdir -p "$module"
  rest $number > "$module/mod.rs"
  feed > "$module/feed.rs"
  profile > "$module/own.rs"
  account > "$module/account.rs"
  desk $number > "$module/desk.rs"
  echo "pub mod client$number;"
done > macros/src/lib.rs

echo "-- checking the dependencies, and writing the expansions of $clients clients" >&2
NOVA_EXPAND=$place/expanded cargo check -q -p macros

cp macros/src/lib.rs written/src/lib.rs
expansion() { cat "expanded/macros-src-client$1-$2-"*; }
# A derive only adds: the item stays, without the derive and its attributes.
without() { sed -E 's/, nova::(Message|Profile)\)/)/; /^ *#\[nova\(/d'; }
for ((number = 0; number < clients; number++)); do
  module=written/src/client$number
  mkdir -p "$module"
  rest $number > "$module/mod.rs"
  { feed | without; expansion $number feed; } > "$module/feed.rs"
  { profile | without; expansion $number own; } > "$module/own.rs"
  expansion $number account > "$module/account.rs"
  expansion $number desk > "$module/desk.rs"
done
rustfmt --edition 2024 written/src/lib.rs

# Each line of times: seconds of the wall clock, seconds of processor time.
TIMEFORMAT='%R %U %S'
timed() { { time "$@" > /dev/null; } 2>&1 | awk 'NF != 3 { print > "/dev/stderr"; next } { print $1, $2 + $3 }'; }
check() { # CRATE
  touch "$1/src/lib.rs"
  timed cargo check -q --offline -p "$1"
}

# The median and the quartiles of a column.
spread() { # COLUMN FORMAT
  awk -v column="$1" '{ print $column }' | sort -n | awk -v format="$2" '
    { value[NR] = $1 }
    function at(share,  place, low) { place = 1 + share * (NR - 1); low = int(place)
      return value[low] + (place - low) * (value[low < NR ? low + 1 : low] - value[low]) }
    END { printf format " (quartiles " format " and " format ")\n", at(0.5), at(0.25), at(0.75) }'
}

check macros > /dev/null
check written > /dev/null
rm -f times
for ((round = 0; round < rounds; round++)); do
  if ((round % 2)); then written=$(check written) macros=$(check macros); else macros=$(check macros) written=$(check written); fi
  echo "$macros $written"
done > times
awk '{ print $0, $1 / $3, $2 / $4 }' times > ratios
printf '%s clients, %s rounds of cargo check\n' "$clients" "$rounds"
printf '  with the macros           %s s wall, %s s processor\n' "$(spread 1 %.2f < ratios)" "$(spread 2 %.2f < ratios)"
printf '  expansions written out    %s s wall, %s s processor\n' "$(spread 3 %.2f < ratios)" "$(spread 4 %.2f < ratios)"
printf '  ratio                     %s wall, %s processor\n' "$(spread 5 %.3f < ratios)" "$(spread 6 %.3f < ratios)"

cd "$repository"
export CARGO_TARGET_DIR=$place/macro_crate
rm -rf "$CARGO_TARGET_DIR"
printf 'nova-ws-macros, built by cargo build on %s processors\n' "$(nproc)"
printf '  with what it depends on   %s s wall\n' "$(timed cargo build -q -p nova-ws-macros | cut -d' ' -f1)"
cargo clean -q -p nova-ws-macros
printf '  alone                     %s s wall\n' "$(timed cargo build -q -p nova-ws-macros | cut -d' ' -f1)"
