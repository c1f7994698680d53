#[automatically_derived]
impl<P> ::nova::Profile for Over<P>
where
    P: Profile,
{
    const NAME: &'static str = "over";
    const PATCH: ::nova::Patch = <Base<P> as ::nova::Profile>::PATCH;
    const TRAITS: ::nova::Traits = <Base<P> as ::nova::Profile>::TRAITS;
}
