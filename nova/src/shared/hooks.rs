//! The client's decisions that are taken where something is sent, as plain functions.
//!
//! The traits they come from stand further right in the house than this, so the engine hands their functions in.

use crate::{
    client::Client,
    config::Overflow,
    context::View,
    error::Result,
    frame::Frame,
    message::Outgoing,
    verdict::{Admission, LimiterView, QueueView},
};

type Encode<C> = fn(Outgoing, &<C as Client>::Codec, View<'_, C>) -> Result<Frame>;
type Admit<C> = fn(&Outgoing, &LimiterView, View<'_, C>) -> Admission;
type Cost<C> = fn(&Outgoing, View<'_, C>) -> u32;

/// The client's decisions that are taken where something is sent or delivered.
///
/// One that the client cannot have overridden is not there: what is inherited is known here, and costs no call.
pub(crate) struct Hooks<C: Client> {
    pub(crate) encode: Option<Encode<C>>,
    pub(crate) admit: Option<Admit<C>>,
    pub(crate) cost: Option<Cost<C>>,
    pub(crate) overflow: fn(&QueueView, View<'_, C>) -> Overflow,
}
