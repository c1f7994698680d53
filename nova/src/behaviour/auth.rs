//! Logging in, and staying so.

use crate::{
    auth::{AuthResponse, Credentials, TokenState},
    client::Client,
    context::{Context, View},
    error::Result,
    message::Outgoing,
};

/// What happens around the login. Called only where credentials were given.
#[diagnostic::on_unimplemented(
    message = "`{Self}` overrides a behaviour that it does not implement",
    label = "`overrides(..)` names `AuthHandler`, but there is no `impl` of it for `{Self}`",
    note = "write the `impl`, or leave it out of `overrides(..)` to inherit the platform's"
)]
pub trait AuthHandler: Client {
    /// Makes the message that logs in. Called on each connection, and for each refresh that the venue cannot do in place.
    fn generate_auth_data(
        &mut self,
        credentials: &Credentials,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result<Outgoing>> + Send {
        cx.inherited().generate_auth_data(credentials)
    }

    /// Called with the venue's answer. `Ok` takes the login as made; an error as refused, whatever the venue said.
    fn handle_auth_response(
        &mut self,
        response: &AuthResponse,
        cx: &mut Context<'_, Self>,
    ) -> impl Future<Output = Result> + Send {
        cx.inherited().handle_auth_response(response)
    }

    /// Decides whether the login is to be renewed now. Asked when the moment planned for it has come.
    fn needs_reauthentication(token: &TokenState, view: View<'_, Self>) -> bool {
        view.inherited().needs_reauthentication(token)
    }
}
