//! Each name that the macro knows builds a client, and the macro knows each name.
//!
//! The lists are compared with the macro's own table, so that a name cannot be added without a client of it.

#[allow(dead_code, reason = "the macro's own table; a test needs only the names")]
#[path = "../../nova-macros/src/names.rs"]
mod names;

pub(super) use names::HANDLE;
use names::{BEHAVIOURS, CODECS, Names, PLATFORMS, PROFILES, SERVICES, STRATEGIES};
use nova::{Client, PlatformSpec};

/// A client for each name: `key = name` beside what else the attribute says.
macro_rules! clients {
    ($table:expr, $key:ident: $($name:literal)*) => {{
        $({
            #[nova::client(platform = "echo", $key = $name)]
            struct Desk;
            is_client::<Desk>();
        })*
        covers(&$table, &[$($name),*]);
    }};
}

fn is_client<C: Client>() {
    assert_eq!(C::NAME, "Desk");
}

fn covers(table: &Names, names: &[&str]) {
    let known: Vec<_> = table.items.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "every {} has a client here", table.noun);
}

#[test]
fn every_profile_strategy_and_service_builds_a_client() {
    clients!(PROFILES, profile: "financial" "standard" "lightweight" "messaging");
    clients!(STRATEGIES, strategy: "always_reconnect" "fail_fast" "log_and_continue" "echo");
    clients!(CODECS, codec: "json");
    let [config, secrets, metrics, cluster] = SERVICES else { panic!("a service has no client here") };
    clients!(config.names, config: "environment" "file");
    clients!(secrets.names, secrets: "environment");
    clients!(metrics.names, metrics: "counters");
    clients!(cluster.names, cluster: "local");
}

#[test]
fn every_platform_builds_a_client_and_bears_its_name() {
    macro_rules! platforms {
        ($($name:literal)*) => {
            $({
                #[nova::client(platform = $name)]
                struct Desk;
                assert_eq!(<<Desk as Client>::Platform as PlatformSpec>::SPEC.name, $name);
            })*
            covers(&PLATFORMS, &[$($name),*]);
        };
    }
    platforms!("deribit" "bybit" "slack" "discord" "ethereum" "jsonrpc" "echo");
}

#[test]
fn every_platform_has_remote_procedures() {
    macro_rules! platforms {
        ($($name:literal)*) => {
            $({
                #[nova::client(platform = $name)]
                struct Desk;
                #[nova::rpc(platform = $name)]
                #[expect(dead_code, reason = "that it is there is enough")]
                trait Account {
                    #[rpc("ping")]
                    async fn ping(&self) -> nova::Result;
                }
                fn has<T: Account>() {}
                has::<nova::Handle<Desk>>();
            })*
            covers(&PLATFORMS, &[$($name),*]);
        };
    }
    platforms!("deribit" "bybit" "slack" "discord" "ethereum" "jsonrpc" "echo");
}

#[test]
fn every_behaviour_can_be_overridden() {
    macro_rules! behaviours {
        ($($name:ident)*) => {
            $({
                #[nova::client(platform = "echo", overrides($name))]
                struct Desk;
                impl nova::$name for Desk {}
                assert_eq!(Desk::OVERRIDES, [stringify!($name)]);
            })*
            assert_eq!([$(stringify!($name)),*], BEHAVIOURS);
        };
    }
    behaviours!(
        ConnectionHandler MessageHandler SubscriptionHandler AuthHandler ErrorHandler HeartbeatHandler RateLimitHandler
        BackpressureHandler ClusterAware
    );
}
