//! `#[nova::test]`.

/// Makes an `async fn` a test in virtual time, with a seed that can be repeated. Needs the feature `test`.
///
/// ```
/// use std::time::Duration;
///
/// #[nova::test]
/// async fn an_hour_is_over_at_once() {
///     tokio::time::sleep(Duration::from_secs(3600)).await;
/// }
/// ```
///
/// The function and all its tasks run on one thread. Its clock stands still while anything can run, and jumps to the next timer once
/// everything waits: time-outs are exact, and an hour of backoff takes no time. A test returns nothing, or a `Result`, whose error fails
/// it.
///
/// **Seeds.** What depends on chance (the jitter of reconnects, faults of a link) comes from one seed, which each test derives from its
/// name: it is the same every time. A failing test tells its seed and the line that repeats it:
///
/// ```text
/// ---- nova::test session::reconnects
/// repeat it with: NOVA_TEST_SEED=8092113 cargo test session::reconnects
/// ```
///
/// `NOVA_TEST_SEED=random cargo test` goes looking for trouble with a new seed each run. A client takes the next seed of its test,
/// unless its builder has [`.seed(..)`](crate::Connect::seed).
///
/// **Logs** (`tracing`, up to `DEBUG`) are kept apart for each test, and shown where it fails, the last 200 lines of them.
///
/// **Hanging.** In virtual time a test that waits for what can never come would wait for ever; it fails after 8 days of virtual
/// time, which are over in moments, and after a minute of real time where that is used.
///
/// # Keys
///
/// | Key | Says | Without it |
/// |---|---|---|
/// | `real_time` | the clock is the system's: needed for sockets | virtual time |
/// | `seed = 7` | the seed, where the environment has none | from the test's name |
/// | `timeout = ".."` | the time, virtual or real, that the test may take | 8 days, or a minute of real time |
/// | `crate = path` | the path to nova, where it goes by another name | `::nova` |
///
/// ```
/// use nova::test::venue::Deribit;
///
/// #[nova::client(platform = "deribit")]
/// struct Desk;
///
/// #[nova::test(real_time, timeout = "10s")]
/// async fn over_a_real_socket() -> nova::Result {
///     let venue = Deribit::start().await?;
///     let desk = nova::connect(Desk).url(venue.url()).await?;
///     desk.close().await;
///     Ok(())
/// }
/// ```
///
/// Real sockets under virtual time are refused, with the reason: a task that waits for the system lets the clock jump.
///
/// # What it writes
///
/// A `#[test]` without `async` that holds yours and hands it to `nova::test::Test`, which can be used as well
/// where one function runs many tests, each with its own seed.
///
/// # Errors
///
/// A function that is not `async`, parameters, another test attribute, and unknown keys are errors at their tokens, all told at once.
#[doc(inline)]
pub use nova_macros::test;
