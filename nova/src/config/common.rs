//! Settings that several clients have in common: those of one type that are started alike share them.
//!
//! Layers and settings are a few kilobytes and cost more to lay over each other than to compare; of a thousand idle clients they would
//! be the largest part.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError, Weak},
};

use super::{Config, Patch, layers::Layers};
use crate::Result;

/// What a client is set to, and what that was made of.
pub(crate) type Settled = (Arc<Layers>, Arc<Config>);

/// Those of the last client of each type, with what its builder had said, for as long as one of them lives.
static LAST: LazyLock<Mutex<HashMap<TypeId, Last>>> = LazyLock::new(Mutex::default);

struct Last {
    builder: Patch,
    layers: Weak<Layers>,
    config: Weak<Config>,
}

/// What clients of type `C` are set to whose builder says this, and which nothing else has a say in; made where none of them is alive.
///
/// # Errors
/// Those of `make`.
pub(crate) fn common<C: 'static>(builder: &Patch, make: impl FnOnce() -> Result<Settled>) -> Result<Settled> {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let alive = last.get(&TypeId::of::<C>()).filter(|last| last.builder == *builder);
    if let Some(settled) = alive.and_then(|last| Some((last.layers.upgrade()?, last.config.upgrade()?))) {
        return Ok(settled);
    }
    drop(last);
    // A strategy of the user's has a say in it: nothing is locked meanwhile.
    let (layers, config) = make()?;
    let latest = Last { builder: *builder, layers: Arc::downgrade(&layers), config: Arc::downgrade(&config) };
    last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    last.insert(TypeId::of::<C>(), latest);
    Ok((layers, config))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk;

    fn settled(builder: &Patch, fresh: &mut u32) -> Settled {
        let make = || {
            *fresh += 1;
            Ok((Arc::new(Layers::new(Vec::new(), crate::Bounds::new())), Arc::new(Config::default())))
        };
        common::<Desk>(builder, make).unwrap()
    }

    #[test]
    fn clients_that_are_started_alike_share_their_settings_for_as_long_as_one_lives() {
        let (other, mut fresh) = (Patch::new().set("reconnect.jitter", "0.5").unwrap(), 0);
        let first = settled(&Patch::new(), &mut fresh);
        let second = settled(&Patch::new(), &mut fresh);
        assert!(Arc::ptr_eq(&first.1, &second.1) && Arc::ptr_eq(&first.0, &second.0));
        assert_eq!(fresh, 1);
        let third = settled(&other, &mut fresh);
        assert!(!Arc::ptr_eq(&first.1, &third.1), "it was started otherwise");
        assert_eq!(fresh, 2);
        drop(third);
        drop(settled(&other, &mut fresh));
        assert_eq!(fresh, 3, "nobody had them any more");
    }
}
