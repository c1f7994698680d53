//! The macro that turns the table of keys into everything that knows them.
//!
//! Written by hand, each key would stand in six places, and a seventh would be forgotten: the struct, its default, the patch and its
//! setter, the merge, the name in texts, the entry in `explain`.

/// Writes, for a table of `group: Group { key: Type = default }`, the structs of values, the patches, and the ways between them.
macro_rules! settings {
    ($(
        $(#[doc = $group_doc:literal])*
        $group:ident: $Group:ident {
            $( $(#[doc = $doc:literal])* $key:ident: $Type:ty = $default:expr, )*
        }
    )*) => {
        /// The settings as they stand: one struct of values a group, as in [`Config`](crate::Config).
        pub mod settings {
            use super::*;
            $(
                $(#[doc = $group_doc])*
                #[derive(Clone, Copy, Debug, PartialEq)]
                #[non_exhaustive]
                #[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
                pub struct $Group {
                    $( $(#[doc = $doc])* pub $key: $Type, )*
                }

                impl Default for $Group {
                    fn default() -> Self {
                        Self { $( $key: $default, )* }
                    }
                }
            )*
        }

        /// Changes to the settings: one struct a group, every key of which may be left alone.
        ///
        /// ```
        /// use nova::{Attempts, Patch, patch};
        ///
        /// const PATCH: Patch =
        ///     Patch::new().reconnect(patch::Reconnect::new().max_attempts(Attempts::AtMost(50)).jitter(0.5)).checked();
        /// # let _ = PATCH;
        /// ```
        pub mod patch {
            use super::*;
            $(
                $(#[doc = $group_doc])*
                ///
                /// Keys not named are left as the layers below have them.
                #[derive(Clone, Copy, Debug, Default, PartialEq)]
                #[non_exhaustive]
                #[must_use]
                #[allow(clippy::option_option, reason = "`None` leaves a key alone, `Some(None)` turns it off")]
                pub struct $Group {
                    $( pub(crate) $key: Option<$Type>, )*
                }

                impl $Group {
                    /// Leaves every key alone.
                    pub const fn new() -> Self {
                        Self { $( $key: None, )* }
                    }

                    $(
                        $(#[doc = $doc])*
                        pub const fn $key(mut self, $key: $Type) -> Self {
                            self.$key = Some($key);
                            self
                        }
                    )*

                    /// These changes over those of `below`: where both name a key, this one stands.
                    pub const fn over(self, below: Self) -> Self {
                        Self { $( $key: if self.$key.is_some() { self.$key } else { below.$key }, )* }
                    }
                }
            )*
        }

        /// A layer of settings: every key may be set or left alone.
        ///
        /// Built in constants by value. A platform, a profile, a strategy and an attribute are one such patch each; files, the
        /// environment, the builder and `configure` make one at run time.
        ///
        /// ```
        /// use std::time::Duration;
        /// use nova::{Patch, patch};
        ///
        /// const CALM: Patch = Patch::new()
        ///     .heartbeat(patch::Heartbeat::new().interval(Some(Duration::from_secs(5))))
        ///     .reconnect(patch::Reconnect::new().max_delay(Duration::from_secs(10)));
        /// let calmer = CALM.set("reconnect.max_delay", "20s").unwrap();
        /// assert_ne!(CALM, calmer);
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[non_exhaustive]
        #[must_use]
        pub struct Patch {
            $( pub(crate) $group: patch::$Group, )*
        }

        impl Patch {
            /// Leaves every key alone.
            pub const fn new() -> Self {
                Self { $( $group: patch::$Group::new(), )* }
            }

            $(
                $(#[doc = $group_doc])*
                ///
                /// Merged into what is there already: keys that `change` leaves alone stay as they are.
                pub const fn $group(mut self, change: patch::$Group) -> Self {
                    self.$group = change.over(self.$group);
                    self
                }
            )*

            /// These changes over those of `below`: where both name a key, this one stands.
            pub const fn over(self, below: Self) -> Self {
                Self { $( $group: self.$group.over(below.$group), )* }
            }

            /// Sets one key by its name and the spelling of files and attributes: `set("reconnect.max_delay", "10s")`.
            ///
            /// # Errors
            /// [`Error::Config`](crate::Error::Config), naming the key: it does not exist (with the nearest that does), or the
            /// text is no value of it.
            pub fn set(mut self, key: &str, text: &str) -> crate::Result<Self> {
                $( $(
                    if key == concat!(stringify!($group), ".", stringify!($key)) {
                        let value = <$Type as Value>::parse(text)
                            .map_err(|error| crate::Error::config(key.to_owned(), error.to_string()))?;
                        self.$group.$key = Some(value);
                        return Ok(self);
                    }
                )* )*
                Err(super::suggest::unknown_key(key))
            }

            /// The keys that are set, each with its value as it would be written in a file.
            pub fn entries(&self) -> Vec<(&'static str, String)> {
                let mut entries = Vec::new();
                $( $(
                    if let Some(value) = &self.$group.$key {
                        entries.push((concat!(stringify!($group), ".", stringify!($key)), value.text()));
                    }
                )* )*
                entries
            }

            /// The same without one key.
            pub(super) fn without(mut self, key: &str) -> Self {
                $( $(
                    if key == concat!(stringify!($group), ".", stringify!($key)) {
                        self.$group.$key = None;
                    }
                )* )*
                self
            }
        }

        /// Every key, as `group.key`, in the order of the table.
        pub(crate) const KEYS: &[&str] = &[ $( $( concat!(stringify!($group), ".", stringify!($key)), )* )* ];

        /// The settings of a client as they stand, each remembering the layer it came from.
        ///
        /// Read the values as fields, `config.reconnect.max_delay`; [`explain`](Config::explain) tells where one came from.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct Config {
            $( $(#[doc = $group_doc])* pub $group: settings::$Group, )*
            pub(super) origins: [Origin; KEYS.len()],
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $( $group: settings::$Group::default(), )* origins: std::array::from_fn(|_| Origin::default()) }
            }
        }

        impl Config {
            /// Every key, as `group.key`: what [`explain`](Config::explain) and [`Patch::set`] take.
            pub const fn keys() -> &'static [&'static str] {
                KEYS
            }

            pub(super) fn apply(&mut self, layer: Layer, patch: &Patch) {
                $( $(
                    if let Some(value) = patch.$group.$key {
                        self.$group.$key = value;
                        self.origins[const { position(concat!(stringify!($group), ".", stringify!($key))) }] =
                            Origin { layer, bound: None };
                    }
                )* )*
            }

            /// The same values as a patch that sets every key.
            pub(super) const fn as_patch(&self) -> Patch {
                Patch { $( $group: patch::$Group { $( $key: Some(self.$group.$key), )* }, )* }
            }

            /// The value of the key at `index` of the table, as it would be written in a file.
            pub(super) fn text(&self, index: usize) -> String {
                $( $(
                    if index == const { position(concat!(stringify!($group), ".", stringify!($key))) } {
                        return self.$group.$key.text();
                    }
                )* )*
                unreachable!("an index of the table")
            }
        }
    };
}
