//! `#[nova::rpc]`.

/// Makes a trait's methods remote procedures, called on the handle: one line each.
///
/// ```
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Summary {
///     equity: f64,
/// }
///
/// #[nova::rpc(platform = "deribit")]
/// trait Account {
///     /// The state of the account in one currency.
///     #[rpc("private/get_account_summary")]
///     async fn summary(&self, currency: &str) -> nova::Result<Summary>;
///
///     /// Cancels all orders; returns how many.
///     #[rpc("private/cancel_all", idempotent, timeout = "2s", priority = "cancel")]
///     async fn cancel_all(&self) -> nova::Result<u64>;
/// }
///
/// #[nova::client(platform = "deribit", profile = "financial")]
/// struct Desk;
///
/// async fn look(desk: &nova::Handle<Desk>) -> nova::Result<f64> {
///     Ok(desk.summary("BTC").await?.equity)
/// }
/// ```
///
/// The trait stays a trait: it has your docs, is shown on hover, and may be public. It is implemented for the handles of each client of
/// that platform, so that the traits of two venues can be in scope with methods of the same name. Without `platform` all handles
/// have it. Errors, deadlines and what becomes of a call when the link is lost are those of [`Handle::request`](crate::Handle::request).
///
/// # Keys
///
/// | Key | On | Says |
/// |---|---|---|
/// | `".."`, first | a method | the procedure's name at the venue |
/// | `platform` | the trait | whose clients' handles have it: `"deribit"`, or the path of a [`Platform`](trait@crate::Platform) |
/// | `params` | the trait, a method | `named` (without it) or `positional` |
/// | `idempotent` | the trait, a method | executing it twice does no harm, so nova may send it again after a lost link |
/// | `timeout = ".."` | the trait, a method | its deadline, in the place of `connection.request_timeout` |
/// | `cost = n` | the trait, a method | what a call takes of the venue's limit, in the place of the platform's table |
/// | `priority = ".."` | the trait, a method | how urgent it is: `control`, `cancel`, `order`, `subscribe` or `query` (without it), a [`Priority`](crate::Priority) |
/// | `crate = path` | the trait | the path to nova, where it goes by another name |
/// | `name = ".."` | a parameter | what it is called at the venue |
/// | `default = ..` | an optional parameter | what is sent where it is `None` |
///
/// What the trait says holds for all its methods; a method that says otherwise wins (`idempotent = false`).
///
/// # Parameters
///
/// Each is anything with `Serialize`. An `Option` that is `None` is not sent. `positional` sends them as an array in their order, so
/// optional ones come last there. A procedure without parameters sends none, or an empty array where they are positional.
///
/// ```
/// #[nova::rpc(platform = "jsonrpc", params = positional, timeout = "5s")]
/// trait Node {
///     #[rpc("eth_chainId", idempotent)]
///     async fn chain(&self) -> nova::Result<String>;
///
///     #[rpc("eth_getBlockByNumber", idempotent, cost = 3)]
///     async fn block(&self, number: &str, full: bool) -> nova::Result<serde_json::Value>;
///
///     #[rpc("admin/transfer", params = named, timeout = "30s")]
///     async fn transfer(
///         &self,
///         #[rpc(name = "type")] kind: &str,
///         #[rpc(default = 10)] amount: Option<u32>,
///         memo: Option<String>,
///     ) -> nova::Result;
///
///     /// A method with a body stands on top of the others.
///     async fn is_main(&self) -> nova::Result<bool> {
///         Ok(self.chain().await? == "0x1")
///     }
/// }
/// ```
///
/// ```
/// use nova as websockets; // what `websockets = { package = "nova-ws", .. }` in a Cargo.toml does
///
/// #[websockets::rpc(crate = websockets, platform = "jsonrpc", idempotent)]
/// trait Clock {
///     #[rpc("time", cost = 0)]
///     async fn time(&self) -> websockets::Result<u64>;
/// }
/// ```
///
/// # Mocks
///
/// Code that takes `&impl Account` takes a handle as well as anything else that has the trait. Futures are `Send`, so it can be spawned.
///
/// ```
/// #[nova::rpc(platform = "deribit")]
/// trait Account {
///     #[rpc("private/cancel_all", idempotent)]
///     async fn cancel_all(&self) -> nova::Result<u64>;
/// }
///
/// struct Mock;
///
/// impl Account for Mock {
///     async fn cancel_all(&self) -> nova::Result<u64> {
///         Ok(3)
///     }
/// }
///
/// async fn panic_button(account: &impl Account) -> nova::Result<u64> {
///     account.cancel_all().await
/// }
/// ```
///
/// # Limits
///
/// A method cannot be named like one of [`Handle`](crate::Handle)'s own (`send`, `close`, ..), which would be called in its place: that is
/// an error at the name. The trait has no parameters of its own; its methods may have some.
///
/// # What it writes
///
/// The trait, with `async fn` written as `fn .. -> impl Future<Output = ..> + Send`, and one `impl` for
/// [`Handle`](crate::Handle), in which each method makes an [`Outgoing`](crate::Outgoing) and hands it to `request`. It can be pasted in;
/// `NOVA_EXPAND=target/nova cargo check` shows it.
///
/// # Errors
///
/// Every mistake is an error at the token it is in, all mistakes of one trait are told at once, and the trait is written all the same.
#[doc(inline)]
pub use nova_macros::rpc;
