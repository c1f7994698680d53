/// What an account can be asked.
trait Account {
    /// The state of the account in one currency.
    fn summary(
        &self,
        currency: &str,
    ) -> impl ::core::future::Future<
        Output = nova::Result<Summary>,
    > + ::core::marker::Send;
    fn cancel_all(
        &self,
    ) -> impl ::core::future::Future<Output = nova::Result<u64>> + ::core::marker::Send;
}
#[automatically_derived]
impl<C: ::nova::Client<Platform = ::nova::platform::Deribit>> Account
for ::nova::Handle<C> {
    fn summary(
        &self,
        currency: &str,
    ) -> impl ::core::future::Future<
        Output = nova::Result<Summary>,
    > + ::core::marker::Send {
        let outgoing = ::nova::Arguments::named()
            .with("currency", &currency)
            .call("private/get_account_summary");
        async move { self.request::<Summary>(outgoing?).await }
    }
    fn cancel_all(
        &self,
    ) -> impl ::core::future::Future<Output = nova::Result<u64>> + ::core::marker::Send {
        let outgoing = ::nova::Outgoing::call_bare("private/cancel_all");
        async move { self.request::<u64>(outgoing.idempotent()).await }
    }
}
