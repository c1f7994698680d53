pub trait Node: Send {
    fn block(
        &self,
        number: u64,
        full: Option<bool>,
    ) -> impl ::core::future::Future<
        Output = nova::Result<Block>,
    > + ::core::marker::Send;
    fn chain(
        &self,
    ) -> impl ::core::future::Future<
        Output = nova::Result<String>,
    > + ::core::marker::Send;
    #[cfg(all())]
    fn transfer<C: Serialize>(
        &self,
        kind: &str,
        amount: Option<u32>,
        memo: Option<C>,
    ) -> impl ::core::future::Future<Output = nova::Result> + ::core::marker::Send;
    /// Written by hand, on top of the others.
    fn is_main(
        &self,
    ) -> impl ::core::future::Future<Output = nova::Result<bool>> + ::core::marker::Send
    where
        Self: ::core::marker::Sync,
    {
        async move { Ok(self.chain().await? == "0x1") }
    }
    fn name() -> &'static str {
        "node"
    }
}
#[automatically_derived]
impl<C0: ::nova::Client> Node for ::nova::Handle<C0> {
    fn block(
        &self,
        number: u64,
        full: Option<bool>,
    ) -> impl ::core::future::Future<
        Output = nova::Result<Block>,
    > + ::core::marker::Send {
        let outgoing = ::nova::Arguments::positional()
            .with("number", &number)
            .with_some("full", &full)
            .call("eth_getBlockByNumber");
        async move {
            self.request::<
                    Block,
                >(
                    outgoing?
                        .idempotent()
                        .timeout(::core::time::Duration::from_secs(2))
                        .cost(3),
                )
                .await
        }
    }
    fn chain(
        &self,
    ) -> impl ::core::future::Future<
        Output = nova::Result<String>,
    > + ::core::marker::Send {
        let outgoing = ::nova::Arguments::positional().call("eth_chainId");
        async move {
            self.request::<
                    String,
                >(outgoing?.timeout(::core::time::Duration::from_millis(250)))
                .await
        }
    }
    #[cfg(all())]
    fn transfer<C: Serialize>(
        &self,
        kind: &str,
        amount: Option<u32>,
        memo: Option<C>,
    ) -> impl ::core::future::Future<Output = nova::Result> + ::core::marker::Send {
        let outgoing = ::nova::Arguments::named()
            .with("type", &kind)
            .with("amount", &amount.unwrap_or(10))
            .with_some("memo", &memo)
            .call("admin/send");
        async move {
            self.request(
                    outgoing?
                        .idempotent()
                        .timeout(::core::time::Duration::from_secs(2))
                        .cost(0)
                        .priority(::nova::Priority::Order),
                )
                .await
        }
    }
}
